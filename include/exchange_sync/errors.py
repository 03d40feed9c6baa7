"""The tree of errors, named by what must happen next (design section 5).

    ExchangeSyncError
    ├── IntegrationFault   the configuration is wrong: when it persists, the integration is disabled
    ├── MailboxFault       this mailbox is wrong: when it persists, the mailbox is disabled
    ├── InternalFault      nobody expected it: told when it persists, tried again ever less often, never disables
    │   └── DiskFault      (exchange_sync.disk) a disk is full, read-only or closed to us
    ├── Retriable          busy, throttled, timed out: ask again later, never disables
    ├── ItemFault          one email cannot be read: quarantine, the sync goes on
    │   └── ItemGone       the item moved or was deleted meanwhile: the next listing tells
    ├── StateExpired       the server forgot the sync state: list that folder afresh
    ├── Superseded         another batch of this mailbox took over: write nothing more
    ├── SoftwareFault      a fault of this software: loud, and nothing half-applied
    │   └── StoreFault     the database refused a statement
    └── BadInput           what a person wrote does not fit: names it, and what would be right

No message, and no attribute that is logged, may hold mail content, a correspondent's address or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


class ExchangeSyncError(Exception):
    """Base of all errors this project raises on purpose."""


@dataclass(frozen=True)
class Reason:
    """Why something failed, for people: a kind of the mirrored product's vocabulary and a remedy.

    kind: one of the kinds of reference 2.7 (e.g. ``mailbox_not_found``) or our own.
    code: the protocol's own word for it (an EWS response code, ``HTTP 403``, a TLS alert).
    remedy: one plain sentence that says how to mend it.
    """

    kind: str
    code: str
    remedy: str


class _Reasoned(ExchangeSyncError):
    """An error that carries a Reason."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.reason))

    def __str__(self) -> str:
        return f"{self.message} [{self.reason.code}] {self.reason.remedy}"


class IntegrationFault(_Reasoned):
    """Credentials, server, TLS, scope or quota are wrong for the whole integration."""


class MailboxFault(_Reasoned):
    """This mailbox is misspelt, deleted, without licence, or its Inbox may not be read."""


class InternalFault(_Reasoned):
    """Something that nobody expected, beside the handling of one email. It names a type and a place, never a value."""


class Retriable(ExchangeSyncError):
    """The server is busy or briefly away.

    after: seconds to wait before the next attempt, as the server asked, or our own guess.
    whole_server: True when every mailbox of the connection must wait, not this one alone.
    code: the protocol's own word for it.
    """

    def __init__(self, message: str, after: float, *, whole_server: bool = False, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.after = after
        self.whole_server = whole_server
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} [{self.code}] try again in {self.after:g} s"


class ItemFault(ExchangeSyncError):
    """One email cannot be fetched, parsed or loaded. code: the protocol's or stage's word for it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ItemGone(ItemFault):
    """The item is no longer where it was listed: moved or deleted; the next listing tells."""


class StateExpired(ExchangeSyncError):
    """The server no longer knows the sync state of a folder."""


class Superseded(ExchangeSyncError):
    """Another batch of this mailbox is open: this one may write nothing more (design decision 5)."""


class SoftwareFault(ExchangeSyncError):
    """A fault of this software. The message holds names, never values."""


class StoreFault(SoftwareFault):
    """The database refused a statement."""


class BadInput(ExchangeSyncError):
    """What a person wrote does not fit. The message names the thing, what was expected, and the remedy."""
