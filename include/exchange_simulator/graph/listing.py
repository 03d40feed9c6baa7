"""A page of messages of a folder, or of a whole mailbox: filtered, ordered, skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from exchange_simulator.graph.errors import GraphError, bad_query
from exchange_simulator.graph.filters import Filter
from exchange_simulator.graph.filters import read as read_filter
from exchange_simulator.graph.messages import IS_MESSAGE, MessageView
from exchange_simulator.graph.query import PAGE, Query
from exchange_simulator.store import Folder, Mailbox, MailboxStore

_COLUMNS = {
    "receivedDateTime": "received", "sentDateTime": "sent", "createdDateTime": "created", "subject": "subject",
    "lastModifiedDateTime": "modified", "isRead": "is_read", "from/emailAddress/address": "from_address",
}  # fmt: skip
_STEP = 500  # items looked at before the next are read


@dataclass(frozen=True)
class Found:
    """A page: its messages, whether more follow, and how many there are in all, where that was asked for."""

    messages: list[dict[str, Any]]
    more: bool
    total: int | None


def page(store: MailboxStore, mailbox: Mailbox, folder: Folder | None, query: Query) -> Found:
    """One page. folder: None for all of the mailbox. Raises GraphError 400 for what cannot be asked."""
    chosen = read_filter(query.options["filter"]) if query.options.get("filter") else None
    order = _order(query.options.get("orderby", ""), chosen)
    size = query.top or query.page_size or PAGE
    views = _views(store, mailbox, folder, query, chosen, order)
    found = list(islice(views, query.skip, query.skip + size + 1))
    total = count(store, mailbox, folder, query) if query.counts else None
    return Found([view.json() for view in found[:size]], len(found) > size, total)


def count(store: MailboxStore, mailbox: Mailbox, folder: Folder | None, query: Query) -> int:
    """How many messages there are that the filter lets through."""
    chosen = read_filter(query.options["filter"]) if query.options.get("filter") else None
    if chosen is None:
        return store.items.count(folder or mailbox, IS_MESSAGE, ())
    return sum(1 for _ in _views(store, mailbox, folder, query, chosen, "row"))


def _views(
    store: MailboxStore, mailbox: Mailbox, folder: Folder | None, query: Query, chosen: Filter | None, order: str
) -> Iterator[MessageView]:
    condition, values = IS_MESSAGE, tuple[int, ...]()
    if chosen is not None and chosen.low is not None:
        condition, values = f"{IS_MESSAGE} AND received >= ?", (chosen.low,)
    offset = 0
    while items := store.items.select(folder or mailbox, condition, values, order, offset, _STEP):
        offset += len(items)
        for item in items:
            view = MessageView(store, mailbox, item, query)
            if chosen is None or chosen.test(view.value):
                yield view


def _order(text: str, chosen: Filter | None) -> str:
    """SQL of ``$orderby``. Raises GraphError 400 where a filter does not begin with the same properties."""
    if not text:
        return "received DESC, row DESC"
    terms, names = [], []
    for term in text.split(","):
        name, _, way = term.strip().partition(" ")
        if name not in _COLUMNS or way.lower() not in ("", "asc", "desc"):
            raise bad_query(f"The orderby clause '{term.strip()}' is not supported.")
        names.append(name)
        terms.append(f"{_COLUMNS[name]} {'DESC' if way.lower() == 'desc' else 'ASC'}")
    if chosen is not None and list(chosen.names[: len(names)]) != names:
        message = "The restriction or sort order is too complex for this operation."
        raise GraphError(400, "InefficientFilter", message)
    return ", ".join([*terms, "row"])
