"""Fetch: from pending, newest first, the small properties; then the MIME only of emails that the bucket lacks."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from exchange_sync.errors import ItemFault, ItemGone
from exchange_sync.model.config import Filters
from exchange_sync.model.email import ItemMime, ItemProblem, ItemProperties, LargeItem, NoMime, SourceAttachment
from exchange_sync.model.identity import comment_id, usable_message_id
from exchange_sync.model.received import believable
from exchange_sync.model.rules import BEFORE_START, item_left_out
from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.bad_mail import Brake
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.known import KnownEmails, Sorted
from exchange_sync.pipeline.parts import ATTACHMENTS, NEW, Parts
from exchange_sync.pipeline.patience import Patience
from exchange_sync.pipeline.told import told_of
from exchange_sync.source.api import MailSource
from exchange_sync.store import batches, blobs, pending
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row
from exchange_sync.store.missing import Missing
from exchange_sync.store.pending import Bad, Pending, Skip, Window

log = logging.getLogger("exchange_sync.extract")

CHUNK = 100  # items whose properties are asked for before any of them is downloaded
PAST_RETENTION = "past retention"


class Fetcher:
    """Fetches one batch's pending items within the budget and stages them in parts."""

    def __init__(
        self, context: Context, batch: Batch, row: Row, patience: Patience, window: Window | None = None
    ) -> None:
        self._window = window
        self._context, self._batch, self._row, self._patience = context, batch, row, patience
        self._known = KnownEmails(context.db, batch.bucket_id, Filters.from_dict(row["filters"]))
        self._told: Counter[str] = Counter()  # of counts, what is recorded with the batch
        self._bytes = 0
        self.counts: Counter[str] = Counter()
        self._brake = Brake(context, row, patience)
        self.parts = Parts(context, batch, row)

    def run(self, source: MailSource) -> None:
        """Until nothing is pending or the budget is spent. Raises what the source raises, and Superseded.

        Raises MailboxFault when nothing at all can be read: then it is not the emails that are bad.
        """
        settings = self._context.settings
        started, protocol = time.monotonic(), source.capabilities.protocol
        last: Pending | None = None
        while chunk := pending.newest(self._context.db, self._row["id"], protocol, last, CHUNK, self._window):
            last = chunk[-1]
            self._fetch(source, chunk)
            self._brake.look(source)
            spent = time.monotonic() - started
            done = sum(self.counts.values())
            if spent > settings.fetch_seconds or done >= settings.fetch_emails or self._bytes >= settings.fetch_bytes:
                log.info("%s: this run's budget is spent; the next run goes on", self._row["address"])
                break
        self._tell(time.monotonic() - started)

    def flush(self) -> None:
        """Stage what is left, and record the counts that no load will record."""
        self.parts.flush()
        batches.add_counts(self._context.db, self._batch, self.counts - self._told)
        self._told = Counter(self.counts)

    def _fetch(self, source: MailSource, chunk: Sequence[Pending]) -> None:
        origins = {item.item_id: item for item in chunk}
        answers = self._properties(source, origins)
        problems = [answer for answer in answers if isinstance(answer, ItemProblem)]
        told = [answer for answer in answers if isinstance(answer, ItemProperties)]
        names = {item.item_id: item for item in told}
        skipped: list[tuple[str, str]] = []
        wanted: list[ItemProperties] = []
        for item in told:
            with self._guarded(origins, item):
                why = self._left_out(item)
                if why:
                    skipped.append((item.item_id, why))
                else:
                    wanted.append(item)
        found = self._sorted(origins, wanted)
        for item, name in found.links:
            with self._guarded(origins, item):
                self.parts.link(origins[item.item_id], item, name)
                self.counts["known"] += 1
        self._settle(origins, problems, skipped + found.skipped, names)
        self._download(source, origins, found.downloads)

    def _properties(self, source: MailSource, origins: dict[str, Pending]) -> list[ItemProperties | ItemProblem]:
        answers: list[ItemProperties | ItemProblem] = []

        def ask(ids: Sequence[str]) -> None:
            for answer in self._patience.ask(lambda: source.properties(self._row["address"], ids)):
                if isinstance(answer, ItemProperties):
                    answer = replace(answer, received=believable(answer.received, self._context.clock()))
                answers.append(answer)

        def refuse(item_id: str, error: Exception) -> None:
            self._refuse(origins, item_id, None, error)

        unexpected.isolate(list(origins), ask, refuse)
        return answers

    def _sorted(self, origins: dict[str, Pending], wanted: Sequence[ItemProperties]) -> Sorted:
        found = Sorted()

        def sort(items: Sequence[ItemProperties]) -> None:
            found.add(self._known.sort(origins, items))

        def refuse(item: ItemProperties, error: Exception) -> None:
            self._refuse(origins, item.item_id, item, error)

        unexpected.isolate(wanted, sort, refuse)
        return found

    @contextmanager
    def _guarded(self, origins: dict[str, Pending], item: ItemProperties) -> Iterator[None]:
        """Around what is done for one email: what nobody expected is its own, and the others go on."""
        try:
            yield
        except unexpected.passing:
            raise
        except Exception as error:  # noqa: BLE001 - its quarantine is the consequence
            unexpected.not_the_disks(error)
            self._refuse(origins, item.item_id, item, error)

    def _refuse(self, origins: dict[str, Pending], item_id: str, told: ItemProperties | None, error: Exception) -> None:
        """Into the quarantine, by what was raised and where. Raises InternalFault when nothing else happens."""
        self._brake.unexpected(error)
        log.warning("an email could not be fetched: %s", unexpected.code_of(error))
        self._settle(
            origins, [ItemProblem(item_id, False, unexpected.code_of(error))], [], {item_id: told} if told else {}
        )

    def _left_out(self, item: ItemProperties) -> str | None:
        start, days, now = self._row["start_time"], self._row["retention_days"], self._context.clock()
        when = item.received or believable(item.sent, now)
        if start is not None and when is not None and when < start:
            return BEFORE_START
        if days and when is not None and when < now - timedelta(days=days):
            return PAST_RETENTION
        return item_left_out(item)

    def _download(self, source: MailSource, origins: dict[str, Pending], wanted: list[ItemProperties]) -> None:
        large = self._context.settings.large_bytes
        small = {item.item_id: item for item in wanted if item.size <= large}

        def refuse(item_id: str, error: Exception) -> None:
            self._refuse(origins, item_id, small.pop(item_id), error)

        in_parts = [item for item in wanted if item.size > large]
        unexpected.isolate(list(small), lambda ids: in_parts.extend(self._download_small(source, origins, small, ids)),
                           refuse)  # fmt: skip
        for item in in_parts:
            with self._guarded(origins, item):
                self._download_large(source, origins, item)

    def _download_small(
        self, source: MailSource, origins: dict[str, Pending], small: dict[str, ItemProperties], ids: Sequence[str]
    ) -> list[ItemProperties]:
        """Takes each as it comes; asked again, after a wait or of fewer, it goes on with those that are left.

        Returns those of which the server makes no MIME.
        """
        in_parts: list[ItemProperties] = []

        def take() -> None:
            left = [item_id for item_id in ids if item_id in small]
            sizes = {item_id: small[item_id].size for item_id in left}
            for answer in source.mimes(self._row["address"], left, sizes) if left else ():
                item = small.pop(answer.item_id)
                if isinstance(answer, NoMime):
                    in_parts.append(item)
                    continue
                with self._guarded(origins, item):
                    self._take(source, origins, item, answer)

        self._patience.ask(take)
        return in_parts

    def _download_large(self, source: MailSource, origins: dict[str, Pending], item: ItemProperties) -> None:
        answer = self._patience.ask(lambda: source.large(self._row["address"], item.item_id))
        try:
            self._take(source, origins, item, answer)
        except ItemGone as gone:  # one of its attachments is not there now: it is asked for again as a whole
            self._settle(origins, [ItemProblem(item.item_id, True, gone.code)], [], {item.item_id: item})

    def _take(
        self,
        source: MailSource,
        origins: dict[str, Pending],
        item: ItemProperties,
        answer: ItemMime | LargeItem | ItemProblem,
    ) -> None:
        if isinstance(answer, ItemProblem):
            self._settle(origins, [answer], [], {item.item_id: item})
            return
        attachments = list(answer.attachments) if isinstance(answer, LargeItem) else []
        message_id = usable_message_id(item.message_id) or ""
        origin = origins[item.item_id]
        again = bool(origin.wanted and origin.settled and origin.comment_id)
        self._bytes += len(answer.mime)
        self.parts.email(
            origin, item,
            action=ATTACHMENTS if again else NEW,
            comment_id=(origin.comment_id or "") if again else comment_id(message_id),
            message_id=message_id,
            mime_sha256=self._context.blobs.put(answer.mime, remember=self._remember),
            mime_size=len(answer.mime),
            sender=item.sender.address, sent=item.sent,
            attachments=self._attachments(source, origin, attachments) if isinstance(answer, LargeItem) else None,
        )  # fmt: skip
        self.counts["downloaded"] += 1
        self._brake.good()

    def _attachments(self, source: MailSource, origin: Pending, found: list[SourceAttachment]) -> str:
        """The attachments of a large email as JSON, those wanted streamed to the blob store."""
        mode = self._row["attachments"]
        rows = []
        for attachment in found:
            row = {**vars(attachment), "sha256": None}
            if mode == "all" or (mode == "not_inline" and not attachment.inline):
                row.update(self._content(source, origin, attachment))
            rows.append(row)
        return json.dumps(rows)

    def _content(self, source: MailSource, origin: Pending, attachment: SourceAttachment) -> dict[str, Any]:
        """An attachment's content in the blob store; one that the server cannot give costs itself only.

        Raises ItemGone when it is not there for the first time.
        """
        try:
            chunks = source.attachment(self._row["address"], attachment.key)
            sha256, size = self._context.blobs.put_stream(chunks, remember=self._remember)
        except ItemFault as fault:
            if isinstance(fault, ItemGone) and not origin.missed:
                raise
            log.warning("an attachment could not be read (%s) and is shown without its content", fault.code)
            return {}
        self._bytes += size
        return {"sha256": sha256, "size": size}

    def _remember(self, sha256: str, size: int) -> None:
        blobs.remember(self._context.db, sha256, size, self._context.clock())

    def _settle(
        self,
        origins: dict[str, Pending],
        problems: Sequence[ItemProblem],
        skipped: Sequence[tuple[str, str]],
        names: Mapping[str, ItemProperties],
    ) -> None:
        """Record what will not be loaded; names: what was told of items, by id, so that explain can tell of it."""

        def name(item_id: str) -> str | None:
            item = names.get(item_id)
            message_id = usable_message_id(item.message_id) if item else None
            return comment_id(message_id) if message_id else None

        missing = [Missing(origins[p.item_id].origin_id, p.code, name(p.item_id)) for p in problems if p.gone]
        bad = [
            Bad(origins[p.item_id].origin_id, "fetch", p.code, None, name(p.item_id), told_of(names.get(p.item_id)))
            for p in problems
            if not p.gone
        ]
        left_out = [Skip(origins[item_id].origin_id, why, name(item_id)) for item_id, why in skipped]
        lost = self._record(left_out, missing, bad)
        self.counts.update(f"skipped: {why}" for _, why in skipped)
        self.counts["not found"] += len(missing) + len(bad) - lost
        self.counts["quarantined"] += lost
        self._brake.bad([origins[problem.item_id] for problem in problems if not problem.gone])

    def _record(self, skipped: Sequence[Skip], missing: Sequence[Missing], bad: Sequence[Bad]) -> int:
        """In one transaction, or where that is refused each alone; how many went into the quarantine."""
        lost = 0

        def settle(found: Sequence[Skip | Missing | Bad]) -> None:
            nonlocal lost
            lost += pending.settle(
                self._context.db, self._batch,
                skipped=[one for one in found if isinstance(one, Skip)],
                missing=[one for one in found if isinstance(one, Missing)],
                bad=[one for one in found if isinstance(one, Bad)],
                now=self._context.clock(),
            )  # fmt: skip

        def refuse(one: Skip | Missing | Bad, error: Exception) -> None:
            settle([Bad(one.origin_id, "fetch", unexpected.code_of(error))])  # without what may have been refused

        found: list[Skip | Missing | Bad] = [*skipped, *missing, *bad]
        unexpected.isolate(found, settle, refuse)
        return lost

    def _tell(self, seconds: float) -> None:
        if any(self.counts.values()):
            log.info(
                "%s: %d downloaded (%.1f MB), %d known already, %d skipped, %d not found, %d bad in %.1f s",
                self._row["address"], self.counts["downloaded"], self._bytes / 1e6, self.counts["known"],
                sum(n for key, n in self.counts.items() if key.startswith("skipped")), self.counts["not found"],
                self.counts["quarantined"], seconds,
            )  # fmt: skip
