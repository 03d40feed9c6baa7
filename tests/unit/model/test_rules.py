"""Which folders and items count as mail."""

from __future__ import annotations

import pytest
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder, ItemProperties
from exchange_sync.model.rules import folders_left_out, item_left_out

TREE = [
    Folder("1", None, ("Posteingang",), "inbox", "IPF.Note"),
    Folder("2", "1", ("Posteingang", "Ablage"), None, None),
    Folder("3", None, ("Entwürfe",), "drafts", "IPF.Note"),
    Folder("4", "3", ("Entwürfe", "Vorlagen"), None, "IPF.Note"),
    Folder("5", None, ("Kalender",), "calendar", "IPF.Appointment"),
    Folder("6", "5", ("Kalender", "Korrespondenz"), None, "IPF.Note"),
    Folder("7", None, ("Synchronisierungsprobleme",), "syncissues", "IPF.Note"),
    Folder("8", "7", ("Synchronisierungsprobleme", "Konflikte"), "conflicts", "IPF.Note"),
    Folder("9", None, ("RSS-Feeds",), None, "IPF.Note.OutlookHomepage"),
    Folder("10", None, ("Gesendet",), "sentitems", "IPF.Note"),
    Folder("11", None, ("Drafts",), None, "IPF.Note"),
    Folder("12", None, ("Ungelesen",), None, "IPF.Note", is_search=True),
    Folder("13", None, ("Deletions",), None, None, root="recoverable"),
    Folder("14", None, ("Online Archive", "Alt"), None, "IPF.Note", root="archive"),
    Folder("15", None, ("Aufgaben",), "tasks", "IPF.Task"),
    Folder("16", None, ("Outbox",), "outbox", "IPF.Note"),
]


def test_folders_are_told_apart_by_distinguished_id_and_class_never_by_name() -> None:
    assert folders_left_out(TREE, Filters()) == {
        "3": "drafts", "4": "drafts", "5": "not mail", "7": "sync issues", "8": "sync issues", "9": "RSS feeds",
        "12": "search folder", "13": "recoverable items", "14": "archive mailbox", "15": "not mail", "16": "outbox",
    }  # fmt: skip


def test_what_is_off_by_default_can_be_switched_on_with_its_subfolders() -> None:
    left_out = folders_left_out(TREE, Filters(include=("drafts", "syncissues", "rssfeeds"), archive=True))
    assert set(left_out) == {"5", "12", "13", "15", "16"}


def test_a_tree_that_loops_ends() -> None:
    loop = [Folder("1", "2", ("a",)), Folder("2", "1", ("b",))]
    assert folders_left_out(loop, Filters()) == {}


@pytest.mark.parametrize(
    ("item_class", "wanted"),
    [
        ("IPM.Note", None),
        ("ipm.note.smime.multipartsigned", None),
        ("IPM.Schedule.Meeting.Request", None),
        ("REPORT.IPM.Note.NDR", None),
        ("IPM.Post", None),
        ("IPM.Appointment", "not mail"),
        ("IPM.Notebook", "not mail"),
        ("IPM.Contact", "not mail"),
        ("", None),
    ],
)
def test_items_count_by_their_class(item_class: str, wanted: str | None) -> None:
    assert item_left_out(ItemProperties("1", item_class, "<a@x>")) == wanted


def test_a_draft_does_not_count() -> None:
    assert item_left_out(ItemProperties("1", "IPM.Note", "<a@x>", is_draft=True)) == "draft"
