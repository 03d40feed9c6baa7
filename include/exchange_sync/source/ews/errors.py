"""From what goes wrong on the way to Exchange to the errors named by consequence (reference 3.3).

Three doors: a response code (``coded``), an HTTP answer (``refused``), and an exception of the client libraries
(``translated``). No text of an answer is passed on: it may hold addresses. Codes and statuses are.
"""

from __future__ import annotations

import re
from enum import Enum

from exchange_sync.errors import (
    ExchangeSyncError,
    IntegrationFault,
    ItemFault,
    ItemGone,
    MailboxFault,
    Reason,
    Retriable,
    StateExpired,
)
from exchange_sync.source.api import FolderGone
from exchange_sync.source.ews.codes import rule_of
from exchange_sync.source.ews.codes.rule import Consequence, Rule
from exchange_sync.source.ews.refusal import HttpRefusal, Truncated, Unreadable, refused
from exchange_sync.source.network import network_error

_CODE_IN_TEXT = re.compile(r"(?:ResponseMessage|code): (Error[A-Za-z0-9]+)")
_STATUS_IN_TEXT = re.compile(r"\bCode: (\d{3})\b")
_CREDENTIALS = "Check the login, password and secrets of the connection; renew them if they have expired."
_ADDRESS = "Check the server URL, and any proxy or gateway before it: it must be Exchange's own /EWS/Exchange.asmx."
_LOGIN = "invalid_exchange_credentials"


class Where(Enum):
    """What was asked for when it went wrong: it decides how far the harm reaches."""

    MAILBOX = "mailbox"
    FOLDER = "folder"
    ITEM = "item"


def coded(code: str, where: Where, mailbox: str, back_off: float | None = None) -> ExchangeSyncError:
    """The error of an EWS response code. back_off: seconds the server asked for, if it did."""
    rule = rule_of(code)
    what = f"{mailbox}: Exchange answered {code}"
    match rule.consequence:
        case Consequence.BUSY | Consequence.TRANSIENT:
            after = rule.after if back_off is None else back_off
            return Retriable(what, after, whole_server=rule.consequence is Consequence.BUSY, code=code)
        case Consequence.INTEGRATION | Consequence.REQUEST | Consequence.VERSION:
            return IntegrationFault(what, _reason(rule, code))
        case Consequence.STATE:
            return StateExpired(what)
        case Consequence.ITEM_GONE if where is not Where.MAILBOX:
            return FolderGone(what) if where is Where.FOLDER else ItemGone(what, code)
        case Consequence.FOLDER | Consequence.DENIED if where is Where.FOLDER:
            return FolderGone(what)
        case Consequence.ITEM | Consequence.FOLDER | Consequence.DENIED | Consequence.FOREIGN if where is Where.ITEM:
            return ItemFault(what, code)
        case _:
            return MailboxFault(what, _reason(rule, code))


def translated(error: BaseException, where: Where, mailbox: str) -> ExchangeSyncError:
    """The error of any exception that the client libraries raise, exchangelib's own included.

    Walks the chain of causes: exchangelib calls a wrong host a timeout and a bad certificate a transport error, and
    only the chain knows better.
    """
    for link in chain(error):
        if isinstance(link, ExchangeSyncError):
            return link
        found = _one(link, mailbox)
        if found is not None:
            return found
    return _by_name(error, where, mailbox)


def chain(error: BaseException) -> list[BaseException]:
    """The exception and what it came from, the deepest first."""
    links: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in links:
        links.append(here)
        # urllib3 hands over what it met behind a proxy as an argument, never as a cause
        here = here.__cause__ or here.__context__ or next((a for a in here.args if isinstance(a, BaseException)), None)
    return links[::-1]


def _one(error: BaseException, mailbox: str) -> ExchangeSyncError | None:
    if isinstance(error, HttpRefusal):
        return refused(error, mailbox)
    if isinstance(error, Truncated):
        return Retriable(f"{mailbox}: the answer was cut off", 15.0, code="TruncatedAnswer")
    if isinstance(error, Unreadable):
        reason = Reason(_LOGIN, "NotEws", _ADDRESS)
        return IntegrationFault(f"{mailbox}: the answer is not from Exchange's web service", reason)
    return network_error(error, mailbox)


def _by_name(error: BaseException, where: Where, mailbox: str) -> ExchangeSyncError:
    """exchangelib's and oauthlib's exceptions, by class name: nearly every response code has a class of its name."""
    name, text = type(error).__name__, str(error)
    written = _CODE_IN_TEXT.search(text)
    if name.startswith("Error") or written:
        code = written[1] if written and not name.startswith("Error") else name
        return coded(code, where, mailbox, getattr(error, "back_off", None))
    if name == "CASError":
        return refused(HttpRefusal(500, cas_error=str(getattr(error, "cas_error", ""))), mailbox)
    if name == "RateLimitError":
        return Retriable(f"{mailbox}: the server asks to wait", float(getattr(error, "wait", 60)), code=name)
    status = _STATUS_IN_TEXT.search(text)
    if status:
        return refused(HttpRefusal(int(status[1])), mailbox)
    if name in _BY_CLASS:
        message, remedy = _BY_CLASS[name]
        return IntegrationFault(f"{mailbox}: {message}", Reason(_LOGIN, name, remedy))
    return MailboxFault(
        f"{mailbox}: reading it failed with {name}",
        Reason("unknown_forbidden_error", name, "Report this as a fault of Exchange Sync, with the log of the task."),
    )


_BY_CLASS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "UnauthorizedError",
            "InvalidClientError",
            "InvalidClientIdError",
            "InvalidGrantError",
            "InvalidTokenError",
            "UnauthorizedClientError",
            "AccessDeniedError",
            "TokenExpiredError",
            "MissingTokenError",
            "InvalidScopeError",
        ),
        ("Exchange or its authority does not accept the credentials", _CREDENTIALS),
    ),
    **dict.fromkeys(
        (
            "RedirectError",
            "RelativeRedirect",
            "MalformedResponseError",
            "SOAPError",
            "TransportError",
            "AutoDiscoverFailed",
            "AutoDiscoverCircularRedirect",
            "InvalidURL",
            "LocationParseError",
        ),
        ("the server does not answer as Exchange's web service does", _ADDRESS),
    ),
}


def _reason(rule: Rule, code: str) -> Reason:
    return Reason(rule.kind, code, rule.remedy)


__all__ = ["Where", "chain", "coded", "translated"]
