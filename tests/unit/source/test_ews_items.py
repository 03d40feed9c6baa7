"""Properties and MIME of items: exactly one answer per id, whatever the server does."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
import requests
from exchange_sync.errors import IntegrationFault, Retriable
from exchange_sync.model.email import Address, ItemMime, ItemProblem
from exchange_sync.source.ews.batches import BATCH_BYTES, batches
from exchange_sync.source.ews.pace import FEWEST, MOST, Pace

from tests.unit.source.ews_canned import FakeExchange, error, fault, response, soap

BOX = "support@example.org"


def mime(key: str, body: bytes = b"Subject: x\r\n\r\nhello") -> str:
    packed = base64.encodebytes(body).decode()
    return (
        f'<m:Items><t:Message><t:MimeContent CharacterSet="UTF-8">{packed}</t:MimeContent>'
        f'<t:ItemId Id="{key}" ChangeKey="c"/></t:Message></m:Items>'
    )


def asked_ids(request: requests.PreparedRequest) -> list[str]:
    return re.findall(r'<t:ItemId Id="([^"]+)"', request.body.decode())


def answers(found) -> dict[str, str]:
    return {one.item_id: "mime" if isinstance(one, ItemMime) else one.code for one in found}


def test_every_id_gets_its_mime(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", mime("a", b"A"), mime("b", b"B")))
    assert list(source.mimes(BOX, ["a", "b"])) == [ItemMime("a", b"A"), ItemMime("b", b"B")]
    assert exchange.operations == ["GetItem"]


def test_answers_in_another_order_are_told_apart_by_id(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", mime("b", b"B"), mime("a", b"A")))
    assert list(source.mimes(BOX, ["a", "b"])) == [ItemMime("a", b"A"), ItemMime("b", b"B")]


def test_fewer_answers_than_ids_are_noticed_and_the_missing_asked_once_more(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", mime("a"), mime("c")), response("GetItem", mime("b")))
    assert answers(source.mimes(BOX, ["a", "b", "c"])) == dict.fromkeys("abc", "mime")
    assert len(exchange.calls) == 2


def test_an_item_that_is_never_answered_is_a_problem_not_a_gap(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", mime("a")), response("GetItem"))
    assert answers(source.mimes(BOX, ["a", "b"])) == {"a": "mime", "b": "NoAnswer"}


def test_an_error_in_a_short_answer_is_not_pinned_on_the_wrong_item(source, exchange: FakeExchange):
    exchange.answer(
        response("GetItem", error("ErrorItemCorrupt"), mime("c")),
        response("GetItem", mime("a"), error("ErrorItemCorrupt")),
    )
    assert answers(source.mimes(BOX, ["a", "b", "c"])) == {"a": "mime", "b": "ErrorItemCorrupt", "c": "mime"}


def test_items_behind_one_that_stopped_the_batch_are_asked_for_again(source, exchange: FakeExchange):
    stopped = error("ErrorBatchProcessingStopped")
    exchange.answer(
        response("GetItem", mime("a"), error("ErrorItemCorrupt"), stopped, stopped),
        response("GetItem", error("ErrorItemCorrupt"), stopped),
        response("GetItem", mime("d")),
    )
    expected = {"a": "mime", "b": "ErrorItemCorrupt", "c": "ErrorItemCorrupt", "d": "mime"}
    assert answers(source.mimes(BOX, list("abcd"))) == expected


def test_a_moved_item_is_gone_and_no_failure(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", mime("a"), error("ErrorItemNotFound")))
    assert list(source.mimes(BOX, ["a", "b"]))[1] == ItemProblem("b", gone=True, code="ErrorItemNotFound")


@pytest.mark.parametrize(
    "code",
    ["ErrorContentConversionFailed", "ErrorInvalidId", "ErrorAccessDenied", "ErrorMailboxStoreUnavailable",
     "ErrorInternalServerError", "ErrorPropertyRequestFailed", "ErrorVirusDetected", "ErrorDataSizeLimitExceeded",
     "ErrorSomethingOfTheFuture"],
)  # fmt: skip
def test_codes_that_make_exchangelib_drop_the_batch_cost_one_item_here(source, exchange: FakeExchange, code: str):
    exchange.answer(response("GetItem", mime("a"), error(code), mime("c")))
    assert answers(source.mimes(BOX, ["a", "b", "c"])) == {"a": "mime", "b": code, "c": "mime"}


@pytest.mark.parametrize("culprits", [{"i3"}, {"i0", "i7"}, {"i2", "i5", "i6"}])
@pytest.mark.parametrize("failure", ["fault", "garbled"])
def test_a_batch_refused_whole_is_halved_until_the_culprits_are_alone(source, exchange, culprits, failure):
    def serve(request):
        ids = asked_ids(request)
        if culprits & set(ids):
            return fault("ErrorContentConversionFailed")[2] if failure == "fault" else soap("<t:a>&#x1;</t:a><t:")
        return response("GetItem", *(mime(one) for one in ids))

    exchange.answer(*[serve] * 30)
    ids = [f"i{number}" for number in range(8)]
    found = answers(source.mimes(BOX, ids))
    assert {one for one, code in found.items() if code != "mime"} == culprits
    assert list(found) == ids


def test_items_that_can_be_read_clear_the_server_wherever_they_stand_in_the_answer(source, exchange: FakeExchange):
    bad = [error("ErrorInternalServerError")] * 6
    exchange.answer(response("GetItem", *bad, mime("g")))
    found = answers(source.mimes(BOX, list("abcdefg")))
    assert found == dict.fromkeys("abcdef", "ErrorInternalServerError") | {"g": "mime"}


def test_a_server_that_fails_at_everything_blames_no_item(source, exchange: FakeExchange):
    exchange.answer(*[fault("ErrorInternalServerError")] * 30)
    with pytest.raises(Retriable):
        list(source.mimes(BOX, [f"i{number}" for number in range(50)]))
    assert len(exchange.calls) < 15, "it is not asked for every item of a dead server"


def test_a_request_refused_for_every_item_is_the_integrations_fault(source, exchange: FakeExchange):
    exchange.answer(*[fault("ErrorSchemaValidation")] * 3)
    with pytest.raises(IntegrationFault):
        list(source.mimes(BOX, ["a", "b"]))


def test_a_mailbox_away_for_all_items_is_retriable(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", *[error("ErrorMailboxStoreUnavailable")] * 3))
    with pytest.raises(Retriable):
        list(source.mimes(BOX, ["a", "b", "c"]))


def test_a_busy_server_ends_the_batch_at_once_even_when_told_for_one_item(source, exchange: FakeExchange):
    busy = error("ErrorServerBusy", '<m:MessageXml><t:Value Name="BackOffMilliseconds">9000</t:Value></m:MessageXml>')
    exchange.answer(response("GetItem", mime("a"), busy))
    with pytest.raises(Retriable) as caught:
        list(source.mimes(BOX, ["a", "b"]))
    assert caught.value.after == 9.0


@pytest.mark.parametrize("inside", ["<t:MimeContent>no base64!</t:MimeContent>", "<t:MimeContent>QUJ</t:MimeContent>"])
def test_mime_that_is_no_whole_base64_is_a_problem(source, exchange: FakeExchange, inside: str):
    exchange.answer(response("GetItem", f'<m:Items><t:Message>{inside}<t:ItemId Id="a"/></t:Message></m:Items>'))
    assert answers(source.mimes(BOX, ["a"])) == {"a": "BrokenMimeContent"}


def test_an_item_of_a_type_without_mime_is_a_problem(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", '<m:Items><t:Person><t:ItemId Id="a"/></t:Person></m:Items>'))
    assert answers(source.mimes(BOX, ["a"])) == {"a": "NoMimeContent"}


def test_batches_hold_at_most_fifty_ids_and_eight_mebibytes():
    assert [len(one) for one in batches([str(n) for n in range(120)], Pace())] == [50, 50, 20]
    sizes = {"a": BATCH_BYTES - 1, "b": 10, "c": BATCH_BYTES * 2, "d": 1}
    assert list(batches(["a", "b", "c", "d", "a"], Pace(), sizes)) == [["a"], ["b"], ["c"], ["d"]]


PROPERTIES = """<m:Items><t:Message><t:ItemId Id="a" ChangeKey="c"/><t:ItemClass>IPM.Note</t:ItemClass>
<t:Subject>Über&#x1;uns</t:Subject><t:Sensitivity>Private</t:Sensitivity>
<t:DateTimeReceived>2026-11-01T08:00:00.250Z</t:DateTimeReceived><t:Size>77</t:Size>
<t:Categories><t:String>Red</t:String><t:String>Blue</t:String></t:Categories><t:Importance>High</t:Importance>
<t:IsDraft>false</t:IsDraft><t:DateTimeSent>2026-11-01T09:00:00+01:00</t:DateTimeSent>
<t:HasAttachments>true</t:HasAttachments>{extended}<t:ConversationId Id="conv"/>
<t:Sender>{sender}</t:Sender><t:From>{sender}</t:From>
<t:InternetMessageId>&lt;1@x&gt;</t:InternetMessageId></t:Message></m:Items>"""
SMTP = "<t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@x.org</t:EmailAddress></t:Mailbox>"
EX = (
    "<t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>/O=FIRM/CN=ANN</t:EmailAddress>"
    "<t:RoutingType>EX</t:RoutingType></t:Mailbox>"
)


def extended(number: str, value: str) -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="{number}" PropertyType="String"/>'
        f"<t:Value>{value}</t:Value></t:ExtendedProperty>"
    )


def test_the_small_properties_are_read_in_utc_and_whole_seconds(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", PROPERTIES.format(extended="", sender=SMTP)))
    (found,) = source.properties(BOX, ["a"])
    assert found.message_id == "<1@x>"
    assert found.subject == "Über\ufffduns"
    assert found.received == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert found.sent == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert found.sender == Address("Ann", "ann@x.org", "SMTP")
    assert (found.item_class, found.size, found.importance, found.sensitivity) == ("IPM.Note", 77, "High", "Private")
    assert (found.categories, found.has_attachments, found.is_draft) == (("Red", "Blue"), True, False)
    assert found.conversation_id == "conv"


STRAY = "<m:ErrorItem><m:ResponseCode>ErrorItemCorrupt</m:ResponseCode></m:ErrorItem>"


@pytest.mark.parametrize(
    "beside",
    [
        STRAY,
        "<t:Message><t:Subject>no id</t:Subject></t:Message>",
        '<t:Item><t:ItemId Id="another"/><t:ItemClass>IPM.Task</t:ItemClass></t:Item>',
        '<t:Item><t:ItemId Id="a"/></t:Item>',  # a stub of the very item
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_the_item_is_found_by_its_id_whatever_stands_beside_it(
    source, exchange: FakeExchange, beside: str, after: bool
):
    mark = "</m:Items>" if after else "<m:Items>"
    both = beside + mark if after else mark + beside
    exchange.answer(
        response("GetItem", PROPERTIES.format(extended="", sender=SMTP).replace(mark, both)),
        response("GetItem", mime("a", b"A").replace(mark, both)),
    )
    (found,) = source.properties(BOX, ["a"])
    assert (found.item_class, found.message_id) == ("IPM.Note", "<1@x>")
    assert list(source.mimes(BOX, ["a"])) == [ItemMime("a", b"A")]


def test_an_answer_that_holds_no_item_is_a_problem_of_the_item_and_never_no_mail(source, exchange: FakeExchange):
    exchange.answer(*[response("GetItem", f"<m:Items>{STRAY}</m:Items>")] * 2)
    assert source.properties(BOX, ["a"]) == [ItemProblem("a", False, "NoAnswer")]
    exchange.answer(response("GetItem", '<m:Items><t:Item><t:ItemId Id="a"/></t:Item></m:Items>'))
    assert source.properties(BOX, ["a"]) == [ItemProblem("a", False, "NoItemClass")]


@pytest.mark.parametrize("number", ["0x5d02", "0x5D01", "23809"])
def test_an_internal_sender_is_known_by_its_property_without_another_request(source, exchange, number: str):
    exchange.answer(response("GetItem", PROPERTIES.format(extended=extended(number, "ann@x.org"), sender=EX)))
    (found,) = source.properties(BOX, ["a"])
    assert found.sender == Address("Ann", "ann@x.org", "SMTP")
    assert exchange.operations == ["GetItem"]


def test_an_internal_sender_without_the_property_is_resolved_once_per_connection(source, exchange: FakeExchange):
    resolved = f'<m:ResolutionSet TotalItemsInView="1"><t:Resolution>{SMTP}</t:Resolution></m:ResolutionSet>'
    item = PROPERTIES.format(extended="", sender=EX)
    exchange.answer(
        response("GetItem", item, item.replace('Id="a"', 'Id="b"')),
        response("ResolveNames", resolved),
        response("GetItem", item),
    )
    found = source.properties(BOX, ["a", "b"]) + source.properties(BOX, ["a"])
    assert [one.sender.address for one in found] == ["ann@x.org"] * 3
    assert exchange.operations == ["GetItem", "ResolveNames", "GetItem"]


def test_a_sender_that_nobody_knows_stays_as_exchange_names_it(source, exchange: FakeExchange):
    exchange.answer(
        response("GetItem", PROPERTIES.format(extended="", sender=EX)),
        response("ResolveNames", error("ErrorNameResolutionNoResults")),
    )
    assert source.properties(BOX, ["a"])[0].sender == Address("Ann", "/O=FIRM/CN=ANN", "EX")


def test_a_busy_directory_is_asked_again_for_the_address_is_part_of_an_identity(source, exchange: FakeExchange):
    exchange.answer(
        response("GetItem", PROPERTIES.format(extended="", sender=EX)),
        response("ResolveNames", error("ErrorServerBusy")),
    )
    with pytest.raises(Retriable):
        source.properties(BOX, ["a"])


def test_nothing_asked_is_nothing_sent(source, exchange: FakeExchange):
    assert source.properties(BOX, []) == []
    assert list(source.mimes(BOX, [])) == []
    assert exchange.calls == []


def test_a_busy_server_is_asked_for_fewer_items_and_a_willing_one_for_more_again() -> None:
    pace = Pace()
    limits = []
    for _ in range(5):
        with pytest.raises(Retriable), pace.asking():
            raise Retriable("busy", 1.0)
        limits.append(pace.limit)
    assert limits == [25, 12, 6, FEWEST, FEWEST]
    for _ in range(12):
        with pace.asking():
            pass
    assert pace.limit == MOST
    with pytest.raises(ValueError, match="other"), pace.asking():
        raise ValueError("other")
    assert pace.limit == MOST


def test_batches_follow_the_pace_within_one_call() -> None:
    pace = Pace()
    sizes = []
    for batch in batches([str(n) for n in range(90)], pace):
        sizes.append(len(batch))
        pace.limit = 20
    assert sizes == [50, 20, 20]
