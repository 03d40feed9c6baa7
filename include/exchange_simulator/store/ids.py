"""Ids as Exchange's look: base64, case-sensitive, of Exchange's length, and opaque to clients.

Neighbouring items get ids that differ in the case of one letter only, so a client that compares without regard to case
fails here, and not first at a customer's.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import uuid

from exchange_simulator.errors import EwsError
from exchange_simulator.store.model import FolderId, ItemId

_NAMESPACE = uuid.UUID("0f9dcb1c-2d8c-4f0e-9f64-54d1b2a3c9e7")
_HEAD = b"\x00\x03\x24\x00"
_ITEM_BYTES = 114
_ATTACHMENT_MARK = b"\x01\x12\x00\x10"


def mailbox_guid(address: str, incarnation: int) -> str:
    """The guid of a mailbox; a mailbox removed and added again (a later incarnation) gets another."""
    return str(uuid.uuid5(_NAMESPACE, f"{address.lower()}/{incarnation}"))


def folder_key(guid: str, number: int) -> FolderId:
    """The FolderId (120 characters) of the folder with this number."""
    tail = hashlib.sha256(f"folder {guid} {number}".encode()).digest() + struct.pack(">QQ", number, 0)[:14]
    return FolderId(_encode(_HEAD + guid.encode() + b"\x00\x2e" + tail))


def item_key(guid: str, number: int) -> ItemId:
    """The ItemId (152 characters) of the item with this number."""
    pair = number // 2
    digest = hashlib.sha512(f"item {guid} {pair}".encode()).digest()[:57]
    # Three bytes on a base64 border: 00 00 00 is "AAAA", 68 00 00 is "aAAA".
    twin = b"\x68\x00\x00" if number % 2 else b"\x00\x00\x00"
    raw = _HEAD + guid.encode() + b"\x00\x46" + digest + twin + struct.pack(">Q", pair) + b"\x00" * 4
    return ItemId(_encode(raw))


def topic(subject: str) -> str:
    """A subject without its prefixes: what a conversation goes by."""
    found = subject.strip()
    while found[:4].lower().rstrip() in ("re:", "fw:", "fwd:", "aw:", "wg:", "tr:"):
        found = found.partition(":")[2].strip()
    return found


def conversation_key(guid: str, subject: str) -> str:
    """The ConversationId of a mailbox's mails with this topic."""
    digest = hashlib.md5(f"{guid} {topic(subject).casefold()}".encode()).digest()
    return "AAQk" + _encode(guid.encode() + b"\x00\x10" + digest)


def change_key(key: str, seq: int) -> str:
    """The ChangeKey of an item or folder after the change with this number (40 characters)."""
    digest = hashlib.sha256(f"{key} {seq}".encode()).digest()
    return _encode(b"\x09\x00\x00\x00\x16\x00\x00\x00" + digest[:22])


def attachment_key(item: ItemId, path: tuple[int, ...]) -> str:
    """The AttachmentId of an attachment: its place among the attachments, and theirs inside it."""
    places = struct.pack(">B6H", len(path), *path, *[0] * (6 - len(path)))
    return _encode(base64.b64decode(item) + _ATTACHMENT_MARK + places + b"\x00")


def split_attachment_key(key: str) -> tuple[ItemId, tuple[int, ...]]:
    """The item and place that an AttachmentId names. Raises EwsError for what never was one."""
    try:
        raw = base64.b64decode(key, validate=True)
        if raw[_ITEM_BYTES : _ITEM_BYTES + 4] != _ATTACHMENT_MARK:
            raise ValueError
        count, *places = struct.unpack(">B6H", raw[_ITEM_BYTES + 4 : _ITEM_BYTES + 17])
        return ItemId(_encode(raw[:_ITEM_BYTES])), tuple(places[:count])
    except (ValueError, struct.error):
        raise EwsError("ErrorInvalidAttachmentId", "The attachment id is invalid.") from None


def guid_in(key: str) -> str:
    """The guid of the mailbox that a folder or item id of this form belongs to."""
    return base64.b64decode(key)[len(_HEAD) : len(_HEAD) + 36].decode("ascii", "replace")


def looks_like_id(key: str) -> bool:
    """True for anything that has the form of a folder or item id, whether or not it still names one."""
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        return False
    return raw.startswith(_HEAD) and len(raw) in (88, _ITEM_BYTES)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
