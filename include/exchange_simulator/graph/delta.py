"""What changed in a folder's messages: rounds of pages, each ending in a link to begin the next with.

As Graph does it: a message that left and came back between two rounds is told as removed and never again; a change of
the read flag is told where isRead was selected; with a filter at most 5,000 messages are told, silently.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from exchange_simulator.graph import ids
from exchange_simulator.graph.errors import GraphError, bad_query
from exchange_simulator.graph.filters import read as read_filter
from exchange_simulator.graph.messages import CLASSES, MessageView
from exchange_simulator.graph.query import PAGE, Query
from exchange_simulator.store import Folder, Mailbox, MailboxStore
from exchange_simulator.store.changes import Change

CAP = 5_000
_KINDS = {"created": ("create",), "updated": ("update", "read"), "deleted": ("delete",)}


@dataclass(frozen=True)
class Place:
    """What a link holds. base: where this round began; seq: told up to here; cursor: of the first listing.

    told: messages of a filtered first listing so far. options: what the first request of all asked for.
    """

    mailbox: str
    epoch: int
    folder: str
    base: int
    seq: int
    cursor: tuple[int, int] | None
    told: int
    options: dict[str, str]


@dataclass(frozen=True)
class Page:
    """Entries, and the place to go on from; last: the round is over."""

    entries: list[dict[str, Any]]
    place: Place
    last: bool


def page(store: MailboxStore, mailbox: Mailbox, folder: Folder, query: Query) -> Page:
    """One page. Raises GraphError 410 for a link whose state is lost, 400 for one that is none."""
    token = query.options.get("skiptoken") or query.options.get("deltatoken")
    if token:
        place = decode(token, mailbox, folder)
        query = replace(query, options=place.options)
    else:
        seq = store.changes.now
        place = Place(mailbox.guid, mailbox.state_epoch, folder.key, seq, seq, (2**62, 2**62), 0, dict(query.options))
    low = _low(query)
    size = query.top or query.page_size or PAGE
    if place.cursor is not None:
        return _first(store, mailbox, folder, query, place, size, low)
    return _since(store, mailbox, folder, query, place, size, low)


def _first(
    store: MailboxStore, mailbox: Mailbox, folder: Folder, query: Query, place: Place, size: int, low: int | None
) -> Page:
    size = min(size, CAP - place.told) if low is not None else size
    items, more = store.changes.newest(folder, place.base, place.cursor, size)
    if low is not None:
        more = more and all(item.received >= low for item in items)
        items = [item for item in items if item.received >= low]
    told = place.told + len(items)
    over = not more or (low is not None and told >= CAP)
    entries = [MessageView(store, mailbox, item, query).json() for item in items if _is_message(item.item_class)]
    cursor = None if over else (items[-1].received, items[-1].row)
    return Page(entries, replace(place, cursor=cursor, told=told), over)


def _since(
    store: MailboxStore, mailbox: Mailbox, folder: Folder, query: Query, place: Place, size: int, low: int | None
) -> Page:
    changes, reached, last = store.changes.since(folder, place.seq, size)
    left = store.changes.left(folder, place.base)
    wanted = _KINDS.get(query.options.get("changetype", "").lower(), ("create", "update", "read", "delete"))
    entries = [
        entry
        for change in changes
        if change.kind in wanted and (entry := _entry(store, mailbox, query, change, left, low)) is not None
    ]
    # the next round begins where this one ends
    return Page(entries, replace(place, seq=reached, base=reached if last else place.base), last)


def _entry(
    store: MailboxStore, mailbox: Mailbox, query: Query, change: Change, left: dict[int, int], low: int | None
) -> dict[str, Any] | None:
    item = change.item
    if item is None:
        key = ids.immutable(mailbox, change.born) if query.id_kind is ids.IdKind.IMMUTABLE else ids.rest(change.key)
        return {"id": key, "@removed": {"reason": "deleted"}}
    if not _is_message(item.item_class) or (low is not None and item.received < low):
        return None
    if change.kind == "create" and left.get(item.born, item.created_seq) < item.created_seq:
        return None  # it left in this round and came back: only its removal is told
    view = MessageView(store, mailbox, item, query)
    if change.kind != "read":
        return view.json()
    if query.select and "isRead" not in query.select:
        return None
    return {"@odata.etag": view.etag, "id": view.id, "isRead": item.is_read}


def _low(query: Query) -> int | None:
    """Seconds, of the one filter that delta takes."""
    text = query.options.get("filter")
    if not text:
        return None
    found = read_filter(text)
    if found.low is None:
        raise bad_query(
            "The '$filter' parameter value is not supported for 'Messages' resource; only a value of "
            "'receivedDateTime ge value' is supported."
        )
    return found.low


def _is_message(item_class: str) -> bool:
    return item_class.lower().startswith(CLASSES)


def encode(place: Place) -> str:
    """The place as a link holds it."""
    return base64.urlsafe_b64encode(json.dumps(asdict(place)).encode()).decode().rstrip("=")


def decode(token: str, mailbox: Mailbox, folder: Folder) -> Place:
    """The place in a link. Raises GraphError."""
    try:
        told = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        cursor = None if told["cursor"] is None else (int(told["cursor"][0]), int(told["cursor"][1]))
        options = {str(name): str(value) for name, value in told["options"].items()}
        place = Place(
            str(told["mailbox"]), int(told["epoch"]), str(told["folder"]), int(told["base"]), int(told["seq"]), cursor,
            int(told["told"]), options,
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise GraphError(400, "BadRequest", "The token is not valid.") from None
    if (place.mailbox, place.epoch, place.folder) != (mailbox.guid, mailbox.state_epoch, folder.key):
        message = f"The sync state generation is not found; generation={place.epoch};[highest={mailbox.state_epoch}]."
        raise GraphError(410, "SyncStateNotFound", message)
    return place
