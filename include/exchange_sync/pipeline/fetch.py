"""Fetch: from pending, newest first, the small properties; then the MIME only of emails that the bucket lacks."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from exchange_sync.model.email import ItemMime, ItemProblem, ItemProperties, LargeItem
from exchange_sync.model.identity import comment_id, conflict_id, same_email, usable_message_id
from exchange_sync.model.mime_identity import message_id_of, sender_and_sent
from exchange_sync.model.rules import item_left_out
from exchange_sync.model.serial import to_json
from exchange_sync.pipeline.context import Context
from exchange_sync.source.api import MailSource
from exchange_sync.store import batches, blobs, pending
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row
from exchange_sync.store.pending import Bad, Known, Pending

log = logging.getLogger("exchange_sync.extract")

CHUNK = 100  # items whose properties are asked for before any of them is downloaded


class Fetcher:
    """Fetches one batch's pending items within the budget and stages them in parts."""

    def __init__(self, context: Context, batch: Batch, row: Row) -> None:
        self._context, self._batch, self._row = context, batch, row
        self._rows: list[dict[str, Any]] = []
        self._part_bytes = 0
        self._bytes = 0
        self._staged: dict[str, Known] = {}  # emails that this batch itself brings
        self._told: Counter[str] = Counter()  # of counts, what is recorded with the batch
        self.counts: Counter[str] = Counter()
        self.parts = 0
        self.reference = ""

    def run(self, source: MailSource) -> None:
        """Until nothing is pending or the budget is spent. Raises what the source raises, and Superseded."""
        settings = self._context.settings
        started = time.monotonic()
        last: Pending | None = None
        while chunk := pending.newest(self._context.db, self._row["id"], last, CHUNK):
            last = chunk[-1]
            self._fetch(source, chunk)
            spent = time.monotonic() - started
            done = sum(self.counts.values())
            if spent > settings.fetch_seconds or done >= settings.fetch_emails or self._bytes >= settings.fetch_bytes:
                log.info("%s: this run's budget is spent; the next run goes on", self._row["address"])
                break
        if self.counts:
            log.info(
                "%s: %d downloaded (%.1f MB), %d known already, %d skipped, %d gone, %d bad in %.1f s",
                self._row["address"], self.counts["downloaded"], self._bytes / 1e6, self.counts["known"],
                sum(n for key, n in self.counts.items() if key.startswith("skipped")), self.counts["gone"],
                self.counts["quarantined"], time.monotonic() - started,
            )  # fmt: skip

    def flush(self) -> None:
        """Stage what is left, and record the counts that no load will record."""
        if self._rows:
            self.reference = self._context.staging.write(self._batch.id, "fetched", self.parts, self._rows)
            self.parts += 1
            self._rows, self._part_bytes = [], 0
        batches.add_counts(self._context.db, self._batch, self.counts - self._told)
        self._told = Counter(self.counts)

    def _fetch(self, source: MailSource, chunk: Sequence[Pending]) -> None:
        by_id = {item.item_id: item for item in chunk}
        answers = source.properties(self._row["address"], list(by_id))
        problems = [answer for answer in answers if isinstance(answer, ItemProblem)]
        found = [answer for answer in answers if isinstance(answer, ItemProperties)]
        skipped = [(item, why) for item in found if (why := self._left_out(item))]
        left_out = {item.item_id for item, _ in skipped}
        wanted = [item for item in found if item.item_id not in left_out]
        self.counts.update(f"skipped: {why}" for _, why in skipped)
        self._settle(by_id, problems, [(by_id[item.item_id].origin_id, why) for item, why in skipped])
        self._download(source, by_id, self._link_known(by_id, wanted))

    def _left_out(self, item: ItemProperties) -> str | None:
        start = self._row["start_time"]
        if start is not None and item.received is not None and item.received < start:
            return "before start"
        return item_left_out(item)

    def _link_known(self, by_id: dict[str, Pending], wanted: list[ItemProperties]) -> list[ItemProperties]:
        """Stage a link for each email that the bucket has already; returns those to download."""
        ids: dict[str, str] = {}
        for item in wanted:
            message_id = usable_message_id(item.message_id)
            if message_id:
                ids[item.item_id] = message_id
        possible = _possible(wanted, ids, by_id)
        known = {name: self._staged[name] for name in possible if name in self._staged}
        known.update(pending.known_comments(self._context.db, self._batch.bucket_id, possible))
        download = []
        for item in wanted:
            comment = self._known(item, ids.get(item.item_id), by_id[item.item_id], known)
            message_id = ids.get(item.item_id, "")
            if comment is not None:
                self._stage(by_id[item.item_id], item, message_id, action="link", comment=comment.id)
                self.counts["known"] += 1
                continue
            download.append(item)
            if message_id:  # a second copy in this batch needs no second download
                own = comment_id(message_id)
                if own in known:
                    own = conflict_id(message_id, sender=item.sender.address, sent=item.sent)
                known[own] = self._staged[own] = Known(own, item.sender.address, item.sent)
        return download

    def _known(
        self, item: ItemProperties, message_id: str | None, origin: Pending, known: dict[str, Known]
    ) -> Known | None:
        if origin.comment_id in known:  # it has moved: what it is was settled when it was first loaded
            return known[origin.comment_id]
        if message_id is None:
            return None
        plain = known.get(comment_id(message_id))
        sender, sent = item.sender.address, item.sent
        if plain and same_email(sender=sender, sent=sent, other_sender=plain.sender, other_sent=plain.sent_at):
            return plain
        return known.get(conflict_id(message_id, sender=sender, sent=sent))

    def _download(self, source: MailSource, by_id: dict[str, Pending], wanted: list[ItemProperties]) -> None:
        large = self._context.settings.large_bytes
        small = {item.item_id: item for item in wanted if item.size <= large}
        for answer in source.mimes(self._row["address"], list(small)) if small else ():
            self._take(by_id, small[answer.item_id], answer)
        for item in wanted:
            if item.size > large:
                self._take(by_id, item, source.large(self._row["address"], item.item_id))

    def _take(
        self, by_id: dict[str, Pending], item: ItemProperties, answer: ItemMime | LargeItem | ItemProblem
    ) -> None:
        if isinstance(answer, ItemProblem):
            self._settle(by_id, [answer], [])
            return
        attachments = answer.attachments if isinstance(answer, LargeItem) else ()
        message_id = message_id_of(
            answer.mime, server_id=item.message_id, attachment_names=[found.name for found in attachments]
        )
        sha256 = self._save(answer.mime)
        self._stage(
            by_id[item.item_id], item, message_id, action="new", mime=answer.mime, sha256=sha256,
            attachments=json.dumps([vars(found) for found in attachments]) if isinstance(answer, LargeItem) else None,
        )  # fmt: skip
        self.counts["downloaded"] += 1

    def _save(self, mime: bytes) -> str:
        self._bytes += len(mime)
        self._part_bytes += len(mime)
        return self._context.blobs.put(mime, remember=self._remember)

    def _remember(self, sha256: str, size: int) -> None:
        blobs.remember(self._context.db, sha256, size, self._context.clock())

    def _settle(
        self, by_id: dict[str, Pending], problems: Iterable[ItemProblem], skipped: Sequence[tuple[int, str]]
    ) -> None:
        gone = [by_id[problem.item_id].origin_id for problem in problems if problem.gone]
        bad = [Bad(by_id[p.item_id].origin_id, "fetch", p.code) for p in problems if not p.gone]
        pending.settle(self._context.db, self._batch, skipped=skipped, gone=gone, bad=bad, now=self._context.clock())
        self.counts["gone"] += len(gone)
        self.counts["quarantined"] += len(bad)

    def _stage(
        self,
        origin: Pending,
        item: ItemProperties,
        message_id: str,
        *,
        action: str,
        comment: str | None = None,
        mime: bytes | None = None,
        sha256: str | None = None,
        attachments: str | None = None,
    ) -> None:
        sender, sent = item.sender.address, item.sent
        if mime is not None and not (sender and sent):
            own_sender, own_sent = sender_and_sent(mime)
            sender, sent = sender or own_sender, sent or own_sent
        self._rows.append(
            {
                "origin_id": origin.origin_id,
                "action": action,
                "comment_id": comment or comment_id(message_id),
                "message_id": message_id,
                "mime_sha256": sha256,
                "mime_size": len(mime or b""),
                "properties": to_json(replace(item, size=item.size or origin.size)),
                "attachments": attachments,
                "mailbox": self._row["address"],
                "folder_path": list(origin.path),
                "sender": sender,
                "sent_at": sent,
            }
        )
        settings = self._context.settings
        if len(self._rows) >= settings.part_rows or self._part_bytes >= settings.part_bytes:
            self.flush()


def _possible(wanted: list[ItemProperties], ids: dict[str, str], by_id: dict[str, Pending]) -> list[str]:
    """The comment ids under which these items may be known."""
    possible = {origin.comment_id for origin in by_id.values() if origin.comment_id}
    for item in wanted:
        if item.item_id in ids:
            message_id = ids[item.item_id]
            possible.add(comment_id(message_id))
            possible.add(conflict_id(message_id, sender=item.sender.address, sent=item.sent))
    return sorted(possible)
