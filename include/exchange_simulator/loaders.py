"""Fills a store from mail on disk: a tree of .eml files, a Maildir, or an mbox file.

Kinds, told apart by what lies at the path:

* an mbox: a file whose first line starts with ``From ``; one mailbox, named by the file, all mail in the Inbox;
* a Maildir: a directory with ``cur`` or ``new`` (Maildir++ sub-folders are ``.Name.Deeper`` beside them); one mailbox;
* a tree: ``<mailbox>/<folder...>/*.eml``; every first directory is a mailbox.

A mailbox name without "@" becomes ``name@mail.example``.

Folder names that mean one of Exchange's distinguished mail folders land there (`folder_of`); all others become user
folders under the message root. No two folders of the source become one. Mail directly in a mailbox goes to the Inbox.
"""

import contextlib
import logging
import mailbox as mailboxes
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from exchange_simulator.errors import UsageError
from exchange_simulator.seeds.api import Folder, MailStore
from exchange_simulator.store.names import BORN, ROLES

DOMAIN = "mail.example"
_EML = "*.[eE][mM][lL]"
DISTINGUISHED = {
    "inbox": "inbox",
    "sentitems": "sentitems",
    "sent": "sentitems",
    "sentmail": "sentitems",
    "deleteditems": "deleteditems",
    "trash": "deleteditems",
    "drafts": "drafts",
    "outbox": "outbox",
    "junkemail": "junkemail",
    "junk": "junkemail",
    "spam": "junkemail",
    "archive": "archivefolder",
    "syncissues": "syncissues",
    "conversationhistory": "conversationhistory",
}
"""Folder name, in lower case without spaces, dots, _ and -, to distinguished id. Of rivals the earlier name wins."""

_TAKEN = ROLES | {name.casefold() for birth in BORN for name in birth.names}
"""Names that the store would take for a folder that exists already, such as the calendar."""

_log = logging.getLogger(__name__)
_EXPECTED = (
    "expected a tree <mailbox>/<folder>/*.eml, a Maildir (with cur/ and new/) or an mbox file (first line 'From ...')"
)


@dataclass(slots=True)
class LoadReport:
    """What a load did. `failed` names each unreadable file with the reason, and never quotes mail."""

    kind: str
    emails: int = 0
    bytes: int = 0
    mailboxes: Counter[str] = field(default_factory=Counter)
    folders: Counter[tuple[str, Folder]] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """One email on disk: where it goes, a name for reports, and its bytes or the reason why there are none."""

    address: str
    folder: Folder
    name: str
    mime: bytes | OSError
    modified: float
    read: bool = True
    draft: bool = False


def load(store: MailStore, path: Path | str) -> LoadReport:
    """Fill the store from mail at `path`. Raises UsageError when there is no mail of a known kind.

    A file that cannot be read, or is empty, is named in the report and left out.
    """
    root = Path(path)
    kind = detect(root)
    report = LoadReport(kind)
    source = {"mbox": _mbox, "maildir": _maildir, "tree": _tree}[kind](root)
    folders: dict[tuple[str, Folder], str] = {}
    with store.transaction():
        for found in source:
            _put(store, found, report, folders)
    if not report.emails and not report.failed:
        raise UsageError(f"no mail at {root}: {_EXPECTED}; check the path, or the layout beneath it")
    _tell(report)
    return report


def _tell(report: LoadReport) -> None:
    for failure in report.failed:
        _log.warning("left out %s", failure)
    _log.info(
        "loaded %d emails of a %s into %d mailboxes, %d folders; %d files left out",
        *(report.emails, report.kind, len(report.mailboxes), len(report.folders), len(report.failed)),
    )


def detect(root: Path) -> str:
    """The kind of mail at a path: mbox, maildir or tree. Raises UsageError when it is none of them."""
    if not root.exists():
        raise UsageError(f"no such file or directory: {root}; {_EXPECTED}; check the path")
    if root.is_file():
        if _begins_as_mbox(root):
            return "mbox"
        hint = "put it into <mailbox>/<folder>/" if root.suffix == ".eml" else "unpack or convert it"
        raise UsageError(
            f"{root.name} is no mbox file (its first line does not start with 'From '): {_EXPECTED}; {hint}"
        )
    if (root / "cur").is_dir() or (root / "new").is_dir():
        return "maildir"
    if any(root.glob(_EML)):
        raise UsageError(
            f"{root} has .eml files but no mailbox directory: {_EXPECTED}; put them into {root}/<mailbox>/"
        )
    if next(root.rglob(_EML), None) is None:
        raise UsageError(f"no .eml file beneath {root}: {_EXPECTED}; check the path, or rename the files to *.eml")
    return "tree"


def _begins_as_mbox(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(5) == b"From "
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); expected a readable file; check its mode"
        ) from error


def mailbox_address(name: str) -> str:
    """The address of a mailbox directory or file: its name, or name@mail.example."""
    name = name.strip().replace(" ", ".")
    return name if "@" in name else f"{name.strip('.') or 'mailbox'}@{DOMAIN}"


