"""FindItem and FindFolder: pages, restrictions, orders; what is not supported is refused, never passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.testing import Running

from tests.support.mail import mail
from tests.support.soap import Answer, Soap, folder_id

ANNA = "anna@firm.example"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ten_mails(exchange: Running) -> list[str]:
    """Mail 0 to 9, an hour apart, delivered out of order; 6 and 7 in the same second."""
    order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    ids = {}
    for number in order:
        received = START + timedelta(hours=min(number, 6) if number < 8 else number)
        ids[number] = exchange.control.deliver(
            ANNA, mail(number, message_id=f"<m{number}@x.example>"), received=received, read=number % 2 == 0
        )[ANNA]  # fmt: skip
    return [ids[number] for number in range(10)]


def _find(soap: Soap, *, restriction: str = "", order: str = "", page: str = "", traversal: str = "Shallow") -> Answer:
    restriction = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    return soap.ask(
        f'<m:FindItem Traversal="{traversal}"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="message:InternetMessageId"/></t:AdditionalProperties></m:ItemShape>'
        f"{page}{restriction}{order}<m:ParentFolderIds>{folder_id('inbox')}</m:ParentFolderIds></m:FindItem>"
    )


def _numbers(answer: Answer) -> list[int]:
    assert answer.codes() == ["NoError"], answer.codes()
    return [int((text or "")[2:-11]) for text in answer.texts("InternetMessageId")]


def _compare(operator: str, uri: str, value: str) -> str:
    return (
        f'<t:{operator}><t:FieldURI FieldURI="{uri}"/><t:FieldURIOrConstant><t:Constant Value="{value}"/>'
        f"</t:FieldURIOrConstant></t:{operator}>"
    )


def _contains(mode: str, value: str) -> str:
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="IgnoreCase">'
        f'<t:FieldURI FieldURI="item:Subject"/><t:Constant Value="{value}"/></t:Contains>'
    )


def _iso(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _order(uri: str, direction: str) -> str:
    return f'<m:SortOrder><t:FieldOrder Order="{direction}"><t:FieldURI FieldURI="{uri}"/></t:FieldOrder></m:SortOrder>'


RECEIVED = "item:DateTimeReceived"


def test_pages_by_offset_hold_every_mail_once_in_order(anna: Soap) -> None:
    told: list[int] = []
    for offset in range(0, 10, 3):
        view = f'<m:IndexedPageItemView MaxEntriesReturned="3" Offset="{offset}" BasePoint="Beginning"/>'
        answer = _find(anna, page=view, order=_order(RECEIVED, "Ascending"))
        told += _numbers(answer)
        (root,) = answer.xml.iter("{*}RootFolder")
        assert root.get("TotalItemsInView") == "10"
        assert root.get("IndexedPagingOffset") == str(min(offset + 3, 10))
        assert root.get("IncludesLastItemInRange") == ("true" if offset == 9 else "false")
    assert sorted(told) == list(range(10))
    assert told[:6] == [0, 1, 2, 3, 4, 5]
    assert told[8:] == [8, 9]


def test_without_an_order_the_newest_come_first(anna: Soap) -> None:
    assert _numbers(_find(anna))[:2] == [9, 8]
    view = '<m:IndexedPageItemView MaxEntriesReturned="2" Offset="1" BasePoint="End"/>'
    assert _numbers(_find(anna, page=view)) == [2, 1]


def test_a_half_open_window_by_received_time(anna: Soap) -> None:
    since = _compare("IsGreaterThanOrEqualTo", RECEIVED, _iso(2))
    until = _compare("IsLessThan", RECEIVED, _iso(6))
    answer = _find(anna, restriction=f"<t:And>{since}{until}</t:And>", order=_order(RECEIVED, "Ascending"))
    assert _numbers(answer) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        (_compare("IsEqualTo", "message:InternetMessageId", "&lt;m4@x.example&gt;"), {4}),
        (_compare("IsEqualTo", "message:IsRead", "true"), {0, 2, 4, 6, 8}),
        (_compare("IsEqualTo", RECEIVED, _iso(6)), {6, 7}),
        (_compare("IsNotEqualTo", "item:ItemClass", "ipm.note"), set()),
        (_compare("IsGreaterThan", RECEIVED, _iso(7.5)), {8, 9}),
        (_compare("IsLessThanOrEqualTo", RECEIVED, _iso(1)), {0, 1}),
        ("<t:Or>" + _compare("IsLessThan", RECEIVED, _iso(1)) + _compare("IsEqualTo", "item:Subject", "question 5")
         + "</t:Or>", {0, 5}),
        (f"<t:Not>{_compare('IsGreaterThan', RECEIVED, _iso(0))}</t:Not>", {0}),
        ('<t:Exists><t:FieldURI FieldURI="message:InternetMessageId"/></t:Exists>', set(range(10))),
        (_contains("Substring", "TION 7"), {7}),
        (_contains("Prefixed", "tion"), set()),
        ('<t:IsEqualTo><t:ExtendedFieldURI PropertyTag="0x1035" PropertyType="String"/><t:FieldURIOrConstant>'
         '<t:Constant Value="&lt;m2@x.example&gt;"/></t:FieldURIOrConstant></t:IsEqualTo>', {2}),
    ],
)  # fmt: skip
def test_a_restriction_lets_through_what_fits(anna: Soap, restriction: str, expected: set[int]) -> None:
    assert set(_numbers(_find(anna, restriction=restriction))) == expected


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"restriction": _compare("IsEqualTo", "item:Body", "x")}, "ErrorUnsupportedPathForQuery"),
        ({"restriction": "<t:Excludes/>"}, "ErrorUnsupportedQueryFilter"),
        ({"restriction": _compare("IsGreaterThan", RECEIVED, "yesterday")}, "ErrorInvalidValueForProperty"),
        ({"order": _order("message:From", "Ascending")}, "ErrorUnsupportedPathForQuery"),
        ({"page": '<m:CalendarView StartDate="2026-01-01T00:00:00Z" EndDate="2026-02-01T00:00:00Z"/>'},
         "ErrorUnsupportedQueryFilter"),
        ({"page": '<m:IndexedPageItemView MaxEntriesReturned="0" Offset="0" BasePoint="Beginning"/>'},
         "ErrorInvalidPagingMaxRows"),
        ({"page": '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="-1" BasePoint="Beginning"/>'},
         "ErrorInvalidIndexedPagingParameters"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused(anna: Soap, more: dict[str, str], code: str) -> None:
    assert _find(anna, **more).codes() == [code]


def test_soft_deleted_and_associated_items_are_none(anna: Soap) -> None:
    for traversal in ("SoftDeleted", "Associated"):
        assert _numbers(_find(anna, traversal=traversal)) == []


def test_folders_are_found_in_pages_and_a_restriction_that_is_not_supported_is_refused(
    exchange: Running, anna: Soap
) -> None:
    shape = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    where = f"<m:ParentFolderIds>{folder_id('msgfolderroot')}</m:ParentFolderIds>"
    told: list[str] = []
    while True:
        view = f'<m:IndexedPageFolderView MaxEntriesReturned="4" Offset="{len(told)}" BasePoint="Beginning"/>'
        answer = anna.ask(f'<m:FindFolder Traversal="Deep">{shape}{view}{where}</m:FindFolder>')
        told += answer.ids("FolderId")
        if next(answer.xml.iter("{*}RootFolder")).get("IncludesLastItemInRange") == "true":
            break
    beneath = [f["folder_id"] for f in exchange.control.folders(ANNA) if f["path"] and f["kind"] == "folder"]
    outside = {f["folder_id"] for f in exchange.control.folders(ANNA) if (f["role"] or "").startswith("recoverable")}
    assert len(told) == len(set(told))
    assert set(told) < set(beneath)
    assert not outside & set(told)
    refused = anna.ask(
        f'<m:FindFolder Traversal="Deep">{shape}<m:Restriction>'
        f"{_compare('IsEqualTo', 'folder:TotalCount', '1')}</m:Restriction>{where}</m:FindFolder>"
    )
    assert refused.codes() == ["ErrorUnsupportedPathForQuery"]


def test_change_marks_of_a_folder_can_be_asked_for(exchange: Running, anna: Soap, ten_mails: list[str]) -> None:
    def marks() -> list[str | None]:
        return anna.ask(
            "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            '<t:ExtendedFieldURI PropertyTag="0x670A" PropertyType="SystemTime"/>'
            '<t:ExtendedFieldURI PropertyTag="0x670B" PropertyType="Integer"/>'
            '<t:ExtendedFieldURI PropertyTag="0x0E08" PropertyType="Long"/>'
            '<t:ExtendedFieldURI PropertyTag="0x6789" PropertyType="String"/>'
            f"</t:AdditionalProperties></m:FolderShape><m:FolderIds>{folder_id('inbox')}</m:FolderIds></m:GetFolder>"
        ).texts("Value")

    before = marks()
    exchange.control.delete(ten_mails[0])
    after = marks()
    assert len(before) == len(after) == 3
    assert (before[1], after[1]) == ("0", "1")
    assert int(after[2] or 0) < int(before[2] or 0)
    assert (after[0] or "").endswith("Z")


CLASS = '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>'


def _is(value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:IsEqualTo>{CLASS}{constant}</t:IsEqualTo>"


@pytest.mark.parametrize(
    ("restriction", "inbox", "calendar"),
    [
        (_is("IPF.Note"), True, False),
        (_is("IPF.Appointment"), False, True),
        (f"<t:Or>{_is('ipf.note')}{_is('IPF.Appointment')}</t:Or>", True, True),
        (f"<t:And>{_is('IPF.Note')}{_is('IPF.Appointment')}</t:And>", False, False),
        (f"<t:Not>{_is('IPF.Note')}</t:Not>", False, True),
        (f"<t:Not><t:Exists>{CLASS}</t:Exists></t:Not>", False, False),
        (f'<t:Contains ContainmentMode="Prefixed" ContainmentComparison="IgnoreCase">{CLASS}'
         '<t:Constant Value="IPF.App"/></t:Contains>', False, True),
    ],
)  # fmt: skip
def test_folders_are_found_by_their_class(anna: Soap, restriction: str, inbox: bool, calendar: bool) -> None:
    answer = anna.ask(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>'
        f"<m:Restriction>{restriction}</m:Restriction>"
        f"<m:ParentFolderIds>{folder_id('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>"
    )
    assert answer.codes() == ["NoError"]
    classes = answer.texts("FolderClass")
    assert ("IPF.Note" in classes, "IPF.Appointment" in classes) == (inbox, calendar)


@pytest.mark.parametrize("direction", ["Ascending", "Descending"])
def test_items_are_sorted_by_the_number_that_grows_with_each_arrival(anna: Soap, direction: str) -> None:
    order = (
        f'<m:SortOrder><t:FieldOrder Order="{direction}"><t:ExtendedFieldURI PropertyTag="0xe23" '
        'PropertyType="Integer"/></t:FieldOrder></m:SortOrder>'
    )
    arrived = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    assert _numbers(_find(anna, order=order)) == (arrived if direction == "Ascending" else arrived[::-1])


@pytest.mark.parametrize(
    ("restriction", "found"),
    [
        ('<t:Exists><t:ExtendedFieldURI DistinguishedPropertySetId="Common" PropertyId="34160" PropertyType="Integer"/>'
         "</t:Exists>", 0),
        ('<t:Not><t:Exists><t:ExtendedFieldURI PropertyTag="0x7654" PropertyType="Integer"/></t:Exists></t:Not>', 10),
        ('<t:IsGreaterThan><t:ExtendedFieldURI PropertyTag="0xe08" PropertyType="Integer"/><t:FieldURIOrConstant>'
         '<t:Constant Value="1"/></t:FieldURIOrConstant></t:IsGreaterThan>', 10),
        ('<t:IsLessThan><t:ExtendedFieldURI PropertyTag="0x3008" PropertyType="SystemTime"/><t:FieldURIOrConstant>'
         '<t:Constant Value="1999-01-01T00:00:00Z"/></t:FieldURIOrConstant></t:IsLessThan>', 0),
    ],
)  # fmt: skip
def test_items_are_found_by_tagged_properties_as_gateways_for_other_protocols_ask(
    anna: Soap, restriction: str, found: int
) -> None:
    """A property that no item has exists on none: IMAP's UNDELETED asks so."""
    assert len(_numbers(_find(anna, restriction=restriction))) == found
