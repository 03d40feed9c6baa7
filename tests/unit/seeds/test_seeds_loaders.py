"""Mail on disk fills the store: trees of .eml files, Maildirs and mbox files, told apart by what lies there."""

import mailbox
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exchange_simulator.errors import UsageError
from exchange_simulator.loaders import folder_of, load, mailbox_address, received_time
from exchange_simulator.store import MailboxStore

SHARED = Path(os.environ.get("EXCHANGE_SYNC_SHARED", Path(__file__).resolve().parents[3] / "../shared"))
MAIL = (
    b"Received: from a.example by b.example; Tue, 3 Nov 2026 10:00:05 +0100\r\n"
    b"Received: from c.example by a.example; Tue, 3 Nov 2026 09:59:00 +0100\r\n"
    b"From: Ann <ann@a.example>\r\nTo: bob@b.example\r\nSubject: Hello\r\n"
    b"Date: Tue, 3 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n\r\nHi Bob\r\n"
)


@pytest.fixture
def store():
    store = MailboxStore()
    yield store
    store.close()


def write(path: Path, data: bytes = MAIL) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def items(store: MailboxStore, address: str, folder) -> list:
    return store.items.of_folder(store.folders.get(store.mailboxes.get(address), folder))


def test_a_tree_becomes_mailboxes_and_folders(store, tmp_path):
    write(tmp_path / "ann@firm.example/Inbox/1.eml")
    write(tmp_path / "ann@firm.example/Inbox/Claims/Öl/2.eml")
    write(tmp_path / "bob/Projects/3.EML")
    write(tmp_path / "bob/4.eml")
    write(tmp_path / "bob/notes.txt", b"not mail")
    report = load(store, tmp_path)
    assert (report.kind, report.emails, report.failed) == ("tree", 4, [])
    assert report.mailboxes == {"ann@firm.example": 2, "bob@mail.example": 2}
    assert len(items(store, "ann@firm.example", "inbox")) == 1
    assert len(items(store, "ann@firm.example", ("inbox", "Claims", "Öl"))) == 1
    assert len(items(store, "bob@mail.example", ("Projects",))) == 1
    assert len(items(store, "bob@mail.example", "inbox")) == 1


def test_bytes_are_delivered_as_they_are_at_the_time_of_receipt(store, tmp_path):
    write(tmp_path / "bob/Inbox/1.eml")
    load(store, tmp_path)
    (item,) = items(store, "bob@mail.example", "inbox")
    assert store.items.mime(item) == MAIL
    assert datetime.fromtimestamp(item.received, UTC) == datetime(2026, 11, 3, 9, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ((), "inbox"),
        (("INBOX",), "inbox"),
        (("Sent Items",), "sentitems"),
        (("sent_items",), "sentitems"),
        (("sent",), "sentitems"),
        (("Deleted Items",), "deleteditems"),
        (("deleted_items",), "deleteditems"),
        (("Junk E-mail",), "junkemail"),
        (("Drafts",), "drafts"),
        (("inbox", "Sent"), ("inbox", "Sent")),
        (("Sent", "2001"), ("sentitems", "2001")),
        (("_sent_mail",), "sentitems"),
        (("Sentinel",), ("Sentinel",)),
        (("calendar",), ("calendar (mail)",)),
        (("Tasks", "2001"), ("Tasks (mail)", "2001")),
    ],
)
def test_folder_names_that_mean_a_distinguished_folder_land_there(names, place):
    assert folder_of(names) == place


def test_of_two_folders_that_mean_the_same_the_exact_name_wins_and_the_other_stays_itself():
    tops = ["sent", "_sent_mail", "sent_items", "inbox"]
    assert [folder_of((top,), tops) for top in tops] == [("sent",), ("_sent_mail",), "sentitems", "inbox"]
    assert folder_of(("sent",), ["sent", "_sent_mail"]) == "sentitems"


def test_a_maildir_keeps_flags_and_folders_and_leaves_out_what_has_not_arrived(store, tmp_path):
    root = tmp_path / "ann"
    write(root / "cur/1.host:2,S")
    write(root / "new/2.host")
    write(root / "tmp/3.host")
    write(root / ".Sent/cur/4.host:2,S")
    write(root / ".Claims.&ANY-l/cur/5.host:2,DS")
    report = load(store, root)
    assert (report.kind, report.emails) == ("maildir", 4)
    assert sorted(item.is_read for item in items(store, "ann@mail.example", "inbox")) == [False, True]
    assert len(items(store, "ann@mail.example", "sentitems")) == 1
    (draft,) = items(store, "ann@mail.example", ("Claims", "Öl"))
    assert draft.is_draft


