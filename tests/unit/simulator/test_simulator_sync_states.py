"""Sync states behave as Exchange's: what a client is told since its last one, and nothing twice."""

from __future__ import annotations

import base64

import pytest
from exchange_simulator.errors import EwsError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulator.conftest import Clock, Office


def test_the_first_listing_is_newest_first_in_pages_that_do_not_overlap(office: Office) -> None:
    items = [office.deliver(number) for number in range(7)]
    first = office.page(limit=3)
    second = office.page(first.state, limit=3)
    third = office.page(second.state, limit=3)
    assert [p.last for p in (first, second, third)] == [False, False, True]
    told = [change.key for page in (first, second, third) for change in page.changes]
    assert told == [item.key for item in reversed(items)]


def test_an_old_exchange_lists_oldest_first(office: Office) -> None:
    items = [office.deliver(number) for number in range(4)]
    page = office.store.changes.items(office.anna, office.folder("inbox"), None, 512, newest_first=False)
    assert [change.key for change in page.changes] == [item.key for item in items]


def test_mails_of_one_second_are_all_listed_at_every_page_border(office: Office) -> None:
    items = {office.deliver(number, minutes=0).key for number in range(9)}
    for limit in (1, 2, 3, 4, 8, 9, 10):
        told, state, last = [], None, False
        while not last:
            page = office.page(state, limit)
            state, last = page.state, page.last
            told += [change.key for change in page.changes]
        assert len(told) == 9
        assert set(told) == items


def test_a_page_holds_512_changes_at_most(office: Office) -> None:
    with office.store.transaction():
        for number in range(520):
            office.deliver(number)
    page = office.page(limit=100_000)
    assert len(page.changes) == 512
    assert not page.last


def test_a_move_is_a_delete_here_and_a_create_there_under_a_new_id(office: Office) -> None:
    item = office.deliver(1)
    inbox, junk = office.page().state, office.page(folder="junkemail").state
    moved = office.store.items.move(item, office.folder("junkemail"))
    assert moved != item.key
    assert office.told(office.page(inbox)) == [("delete", item.key)]
    assert office.told(office.page(junk, folder="junkemail")) == [("create", moved)]
    again = office.store.items.need(moved)
    assert (again.message_id, again.received) == (item.message_id, item.received)


def test_there_and_back_is_a_delete_and_a_create_in_the_same_folder(office: Office) -> None:
    item = office.deliver(1)
    state = office.page().state
    there = office.store.items.move(item, office.folder("junkemail"))
    back = office.store.items.move(office.store.items.need(there), office.folder("inbox"))
    assert sorted(office.told(office.page(state))) == sorted([("delete", item.key), ("create", back)])


def test_what_came_and_went_between_two_polls_is_not_told(office: Office) -> None:
    office.deliver(1)
    state = office.page().state
    office.store.items.remove(office.deliver(2))
    page = office.page(state)
    assert (page.changes, page.last) == ([], True)


def test_reading_is_a_read_flag_change_and_editing_an_update(office: Office) -> None:
    read, edited, both = (office.deliver(number) for number in range(3))
    state = office.page().state
    office.store.items.mark_read(read, read=True)
    office.store.items.edit(edited, subject="other words")
    office.store.items.mark_read(both, read=True)
    office.store.items.edit(both, categories=["Red"])
    page = office.page(state)
    assert office.told(page) == [("read", read.key), ("update", edited.key), ("update", both.key)]
    assert page.changes[1].item is not None
    assert page.changes[1].item.subject == "other words"
    assert office.page(page.state).changes == []


def test_a_mail_that_came_and_was_edited_is_told_once_as_a_create(office: Office) -> None:
    state = office.page().state
    item = office.deliver(1)
    office.store.items.edit(item, subject="edited")
    office.store.items.mark_read(item, read=True)
    assert office.told(office.page(state)) == [("create", item.key)]


def test_mail_that_arrives_while_the_first_listing_runs_is_told_after_it(office: Office) -> None:
    for number in range(4):
        office.deliver(number)
    first = office.page(limit=2)
    late = [office.deliver(99), office.deliver(100, minutes=-1)]  # newer than all, older than all
    second = office.page(first.state, limit=2)
    assert not {item.key for item in late} & {change.key for change in second.changes}
    assert not second.last
    assert office.told(office.page(second.state)) == [("create", item.key) for item in late]


