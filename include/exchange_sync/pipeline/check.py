"""Check: can this connection do its work? One line a step, with the remedy; nothing is changed.

Behind ``exchange-sync check``, the Test button of Airflow's connection form and the API's validate endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput, IntegrationFault, MailboxFault, Retriable
from exchange_sync.model.addresses import check_address
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder
from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.rules import folders_left_out
from exchange_sync.source import handshake
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import located, open_source

SKEW_SECONDS = 300  # Kerberos and signed assertions allow five minutes
DAYS_LEFT = 14
FOLDERS_TRIED = 200


@dataclass(frozen=True)
class CheckLine:
    """One step. ok: it holds. stops: where it does not hold, no sync is possible. remedy: empty where none is due.

    folders, items: of a mailbox that was reached, as the server counts them.
    """

    ok: bool
    what: str
    told: str
    remedy: str = ""
    stops: bool = True
    folders: int | None = None
    items: int | None = None

    def __str__(self) -> str:
        mended = f" → {self.remedy}" if self.remedy else ""
        mark = "✓" if self.ok else "✗" if self.stops else "–"
        return f"{mark} {self.what:<16} {self.told}{mended}"


_NO_ACCESS = "app_access_insufficient_scopes"  # the log-in is taken, and may read no mailbox
Network = Callable[[ExchangeConnection], Iterable[CheckLine]]
BY_DEFAULT: Mapping[str, Filters] = {}


def passes(lines: Sequence[CheckLine]) -> bool:
    """Would a sync work? A folder that cannot be read alone does not stop it."""
    return all(line.ok or not line.stops for line in lines)


def check(
    connection: ExchangeConnection,
    mailboxes: Sequence[str],
    *,
    open_source: Callable[[ExchangeConnection], MailSource] = open_source,
    clock: Callable[[], datetime] = now_utc,
    filters: Mapping[str, Filters] = BY_DEFAULT,
) -> list[CheckLine]:
    """Every step down to each mailbox's folders, ending at the first that makes the later ones pointless.

    filters: of mailboxes by address; of one that has none, the folders are tried that are synced by default.
    Wrong credentials cost one attempt. Raises nothing for what is wrong with the connection: that is a line.
    """
    return list(checking(connection, mailboxes, open_source=open_source, clock=clock, filters=filters))


def checking(
    connection: ExchangeConnection,
    mailboxes: Sequence[str],
    *,
    open_source: Callable[[ExchangeConnection], MailSource] = open_source,
    clock: Callable[[], datetime] = now_utc,
    network: Network | None = None,
    filters: Mapping[str, Filters] = BY_DEFAULT,
) -> Iterator[CheckLine]:
    """As check, each line as soon as it is known. network: the steps below the log-in; None for this module's."""
    below = network or _network_by(clock)
    try:
        yield from _steps(connection, mailboxes, open_source, below, clock, filters)
    except _Stopped as end:
        yield end.line
    except BadInput as error:
        yield CheckLine(False, "Settings", str(error))


class _Stopped(Exception):
    """This step failed, and no later one can work."""

    def __init__(self, line: CheckLine) -> None:
        super().__init__()
        self.line = line


def _steps(
    connection: ExchangeConnection,
    mailboxes: Sequence[str],
    open_source: Callable[[ExchangeConnection], MailSource],
    below: Network,
    clock: Callable[[], datetime],
    filters: Mapping[str, Filters],
) -> Iterator[CheckLine]:
    if not connection.server_url:
        connection = _located(connection, mailboxes, clock)
        yield CheckLine(True, "Autodiscover", connection.server_url)
    for line in below(connection):
        if not line.ok and line.stops:
            raise _Stopped(line)
        yield line
    with closing(open_source(connection)) as source:
        yield from _logged_in(source, mailboxes, filters)


def _located(
    connection: ExchangeConnection, mailboxes: Sequence[str], clock: Callable[[], datetime]
) -> ExchangeConnection:
    impossible = _impossible(mailboxes)
    named = [address for address in mailboxes if address not in impossible]
    named += [connection.username] if "@" in connection.username else []
    if not named:
        raise _Stopped(CheckLine(False, "Autodiscover", "no mailbox is named to ask for", "Name one."))
    try:
        return located(connection, named[0], clock=clock)
    except (IntegrationFault, MailboxFault) as fault:
        raise _Stopped(CheckLine(False, "Autodiscover", fault.message, fault.reason.remedy)) from None
    except Retriable as busy:
        raise _Stopped(CheckLine(False, "Autodiscover", str(busy), "Try again later.")) from None


def _network_by(clock: Callable[[], datetime]) -> Network:
    return lambda connection: network(connection, clock=clock)