def test_an_mbox_becomes_one_inbox(store, tmp_path):
    box = mailbox.mbox(tmp_path / "archive.mbox")
    for number in range(3):
        box.add(MAIL.replace(b"<1@", b"<%d@" % number))
    box.close()
    report = load(store, tmp_path / "archive.mbox")
    assert (report.kind, report.emails) == ("mbox", 3)
    found = items(store, "archive@mail.example", "inbox")
    assert sorted(item.message_id for item in found) == ["<0@a.example>", "<1@a.example>", "<2@a.example>"]


def test_a_file_that_cannot_be_used_is_named_and_the_others_are_loaded(store, tmp_path, caplog):
    write(tmp_path / "bob/Inbox/good.eml")
    write(tmp_path / "bob/Inbox/empty.eml", b"\n")
    (tmp_path / "bob/Inbox/broken.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "bob/Inbox/directory.eml").mkdir()
    report = load(store, tmp_path)
    assert report.emails == 1
    assert report.failed == [
        "bob/Inbox/broken.eml: No such file or directory",
        "bob/Inbox/directory.eml: Is a directory",
        "bob/Inbox/empty.eml: the file is empty",
    ]
    assert [record.getMessage() for record in caplog.records] == [f"left out {name}" for name in report.failed]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            b"Received: by x; Tue, 3 Nov 2026 10:00:00 +0100\nDate: Mon, 2 Nov 2026 00:00:00 +0000\n",
            "2026-11-03T09:00:00",
        ),
        (b"Received: by x (no date here)\nDate: Mon, 2 Nov 2026 01:02:03 -0500\n", "2026-11-02T06:02:03"),
        (b"Date: Mon, 2 Nov 2026 01:02:03\n", "2026-11-02T01:02:03"),
        (b"Date: sometime last week\n", "2001-09-09T01:46:40"),
        (b"Date: Mon, 2 Nov 1901 01:02:03 +0000\n", "2001-09-09T01:46:40"),
        (b"", "2001-09-09T01:46:40"),
    ],
)
def test_the_time_is_that_of_the_top_received_header_else_date_else_the_file(head, expected):
    when = received_time(head + b"\nbody\n", 1e9)
    assert when.isoformat() == expected + "+00:00"


def test_a_path_that_does_not_fit_is_told_with_what_was_expected(store, tmp_path):
    with pytest.raises(UsageError, match=r"no such file or directory: .*expected a tree.*check the path"):
        load(store, tmp_path / "missing")
    write(tmp_path / "single.eml")
    with pytest.raises(UsageError, match=r"single\.eml is no mbox file.*put it into <mailbox>/<folder>/"):
        load(store, tmp_path / "single.eml")
    with pytest.raises(UsageError, match=r"has \.eml files but no mailbox directory"):
        load(store, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no \.eml file beneath"):
        load(store, tmp_path / "empty")
    (tmp_path / "dir/cur").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"no mail at"):
        load(store, tmp_path / "dir")


def test_a_bare_name_becomes_an_address():
    assert mailbox_address("allen-p") == "allen-p@mail.example"
    assert mailbox_address("ann@firm.example") == "ann@firm.example"


def test_the_enron_tree_loads_whole(store, tmp_path):
    archive = SHARED / "corpus/dev.tar.gz"
    if not archive.exists():
        pytest.skip(f"the shared corpus is not there: {archive}")
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.name.startswith("corpus-dev/enron/")]
        tar.extractall(tmp_path, members=members, filter="data")
    report = load(store, tmp_path / "corpus-dev/enron")
    assert (report.emails, len(report.mailboxes), report.failed) == (2195, 7, [])
    folders = {path.parent for path in (tmp_path / "corpus-dev/enron").rglob("*.eml")}
    assert len(folders) == 73
    assert sum(report.folders.values()) == 2195
    assert len(report.folders) == 73
    assert report.folders["carson-m@mail.example", "inbox"] == 106
    assert report.folders["carson-m@mail.example", "sentitems"] == 118
    assert report.folders["carson-m@mail.example", ("sent",)] == 17
    for (address, path), count in report.folders.items():
        assert len(items(store, address, path)) == count
        assert store.folders.get(store.mailboxes.get(address), path).folder_class == "IPF.Note"
