"""Load: each part is validated, bad rows go to the quarantine, the rest becomes comments in one transaction.

Then the batch is closed, the watermark moves and the staging goes (finish).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

from exchange_sync.errors import InternalFault, Reason
from exchange_sync.model.identity import comment_id
from exchange_sync.model.serial import properties_from, properties_from_json
from exchange_sync.model.watermark import Watermark
from exchange_sync.pipeline import bad_mail, clean, failing, finish, unexpected
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.parts import ATTACHMENTS, LINK, NEW
from exchange_sync.pipeline.rows import batch_of
from exchange_sync.pipeline.told import told_of
from exchange_sync.pipeline.warnings import observed
from exchange_sync.store import batches, comments, pending
from exchange_sync.store.batches import Batch
from exchange_sync.store.known_mail import mail_of
from exchange_sync.store.new_comments import NewComment
from exchange_sync.store.pending import Bad, Skip

log = logging.getLogger("exchange_sync.load")


@dataclass(frozen=True)
class LoadResult:
    """Counts of created, moved, unchanged, conflicts, unlinked and quarantined, and of what is skipped by reason.

    mark: the watermark left behind; a backfill leaves none.
    """

    counts: dict[str, int]
    mark: Watermark | None


def load(context: Context, mailbox: str, ref: str) -> LoadResult:
    """Load the enriched parts of a batch and finish it.

    Raises InternalFault when many new emails are bad, none is good, and it is not the emails: they stay pending.
    Raises Superseded when the batch is not the open one any more, IntegrationFault when the bucket's quota is reached.
    """
    with failing.watched(context, mailbox):
        return _loaded(context, mailbox, ref)


def _loaded(context: Context, mailbox: str, ref: str) -> LoadResult:
    batch = batches.find(context.db, batch_of(ref))
    counts: Counter[str] = Counter()
    refused: list[Bad] = []  # held back until it is known whether anything is good
    any_good = False
    left_out: dict[str, str] = {}
    for part, rows in context.staging.parts(ref):
        good, bad, skipped = sorted_out(rows, left_out)
        any_good = any_good or bool(skipped) or any(row.content is not None for row in good)
        refused += bad
        done = _load(context, batch, good, refused if any_good else [], skipped)
        refused = [] if any_good else refused
        batches.add_counts(context.db, batch, observed(rows))
        counts.update(done)
        log.info("part %d: %s", part, _told(done))
    if refused:
        _refuse(context, mailbox, refused)
        counts.update(_load(context, batch, [], refused, []))
    mark = finish.finish(context, batch, mailbox)
    log.info("%s: %s", mailbox, _told(counts))
    return LoadResult(dict(counts), mark)


def _refuse(context: Context, mailbox: str, bad: list[Bad]) -> None:
    """Raises InternalFault when these are all that a run brought, many of them new, and the fault is not theirs."""
    tried = pending.tried(context.db, [item.origin_id for item in bad])
    if len(bad) - len(tried) < bad_mail.FEWEST:
        return
    if all(item.code.startswith(unexpected.PREFIX) for item in bad) or not clean.works():
        raise InternalFault(
            f"{mailbox}: {len(bad)} of {len(bad)} emails: {bad[0].code}",
            Reason(unexpected.KIND, "all_emails", unexpected.REMEDY),
        )


def _load(
    context: Context, batch: Batch, good: list[NewComment], bad: list[Bad], skipped: list[Skip]
) -> dict[str, int]:
    """One part; where anything in it is refused, by halves, until the culprit alone goes to the quarantine."""
    try:
        return comments.load_part(context.db, batch, good, bad, context.clock(), skipped)
    except unexpected.passing:
        raise
    except Exception as error:  # the culprit's quarantine is the consequence; without a culprit it is raised
        if not good:
            raise
        if len(good) == 1:
            one = good[0]
            told = told_of(properties_from(one.content["properties"]) if one.content else None)
            culprit = Bad(
                one.origin_id, "load", unexpected.code_of(error), one.mime_sha256, comment_id(one.message_id), told
            )
            return comments.load_part(context.db, batch, [], [*bad, culprit], context.clock(), skipped)
        middle = len(good) // 2
        done = Counter(_load(context, batch, good[:middle], bad, skipped))
        done.update(_load(context, batch, good[middle:], [], []))
        return dict(done)


def sorted_out(rows: list[dict[str, Any]], left_out: dict[str, str]) -> tuple[list[NewComment], list[Bad], list[Skip]]:
    """The rows to load, those for the quarantine, each with the stage or expectation that refused it, and those that
    the mailbox leaves out.

    left_out: comment id → why, of the batch so far: what was seen again of an email goes the email's way.
    """
    left_out.update((row["comment_id"], row["skipped"]) for row in rows if row.get("skipped"))
    good, bad, skipped = [], [], []
    for row in rows:
        name = row["comment_id"] or None
        why = left_out.get(row["comment_id"]) if row["action"] == LINK else row.get("skipped")
        if row["failure"]:
            told = told_of(properties_from_json(row["properties"]) if row["properties"] else None)
            bad.append(Bad(row["origin_id"], *_stage_of(row["failure"]), row["mime_sha256"], name, told))
        elif why:
            skipped.append(Skip(row["origin_id"], why, name))
        else:
            try:
                good.append(_row(row))
            except Exception as error:  # noqa: BLE001 - as of a row that an earlier stage refused
                bad.append(Bad(row["origin_id"], "load", unexpected.code_of(error), row["mime_sha256"], name))
    return good, bad, skipped


def _stage_of(failure: str) -> tuple[str, str]:
    stage, _, code = failure.partition(": ")
    return stage, code


def _row(row: dict[str, Any]) -> NewComment:
    content = None
    if row["action"] != LINK:
        content = {
            "timestamp": row["timestamp"],
            "thread_id": row["thread_id"],
            "thread_candidates": row["thread_candidates"],
            "user_properties": json.loads(row["user_properties"]),
            "messages": json.loads(row["messages"]),
            "attachments": json.loads(row["attachments"]),
            "quoted": row["quoted"],
            "clean_version": row["clean_version"],
            "problems": row["problems"],
            "properties": json.loads(row["properties"]),
        }
    return NewComment(
        origin_id=row["origin_id"],
        message_id=row["message_id"],
        sender=row["sender"],
        sent_at=row["sent_at"],
        following=json.loads(row["following"]),
        mime_sha256=row["mime_sha256"],
        size=row["mime_size"],
        content=content,
        mark=row.get("mark") or row["message_id"],
        told=mail_of(json.loads(row["properties"]), row["sent_at"]),
        participants=json.loads(row["participants"]) if row.get("participants") else None,
        known_id="" if row["action"] == NEW else row["comment_id"],
        attachments_only=row["action"] == ATTACHMENTS,
    )


def _told(counts: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing new"
