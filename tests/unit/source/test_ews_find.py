"""Finding by received time, while the folder changes under the search. The fake server sorts and pages as EWS does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.errors import Retriable
from exchange_sync.source.api import FolderGone

from tests.unit.source.ews_canned import FakeExchange, error, response

BOX = "support@example.org"
START = datetime(2026, 11, 1, tzinfo=UTC)


class Folder:
    """Items by id with their received time; answers FindItem. before_page: called before each answer."""

    def __init__(self, items: dict[str, datetime | None]) -> None:
        self.items = items
        self.before_page = lambda number: None
        self.pages = 0

    def serve(self, request) -> bytes:
        self.before_page(self.pages)
        self.pages += 1
        asked = request.body.decode()
        bounds = dict(re.findall(r'<t:(IsGreaterThanOrEqualTo|IsLessThan)>.*?Constant Value="([^"]+)"', asked))
        low, high = bounds.get("IsGreaterThanOrEqualTo"), bounds.get("IsLessThan")
        size = int(re.search(r'MaxEntriesReturned="(\d+)"', asked)[1])
        offset = int(re.search(r'Offset="(\d+)"', asked)[1])
        assert 'Order="Ascending"' in asked
        rows = sorted((when.isoformat() if when else "", key, when) for key, when in self.items.items())
        view = [
            (key, when)
            for _, key, when in rows
            if (low is None or (when and when >= datetime.fromisoformat(low)))
            and (high is None or (when and when < datetime.fromisoformat(high)))
        ]
        page = view[offset : offset + size]
        nodes = "".join(
            f'<t:Message><t:ItemId Id="{key}"/>'
            + (f"<t:DateTimeReceived>{when:%Y-%m-%dT%H:%M:%SZ}</t:DateTimeReceived>" if when else "")
            + "<t:Size>5</t:Size></t:Message>"
            for key, when in page
        )
        last = str(offset + size >= len(view)).lower()
        return response(
            "FindItem",
            f'<m:RootFolder IndexedPagingOffset="{offset + len(page)}" TotalItemsInView="{len(view)}" '
            f'IncludesLastItemInRange="{last}"><t:Items>{nodes}</t:Items></m:RootFolder>',
        )


def seconds(*offsets: int) -> dict[str, datetime | None]:
    return {f"i{place:02}": START + timedelta(seconds=offset) for place, offset in enumerate(offsets)}


def search(source, exchange: FakeExchange, folder: Folder, since=None, until=None) -> list[str]:
    exchange.answer(*[folder.serve] * 200)
    return [one.item_id for one in source.find(BOX, "F", since, until)]


@pytest.mark.parametrize(
    "offsets",
    [
        (),
        (0,),
        (0, 1, 2, 3, 4, 5, 6, 7),
        (0, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 0, 0, 1),
        (0, 1, 1, 1, 1, 1, 1, 2, 2),
        (0, 1, 2, 2, 2, 2, 2, 2, 2, 2),
        (0, 0, 1, 1, 2, 2, 3, 3, 3),
        (5, 5, 5),
    ],
)
def test_every_item_once_oldest_first_whatever_seconds_the_page_borders_fall_in(source, exchange, offsets):
    folder = Folder(seconds(*offsets))
    assert search(source, exchange, folder) == sorted(folder.items)  # ids are in the order of time


def test_the_window_is_half_open(source, exchange: FakeExchange):
    folder = Folder(seconds(0, 10, 20, 30))
    window = (START + timedelta(seconds=10), START + timedelta(seconds=30))
    assert search(source, exchange, folder, *window) == ["i01", "i02"]


def test_a_deletion_before_the_page_border_hides_nothing(source, exchange: FakeExchange):
    folder = Folder(seconds(*range(9)))
    folder.before_page = lambda number: folder.items.pop("i00", None) if number == 1 else None
    assert search(source, exchange, folder) == [f"i{n:02}" for n in range(9)]


def test_an_arrival_before_the_page_border_doubles_nothing(source, exchange: FakeExchange):
    folder = Folder(seconds(*range(9)))
    folder.before_page = lambda number: folder.items.update({"a": START}) if number == 1 else None
    assert search(source, exchange, folder) == [f"i{n:02}" for n in range(9)]


def test_a_deletion_within_a_crowded_second_hides_nothing(source, exchange: FakeExchange):
    folder = Folder(seconds(*[0] * 10, 1))
    folder.before_page = lambda number: folder.items.pop("i00", None) if number == 2 else None
    found = search(source, exchange, folder)
    assert sorted(found) == [f"i{n:02}" for n in range(11)]
    assert found[-1] == "i10", "within one second any order will do; across seconds the oldest comes first"


def test_a_second_that_never_rests_is_given_back_to_the_scheduler(source, exchange: FakeExchange):
    folder = Folder(seconds(*[0] * 10))
    folder.before_page = lambda number: folder.items.update({f"n{number}": START})
    with pytest.raises(Retriable):
        search(source, exchange, folder)


def test_items_without_a_received_time_are_found_too(source, exchange: FakeExchange):
    folder = Folder({f"n{number}": None for number in range(5)} | seconds(0, 1, 2))
    assert sorted(search(source, exchange, folder)) == sorted(folder.items)


def test_a_folder_that_is_gone_is_told(source, exchange: FakeExchange):
    exchange.answer(response("FindItem", error("ErrorFolderNotFound")))
    with pytest.raises(FolderGone):
        list(source.find(BOX, "F", None, None))


def test_a_page_that_promises_more_and_brings_nothing_is_garbled(source, exchange: FakeExchange):
    empty = '<m:RootFolder TotalItemsInView="4" IncludesLastItemInRange="false"><t:Items/></m:RootFolder>'
    exchange.answer(response("FindItem", empty))
    with pytest.raises(Retriable):
        list(source.find(BOX, "F", None, None))