def test_a_state_belongs_to_one_folder_of_one_mailbox_and_dies_when_expired(office: Office) -> None:
    office.store.add_mailbox("ben@firm.example", "Ben")
    ben = office.store.mailboxes.get("ben@firm.example")
    state = office.page().state
    strangers = [
        (office.anna, office.folder("junkemail"), state),
        (ben, office.store.folders.get(ben, "inbox"), state),
        (office.anna, office.folder("inbox"), state[:-8] + "AAAAAAA="),
        (office.anna, office.folder("inbox"), state.swapcase()),
        (office.anna, office.folder("inbox"), "not base64"),
    ]
    for mailbox, folder, told in strangers:
        with pytest.raises(EwsError, match="synchronization state") as refused:
            office.store.changes.items(mailbox, folder, told, 10)
        assert refused.value.code == "ErrorInvalidSyncStateData"
    office.store.mailboxes.expire_states(office.anna)
    with pytest.raises(EwsError):
        office.page(state)


def test_a_state_is_opaque_and_as_long_as_exchanges(office: Office) -> None:
    state = office.page().state
    assert 300 <= len(state) <= 2000
    assert base64.b64encode(base64.b64decode(state)).decode() == state


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "move", "back", "copy", "remove", "edit", "read", "poll"]), st.integers(0, 50)
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(steps=_STEPS, limit=st.integers(1, 5))
def test_a_client_that_follows_every_page_knows_the_folder_at_any_time(
    steps: list[tuple[str, int]], limit: int
) -> None:  # fmt: skip
    office = Office(Clock())
    client: dict[str, str] = {}
    state: str | None = None

    def poll(*, whole: bool) -> None:
        nonlocal state
        while True:
            page = office.page(state, limit)
            state = page.state
            for change in page.changes:
                if change.item is None:
                    client.pop(change.key, None)
                else:
                    client[change.key] = change.item.subject
            if page.last or not whole:
                return

    for number, (step, choice) in enumerate(steps):
        here = office.store.items.of_folder(office.folder("inbox"))
        there = office.store.items.of_folder(office.folder("junkemail"))
        if step == "deliver":
            office.deliver(number, minutes=choice)
        elif step == "poll":
            poll(whole=False)
        elif step == "back" and there:
            office.store.items.move(there[choice % len(there)], office.folder("inbox"))
        elif here and step != "back":
            item = here[choice % len(here)]
            if step == "move":
                office.store.items.move(item, office.folder("junkemail"))
            elif step == "copy":
                office.store.items.copy(item, office.folder("inbox"))
            elif step == "remove":
                office.store.items.remove(item)
            elif step == "edit":
                office.store.items.edit(item, subject=f"edited {number}")
            else:
                office.store.items.mark_read(item, read=True)
    poll(whole=True)
    truth = {item.key: item.subject for item in office.store.items.of_folder(office.folder("inbox"))}
    office.store.close()
    assert client == truth


def test_every_page_costs_as_much_as_the_page_however_large_the_folder(office: Office) -> None:
    with office.store.transaction():
        for number in range(300):
            office.deliver(number)
    plans = []
    for state in (None, office.page(limit=10).state, office.page().state):
        seen: list[str] = []
        connection = office.store._db._connection
        connection.set_trace_callback(seen.append)
        office.page(state, limit=10)
        connection.set_trace_callback(None)
        plans += [row["detail"] for sql in seen for row in connection.execute("EXPLAIN QUERY PLAN " + sql)]
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN") or "TEMP B-TREE" in plan]


def test_nothing_is_told_of_another_mailboxs_change(office: Office) -> None:
    state = office.page().state
    office.store.add_mailbox("ben@firm.example", "Ben")
    office.store.deliver("ben@firm.example", "inbox", b"Subject: x\r\n\r\n", received=office.clock.now)
    page = office.page(state)
    assert (page.changes, page.last) == ([], True)
