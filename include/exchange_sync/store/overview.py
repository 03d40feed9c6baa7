"""What the page's lists say of integrations and mailboxes, by figures that are kept: no item and no comment is counted.

comments        mailbox_comments, kept by triggers on comments: emails that these mailboxes brought and that are here
quarantined     the partial index of quarantined items
left, total     of mailboxes that are behind: the folders' counts by the server, less what the batches say was done
fresh_until     synced_until, or the last look since then that found nothing changed: what had arrived by then is here
last_sync       when its folders were last listed, or a look found that nothing had changed: then none needs to be
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store.database import Database, Row

PAGE = 50  # mailboxes

_FRESH = """CASE WHEN m.synced_until IS NOT NULL AND m.change_mark = m.seen_mark
    THEN greatest(m.synced_until, m.looked_at) ELSE m.synced_until END"""
_SYNC = "CASE WHEN m.change_mark = m.seen_mark THEN greatest(m.synced_at, m.looked_at) ELSE m.synced_at END"
_PENDING = "EXISTS (SELECT 1 FROM origins o WHERE o.mailbox_id = m.id AND o.state = 'pending' AND o.gone_at IS NULL)"
_BEHIND = f"(m.synced_until IS NULL OR {_PENDING})"
_QUARANTINED = """(SELECT count(*) FROM origins o
    WHERE o.mailbox_id = m.id AND o.state = 'quarantined' AND o.gone_at IS NULL)"""
# A first sync ends each item once: as created, known, skipped or bad. Later, the last batch said what it left pending.
_DONE = """(SELECT coalesce(sum(n.value::bigint), 0) FROM (
        SELECT * FROM jsonb_each_text(m.totals) UNION ALL
        SELECT c.* FROM batches b, jsonb_each_text(b.counts) c WHERE b.id = m.open_batch) n
    WHERE n.key IN ('created', 'moved', 'copied', 'unchanged', 'quarantined') OR n.key LIKE 'skipped%%')"""
_TOTAL = """(SELECT coalesce(sum(f.total), 0) FROM folders f
    WHERE f.mailbox_id = m.id AND f.gone_at IS NULL AND f.left_out IS NULL)"""
_LEFT = f"""CASE WHEN m.synced_until IS NULL THEN greatest(0, {_TOTAL} - {_DONE})
    ELSE (m.watermark::jsonb ->> 'pending')::bigint END"""


def of_integrations(db: Database, integration_ids: Sequence[str], now: datetime) -> dict[str, Row]:
    """By integration: {mailboxes, stopped, disabled, failing, waiting, behind, fresh_until, unsynced, comments, waits}.

    stopped, disabled: switched off by a person, for an error. failing: on, and the last run failed. unsynced: on, and
    never synced yet. waits: until when the server asked single mailboxes to wait, the longest.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT b.integration_id, count(*) AS mailboxes,
                count(*) FILTER (WHERE NOT b.enabled AND b.disabled_reason = 'user') AS stopped,
                count(*) FILTER (WHERE NOT b.enabled AND b.disabled_reason IS DISTINCT FROM 'user') AS disabled,
                count(*) FILTER (WHERE b.enabled AND b.last_error IS NOT NULL) AS failing,
                count(*) FILTER (WHERE b.enabled AND b.not_before > %(now)s) AS waiting,
                count(*) FILTER (WHERE b.enabled AND b.behind) AS behind,
                count(*) FILTER (WHERE b.enabled AND b.synced_until IS NULL) AS unsynced,
                min(b.fresh_until) FILTER (WHERE b.enabled) AS fresh_until,
                max(b.not_before) FILTER (WHERE b.enabled) AS waits
            FROM (SELECT m.*, {_BEHIND} AS behind, {_FRESH} AS fresh_until FROM mailboxes m
                WHERE m.integration_id = ANY(%(ids)s) AND m.removed_at IS NULL) b
            GROUP BY b.integration_id""",
            {"ids": list(integration_ids), "now": now},
        )
        found = {row["integration_id"]: dict(row) for row in cursor.fetchall()}
        cursor.execute(
            """SELECT m.integration_id, sum(t.comments)::bigint AS comments
            FROM mailboxes m JOIN mailbox_comments t ON t.mailbox_id = m.id
            WHERE m.integration_id = ANY(%s) GROUP BY m.integration_id""",
            (list(integration_ids),),
        )
        comments = {row["integration_id"]: row["comments"] for row in cursor.fetchall()}
    nothing = dict.fromkeys(("mailboxes", "stopped", "disabled", "failing", "waiting", "behind", "unsynced"), 0)
    blank = {**nothing, "fresh_until": None, "waits": None}
    return {one: {**blank, **found.get(one, {}), "comments": comments.get(one, 0)} for one in integration_ids}


def quarantined(db: Database, integration_ids: Sequence[str]) -> dict[str, int]:
    """How many items of integrations are in the quarantine; those with none are left out."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.integration_id, count(*) AS n FROM mailboxes m JOIN origins o ON o.mailbox_id = m.id
            WHERE m.integration_id = ANY(%s) AND m.removed_at IS NULL AND o.state = 'quarantined' AND o.gone_at IS NULL
            GROUP BY m.integration_id""",
            (list(integration_ids),),
        )
        return {row["integration_id"]: int(row["n"]) for row in cursor.fetchall()}


def progress(db: Database, integration_ids: Sequence[str]) -> dict[str, Row]:
    """Of integrations with mailboxes that are behind: {total, remaining} in emails, over these mailboxes alone."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT m.integration_id, sum({_TOTAL})::bigint AS total, sum({_LEFT})::bigint AS remaining
            FROM mailboxes m
            WHERE m.integration_id = ANY(%s) AND m.removed_at IS NULL AND m.enabled AND {_BEHIND}
            GROUP BY m.integration_id""",
            (list(integration_ids),),
        )
        return {row["integration_id"]: dict(row) for row in cursor.fetchall()}


def open_incidents(db: Database, integration_ids: Sequence[str]) -> dict[str, Row]:
    """The open incident of each integration itself, by its id."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT * FROM incidents
            WHERE integration_id = ANY(%s) AND coalesce(mailbox_id, 0) = 0 AND closed_at IS NULL""",
            (list(integration_ids),),
        )
        return {row["integration_id"]: dict(row) for row in cursor.fetchall()}


# What a person may look for, as conditions on a mailbox m.
STATES = {
    "": "true",
    "trouble": "(m.last_error IS NOT NULL OR (NOT m.enabled AND m.disabled_reason IS DISTINCT FROM 'user'))",
    "behind": f"(m.enabled AND {_BEHIND})",
    "stopped": "(NOT m.enabled AND m.disabled_reason = 'user')",
    "quarantine": f"{_QUARANTINED} > 0",
}


def mailboxes(db: Database, integration_id: str, *, text: str = "", state: str = "", after: str = "") -> list[Row]:
    """At most PAGE + 1 configured mailboxes by address, after one: the mailbox's row with its bucket and figures.

    text: a part of the address. state: a key of STATES. Each row besides: {bucket_owner, bucket_name, comments,
    quarantined, behind, total, remaining, fresh_until, last_sync}; total and remaining are None for one that is not
    behind.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT m.*, {_FIGURES} FROM (
                SELECT m.* FROM mailboxes m WHERE m.integration_id = %(integration)s AND m.removed_at IS NULL
                    AND m.address > %(after)s AND strpos(m.address, %(text)s) > 0 AND {STATES[state]}
                ORDER BY m.address LIMIT {PAGE + 1}) m
            {_JOINS} ORDER BY m.address""",
            {"integration": integration_id, "after": after, "text": text.lower()},
        )
        return [dict(row) for row in cursor.fetchall()]


def mailbox(db: Database, integration_id: str, address: str) -> Row | None:
    """One of them, or None."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT m.*, {_FIGURES} FROM mailboxes m {_JOINS}
            WHERE m.integration_id = %s AND m.address = %s AND m.removed_at IS NULL""",
            (integration_id, address),
        )
        row = cursor.fetchone()
    return None if row is None else dict(row)


_FIGURES = f"""b.owner AS bucket_owner, b.name AS bucket_name, coalesce(t.comments, 0) AS comments,
    {_QUARANTINED} AS quarantined, {_FRESH} AS fresh_until, {_SYNC} AS last_sync, far.behind,
    CASE WHEN far.behind THEN {_TOTAL} END AS total, CASE WHEN far.behind THEN {_LEFT} END AS remaining"""
_JOINS = f"""JOIN buckets b ON b.id = m.bucket_id LEFT JOIN mailbox_comments t ON t.mailbox_id = m.id
    CROSS JOIN LATERAL (SELECT {_BEHIND} AS behind) far"""