def folder_of(names: tuple[str, ...], siblings: Iterable[str] = ()) -> Folder:
    """Where a folder path lands in a mailbox whose top folders are `siblings`.

    A first name that means a distinguished mail folder (DISTINGUISHED; case, spaces, dots, _ and - aside) lands there,
    unless a sibling means it more exactly: beside "sent_items", "sent" is a folder of its own. A name of a folder that
    holds no mail in Exchange gets " (mail)" after it: "calendar" becomes "calendar (mail)". All else stays as it is.
    """
    if not names:
        return "inbox"
    top, *below = names
    meant = DISTINGUISHED.get(_plain(top))
    if meant is not None and top == min((*siblings, top), key=lambda name: _fit(name, meant)):
        return (meant, *below) if below else meant
    return (f"{top} (mail)" if top.casefold() in _TAKEN else top, *below)


def _plain(name: str) -> str:
    return name.casefold().translate(str.maketrans("", "", " _-."))


def _fit(name: str, meant: str) -> tuple[int, str]:
    """How well a name means a distinguished folder: less is better."""
    order = list(DISTINGUISHED)
    plain = _plain(name)
    return (order.index(plain) if DISTINGUISHED.get(plain) == meant else len(order), name)


def received_time(mime: bytes, modified: float) -> datetime:
    """When an email came: its top Received header, else Date, else the file's time (epoch seconds). Always aware."""
    head = BytesHeaderParser().parsebytes(mime[: 256 * 1024], headersonly=True)
    values = [str(value).rpartition(";")[2] for value in head.get_all("Received", [])[:1]]
    values += [str(value) for value in head.get_all("Date", [])[:1]]
    for value in values:
        with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
            when = parsedate_to_datetime(" ".join(value.split()))
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            if when.year >= 1970:
                return when.astimezone(UTC)
    return datetime.fromtimestamp(modified, UTC)


def _put(store: MailStore, found: _Found, report: LoadReport, folders: dict[tuple[str, Folder], str]) -> None:
    if isinstance(found.mime, OSError) or not found.mime.strip():
        reason = found.mime.strerror if isinstance(found.mime, OSError) else "the file is empty"
        report.failed.append(f"{found.name}: {reason or 'cannot be read'}")
        return
    if found.address not in report.mailboxes:
        store.add_mailbox(found.address, found.address.partition("@")[0])
    where = (found.address, found.folder)
    if where not in folders:
        folders[where] = store.ensure_folder(*where)
    draft = found.draft or found.folder == "drafts"
    when = received_time(found.mime, found.modified)
    store.deliver(found.address, folders[where], found.mime, received=when, read=found.read, draft=draft)
    report.emails += 1
    report.bytes += len(found.mime)
    report.mailboxes[found.address] += 1
    report.folders[where] += 1


def _read(path: Path) -> tuple[bytes | OSError, float]:
    try:
        return path.read_bytes(), path.stat().st_mtime
    except OSError as error:
        return error, 0.0


def _tree(root: Path) -> Iterator[_Found]:
    for mailbox in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        tops = [entry.name for entry in mailbox.iterdir() if entry.is_dir()]
        for file in sorted(mailbox.rglob(_EML)):
            folder = folder_of(file.relative_to(mailbox).parts[:-1], tops)
            yield _Found(mailbox_address(mailbox.name), folder, str(file.relative_to(root)), *_read(file))


def _maildir(root: Path) -> Iterator[_Found]:
    address = mailbox_address(root.resolve().name)
    beside = sorted(entry for entry in root.iterdir() if entry.is_dir() and entry.name.startswith("."))
    paths = {place: tuple(_decoded(name) for name in place.name[1:].split(".")) for place in beside}
    tops = {path[0] for path in paths.values()}
    for place, names in {root: (), **paths}.items():
        folder = folder_of(names, tops)
        for part in ("cur", "new"):
            # What lies in tmp/ has not arrived yet.
            for file in sorted((place / part).glob("*")):
                flags = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
                mime, modified = _read(file)
                yield _Found(
                    address, folder, str(file.relative_to(root)), mime, modified,
                    read="S" in flags, draft="D" in flags,
                )  # fmt: skip


def _decoded(name: str) -> str:
    """A Maildir++ name in IMAP's modified UTF-7 (RFC 3501 5.1.3) as text; what is none stays as it is."""
    standard = name.replace("+", "+-").replace("&-", "\0").replace("&", "+").replace("\0", "&").replace(",", "/")
    if "&" not in name:
        return name
    try:
        return standard.encode("ascii").decode("utf-7")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return name


def _mbox(path: Path) -> Iterator[_Found]:
    address = mailbox_address(path.stem)
    modified = path.stat().st_mtime
    box = mailboxes.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield _Found(address, "inbox", f"{path.name}, message {number}", box.get_bytes(key), modified)
    finally:
        box.close()
