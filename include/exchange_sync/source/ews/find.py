"""Items of a folder by received time, walked by time and not by offset (reference 3.1: offsets shift under us).

Each page begins at the second the last one ended in, and what was seen of that second is passed over. A second that
holds more items than a page is walked by offset, and walked again when its number of items changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from exchange_sync.model.email import ListedItem
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, flag, m, moment, number, t, text_of
from exchange_sync.source.ews.transport import FaultAnswer, Transport, garbled, whole
from exchange_sync.source.ews.xml import Garbled

PAGE = 500
_TRIES = 5  # walks of one crowded second, while mail of that very second keeps coming and going
_SECOND = timedelta(seconds=1)
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)  # behind it no page can begin


@dataclass(frozen=True)
class FoundPage:
    """One page of FindItem. total: items in the whole view. next_offset: where the next page begins."""

    items: tuple[ListedItem, ...]
    last: bool
    total: int
    next_offset: int


class Finder:
    """FindItem over one transport. page: items a request."""

    def __init__(self, transport: Transport, page: int = PAGE) -> None:
        self._transport = transport
        self._page = page

    def find(self, mailbox: str, key: str, since: datetime | None, until: datetime | None) -> Iterator[ListedItem]:
        """Items received in [since, until), oldest first; no item twice, none missed."""
        start, seen = since, set[str]()
        while True:
            page = self._ask(mailbox, key, start, until, 0)
            fresh = [item for item in page.items if item.item_id not in seen]
            yield from fresh
            if page.last:
                return
            edge = page.items[-1].received if page.items else None
            if edge is None or edge > _LAST:
                yield from self._undated(mailbox, key, until, {item.item_id for item in page.items} | seen)
                return
            if page.items[0].received == edge:  # a whole page of one second, or less than a page since
                seen |= {item.item_id for item in page.items}
                yield from self._crowd(mailbox, key, edge, seen)
                start, seen = edge + _SECOND, set()
                if until is not None and start >= until:
                    return
            else:
                start, seen = edge, {item.item_id for item in page.items if item.received == edge}

    def _crowd(self, mailbox: str, key: str, second: datetime, seen: set[str]) -> Iterator[ListedItem]:
        """All items of one second that are not in seen, which grows."""
        for _ in range(_TRIES):
            totals: set[int] = set()
            for page in self._pages(mailbox, key, second, second + _SECOND):
                totals.add(page.total)
                for item in page.items:
                    if item.item_id not in seen:
                        seen.add(item.item_id)
                        yield item
            if len(totals) <= 1:
                return
        raise garbled(mailbox)

    def _undated(self, mailbox: str, key: str, until: datetime | None, seen: set[str]) -> Iterator[ListedItem]:
        """Items without a received time come first of all; a page that ends among them is followed by offset."""
        for page in self._pages(mailbox, key, None, until):
            for item in page.items:
                if item.item_id not in seen:
                    seen.add(item.item_id)
                    yield item

    def _pages(self, mailbox: str, key: str, since: datetime | None, until: datetime | None) -> Iterator[FoundPage]:
        offset, last = 0, False
        while not last:
            page = self._ask(mailbox, key, since, until, offset)
            yield page
            offset, last = page.next_offset, page.last

    def _ask(self, mailbox: str, key: str, since: datetime | None, until: datetime | None, offset: int) -> FoundPage:
        try:
            messages = self._transport.ask(mailbox, queries.find_items(key, since, until, offset, self._page))
        except (FaultAnswer, Garbled) as failure:
            raise whole(failure, Where.FOLDER, mailbox) from None
        if len(messages) != 1:
            raise garbled(mailbox)
        message = messages[0]
        if not message.ok:
            raise coded(message.code, Where.FOLDER, mailbox, message.back_off)
        root = message.child(m("RootFolder"))
        if root is None or root.get("IncludesLastItemInRange") is None:
            raise garbled(mailbox)
        return _page_of(mailbox, root, offset)


def _page_of(mailbox: str, root: etree._Element, offset: int) -> FoundPage:
    items: list[ListedItem] = []
    nodes = list(children(root.find(t("Items"))))
    for node in nodes:
        ident = node.find(t("ItemId"))
        key = None if ident is None else ident.get("Id")
        if not key:
            continue  # the listing of changes tells of it (decision 81)
        received = moment(text_of(node, t("DateTimeReceived")))
        items.append(ListedItem(key, received, number(text_of(node, t("Size")))))
    last = flag(root.get("IncludesLastItemInRange"))
    if not last and not nodes:
        raise garbled(mailbox)  # "there is more", but nothing came: it would be asked for ever
    ahead = number(root.get("IndexedPagingOffset")) or offset + len(nodes)
    return FoundPage(tuple(items), last, number(root.get("TotalItemsInView")), max(ahead, offset + 1))
