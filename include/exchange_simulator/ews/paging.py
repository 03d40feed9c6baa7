"""Indexed paging, as FindFolder and FindItem use it."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.xml import Element, attribute, boolean, integer

FIND_LIMIT = 1000
"""EWSFindCountLimit: no more entries come back in one answer, whatever was asked."""


@dataclass(frozen=True)
class Window:
    """Which part of a result is wanted. from_end: the offset counts from the end."""

    offset: int
    count: int
    from_end: bool

    @staticmethod
    def parse(view: Element | None) -> Window:
        """Read an IndexedPageItemView or -FolderView; None is the first page. Raises EwsError for negative numbers."""
        if view is None:
            return Window(0, FIND_LIMIT, from_end=False)
        offset = integer(attribute(view, "Offset"))
        count = FIND_LIMIT if view.get("MaxEntriesReturned") is None else integer(view.get("MaxEntriesReturned"))
        if offset < 0:
            raise EwsError("ErrorInvalidIndexedPagingParameters", "The paging offset is invalid.", fault=True)
        if count <= 0:
            raise EwsError("ErrorInvalidPagingMaxRows", "The maximum number of rows must be above zero.", fault=True)
        return Window(offset, min(count, FIND_LIMIT), from_end=attribute(view, "BasePoint") == "End")

    def bounds(self, total: int) -> tuple[int, int]:
        """First and one past the last place, out of so many."""
        if self.from_end:
            end = max(total - self.offset, 0)
            return max(end - self.count, 0), end
        return min(self.offset, total), min(self.offset + self.count, total)


def paging_attributes(end: int, total: int) -> dict[str, str]:
    """The attributes of a RootFolder."""
    return {
        "IndexedPagingOffset": str(end),
        "TotalItemsInView": str(total),
        "IncludesLastItemInRange": boolean(end >= total),
    }
