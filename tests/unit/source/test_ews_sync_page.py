"""One page of changes: whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Retriable, StateExpired
from exchange_sync.model.email import ListedItem
from exchange_sync.source.api import FolderGone
from exchange_sync.source.ews.names import m, t

from tests.unit.source.ews_canned import FakeExchange, error, fault, response, soap

BOX = "support@example.org"


def item(key: str, kind: str = "Message", received: str = "2026-11-01T08:00:00Z") -> str:
    return (
        f'<t:{kind}><t:ItemId Id="{key}" ChangeKey="c"/><t:DateTimeReceived>{received}</t:DateTimeReceived>'
        f"<t:Size>1234</t:Size></t:{kind}>"
    )


def page(changes: str, state: str = "<m:SyncState>s1</m:SyncState>", last: str = "true") -> bytes:
    mark = f"<m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>" if last else ""
    return response("SyncFolderItems", f"{state}{mark}{changes}")


def test_a_page_tells_what_is_present_and_what_is_gone(source, exchange: FakeExchange):
    exchange.answer(
        page(
            f"<m:Changes><t:Create>{item('a')}</t:Create><t:Update>{item('b')}</t:Update>"
            '<t:Delete><t:ItemId Id="c" ChangeKey="k"/></t:Delete>'
            '<t:ReadFlagChange><t:ItemId Id="d"/><t:IsRead>true</t:IsRead></t:ReadFlagChange></m:Changes>'
        )
    )
    found = source.changes(BOX, "F", None)
    when = datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert found.state == "s1"
    assert found.last is True
    assert found.present == (ListedItem("a", when, 1234), ListedItem("b", when, 1234))
    assert found.gone == ("c",)


def test_a_first_page_sends_no_state_and_a_later_one_sends_it_back(source, exchange: FakeExchange):
    exchange.answer(page("<m:Changes/>", last="false"), page("<m:Changes/>", "<m:SyncState>s2</m:SyncState>"))
    source.changes(BOX, "F", None, limit=9999)
    source.changes(BOX, "F", "s1")
    first, second = exchange.requested(0), exchange.requested(1)
    assert first.find(f".//{m('SyncState')}") is None
    assert first.findtext(f".//{m('MaxChangesReturned')}") == "512"
    assert second.findtext(f".//{m('SyncState')}") == "s1"


def test_an_item_type_nobody_knows_does_not_spoil_the_page(source, exchange: FakeExchange):
    exchange.answer(
        page(
            f"<m:Changes><t:Create>{item('p', 'Person')}</t:Create><t:Create>{item('x', 'Hologram')}"
            "</t:Create></m:Changes>"
        )
    )
    assert [one.item_id for one in source.changes(BOX, "F", None).present] == ["p", "x"]


@pytest.mark.parametrize(
    "body",
    [
        page("<m:Changes/>", state=""),
        page("<m:Changes/>", state="<m:SyncState/>"),
        page("<m:Changes/>", last=""),
        page(""),
        soap("<m:SyncFolderItemsResponse><m:ResponseMessages/></m:SyncFolderItemsResponse>"),
        soap(""),
    ],
    ids=[
        "no state",
        "empty state",
        "no end mark",
        "no changes",
        "no message",
        "empty body",
    ],
)
def test_an_answer_that_lacks_a_part_is_asked_again_never_taken_short(source, exchange: FakeExchange, body: bytes):
    exchange.answer(body)
    with pytest.raises(Retriable) as caught:
        source.changes(BOX, "F", "s0")
    assert caught.value.code == "GarbledAnswer"


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.999])
def test_an_answer_cut_anywhere_is_noticed_though_the_state_stands_before_the_changes(source, exchange, keep: float):
    whole = page("<m:Changes>" + "".join(f"<t:Create>{item(str(n))}</t:Create>" for n in range(5)) + "</m:Changes>")
    exchange.answer(whole[: int(len(whole) * keep)])
    with pytest.raises(Retriable) as caught:
        source.changes(BOX, "F", None)
    assert caught.value.code == "TruncatedAnswer"


@pytest.mark.parametrize("extra", ["", "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"])
def test_a_forgotten_state_is_told_with_and_without_an_empty_sync_state(source, exchange: FakeExchange, extra: str):
    exchange.answer(response("SyncFolderItems", error("ErrorInvalidSyncStateData", extra)))
    with pytest.raises(StateExpired):
        source.changes(BOX, "F", "old")


def test_a_forgotten_state_told_by_a_fault_is_the_same(source, exchange: FakeExchange):
    exchange.answer(fault("ErrorInvalidSyncStateData"))
    with pytest.raises(StateExpired):
        source.changes(BOX, "F", "old")


@pytest.mark.parametrize("code", ["ErrorFolderNotFound", "ErrorSyncFolderNotFound", "ErrorAccessDenied"])
def test_a_folder_that_is_gone_or_hidden_is_told_as_such(source, exchange: FakeExchange, code: str):
    exchange.answer(response("SyncFolderItems", error(code)))
    with pytest.raises(FolderGone):
        source.changes(BOX, "F", "s")


def test_a_busy_server_in_a_response_message_is_obeyed_to_the_millisecond(source, exchange: FakeExchange):
    xml = '<m:MessageXml><t:Value Name="BackOffMilliseconds">4250</t:Value></m:MessageXml>'
    exchange.answer(response("SyncFolderItems", error("ErrorServerBusy", xml)))
    with pytest.raises(Retriable) as caught:
        source.changes(BOX, "F", "s")
    assert (caught.value.after, caught.value.whole_server) == (4.25, True)


def test_a_busy_server_in_a_fault_is_obeyed_too(source, exchange: FakeExchange):
    exchange.answer(
        fault("ErrorServerBusy", '<t:MessageXml><t:Value Name="BackOffMilliseconds">61000</t:Value></t:MessageXml>')
    )
    with pytest.raises(Retriable) as caught:
        source.changes(BOX, "F", "s")
    assert (caught.value.after, caught.value.whole_server) == (61.0, True)


def test_impersonation_refused_is_the_mailboxs_and_a_wrong_set_up_is_everybodys(source, exchange: FakeExchange):
    exchange.answer(fault("ErrorImpersonateUserDenied"), fault("ErrorImpersonationFailed"))
    with pytest.raises(MailboxFault) as mailbox:
        source.changes(BOX, "F", "s")
    with pytest.raises(IntegrationFault):
        source.changes(BOX, "F", "s")
    assert mailbox.value.reason.kind == "mailbox_access_denied"
    assert "secret text" not in str(mailbox.value)


def test_a_state_that_does_not_move_ends_the_listing_when_nothing_came(source, exchange: FakeExchange):
    exchange.answer(
        page("<m:Changes/>", last="false"),
        page(f"<m:Changes><t:Create>{item('a')}</t:Create></m:Changes>", last="false"),
    )
    assert source.changes(BOX, "F", "s1").last is True
    with pytest.raises(Retriable):
        source.changes(BOX, "F", "s1")


def test_control_characters_and_broken_bytes_do_not_spoil_the_page(source, exchange: FakeExchange):
    spoilt = page(f"<m:Changes><t:Create>{item('a')}</t:Create></m:Changes>").replace(
        b"<t:Size>", b"<t:Subject>&#x1;&#xB;&#xD800;&#xFFFF;&#55357;\x02\xff\xfe</t:Subject><t:Size>"
    )
    exchange.answer(spoilt)
    assert source.changes(BOX, "F", None).present[0].size == 1234


def test_only_ids_times_and_sizes_are_asked_for(source, exchange: FakeExchange):
    exchange.answer(page("<m:Changes/>"))
    source.changes(BOX, "F", None)
    asked = exchange.requested()
    assert asked.findtext(f".//{t('BaseShape')}") == "IdOnly"
    assert [one.get("FieldURI") for one in asked.iter(t("FieldURI"))] == ["item:DateTimeReceived", "item:Size"]
