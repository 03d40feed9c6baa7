"""Extended (MAPI) properties by tag. One that this server does not know is left out of the answer, as Exchange does."""

from __future__ import annotations

import base64
import hashlib

from exchange_simulator.ews.bodies import body
from exchange_simulator.ews.item_fields import View
from exchange_simulator.ews.shapes import ExtendedField
from exchange_simulator.ews.xml import Element, boolean, t, when
from exchange_simulator.store import Folder
from exchange_simulator.store.folders import Counts

_PREVIEW, _PREVIEWED = 255, 4_096  # letters of the text that the preview holds, and that are looked at for it


def of_item(view: View) -> list[Element]:
    """The extended properties of an item that the shape asks for."""
    return [_property(field, value) for field in view.shape.extended if (value := _item_value(view, field)) is not None]


def _item_value(view: View, field: ExtendedField) -> str | None:
    item = view.item
    flags = int(item.is_read) | (8 if item.is_draft else 0) | (16 if item.has_attachments else 0)
    values: dict[tuple[int, str], str | None] = {
        (0x001A, "String"): item.item_class,
        (0x0037, "String"): item.subject,
        (0x0039, "SystemTime"): when(item.sent),
        (0x0E06, "SystemTime"): when(item.received),
        (0x0E07, "Integer"): str(flags),
        (0x0E08, "Integer"): str(item.size),
        (0x0E1D, "String"): view.topic,
        (0x0E23, "Integer"): str(item.row),
        (0x1035, "String"): item.message_id,
        (0x3007, "SystemTime"): when(item.created),
        (0x300B, "Binary"): _search_key(view),
        (0x3008, "SystemTime"): when(item.modified),
        (0x5D01, "String"): item.sender_address or None,
        (0x5D02, "String"): item.from_address or None,
    }
    if (field.tag, field.kind) == (0x007D, "String"):
        return view.mime.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    if (field.tag, field.kind) == (0x3FD9, "String"):
        return " ".join(body(view.message, "Text")[1][:_PREVIEWED].split())[:_PREVIEW] or None
    return None if field.tag is None else values.get((field.tag, field.kind))


def _search_key(view: View) -> str:
    """Of a mailbox's copies of one mail the same, whatever their subject was edited to."""
    return base64.b64encode(hashlib.md5(f"{view.mailbox.guid} {view.item.content}".encode()).digest()).decode()


def of_folder(folder: Folder, counts: Counts, size: int, fields: tuple[ExtendedField, ...]) -> list[Element]:
    """The extended properties of a folder that the shape asks for.

    0x670A (PidTagLocalCommitTimeMax) and 0x670B (PidTagDeletedCountTotal) tell cheaply whether anything changed.
    """
    values: dict[tuple[int, str], str | None] = {
        (0x0E08, "Integer"): str(min(size, 2**31 - 1)),
        (0x0E08, "Long"): str(size),
        (0x10F4, "Boolean"): boolean(folder.hidden),
        (0x3001, "String"): folder.name,
        (0x3601, "Integer"): "2" if folder.kind == "search" else "1",
        (0x3602, "Integer"): str(counts.total),
        (0x3603, "Integer"): str(counts.unread),
        (0x3613, "String"): folder.folder_class,
        (0x670A, "SystemTime"): when(folder.commit_time),
        (0x670B, "Integer"): str(folder.deleted_total),
    }
    told = ((field, values.get((field.tag, field.kind))) for field in fields if field.tag is not None)
    return [_property(field, value) for field, value in told if value is not None]


def _property(field: ExtendedField, value: str) -> Element:
    path = t("ExtendedFieldURI")
    for name, written in field.element.attrib.items():
        path.set(name, written)
    return t("ExtendedProperty", path, t("Value", value))
