"""The folder tree: by distinguished id, never by name; at all depths; with a mark that tells of changes."""

from __future__ import annotations

import pytest
from exchange_sync.errors import MailboxFault, Retriable
from exchange_sync.model.config import Filters
from exchange_sync.model.rules import folders_left_out
from exchange_sync.source.ews.names import t
from exchange_sync.source.ews.source import EwsSource

from tests.unit.source.ews_canned import NOW, FakeExchange, connection, error, response, soap

BOX = "support@example.org"


def folder(key: str, parent: str, name: str, tag: str = "Folder", kind: str = "IPF.Note", total: int = 3,
           marks: tuple[str, str] | None = ("2026-11-01T00:00:00Z", "7")) -> str:  # fmt: skip
    extended = ""
    for number, value in zip(("0x670a", "0x670b"), marks or (), strict=False):
        uri = f'<t:ExtendedFieldURI PropertyTag="{number}" PropertyType="String"/>'
        extended += f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"
    klass = f"<t:FolderClass>{kind}</t:FolderClass>" if kind else ""
    return (
        f'<t:{tag}><t:FolderId Id="{key}"/><t:ParentFolderId Id="{parent}"/>{klass}'
        f"<t:DisplayName>{name}</t:DisplayName><t:TotalCount>{total}</t:TotalCount>{extended}</t:{tag}>"
    )


def found(*folders: str, last: str = "true", offset: int = 0) -> str:
    return (
        f'<m:RootFolder TotalItemsInView="9" IncludesLastItemInRange="{last}" IndexedPagingOffset="{offset}">'
        f"<t:Folders>{''.join(folders)}</t:Folders></m:RootFolder>"
    )


def got(request, known: dict[str, str], otherwise: str = "ErrorFolderNotFound") -> bytes:
    """GetFolder: the folders that exist by distinguished id, an error for each other one that was asked for."""
    names = request.body.decode().split('DistinguishedFolderId Id="')[1:]
    asked = [one.split('"')[0] for one in names]
    inside = [f"<m:Folders>{known[one]}</m:Folders>" if one in known else error(otherwise) for one in asked]
    return response("GetFolder", *inside)


ROOT = folder("R", "TOP", "Oberste Ebene", kind="", total=0)
INBOX = folder("I", "R", "Posteingang")
KNOWN = {"msgfolderroot": ROOT, "inbox": INBOX}


def test_the_whole_tree_costs_two_requests_and_is_told_by_distinguished_id(source, exchange: FakeExchange):
    tree = [INBOX, folder("C", "I", "Inbox"), folder("D", "C", "Tief"), folder("X", "R", "Kalender", "CalendarFolder",
            "IPF.Appointment"), folder("S", "R", "Suche", "SearchFolder", marks=None)]  # fmt: skip
    exchange.answer(response("FindFolder", found(*tree)), lambda request: got(request, KNOWN))
    folders = {one.key: one for one in source.folders(BOX)}
    assert exchange.operations == ["FindFolder", "GetFolder"]
    assert set(folders) == {"I", "C", "D", "X", "S"}
    assert (folders["I"].distinguished, folders["I"].path) == ("inbox", ("Posteingang",))
    assert (folders["C"].distinguished, folders["C"].path) == (None, ("Posteingang", "Inbox"))
    assert folders["D"].path == ("Posteingang", "Inbox", "Tief")
    assert folders["X"].folder_class == "IPF.Appointment"
    assert folders["S"].is_search is True
    assert folders["I"].mark == "2026-11-01T00:00:00Z/7/3"
    assert folders["S"].mark is None


@pytest.mark.parametrize(
    ("date", "past"),
    [
        ("Sun, 01 Nov 2026 00:00:00 GMT", False), ("Sun, 01 Nov 2026 00:00:04 GMT", False),
        ("Sat, 31 Oct 2026 23:59:59 GMT", False), ("Sun, 01 Nov 2026 00:00:05 GMT", True),
        ("Mon, 02 Nov 2026 00:00:00 GMT", True), ("yesterday", False), ("", False), (None, False),
        ("Mon, 99 Nov 99999 00:00:00 GMT", False),
    ],
)  # fmt: skip
def test_a_mark_is_past_once_the_servers_own_clock_is_well_beyond_it(source, exchange: FakeExchange, date, past):
    dated = {} if date is None else {"Date": date}
    exchange.answer((200, dated, response("FindFolder", found(INBOX))), lambda request: got(request, KNOWN))
    assert [one.past for one in source.folders(BOX) if one.key == "I"] == [past]


