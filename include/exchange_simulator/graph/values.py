"""Values in Graph's JSON: times, addresses, MAPI properties."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from exchange_simulator.ews.xml import when
from exchange_simulator.graph.query import Extended
from exchange_simulator.store import Folder, Item, Mailbox
from exchange_simulator.store.folders import Counts

SENSITIVITIES = ("Normal", "Personal", "Private", "Confidential")


def recipient(name: str, address: str) -> dict[str, Any]:
    """Somebody."""
    return {"emailAddress": {"name": name or address, "address": address}}


def told(wanted: Sequence[Extended], values: Mapping[tuple[int, str], str | None]) -> list[dict[str, str]]:
    """The MAPI properties that were asked for and that are there; ids come back in small letters, without zeros."""
    return [
        {"id": f"{one.kind} 0x{one.tag:x}", "value": value}
        for one in wanted
        if (value := values.get((one.tag, one.kind.lower()))) is not None
    ]


def of_item(mailbox: Mailbox, item: Item) -> dict[tuple[int, str], str | None]:
    """An item's MAPI properties, by tag and kind."""
    sensitivity = SENSITIVITIES.index(item.sensitivity) if item.sensitivity in SENSITIVITIES else 0
    flags = int(item.is_read) | (8 if item.is_draft else 0) | (16 if item.has_attachments else 0)
    copy = base64.b64encode(hashlib.md5(f"{mailbox.guid} {item.content}".encode()).digest()).decode()
    return {
        (0x001A, "string"): item.item_class,
        (0x0036, "integer"): str(sensitivity) if sensitivity else None,
        (0x0037, "string"): item.subject,
        (0x0039, "systemtime"): when(item.sent),
        (0x0E06, "systemtime"): when(item.received),
        (0x0E07, "integer"): str(flags),
        (0x0E08, "integer"): str(item.size),
        (0x0E23, "integer"): str(item.row),
        (0x1035, "string"): item.message_id,
        (0x3007, "systemtime"): when(item.created),
        (0x3008, "systemtime"): when(item.modified),
        (0x300B, "binary"): copy,
        (0x5D01, "string"): item.sender_address or None,
        (0x5D02, "string"): item.from_address or None,
    }


def of_folder(folder: Folder, counts: Counts, size: int) -> dict[tuple[int, str], str | None]:
    """A folder's MAPI properties, by tag and kind."""
    return {
        (0x0E08, "integer"): str(min(size, 2**31 - 1)),
        (0x10F4, "boolean"): "true" if folder.hidden else "false",
        (0x3001, "string"): folder.name,
        (0x3613, "string"): folder.folder_class,
        (0x670A, "systemtime"): when(folder.commit_time),
        (0x670B, "integer"): str(folder.deleted_total),
        (0x3602, "integer"): str(counts.total),
    }
