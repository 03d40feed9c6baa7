"""Parts: what was fetched, written to staging a bounded part at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from exchange_sync.disk import DiskFault
from exchange_sync.model.config import Filters
from exchange_sync.model.email import ItemProperties
from exchange_sync.model.serial import to_json
from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.context import Context
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row
from exchange_sync.store.pending import Pending

NEW, LINK, ATTACHMENTS = "new", "link", "attachments"


@contextmanager
def staged(context: Context, batch: Batch) -> Iterator[None]:
    """Around what stages a batch: where a disk takes no more, what it has staged makes room. It is pending still."""
    try:
        yield
    except DiskFault:
        with suppress(DiskFault, OSError):
            context.staging.delete(batch.id)
        raise


class Parts:
    """Collects one batch's rows; a part is written when it holds settings.part_rows or part_bytes."""

    def __init__(self, context: Context, batch: Batch, row: Row) -> None:
        self._context, self._batch, self._row = context, batch, row
        filters = Filters.from_dict(row["filters"]).of_people()
        self._filters = json.dumps(filters) if filters else None
        self._rows: list[dict[str, object]] = []
        self._bytes = 0
        self.written = 0
        self.reference = ""

    def link(self, origin: Pending, item: ItemProperties, comment_id: str) -> None:
        """An email that the bucket has already, seen at another place."""
        self._add(origin, item, LINK, comment_id=comment_id, sender=item.sender.address, sent=item.sent)

    def email(
        self,
        origin: Pending,
        item: ItemProperties,
        *,
        action: str,
        comment_id: str,
        message_id: str,
        mime_sha256: str,
        mime_size: int,
        sender: str,
        sent: datetime | None,
        attachments: str | None,
    ) -> None:
        """A downloaded email. action: NEW, or ATTACHMENTS for one that is a comment already.

        message_id: as the server tells it, "" where that cannot identify it: then its MIME tells, once it is read.
        """
        self._bytes += mime_size
        self._add(
            origin, item, action, comment_id=comment_id, message_id=message_id, mime_sha256=mime_sha256,
            mime_size=mime_size, sender=sender, sent=sent, attachments=attachments,
        )  # fmt: skip

    def flush(self) -> None:
        """Write what is left. Raises InternalFault where it cannot be written: that is no email's fault."""
        if self._rows:
            try:
                self._context.blobs.sync()
                self.reference = self._context.staging.write(self._batch.id, "fetched", self.written, self._rows)
            except unexpected.passing:
                raise
            except Exception as error:  # noqa: BLE001 - raised again, by type and place
                raise unexpected.internal(error, self._row["address"]) from None
            self.written += 1
            self._rows, self._bytes = [], 0

    def _add(
        self,
        origin: Pending,
        item: ItemProperties,
        action: str,
        *,
        comment_id: str,
        sender: str,
        sent: datetime | None,
        message_id: str = "",
        mime_sha256: str | None = None,
        mime_size: int = 0,
        attachments: str | None = None,
    ) -> None:
        self._rows.append(
            {
                "origin_id": origin.origin_id,
                "action": action,
                "comment_id": comment_id,
                "message_id": message_id,
                "mime_sha256": mime_sha256,
                "mime_size": mime_size,
                "properties": to_json(replace(item, size=item.size or origin.size)),
                "attachments": attachments,
                "attachment_mode": self._row["attachments"],
                "filters": self._filters,
                "mailbox": self._row["address"],
                "folder_path": list(origin.path),
                "sender": sender,
                "sent_at": sent,
            }
        )
        settings = self._context.settings
        if len(self._rows) >= settings.part_rows or self._bytes >= settings.part_bytes:
            self.flush()