@pytest.mark.parametrize("commit", ["", "soon", "9999-12-31T23:59:59Z"])
def test_a_time_of_change_that_makes_no_sense_is_not_past(source, exchange: FakeExchange, commit: str):
    inbox = folder("I", "R", "Posteingang", marks=(commit, "7"))
    exchange.answer(
        (200, {"Date": "Mon, 02 Nov 2026 00:00:00 GMT"}, response("FindFolder", found(inbox))),
        lambda request: got(request, {**KNOWN, "inbox": inbox}),
    )
    assert [one.past for one in source.folders(BOX) if one.key == "I"] == [False]


def test_more_folders_than_a_page_are_followed(source, exchange: FakeExchange):
    exchange.answer(
        response("FindFolder", found(INBOX, last="false", offset=1000)),
        response("FindFolder", found(folder("C", "I", "Claims"))),
        lambda request: got(request, KNOWN),
    )
    assert [one.key for one in source.folders(BOX)] == ["I", "C"]
    assert exchange.requested(1).find(".//{*}IndexedPageFolderView").get("Offset") == "1000"


def test_a_page_that_promises_more_but_not_further_on_is_garbled(source, exchange: FakeExchange):
    exchange.answer(response("FindFolder", found(INBOX, last="false", offset=0)))
    with pytest.raises(Retriable):
        source.folders(BOX)


def test_recoverable_items_are_marked_as_such(source, exchange: FakeExchange):
    known = KNOWN | {"recoverableitemsroot": folder("RR", "TOP", "Recoverable Items")}
    exchange.answer(response("FindFolder", found(INBOX)), lambda request: got(request, known))
    assert {one.key: one.root for one in source.folders(BOX)} == {"I": "primary", "RR": "recoverable"}


def test_a_distinguished_folder_beside_the_message_root_is_left_out(source, exchange: FakeExchange):
    known = KNOWN | {"todosearch": folder("T", "TOP", "To-Do Search", "SearchFolder")}
    exchange.answer(response("FindFolder", found(INBOX)), lambda request: got(request, known))
    assert [one.key for one in source.folders(BOX)] == ["I"]


def test_rss_feeds_are_known_by_their_class_for_ews_has_no_id_for_them(source, exchange: FakeExchange):
    feeds = folder("RSS", "R", "Flux", kind="IPF.Note.OutlookHomepage")
    exchange.answer(response("FindFolder", found(INBOX, feeds)), lambda request: got(request, KNOWN))
    assert {one.key: one.distinguished for one in source.folders(BOX)} == {"I": "inbox", "RSS": "rssfeeds"}


def test_the_archive_follows_where_asked_for(source, exchange: FakeExchange):
    known = KNOWN | {"archivemsgfolderroot": folder("AR", "ATOP", "Archiv", total=0)}
    exchange.answer(
        response("FindFolder", found(INBOX)),
        lambda request: got(request, known),
        response("FindFolder", found(folder("A1", "AR", "2019"), folder("A2", "A1", "Q1"))),
    )
    folders = {one.key: one for one in source.folders(BOX, archive=True)}
    assert {key: one.root for key, one in folders.items()} == {"I": "primary", "A1": "archive", "A2": "archive"}
    assert folders["A2"].path == ("Online Archive", "2019", "Q1")


def test_a_root_that_holds_items_is_a_folder_beside_those_below_it(source, exchange: FakeExchange):
    known = {"inbox": INBOX, "msgfolderroot": folder("R", "TOP", "Oberste Ebene", kind="", total=2)}
    known["archivemsgfolderroot"] = folder("AR", "ATOP", "Archiv", total=1)
    exchange.answer(
        response("FindFolder", found(INBOX, folder("C", "I", "Claims"))),
        lambda request: got(request, known),
        response("FindFolder", found(folder("A1", "AR", "2019"))),
    )
    folders = {one.key: one for one in source.folders(BOX, archive=True)}
    assert {key: (one.path, one.root, one.distinguished) for key, one in folders.items()} == {
        "R": (("Oberste Ebene",), "primary", "msgfolderroot"),
        "I": (("Posteingang",), "primary", "inbox"),
        "C": (("Posteingang", "Claims"), "primary", None),
        "AR": (("Online Archive",), "archive", "archivemsgfolderroot"),
        "A1": (("Online Archive", "2019"), "archive", None),
    }
    assert folders["R"].total == 2
    allowed = folders_left_out(folders.values(), Filters(folder_allow=(("inbox", "Claims"),)))
    assert "C" not in allowed  # the root is no part of a path, nor of what a list may call a folder
    assert {"R", "I"} <= set(allowed)
    denied = folders_left_out(folders.values(), Filters(folder_deny=(("msgfolderroot",),), archive=True))
    assert set(denied) == {"R"}