def network(connection: ExchangeConnection, *, clock: Callable[[], datetime] = now_utc) -> Iterator[CheckLine]:
    """The steps below the log-in, which cost no attempt: name, port, TLS, certificate, clock, log-ins offered.

    Ends with the first that fails. Raises BadInput for TLS settings that OpenSSL does not take.
    """
    step = "DNS"
    try:
        host, port = handshake.target(connection)
        yield CheckLine(True, step, f"{host} is {', '.join(handshake.resolve(connection))}")
        step = "TCP"
        handshake.reach(connection)
        yield CheckLine(True, step, f"{host}:{port} answers")
        step = "TLS"
        agreed = handshake.agree(connection)
    except IntegrationFault as fault:
        step = "Certificate" if fault.reason.code == "TLS certificate" else step
        yield CheckLine(False, step, fault.message, fault.reason.remedy)
        return
    yield CheckLine(True, step, f"{agreed.version}, {agreed.cipher}")
    yield _certificate(agreed.certificate, clock())
    if agreed.server_time is not None:
        yield _skew((agreed.server_time - clock()).total_seconds())
    if agreed.offers:
        yield CheckLine(True, "Offered log-ins", ", ".join(agreed.offers))


def reached(source: MailSource, mailboxes: Sequence[str]) -> list[CheckLine]:
    """The steps from the log-in on: version, access, each mailbox with its counts. Wrong credentials end it."""
    lines: list[CheckLine] = []
    try:
        for line in _logged_in(source, mailboxes, BY_DEFAULT):
            lines.append(line)
    except _Stopped as end:
        lines.append(end.line)
    return lines


def _certificate(shown: handshake.Certificate, now: datetime) -> CheckLine:
    days = (shown.ends - now).days
    remedy = f"Renew the server's certificate within {days} days." if days < DAYS_LEFT else ""
    told = f"{days} days left, for {', '.join(shown.names)}, issued by {shown.issuer}"
    return CheckLine(True, "Certificate", told, remedy)


def _skew(seconds: float) -> CheckLine:
    right = abs(seconds) <= SKEW_SECONDS
    told = f"the server's is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
    return CheckLine(right, "Clock", told, "" if right else "Set this machine's clock by NTP.", stops=False)


def _logged_in(source: MailSource, mailboxes: Sequence[str], filters: Mapping[str, Filters]) -> Iterator[CheckLine]:
    impossible = _impossible(mailboxes)
    tried = [address for address in mailboxes if address not in impossible]
    said = False
    for address in tried:
        try:
            source.probe(address)
            wanted = filters.get(address, Filters())
            lines = [*([] if said else _welcome(source)), *_mailbox(source, address, wanted)]
            said = True
        except MailboxFault as fault:
            # the mailbox is refused by a server that took the log-in
            lines = [*([] if said else _welcome(source)), _refused(address, fault)]
            said = True
        except IntegrationFault as fault:
            what = "Access" if fault.reason.kind == _NO_ACCESS else "Authentication"
            raise _Stopped(_refused(what, fault)) from None
        except Retriable as busy:
            lines = [CheckLine(False, address, str(busy), "Try again later.")]
        yield from lines
    if not tried:
        yield from _signed_in(source)
    yield from (CheckLine(False, address, told) for address, told in impossible.items())


def _impossible(mailboxes: Sequence[str]) -> dict[str, str]:
    """Addresses that no mailbox can have, each with what would be right: the server is not asked for them."""
    found = {}
    for address in mailboxes:
        try:
            check_address(address)
        except BadInput as error:
            found[address] = str(error)
    return found


def _signed_in(source: MailSource) -> Iterator[CheckLine]:
    """The log-in alone: no mailbox is named."""
    try:
        source.sign_in()
    except (IntegrationFault, MailboxFault) as fault:
        yield _refused("Authentication", fault)
    except Retriable as busy:
        yield CheckLine(False, "Authentication", str(busy), "Try again later.")
    else:
        yield from _let_in(source)


def _refused(what: str, fault: IntegrationFault | MailboxFault) -> CheckLine:
    return CheckLine(False, what, f"{fault.message} [{fault.reason.code}]", fault.reason.remedy)


def _welcome(source: MailSource) -> list[CheckLine]:
    access = source.welcome().access
    return [*_let_in(source), *([CheckLine(True, "Access", access)] if access else [])]


def _let_in(source: MailSource) -> list[CheckLine]:
    told = source.welcome()
    lines = [CheckLine(True, "Authentication", told.log_in)]
    return [*lines, CheckLine(True, "Server", told.product)] if told.product else lines


def _mailbox(source: MailSource, address: str, filters: Filters) -> list[CheckLine]:
    other = source.no_mailbox(address)
    if other:
        told = f"this is {other}, whose mail cannot be synced"
        return [CheckLine(False, address, told, "Name a user's or a shared mailbox.")]
    folders = source.folders(address)
    items = sum(folder.total for folder in folders)
    told = f"{len(folders)} folders, {items:,} items"
    lines = [CheckLine(True, address, told, folders=len(folders), items=items)]
    if source.capabilities.rights_by_folder:
        left_out = folders_left_out(folders, filters)
        lines += _unreadable(source, address, [folder for folder in folders if folder.key not in left_out])
    return lines


def _unreadable(source: MailSource, address: str, folders: list[Folder]) -> Iterator[CheckLine]:
    for folder in folders[:FOLDERS_TRIED]:
        try:
            source.changes(address, folder.key, None, 1)
        except (FolderGone, MailboxFault):
            remedy = "Give the account the right to read this folder if its mail is wanted."
            told = f"{folder_text(folder.path)} cannot be read: it is left out"
            yield CheckLine(False, address, told, remedy, stops=False)
        except Retriable as busy:
            yield CheckLine(False, address, f"folders not all tried: {busy}", "Try again later.", stops=False)
            return
