"""What every mail source must do, whatever its protocol: the port of source/api.py as tests.

A source runs the suite by a subclass with the fixtures ``source`` (a MailSource) and ``control`` (what users and
administrators do to that Exchange; the simulator's client). One that speaks to an Exchange runs exchange.py's as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from exchange_simulator.client import Control
from exchange_sync.errors import MailboxFault, StateExpired
from exchange_sync.model.email import ChangePage, ItemMime, ItemProblem, ItemProperties, LargeItem
from exchange_sync.source.api import NAMED_FOLDERS, FolderGone, MailSource

BOX = "support@example.org"
OTHER = "claims@example.org"
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def mail(number: int = 1, *, subject: str = "Hello", text: str = "Good morning", files: dict[str, bytes] | None = None,
         sender: str = "Ann Doe <ann@elsewhere.example>") -> bytes:  # fmt: skip
    """The MIME of a mail; its Message-ID holds the number."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, BOX, subject
    made["Date"] = START + timedelta(minutes=number)
    made["Message-ID"] = f"<{number}@test.example>"
    made.set_content(text)
    for name, content in (files or {}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def walk(source: MailSource, key: str, state: str | None = None, limit: int = 512) -> tuple[ChangePage, list[int]]:
    """All pages to the end as one page, and the number of changes on each."""
    present, gone, sizes = [], [], []
    elsewhere: dict[str, str] = {}
    last = False
    while not last:
        page = source.changes(BOX, key, state, limit)
        present += page.present
        gone += page.gone
        elsewhere |= page.elsewhere
        sizes.append(len(page.present) + len(page.gone))
        state, last = page.state, page.last
    return ChangePage(state, True, tuple(present), tuple(gone), elsewhere), sizes


def ids(page: ChangePage) -> set[str]:
    return {item.item_id for item in page.present}


class MailSourceContract:
    """The suite. Subclass it, and name the subclass Test…"""

    @pytest.fixture(autouse=True)
    def mailbox(self, control: Control) -> None:
        """Two mailboxes, empty but for their distinguished folders; the first one speaks German."""
        control.add_mailbox(BOX, "Support", language="de", archive=True)
        control.add_mailbox(OTHER, "Claims")

    @pytest.fixture
    def inbox(self, source: MailSource) -> str:
        """The key of the Inbox."""
        return next(one.key for one in source.folders(BOX) if one.path == ("Posteingang",))

    # the log-in

    def test_a_readable_mailbox_is_probed_in_silence(self, source: MailSource):
        assert source.probe(BOX) is None

    def test_a_mailbox_that_does_not_exist_is_its_own_fault(self, source: MailSource):
        for call in (source.probe, source.folders):
            with pytest.raises(MailboxFault) as caught:
                call("nobody@example.org")
            assert caught.value.reason.kind == "mailbox_not_found"

    def test_closing_twice_is_harmless(self, source: MailSource):
        source.probe(BOX)
        source.close()
        source.close()

    # folders

    def test_folders_at_all_depths_have_their_path_from_the_message_root(self, source: MailSource, control: Control):
        key = control.create_folder(BOX, ("Posteingang", "Schäden", "2026", "Inbox"))
        found = {one.key: one for one in source.folders(BOX)}
        assert found[key].path == ("Posteingang", "Schäden", "2026", "Inbox")
        assert found[key].distinguished is None
        assert found[found[key].parent_key].path == ("Posteingang", "Schäden", "2026")

    def test_a_deleted_folder_is_no_longer_told(self, source: MailSource, control: Control):
        key = control.create_folder(BOX, ("Posteingang", "Weg"))
        control.delete_folder(BOX, key)
        assert key not in {one.key for one in source.folders(BOX)}

    # changes

    def test_everything_is_listed_once_over_pages_and_then_nothing(self, source: MailSource, control: Control, inbox):
        sent = {control.deliver(BOX, mail(number), received=START + timedelta(minutes=number))[BOX]
                for number in range(7)}  # fmt: skip
        page, sizes = walk(source, inbox, limit=3)
        assert ids(page) == sent
        assert sizes == [3, 3, 1]
        again = source.changes(BOX, inbox, page.state)
        assert (again.last, again.present, again.gone) == (True, (), ())

    def test_a_listed_item_carries_its_received_time_and_size(self, source: MailSource, control: Control, inbox):
        control.deliver(BOX, mail(1), received=START)
        (item,) = walk(source, inbox)[0].present
        assert item.received == START
        assert item.size > 100

    def test_what_comes_later_is_told_by_the_next_page_alone(self, source: MailSource, control: Control, inbox):
        control.deliver(BOX, mail(1))
        page, _ = walk(source, inbox)
        new = control.deliver(BOX, mail(2))[BOX]
        assert ids(walk(source, inbox, page.state)[0]) == {new}

    def test_a_move_is_told_by_the_folder_it_left(self, source: MailSource, control: Control, inbox):
        """A source whose items keep their ids tells where it lies now; to others it is new there."""
        there = control.create_folder(BOX, ("Posteingang", "Dort"))
        old = control.deliver(BOX, mail(1))[BOX]
        here_state, there_state = walk(source, inbox)[0].state, walk(source, there)[0].state
        new = control.move(old, there)
        page, _ = walk(source, inbox, here_state)
        if source.capabilities.keeps_ids:
            assert (new, page.gone, page.elsewhere) == (old, (), {old: there})
        else:
            assert new != old
            assert (page.gone, page.elsewhere) == ((old,), {})
            assert ids(walk(source, there, there_state)[0]) == {new}

    def test_there_and_back_between_two_polls_loses_nothing(self, source: MailSource, control: Control, inbox):
        there = control.create_folder(BOX, ("Posteingang", "Dort"))
        old = control.deliver(BOX, mail(1))[BOX]
        state = walk(source, inbox)[0].state
        new = control.move(control.move(old, there), inbox)
        page, _ = walk(source, inbox, state)
        if source.capabilities.keeps_ids:
            assert (page.gone, page.elsewhere) == ((), {})
        else:
            assert (ids(page), page.gone) == ({new}, (old,))

    def test_an_edit_and_a_deletion_are_told(self, source: MailSource, control: Control, inbox):
        first, second = (control.deliver(BOX, mail(number))[BOX] for number in (1, 2))
        state = walk(source, inbox)[0].state
        control.edit(first, subject="Changed")
        control.delete(second)
        page, _ = walk(source, inbox, state)
        assert ids(page) == {first}
        assert page.gone == (second,)

    def test_nonsense_as_state_is_an_expired_state(self, source: MailSource, inbox):
        with pytest.raises(StateExpired):
            source.changes(BOX, inbox, "bm9uc2Vuc2U=")

    def test_a_deleted_folder_is_gone(self, source: MailSource, control: Control):
        key = control.create_folder(BOX, ("Posteingang", "Weg"))
        state = walk(source, key)[0].state
        control.delete_folder(BOX, key)
        with pytest.raises(FolderGone):
            source.changes(BOX, key, state)

    # items

    def test_properties_say_what_the_mail_says(self, source: MailSource, control: Control):
        item = control.deliver(BOX, mail(1, subject="Schöne Grüße", files={"a.pdf": b"1"}), received=START)[BOX]
        (found,) = source.properties(BOX, [item])
        assert isinstance(found, ItemProperties)
        assert found.message_id == "<1@test.example>"
        assert found.subject == "Schöne Grüße"
        assert (found.sender.name, found.sender.address) == ("Ann Doe", "ann@elsewhere.example")
        assert found.received == START
        assert found.sent == START + timedelta(minutes=1)
        assert found.item_class in ("", "IPM.Note")
        assert found.is_draft is False

    def test_exactly_one_answer_per_id_over_several_batches(self, source: MailSource, control: Control):
        sent = [control.deliver(BOX, mail(number))[BOX] for number in range(60)]
        lost = sent[7]
        control.delete(lost)
        properties, mimes = source.properties(BOX, sent), list(source.mimes(BOX, sent, dict.fromkeys(sent, 2_000_000)))
        for found, kind in ((properties, ItemProperties), (mimes, ItemMime)):
            assert sorted(one.item_id for one in found) == sorted(sent)
            problems = [one for one in found if isinstance(one, ItemProblem)]
            assert [(one.item_id, one.gone) for one in problems] == [(lost, True)]
            assert sum(isinstance(one, kind) for one in found) == 59

    def test_an_id_that_never_was_is_a_problem_of_its_own(self, source: MailSource, control: Control):
        item = control.deliver(BOX, mail(1))[BOX]
        found = {one.item_id: one for one in source.properties(BOX, [item, "bm8="])}
        assert isinstance(found[item], ItemProperties)
        assert isinstance(found["bm8="], ItemProblem)

    def test_the_mime_is_the_mail(self, source: MailSource, control: Control):
        item = control.deliver(BOX, mail(1, text="Grüße ✓", files={"a.bin": bytes(range(256))}))[BOX]
        (found,) = source.mimes(BOX, [item])
        parsed = BytesParser(policy=default).parsebytes(found.mime)
        assert parsed["Message-ID"] == "<1@test.example>"
        assert parsed.get_body().get_content().strip() == "Grüße ✓"
        assert next(parsed.iter_attachments()).get_payload(decode=True) == bytes(range(256))

    def test_a_large_mail_comes_as_headers_and_body_and_its_attachments_apart(self, source, control: Control):
        content = bytes(range(256)) * 4096  # 1 MiB
        item = control.deliver(BOX, mail(1, subject="Groß", files={"groß.bin": content, "leer.txt": b""}))[BOX]
        found = source.large(BOX, item)
        assert isinstance(found, LargeItem)
        parsed = BytesParser(policy=default).parsebytes(found.mime)
        assert (parsed["Subject"], parsed["Message-ID"]) == ("Groß", "<1@test.example>")
        assert parsed["From"].addresses[0].addr_spec == "ann@elsewhere.example"
        assert parsed.get_content().strip() == "Good morning"
        assert len(found.mime) < 100_000
        by_name = {one.name: one for one in found.attachments}
        chunks = list(source.attachment(BOX, by_name["groß.bin"].key))
        assert b"".join(chunks) == content
        assert max(len(chunk) for chunk in chunks) <= 256 * 1024
        assert b"".join(source.attachment(BOX, by_name["leer.txt"].key)) == b""

    def test_a_large_item_that_is_not_there_is_gone(self, source: MailSource, control: Control):
        item = control.deliver(BOX, mail(1))[BOX]
        control.delete(item)
        found = source.large(BOX, item)
        assert isinstance(found, ItemProblem)
        assert found.gone

    # find

    def test_counts_are_of_what_a_listing_names(self, source: MailSource, control: Control, inbox):
        for number in range(3):
            control.deliver(BOX, mail(number))
        folders = source.folders(BOX)
        assert source.counts(BOX, folders) == {one.key: len(ids(walk(source, one.key)[0])) for one in folders}
        assert source.counts(BOX, folders)[inbox] == 3

    def test_a_window_is_half_open_and_its_items_come_oldest_first(self, source: MailSource, control: Control, inbox):
        sent = [control.deliver(BOX, mail(n), received=START + timedelta(minutes=n))[BOX] for n in range(6)]
        found = list(source.find(BOX, inbox, START + timedelta(minutes=1), START + timedelta(minutes=4)))
        assert [one.item_id for one in found] == sent[1:4]
        assert [one.received for one in found] == [START + timedelta(minutes=n) for n in (1, 2, 3)]

    def test_an_open_window_finds_all_and_a_crowded_second_loses_none(self, source, control: Control, inbox):
        offsets = [0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 3]
        sent = [control.deliver(BOX, mail(place), received=START + timedelta(seconds=offset))[BOX]
                for place, offset in enumerate(offsets)]  # fmt: skip
        found = [one.item_id for one in source.find(BOX, inbox, None, None)]
        assert sorted(found) == sorted(sent)

    # asking for one email

    def test_an_email_is_found_by_its_message_id_in_whichever_folder_it_lies(
        self, source: MailSource, control: Control
    ):
        deep = control.create_folder(BOX, ("Posteingang", "Claims", "2026"))
        first = control.deliver(BOX, mail(1))[BOX]
        second = control.deliver(BOX, mail(1), folder=deep)[BOX]
        control.deliver(BOX, mail(2))
        control.deliver(OTHER, mail(1))
        keys = [folder.key for folder in source.folders(BOX)][:NAMED_FOLDERS]

        found, unreadable = source.named(BOX, ["<1@test.example>"], keys)

        assert {(one.folder_key == deep, one.item_id) for one in found} == {(False, first), (True, second)}
        assert all(one.size > 0 and one.received for one in found)
        assert unreadable == []
        assert source.named(BOX, ["<9@test.example>"], keys) == ([], [])

    def test_a_message_id_may_be_asked_for_in_several_forms_and_with_odd_letters(
        self, source: MailSource, control: Control, inbox: str
    ):
        odd = b"From: a@b.example\r\nMessage-ID: <a&b'\"<%_*>@test.example>\r\n\r\nHi"
        control.deliver(BOX, odd)
        control.deliver(BOX, mail(3))
        found, _ = source.named(BOX, ["3@test.example", "<3@test.example>"], [inbox])
        assert len(found) == 1
        for never in ("<%@test.example>", "<_@test.example>", "<*>", "%", "<a&b'\"<%_>@test.example>"):
            assert source.named(BOX, [never], [inbox]) == ([], [])

    def test_a_folder_that_is_gone_is_named_and_hides_no_other(self, source: MailSource, control: Control, inbox: str):
        gone = control.create_folder(BOX, ("Posteingang", "Old"))
        control.delete_folder(BOX, gone)
        control.deliver(BOX, mail(4))
        found, unreadable = source.named(BOX, ["<4@test.example>"], [gone, inbox])
        assert [one.folder_key for one in found] == [inbox]
        assert unreadable == [gone]

    def test_asking_for_an_email_in_a_mailbox_that_does_not_exist_is_its_own_fault(
        self, source: MailSource, inbox: str
    ):
        with pytest.raises(MailboxFault):
            source.named("nobody@example.org", ["<1@test.example>"], [inbox])
