"""A mailbox with many bad emails is told: an incident that switches nothing off, until few are left (decision 80)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from exchange_sync.store import incidents
from exchange_sync.store.database import Cursor, Row
from exchange_sync.store.incidents import MANY_BAD, Failure

FEWEST = 10
SHARE = 0.2  # of what a run tried
_TRIED = ("quarantined", "created", "copied", "moved", "unchanged")
_REMEDY = (
    "See the quarantine for the reason they share; once it is mended, retry it: exchange-sync retry-quarantine. All "
    "other mail is synced."
)


def tell(cursor: Cursor, mailbox: Row, run: str, counts: Mapping[str, int], now: datetime) -> None:
    """At the end of a mailbox's batch, in its transaction: open the incident, keep it, or close it.

    counts: the batch's.
    """
    bad = counts.get("quarantined", 0)
    tried = sum(counts.get(what, 0) for what in _TRIED)
    if bad >= FEWEST and bad > SHARE * tried:
        text = f"{mailbox['address']}: {bad} of {tried} emails could not be read or loaded and lie in the quarantine."
        failure = Failure(MANY_BAD, "many_bad_emails", text, _REMEDY)
        incidents.open_many_bad(cursor, mailbox["integration_id"], mailbox["id"], failure, run=run, now=now)
    still = incidents.of_many_bad(cursor, mailbox["integration_id"], mailbox["id"])
    if still is None:
        return
    if _fewer_left(cursor, mailbox["id"]):
        incidents.close(cursor, mailbox["integration_id"], mailbox["id"], now)
    else:
        incidents.remind(cursor, mailbox["id"], still, now)


def _fewer_left(cursor: Cursor, mailbox_id: int) -> bool:
    cursor.execute(
        """SELECT count(*) AS n FROM (SELECT 1 FROM folders f JOIN origins o ON o.folder_id = f.id
            WHERE f.mailbox_id = %s AND o.state = 'quarantined' AND o.gone_at IS NULL LIMIT %s) few""",
        (mailbox_id, FEWEST),
    )
    return int(cursor.fetchone()["n"]) < FEWEST
