"""Ids as Graph tells them: ordinary ones change on every move as EWS's do, immutable ones stay within a mailbox."""

from __future__ import annotations

import base64
import hashlib
import struct
import uuid
from enum import Enum

from exchange_simulator.graph.errors import GraphError
from exchange_simulator.store import Item, Mailbox, MailboxStore
from exchange_simulator.store.ids import looks_like_id

_MARK = b"\x00\x0b\x80\x24"
_IMMUTABLE_BYTES = 54  # 72 characters


class IdKind(Enum):
    """Which ids an answer tells."""

    ORDINARY = "RestId"
    IMMUTABLE = "RestImmutableEntryId"


def rest(key: str) -> str:
    """EWS's id in the letters of a URL."""
    return key.replace("/", "-").replace("+", "_")


def ews(key: str) -> str:
    """The other way round."""
    return key.replace("-", "/").replace("_", "+")


def of_item(mailbox: Mailbox, item: Item, kind: IdKind) -> str:
    """An item's id of this kind."""
    return immutable(mailbox, item.born) if kind is IdKind.IMMUTABLE else rest(item.key)


def immutable(mailbox: Mailbox, born: int) -> str:
    """The immutable id (72 characters) of the item that came into the mailbox with this change number."""
    guid = uuid.UUID(mailbox.guid).bytes
    digest = hashlib.sha256(f"immutable {mailbox.guid} {born}".encode()).digest()[:26]
    return base64.urlsafe_b64encode(_MARK + guid + struct.pack(">Q", born) + digest).decode()


def find_item(store: MailboxStore, mailbox: Mailbox, key: str) -> Item | None:
    """The item of a mailbox by an id of either kind. Raises GraphError 400 for what never was an id."""
    try:
        raw = base64.urlsafe_b64decode(key)
    except ValueError:
        raise _malformed() from None
    if len(raw) == _IMMUTABLE_BYTES and raw.startswith(_MARK):
        (born,) = struct.unpack(">Q", raw[20:28])
        if immutable(mailbox, born) != key:
            raise _malformed()
        return store.items.born(mailbox, born)
    if not looks_like_id(ews(key)):
        raise _malformed()
    item = store.items.get(ews(key))
    return item if item is not None and item.mailbox == mailbox.row else None


def _malformed() -> GraphError:
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")
