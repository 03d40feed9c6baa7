"""Bad mail, or a server that fails: many bad emails never keep the good ones back (decision 80).

Only where nothing good comes among many new bad ones is anything else tried: emails that can be read if the server
can. If none of them can, it is not the mail that is bad, and the mailbox's run ends loudly.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.errors import MailboxFault, Reason
from exchange_sync.model.email import ItemMime, NoMime
from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.patience import Patience
from exchange_sync.source.api import MailSource
from exchange_sync.store import pending
from exchange_sync.store.database import Row
from exchange_sync.store.pending import Pending

FEWEST = 10  # that many bad emails may come together by chance


class Brake:
    """Watches what one run reads of a mailbox. row: the mailbox's."""

    def __init__(self, context: Context, row: Row, patience: Patience) -> None:
        self._context, self._row, self._patience = context, row, patience
        self._bad: list[str] = []  # item ids, since the last good one
        self._raised = 0  # emails, since the last good one, that something unexpected struck

    def good(self) -> None:
        """One was read whole."""
        self._bad.clear()
        self._raised = 0

    def bad(self, origins: Sequence[Pending]) -> None:
        """These could not be read. Those that came out of the quarantine say nothing new."""
        self._bad += [origin.item_id for origin in origins if not origin.tried]

    def unexpected(self, error: Exception) -> None:
        """Something raised while an email was handled. Raises InternalFault when that is all that happens."""
        self._raised += 1
        if self._raised >= FEWEST:
            raise unexpected.internal(error, self._row["address"]) from None

    def look(self, source: MailSource) -> None:
        """Raises MailboxFault when the server can read nothing at all, and what the source raises."""
        if len(self._bad) < FEWEST:
            return
        others = pending.readable(self._context.db, self._row["id"], source.capabilities.protocol, self._bad)
        answers = self._patience.ask(lambda: list(source.mimes(self._row["address"], others))) if others else []
        if not any(isinstance(answer, ItemMime | NoMime) for answer in answers):
            raise nothing_good(self._row["address"], len(self._bad), len(self._bad))
        self.good()


def nothing_good(address: str, bad: int, of: int) -> MailboxFault:
    """So many of a run's emails are bad, and none is good, that the emails are not what is wrong."""
    return MailboxFault(
        f"{address}: {bad} of {of} emails could not be read or loaded: nothing more of it is synced in this run",
        Reason(
            "unknown_forbidden_error",
            "too_many_bad_emails",
            "See the quarantine for the reason they share; once it is mended, retry it: "
            "exchange-sync retry-quarantine.",
        ),
    )
