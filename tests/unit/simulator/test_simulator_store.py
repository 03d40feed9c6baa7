"""The store keeps ids, folders and mail as Exchange does, and over a restart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from exchange_simulator.errors import EwsError, UsageError
from exchange_simulator.store import MailboxStore
from exchange_simulator.store.folders import Folders
from exchange_simulator.store.ids import attachment_key, change_key, split_attachment_key
from exchange_simulator.store.mime import attachment_parts, parse_whole, properties, regenerate

from tests.support.mail import mail
from tests.unit.simulator.conftest import ANNA, NOON, Office

BEN = "ben@firm.example"


def test_ids_have_exchanges_length_and_differ_from_their_neighbour_in_case_only(office: Office) -> None:
    keys = [office.deliver(number).key for number in range(40)]
    assert {len(key) for key in keys} == {152}
    assert len(set(keys)) == 40
    assert len({key.lower() for key in keys}) < 40
    assert len(office.folder("inbox").key) == 120


def test_an_attachment_id_leads_back_to_its_item_and_place(office: Office) -> None:
    item = office.deliver(1)
    key = attachment_key(item.key, (2, 0, 7))
    assert split_attachment_key(key) == (item.key, (2, 0, 7))
    for wrong in ("", "x", item.key, key[:-4]):
        with pytest.raises(EwsError):
            split_attachment_key(wrong)


def test_a_change_key_changes_with_the_item_only(office: Office) -> None:
    item = office.deliver(1)
    office.store.items.edit(item, subject="new")
    edited = office.store.items.need(item.key)
    assert edited.key == item.key
    assert change_key(item.key, item.created_seq) != change_key(edited.key, edited.changed_seq)


def test_a_restart_keeps_ids_states_and_mail(tmp_path: Path) -> None:
    path = tmp_path / "mail.sqlite"
    store = MailboxStore(path)
    store.add_mailbox(ANNA, "Anna")
    folder = store.ensure_folder(ANNA, ("inbox", "Claims"))
    item = store.deliver(ANNA, folder, mail(1), received=NOON)
    anna = store.mailboxes.get(ANNA)
    state = store.changes.items(anna, store.folders.get(anna, folder), None, 10).state
    store.close()

    again = MailboxStore(path)
    anna = again.mailboxes.get(ANNA)
    assert again.ensure_folder(ANNA, ("inbox", "Claims")) == folder
    assert again.items.mime(again.items.need(item)) == mail(1)
    page = again.changes.items(anna, again.folders.get(anna, folder), state, 10)
    assert (page.changes, page.last) == ([], True)
    new = again.deliver(ANNA, folder, mail(2), received=NOON)
    assert new != item
    assert [c.key for c in again.changes.items(anna, again.folders.get(anna, folder), state, 10).changes] == [new]
    again.close()


def test_a_state_of_another_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    store = MailboxStore(tmp_path / "mail.sqlite")
    store._db.set_meta("schema", "0")
    store.close()
    with pytest.raises(UsageError, match="empty state directory"):
        MailboxStore(tmp_path / "mail.sqlite")


def test_a_transaction_that_fails_leaves_nothing_behind(office: Office) -> None:
    before = office.page().state

    def half() -> None:
        with office.store.transaction():
            office.deliver(1)
            office.store.folders.get(office.anna, "nowhere")

    with pytest.raises(UsageError):
        half()
    assert office.store.items.of_folder(office.folder("inbox")) == []
    assert office.page().state == before


def test_a_folder_keeps_its_id_when_renamed_and_moved_and_loses_it_when_deleted(office: Office) -> None:
    folder = office.store.folders.get(office.anna, office.store.ensure_folder(ANNA, ("inbox", "Claims", "Old")))
    root = office.folder("msgfolderroot")
    _, state = office.store.changes.folders(office.anna, root, None)

    def told() -> list[tuple[str, str]]:
        nonlocal state
        changes, state = office.store.changes.folders(office.anna, root, state)
        return [(change.kind, change.folder.key) for change in changes]

    office.store.folders.rename(folder, "Older")
    assert told() == [("update", folder.key)]
    office.store.folders.move(folder, office.folder("deleteditems"))
    assert told() == [("update", folder.key)]
    assert office.store.folders.path(office.store.folders.by_row(folder.row)) == ("Deleted Items", "Older")
    office.store.folders.delete(folder)
    assert told() == [("delete", folder.key)]
    assert told() == []
    new = office.store.ensure_folder(ANNA, ("deleteditems", "Older"))
    assert new != folder.key
    assert told() == [("create", new)]


def test_the_tree_is_told_parents_first_and_only_beneath_its_root(office: Office) -> None:
    office.store.ensure_folder(ANNA, ("A", "B", "C"))
    for start, dumpster in (("msgfolderroot", False), ("root", True)):
        root = office.folder(start)
        changes, _ = office.store.changes.folders(office.anna, root, None)
        known = {root.row}
        for change in changes:
            assert change.folder.parent in known
            known.add(change.folder.row)
        roles = {change.folder.role for change in changes}
        assert {"inbox", "calendar", "conflicts"} <= roles
        assert start not in roles
        assert ("recoverableitemsroot" in roles) is dumpster


def test_a_state_of_one_root_is_no_state_of_another(office: Office) -> None:
    _, state = office.store.changes.folders(office.anna, office.folder("root"), None)
    with pytest.raises(EwsError):
        office.store.changes.folders(office.anna, office.folder("msgfolderroot"), state)


def test_what_cannot_be_done_with_folders_is_refused(office: Office) -> None:
    folders: Folders = office.store.folders
    claims = folders.get(office.anna, office.store.ensure_folder(ANNA, ("Claims", "Sub")))
    parent = folders.by_row(claims.parent or 0)
    with pytest.raises(UsageError, match="into itself"):
        folders.move(parent, claims)
    with pytest.raises(UsageError, match="distinguished"):
        folders.delete(office.folder("inbox"))
    with pytest.raises(UsageError, match="already has a folder"):
        folders.create(office.anna, parent, "SUB")
    folders.rename(claims, "SUB")
    folders.move(claims, parent)
    assert folders.by_row(claims.row).name == "SUB"
    with pytest.raises(UsageError, match="search folder"):
        office.deliver(1, office.folder("unreadmail").key)
    with pytest.raises(UsageError, match="no folder 'Claims'"):
        office.store.deliver(ANNA, "Claims", mail(1), received=NOON)


@pytest.mark.parametrize(("language", "inbox"), [("en", "Inbox"), ("de", "Posteingang"), ("fr", "Boîte de réception")])
def test_folders_are_named_in_the_mailboxs_language(office: Office, language: str, inbox: str) -> None:
    office.store.add_mailbox(BEN, "Ben", language=language)
    ben = office.store.mailboxes.get(BEN)
    assert office.store.folders.get(ben, "inbox").name == inbox
    assert office.store.ensure_folder(BEN, (inbox, "X")) == office.store.ensure_folder(BEN, ("inbox", "X"))


def test_a_mailbox_added_again_has_other_ids(office: Office) -> None:
    before = (office.folder("inbox").key, office.page().state)
    office.store.remove_mailbox(ANNA)
    office.store.add_mailbox(ANNA, "Anna")
    assert office.folder("inbox").key != before[0]
    with pytest.raises(EwsError):
        office.page(before[1])


def test_a_removed_mailbox_takes_its_mail_along_but_no_shared_bytes(office: Office) -> None:
    office.store.add_mailbox(BEN, "Ben")
    kept = office.store.deliver(BEN, "inbox", mail(1), received=NOON)
    office.deliver(1)
    office.deliver(2)
    office.store.remove_mailbox(ANNA)
    assert office.store.items.mime(office.store.items.need(kept)) == mail(1)
    row = office.store._db.one("SELECT count(*) AS n FROM contents")
    assert row is not None
    assert row["n"] == 1


def test_commit_time_and_deleted_count_tell_that_a_folder_changed(office: Office) -> None:
    item = office.deliver(1)
    before = office.folder("inbox")
    office.clock.move(60)
    office.store.items.mark_read(item, read=True)
    read = office.folder("inbox")
    assert read.commit_time == before.commit_time + 60
    office.store.items.move(item, office.folder("junkemail"))
    assert office.folder("inbox").deleted_total == before.deleted_total + 1


def test_the_search_folder_finds_unread_mail(office: Office) -> None:
    office.deliver(1)
    office.store.items.mark_read(office.deliver(2), read=True)
    office.deliver(3, "junkemail")
    search = office.folder("unreadmail")
    assert office.store.folders.counts(office.anna)[search.row].total == 1
    (found,) = office.store.items.select(search, "1", (), "row", 0, 10)
    assert found.subject == "Question 1"


def test_the_mime_differs_between_mailboxes_but_is_the_same_mail(office: Office) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "Bea <bea@x.example>", "Grüße", "<one@x.example>"
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    office.store.add_mailbox(BEN, "Ben")
    told = []
    for address in (ANNA, BEN):
        item = office.store.items.need(office.store.deliver(address, "inbox", message.as_bytes(), received=NOON))
        mailbox = office.store.mailboxes.get(address)
        raw = regenerate(office.store.items.mime(item), mailbox, item)
        assert raw == regenerate(office.store.items.mime(item), mailbox, item)
        told.append(raw)
    assert len({message.as_bytes(), *told}) == 3
    first, second = (BytesParser(policy=default).parsebytes(raw) for raw in told)
    assert first.get_boundary() != second.get_boundary()
    for again in (first, second):
        assert (again["Subject"], again["Message-ID"]) == ("Grüße", "<one@x.example>")
        assert again.defects == []
        assert [part.get_content_type() for part in again.walk()] == [
            part.get_content_type() for part in message.walk()
        ]
        assert next(again.iter_attachments()).get_content() == b"%PDF"


def test_an_inner_boundary_that_begins_like_the_outer_one_is_left_alone() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n--cut\r\n'
        b'Content-Type: multipart/alternative; boundary="cut-1"\r\n\r\n--cut-1\r\n\r\nbody\r\n--cut-1--\r\n--cut--\r\n'
    )
    office = MailboxStore()
    office.add_mailbox(ANNA, "Anna")
    item = office.items.need(office.deliver(ANNA, "inbox", raw, received=NOON))
    again = parse_whole(regenerate(raw, office.mailboxes.get(ANNA), item))
    assert [part.get_content_type() for part in again.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain"
    ]  # fmt: skip
    assert again.get_boundary() != "cut"
    office.close()


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", "Grüße"),
        ("Subject: Grüße\r\n\r\n".encode(), "Grüße"),
        ("Subject: Grüße\r\n\r\n".encode("cp1252"), "Grüße"),
        (b"Subject: =?x-nowhere?q?abc?=\r\n\r\n", "=?x-nowhere?q?abc?="),
        (b"Subject: folded\r\n over lines\r\n\r\n", "folded over lines"),
        (b"no header at all", ""),
        (b"", ""),
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes, subject: str) -> None:
    assert properties(raw).subject == subject


def test_a_date_without_zone_is_utc_and_a_senseless_one_is_none() -> None:
    assert properties(b"Date: Mon, 02 Mar 2026 12:00:00 -0000\r\n\r\n").sent == int(NOON.timestamp())
    assert properties(b"Date: 31/31/2026\r\n\r\n").sent is None


def test_attachments_are_told_apart_from_bodies() -> None:
    message = EmailMessage()
    message.set_content("plain")
    message.add_alternative("<img src='cid:i'>", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", cid="<i>", disposition="inline", filename="i.png")
    message.add_attachment("a,b", subtype="csv", filename="t.csv")
    message.add_attachment(EmailMessage())
    found = [(part.get_content_type(), inline) for part, inline in attachment_parts(parse_whole(message.as_bytes()))]
    assert found == [("image/png", True), ("text/csv", False), ("message/rfc822", False)]


def test_times_need_a_zone(office: Office) -> None:
    with pytest.raises(UsageError, match="no zone"):
        office.store.deliver(ANNA, "inbox", mail(1), received=datetime(2026, 1, 1))  # noqa: DTZ001
    office.store.deliver(ANNA, "inbox", mail(1), received=datetime(2026, 1, 1, tzinfo=UTC))


def test_internal_senders_are_known_by_their_legacy_dn(office: Office) -> None:
    office.store.deliver(ANNA, "inbox", mail(1, sender="carl@firm.example"), received=NOON, sender_routing="EX")
    (carl,) = office.store.mailboxes.resolve("carl@firm.example")
    assert carl.legacy_dn.startswith("/O=")
    assert office.store.mailboxes.resolve(carl.legacy_dn.lower()) == [carl]
    assert office.store.mailboxes.resolve("Ann C") == [carl]
    assert office.store.mailboxes.resolve("%") == []


def test_rights_go_from_the_folder_to_the_mailbox_to_all(office: Office) -> None:
    accounts = office.store.accounts
    accounts.set("svc", "secret")
    account = accounts.check("FIRM\\svc", "secret")
    assert account is not None
    assert accounts.check("svc", "Secret") is None
    assert accounts.access(account, ANNA) == "none"
    accounts.set_rights("svc", "*", access="full")
    assert accounts.access(account, ANNA) == "full"
    accounts.set_rights("svc", ANNA, access="none")
    assert (accounts.access(account, ANNA), accounts.access(account, BEN)) == ("none", "full")
    inbox = office.folder("inbox").key
    accounts.set_rights("svc", ANNA, access="visible", folder=inbox)
    assert accounts.access(account, ANNA, inbox) == "visible"
    accounts.set_rights("svc", ANNA, access=None, folder=inbox)
    assert accounts.access(account, ANNA, inbox) == "none"
    assert accounts.may_impersonate(account, ANNA) is False


def test_an_item_is_the_same_one_wherever_it_is_moved_in_its_mailbox(office: Office) -> None:
    """Graph's immutable ids go by this number; EWS's ids change with every move."""
    store, anna = office.store, office.anna
    inbox, sent = (store.folders.get(anna, role) for role in ("inbox", "sentitems"))
    first = store.items.need(store.deliver(anna.address, "inbox", b"Subject: a\r\n\r\nx", received=NOON))
    there = store.items.need(store.items.move(first, sent))
    back = store.items.need(store.items.move(there, inbox))
    assert (first.key != there.key != back.key, {there.born, back.born}) == (True, {first.born})
    assert store.items.born(anna, first.born) == back
    copy = store.items.need(store.items.copy(back, sent))
    assert copy.born != back.born
    store.enable_archive(anna.address)
    archived = store.items.need(store.items.move(back, store.folders.get(anna, "archivemsgfolderroot")))
    assert archived.born != back.born
    assert store.items.born(anna, back.born) is None


def test_a_state_of_before_gets_these_numbers(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with closing(MailboxStore(path)) as store:
        store.add_mailbox("anna@firm.example", "Anna")
        key = store.deliver("anna@firm.example", "inbox", b"Subject: a\r\n\r\nx", received=NOON)
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("DROP INDEX items_born")
        for table in ("items", "removed"):
            old.execute(f"ALTER TABLE {table} DROP COLUMN born")
    with closing(MailboxStore(path)) as store:
        item = store.items.need(key)
        assert item.born == item.created_seq > 0