def test_no_archive_is_fine(source, exchange: FakeExchange):
    exchange.answer(response("FindFolder", found(INBOX)), lambda request: got(request, KNOWN))
    assert [one.key for one in source.folders(BOX, archive=True)] == ["I"]


def test_a_delegate_who_may_not_see_the_root_gets_what_he_may_see(exchange: FakeExchange):
    source = EwsSource(connection(access="delegate"), clock=lambda: NOW)
    exchange.answer(
        response("FindFolder", error("ErrorAccessDenied")),
        lambda request: got(request, {"inbox": INBOX}, "ErrorAccessDenied"),
        response("FindFolder", found(folder("C", "I", "Claims"))),
    )
    folders = {one.key: one for one in source.folders(BOX)}
    assert folders["I"].path == ("Posteingang",)
    assert folders["C"].path == ("Posteingang", "Claims")
    asked = exchange.requested(0)
    assert asked.findtext(f".//{t('Mailbox')}/{t('EmailAddress')}") == BOX
    assert asked.find(f".//{t('ExchangeImpersonation')}") is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [("ErrorFolderNotFound", "mailbox_inbox_not_found"), ("ErrorAccessDenied", "mailbox_access_denied"),
     ("ErrorNonExistentMailbox", "mailbox_not_found")],
)  # fmt: skip
def test_an_inbox_that_cannot_be_read_is_the_mailboxs_fault(source, exchange: FakeExchange, code: str, kind: str):
    exchange.answer(response("GetFolder", error(code)), response("FindFolder", found()),
                    lambda request: got(request, {"msgfolderroot": ROOT}, code))  # fmt: skip
    for call in (source.probe, source.folders):
        with pytest.raises(MailboxFault) as caught:
            call(BOX)
        assert caught.value.reason.kind == kind


def test_the_change_mark_costs_one_request_and_follows_every_change(source, exchange: FakeExchange):
    claims = folder("C", "I", "Claims")
    variants = [
        [INBOX, claims],
        [claims, INBOX],
        [INBOX, folder("C", "I", "Claims", marks=("2026-11-02T00:00:00Z", "7"))],
        [INBOX, folder("C", "I", "Claims", marks=("2026-11-01T00:00:00Z", "8"))],
        [INBOX, folder("C", "I", "Claims", total=4)],
        [INBOX, folder("C", "R", "Claims")],
        [INBOX, folder("C", "I", "Cases")],
        [INBOX],
    ]
    exchange.answer(*[response("FindFolder", found(*one)) for one in variants])
    marks = [source.change_mark(BOX) for _ in variants]
    assert exchange.operations == ["FindFolder"] * len(variants)
    assert marks[0] == marks[1]
    assert len(set(marks)) == len(variants) - 1
    assert all(marks)


def test_without_the_properties_there_is_no_change_mark(source, exchange: FakeExchange):
    exchange.answer(response("FindFolder", found(INBOX, folder("C", "I", "Claims", marks=None))))
    assert source.change_mark(BOX) is None


def test_probe_is_one_request_to_the_mailboxs_own_server(source, exchange: FakeExchange):
    exchange.answer(response("GetFolder", f"<m:Folders>{INBOX}</m:Folders>"))
    source.probe(BOX)
    assert exchange.operations == ["GetFolder"]
    assert exchange.calls[0][1]["X-AnchorMailbox"] == BOX
    assert exchange.requested().findtext(f".//{t('ConnectingSID')}/{t('PrimarySmtpAddress')}") == BOX


def test_newer_distinguished_ids_go_to_newer_servers_only(exchange: FakeExchange):
    old = '<t:ServerVersionInfo MajorVersion="14" MinorVersion="2" MajorBuildNumber="387" MinorBuildNumber="0"/>'
    for header, expected in ((old, False), (None, True)):
        source = EwsSource(connection(), clock=lambda: NOW)
        answer = response("FindFolder", found(INBOX))
        inside = answer.decode().split("<s:Body>")[1].split("</s:Body>")[0]
        exchange.answer(soap(inside, header) if header else answer, lambda request: got(request, KNOWN))
        source.folders(BOX)
        assert (b"conversationhistory" in exchange.calls[-1][2]) is expected


def test_a_loop_of_parents_does_not_hang(source, exchange: FakeExchange):
    loop = [INBOX, folder("P", "Q", "p"), folder("Q", "P", "q")]
    exchange.answer(response("FindFolder", found(*loop)), lambda request: got(request, KNOWN))
    assert len(source.folders(BOX)) == 3
