"""The EWS source against a server that misbehaves: every fault of reference 3 and 8, over a real TLS connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from exchange_simulator.client import Control
from exchange_simulator.testing import Running, running
from exchange_sync.errors import IntegrationFault, MailboxFault, Retriable, StateExpired
from exchange_sync.model.email import ItemMime, ItemProblem, ItemProperties
from exchange_sync.source.api import FolderGone
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.source import EwsSource

from tests.contract.source.suite import BOX, mail, walk


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(exchange="2016") as made:
        made.control.add_mailbox(BOX, "Support")
        yield made


@pytest.fixture(scope="module")
def items(simulator: Running) -> list[str]:
    """The ids of eight mails in the Inbox."""
    return [simulator.control.deliver(BOX, mail(number, files={"a.bin": bytes(9000)}))[BOX] for number in range(8)]


@pytest.fixture
def control(simulator: Running, items: list[str]) -> Iterator[Control]:
    yield simulator.control
    simulator.control.remove_faults()
    simulator.control.clear_calls()


@pytest.fixture
def source(simulator: Running) -> Iterator[EwsSource]:
    given = ExchangeConnection(simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file)
    made = EwsSource(replace(given, timeout=2), clock=lambda: datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def inbox(source: EwsSource, control: Control) -> str:
    key = next(one.key for one in source.folders(BOX) if one.distinguished == "inbox")
    control.clear_calls()
    return key


def calls(control: Control) -> int:
    return len(control.calls())


@pytest.mark.parametrize("length", ["full", "cut", "none", "chunked"])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_listing_cut_in_its_changes_loses_no_mail(source, control, inbox, items, length: str, keep: float):
    control.add_fault("truncated", operation="SyncFolderItems", length=length, keep=keep)
    with pytest.raises(Retriable):
        source.changes(BOX, inbox, None)
    page, _ = walk(source, inbox)
    assert {one.item_id for one in page.present} == set(items)


@pytest.mark.parametrize("midway", [True, False])
def test_a_reset_connection_is_retriable_and_the_next_call_works(source, control, inbox, midway: bool):
    control.add_fault("reset", midway=midway)
    with pytest.raises(Retriable):
        source.changes(BOX, inbox, None)
    assert source.changes(BOX, inbox, None).present


def test_a_silent_server_is_a_timeout(source, control, inbox):
    control.add_fault("slow", seconds=6.0)
    with pytest.raises(Retriable) as caught:
        source.changes(BOX, inbox, None)
    assert caught.value.code == "Timeout"


@pytest.mark.parametrize(
    ("kind", "parameters", "expected", "code"),
    [
        ("http_401", {}, IntegrationFault, "HTTP 401"),
        ("http_403", {}, IntegrationFault, "HTTP 403"),
        ("http_404", {}, IntegrationFault, "HTTP 404"),
        ("redirect_login", {}, IntegrationFault, "HTTP 302"),
        ("html_login", {}, IntegrationFault, "NotEws"),
        ("http_status", {"status": 502}, Retriable, "HTTP 502"),
        ("soap_fault", {"code": "ErrorImpersonateUserDenied"}, MailboxFault, "ErrorImpersonateUserDenied"),
        ("message_error", {"code": "ErrorMailboxMoveInProgress"}, Retriable, "ErrorMailboxMoveInProgress"),
        ("soap_fault", {"code": "ErrorOfTheFuture"}, MailboxFault, "ErrorOfTheFuture"),
    ],
)
def test_each_refusal_has_its_consequence_after_one_request(source, control, inbox, kind, parameters, expected, code):
    control.add_fault(kind, **parameters)
    with pytest.raises(expected) as caught:
        source.changes(BOX, inbox, None)
    assert (caught.value.code if expected is Retriable else caught.value.reason.code) == code
    assert calls(control) == 1


@pytest.mark.parametrize(
    ("kind", "parameters", "after"),
    [
        ("http_429", {"retry_after": "17"}, 17),
        ("http_503", {"retry_after": "41"}, 41),
        ("server_busy_fault", {"back_off_ms": 12_500}, 12.5),
        ("server_busy_message", {"back_off_ms": 7250}, 7.25),
    ],
)
def test_a_busy_server_is_obeyed_exactly(source, control, inbox, items, kind, parameters, after):
    for call in (lambda: source.changes(BOX, inbox, None), lambda: list(source.mimes(BOX, items)),
                 lambda: source.folders(BOX), lambda: list(source.find(BOX, inbox, None, None))):  # fmt: skip
        control.add_fault(kind, **parameters)
        with pytest.raises(Retriable) as caught:
            call()
        assert (caught.value.after, caught.value.whole_server) == (after, True)


@pytest.mark.parametrize("bare", [True, False])
def test_an_expired_state_is_told_with_and_without_an_empty_state(source, control, inbox, bare: bool):
    state = walk(source, inbox)[0].state
    control.add_fault("expired_state", bare=bare)
    with pytest.raises(StateExpired):
        source.changes(BOX, inbox, state)


@pytest.mark.parametrize("kind", ["control_characters", "surrogate_references"])
@pytest.mark.parametrize("raw", [True, False])
def test_spoilt_characters_cost_no_item(source, control, items, kind: str, raw: bool):
    control.add_fault(kind, operation="GetItem", count=8, **({"raw": raw} if kind == "control_characters" else {}))
    found = source.properties(BOX, items)
    assert all(isinstance(one, ItemProperties) for one in found)
    assert all("Hello" in one.subject for one in found)
    assert calls(control) == 1


def test_an_item_of_an_unknown_type_is_listed_and_read(source, control, inbox, items):
    control.add_fault("unknown_item_type", operation="SyncFolderItems")
    assert len(walk(source, inbox)[0].present) == len(items)
    control.add_fault("unknown_item_type", operation="GetItem")
    assert all(isinstance(one, ItemProperties) for one in source.properties(BOX, items))


def test_an_id_that_was_lost_on_the_way_is_asked_for_again(source, control, inbox, items):
    control.add_fault("item_without_id", operation="SyncFolderItems")
    assert {one.item_id for one in walk(source, inbox)[0].present} == set(items)
    assert calls(control) == 2


def test_an_item_without_an_id_holds_up_no_other(source, control, inbox, items):
    """It is listed by a name that stays the same, and read as bad mail without a question to the server."""
    control.add_fault("item_without_id", operation="SyncFolderItems", item_id=items[3], times=None)
    listed = [{one.item_id for one in walk(source, inbox)[0].present} for _ in range(2)]
    [strange] = listed[0] - set(items)
    assert listed == [{*items, strange} - {items[3]}] * 2
    control.clear_calls()
    assert source.properties(BOX, [strange]) == [ItemProblem(strange, gone=False, code="NoItemId")]
    assert calls(control) == 0
    found = source.properties(BOX, [strange, items[0]])
    assert {one.item_id for one in found if isinstance(one, ItemProperties)} == {items[0]}


def test_a_deletion_without_an_id_has_the_folder_listed_from_the_start(source, control, inbox, items):
    state = walk(source, inbox)[0].state
    extra = control.deliver(BOX, mail(99))[BOX]
    state = source.changes(BOX, inbox, state).state
    control.delete(extra)
    control.add_fault("item_without_id", operation="SyncFolderItems", times=None)
    with pytest.raises(StateExpired):
        source.changes(BOX, inbox, state)


def test_a_search_by_time_passes_over_an_item_without_an_id(source, control, inbox, items):
    control.add_fault("item_without_id", operation="FindItem", item_id=items[3], times=None)
    assert {one.item_id for one in source.find(BOX, inbox, None, None)} == set(items) - {items[3]}


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_answers_than_ids_are_made_up_for(source, control, items, count: int):
    control.clear_calls()
    control.add_fault("fewer_responses", operation="GetItem", count=count)
    assert sum(isinstance(one, ItemMime) for one in source.mimes(BOX, items)) == len(items)
    assert calls(control) == 2


@pytest.mark.parametrize("kind", ["item_error", "unknown_code"])
def test_one_bad_item_in_a_batch_costs_itself_alone(source, control, items, kind: str):
    control.add_fault(kind, operation="GetItem", item_id=items[3], times=None)
    found = {one.item_id: one for one in source.mimes(BOX, items)}
    assert [one for one in items if isinstance(found[one], ItemProblem)] == [items[3]]


def test_an_item_that_fails_whole_batches_is_found_by_halving(source, control, items):
    control.clear_calls()
    control.add_fault("soap_fault", operation="GetItem", item_id=items[5], times=None, code="ErrorInternalServerError")
    found = {one.item_id: one for one in source.mimes(BOX, items)}
    assert [one for one in items if isinstance(found[one], ItemProblem)] == [items[5]]
    assert found[items[5]] == ItemProblem(items[5], gone=False, code="ErrorInternalServerError")
    assert calls(control) == 7, "8, then 4 and 4, 2 and 2, 1 and 1"


def test_a_cut_attachment_is_asked_again_as_a_whole(source, control, items):
    key = source.large(BOX, items[0]).attachments[0].key
    control.add_fault("truncated", operation="GetAttachment", length="none", keep=0.5)
    with pytest.raises(Retriable):
        list(source.attachment(BOX, key))
    assert b"".join(source.attachment(BOX, key)) == bytes(9000)


def test_a_folder_that_vanishes_is_told(source, control, inbox):
    control.add_fault("message_error", code="ErrorSyncFolderNotFound")
    with pytest.raises(FolderGone):
        source.changes(BOX, inbox, None)
