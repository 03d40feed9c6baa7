"""Answers of HTTP that carry no SOAP: what they are, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime  # noqa: TID251 - of HTTP headers, not of mail

from exchange_sync.errors import ExchangeSyncError, IntegrationFault, MailboxFault, Reason, Retriable

BUSY_SECONDS = 30.0
OUTAGE_SECONDS = 60.0
_LOCKED_OUT = b"The referenced account is currently locked out"
_OUTAGE_PAGE = "genericerrorpage"
_LOGIN = "invalid_exchange_credentials"


class Truncated(Exception):
    """The body does not end in its closing tag."""


class Unreadable(Exception):
    """The body is no SOAP at all: an HTML page, for instance of a login gateway."""


@dataclass(eq=False)
class HttpRefusal(Exception):
    """An answer with another status than 200. retry_after: seconds, if the server named them."""

    status: int
    retry_after: float | None = None
    cas_error: str = ""
    locked_out: bool = False
    location: str = ""

    def __str__(self) -> str:
        return f"HTTP {self.status}"


def refusal_of(status: int, headers: Mapping[str, str], body: bytes, clock: Callable[[], datetime]) -> HttpRefusal:
    """What an answer's status, headers and body say of a refusal. headers: case-insensitive."""
    return HttpRefusal(
        status,
        retry_after(headers.get("Retry-After"), clock),
        cas_error=headers.get("X-CasErrorCode", "").removeprefix("CAS error:").strip(),
        locked_out=_LOCKED_OUT in body[:65_536],
        location=headers.get("Location", ""),
    )


def retry_after(value: str | None, clock: Callable[[], datetime]) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or an HTTP date (RFC 9110, 10.2.3); None if neither."""
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (aware - clock()).total_seconds())


def refused(refusal: HttpRefusal, mailbox: str) -> ExchangeSyncError:
    """The error that a refusal means (reference 3.3)."""
    code = f"HTTP {refusal.status}"
    if refusal.cas_error:
        return _cas(refusal.cas_error, mailbox)
    if refusal.locked_out:
        remedy = "Unlock the service account in Active Directory, then check its password here."
        return IntegrationFault(f"{mailbox}: the service account is locked out", Reason(_LOGIN, code, remedy))
    if refusal.status in (429, 503):
        after = BUSY_SECONDS if refusal.retry_after is None else refusal.retry_after
        return Retriable(f"{mailbox}: the server is busy", after, whole_server=True, code=code)
    if refusal.status in (301, 302, 303, 307, 308) and _OUTAGE_PAGE in refusal.location.lower():
        return Retriable(f"{mailbox}: the server has an outage", OUTAGE_SECONDS, whole_server=True, code=code)
    if refusal.status in _KNOWN:
        kind, what, remedy = _KNOWN[refusal.status]
        return IntegrationFault(f"{mailbox}: {what}", Reason(kind, code, remedy))
    if refusal.status in (408, 425) or refusal.status >= 500:
        after = OUTAGE_SECONDS if refusal.retry_after is None else refusal.retry_after
        return Retriable(f"{mailbox}: the server failed", after, whole_server=True, code=code)
    kind, what, remedy = _WRONG_URL
    return IntegrationFault(f"{mailbox}: {what}", Reason(kind, code, remedy))


def _cas(cas_error: str, mailbox: str) -> ExchangeSyncError:
    remedy = "The mailbox was moved or deleted: check that it still exists in this Exchange."
    return MailboxFault(f"{mailbox}: the server cannot find the mailbox", Reason("mailbox_removed", cas_error, remedy))


_WRONG_URL = (
    _LOGIN,
    "this is not Exchange's web service",
    "Check the server URL, and any proxy or gateway before it: it must be Exchange's own /EWS/Exchange.asmx.",
)
_KNOWN: dict[int, tuple[str, str, str]] = {
    401: (
        _LOGIN,
        "Exchange does not accept the login",
        "Check the login and password of the connection; renew them if they have expired.",
    ),
    403: (
        "unknown_forbidden_error",
        "Exchange forbids access by its web service",
        "Ask the Exchange administrator to allow EWS for the service account and for this application.",
    ),
    407: (
        _LOGIN,
        "the proxy wants a login",
        "Put the proxy's login and password into the proxy URL of the connection.",
    ),
    440: (_LOGIN, "a login page answered", "Point the server URL at Exchange itself, past the login gateway."),
}
