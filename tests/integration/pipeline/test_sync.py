"""What a sync makes of a mailbox: one comment per email, whatever happens to the email."""

from __future__ import annotations

from datetime import timedelta

from exchange_sync.model.identity import comment_id

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import NOON, mail


def test_each_email_becomes_one_comment_whose_id_is_its_message_id(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(3):
        world.exchange.deliver(SUPPORT, inbox, mail(number))

    counts = world.sync()

    assert counts["created"] == 3
    rows = world.rows("SELECT id, message_id, sequence FROM comments ORDER BY sequence")
    assert [bytes.fromhex(str(row["id"])).decode() for row in rows] == [row["message_id"] for row in rows]
    assert {row["message_id"] for row in rows} == {f"<mail-{n}@client.example>" for n in range(3)}
    assert [row["sequence"] for row in rows] == [1, 2, 3]


def test_a_second_sync_creates_changes_and_downloads_nothing(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    before = world.fingerprint()
    world.exchange.calls.clear()

    counts = world.sync()

    assert not any(counts.values())
    assert world.fingerprint() == before
    assert world.exchange.count("mimes") == world.exchange.count("properties") == world.exchange.count("changes") == 0


def test_a_move_updates_the_folder_and_downloads_nothing(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    before = world.fingerprint()[0]
    done = world.exchange.add_folder(SUPPORT, ("Inbox", "Done"))
    world.exchange.move(SUPPORT, item, done)
    world.exchange.calls.clear()

    counts = world.sync()

    after = world.fingerprint()[0]
    assert counts["moved"] == 1
    assert counts.get("created", 0) == 0
    assert world.exchange.count("mimes") == 0
    assert after["user_properties"] == {**before["user_properties"], "string:Folder": "Inbox/Done"}  # type: ignore[dict-item]
    assert (after["messages"], after["sequence"]) == (before["messages"], before["sequence"])
    assert after["updated_at"] > before["updated_at"]  # type: ignore[operator]


def test_there_and_back_between_two_syncs_changes_nothing_a_reader_sees(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    done = world.exchange.add_folder(SUPPORT, ("Done",))
    item = world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    before = world.fingerprint()[0]
    world.exchange.move(SUPPORT, world.exchange.move(SUPPORT, item, done), inbox)

    world.sync()

    after = world.fingerprint()[0]
    changing = {"observed", "origin_id"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


def test_a_renamed_folder_renames_its_comments_without_a_download(world: World) -> None:
    old = world.exchange.add_folder(SUPPORT, ("Claims 2025",))
    for number in range(5):
        world.exchange.deliver(SUPPORT, old, mail(number))
    world.sync()
    world.exchange.rename_folder(SUPPORT, old, ("Archive", "Claims"))
    world.exchange.calls.clear()

    counts = world.sync()

    assert set(world.folders().values()) == {"Archive/Claims"}
    assert world.exchange.count("mimes") == world.exchange.count("properties") == 0
    assert counts.get("created", 0) == 0
    totals = world.rows("SELECT totals FROM mailboxes WHERE address = %s", SUPPORT)[0]["totals"]
    assert totals["moved"] == 5  # type: ignore[index]


def test_the_same_email_in_two_mailboxes_is_one_comment_of_the_last_synced(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    world.sync(SUPPORT)
    world.exchange.calls.clear()

    counts = world.sync(CLAIMS)

    assert (counts["copied"], counts.get("moved", 0)) == (1, 0)
    [comment] = world.fingerprint()
    assert comment["user_properties"]["string:Mailbox"] == CLAIMS  # type: ignore[index]
    assert world.exchange.count("mimes") == 0
    for _ in range(3):
        world.sync(SUPPORT)
        world.sync(CLAIMS)
    assert world.fingerprint() == [comment]


def test_a_copy_in_another_folder_of_the_first_sync_is_downloaded_once(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.exchange.copy(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))

    counts = world.sync()

    assert (counts["created"], counts["downloaded"]) == (1, 1)
    assert len(world.rows("SELECT 1 FROM origins WHERE state = 'loaded'")) == 2


def test_a_later_edit_of_the_subject_is_ignored(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    before = world.fingerprint()
    world.exchange.edit(SUPPORT, item, subject="Edited")

    world.sync()

    assert world.fingerprint() == before


def test_a_draft_is_skipped_and_counted_and_loaded_once_sent(world: World) -> None:
    box = world.exchange.add_folder(SUPPORT, ("Project",))
    item = world.exchange.deliver(SUPPORT, box, mail(1), is_draft=True)
    world.sync()
    assert world.rows("SELECT state, reason FROM origins") == [{"state": "skipped", "reason": "draft"}]

    world.exchange.edit(SUPPORT, item, is_draft=False)
    world.sync()

    assert len(world.fingerprint()) == 1


def test_what_is_not_mail_is_skipped_and_counted_by_reason(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1), item_class="IPM.Appointment")
    world.exchange.deliver(SUPPORT, inbox, mail(2), item_class="IPM.Schedule.Meeting.Request")

    counts = world.sync()

    assert (counts["skipped: not mail"], counts["created"]) == (1, 1)


def test_a_deleted_email_keeps_its_comment_and_the_deletion_is_recorded(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    copy = world.exchange.copy(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))
    world.sync()
    world.exchange.delete(SUPPORT, item)
    world.sync()
    assert world.deleted() == []  # another copy is still there
    assert set(world.folders().values()) == {"Sent Items"}  # and shown
    before = world.fingerprint()

    world.exchange.delete(SUPPORT, copy)
    world.sync()

    assert world.fingerprint() == before
    assert world.deleted() == ["<mail-1@client.example>"]
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    world.sync(CLAIMS)
    assert world.deleted() == []


def test_mail_before_the_start_time_is_skipped_and_an_earlier_start_fetches_it(world: World) -> None:
    from dataclasses import replace

    from tests.integration.pipeline.conftest import BOTH

    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(4):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    from_two = replace(BOTH.mailboxes[0], start_time=NOON + timedelta(minutes=2))
    world.configure(replace(BOTH, mailboxes=(from_two, BOTH.mailboxes[1])))

    assert world.sync()["created"] == 2  # the start time itself counts
    assert world.rows("SELECT reason FROM origins WHERE state = 'skipped'") == [{"reason": "before start"}] * 2

    world.configure(
        replace(BOTH, mailboxes=(replace(from_two, start_time=NOON + timedelta(minutes=1)), *BOTH.mailboxes[1:]))
    )
    assert world.sync()["created"] == 1
    world.configure(BOTH)
    assert world.sync()["created"] == 1
    assert len(world.fingerprint()) == 4


def test_a_reply_joins_the_thread_of_what_it_answers(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.exchange.deliver(SUPPORT, inbox, mail(2, reply_to="<mail-1@client.example>"))
    world.sync()
    assert len(world.rows("SELECT DISTINCT thread_id FROM comments")) == 1


def test_a_parent_that_comes_late_is_joined_by_the_answers_that_came_before_it(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(3, reply_to="<mail-2@client.example>"))
    world.sync()
    world.exchange.deliver(SUPPORT, inbox, mail(2, reply_to="<mail-1@client.example>"))
    world.sync()
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.exchange.deliver(SUPPORT, inbox, mail(9))
    world.sync()
    rows = world.rows("SELECT thread_id, count(*) AS n FROM comments GROUP BY 1 ORDER BY 2")
    assert [row["n"] for row in rows] == [1, 3]


def test_two_emails_of_one_message_id_that_share_nothing_are_two_comments(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1, message_id="<same@x>"))
    world.sync()
    first = world.fingerprint()
    world.exchange.deliver(SUPPORT, inbox, mail(2, message_id="<same@x>", sender="eve@evil.example"))

    counts = world.sync()

    assert (counts["created"], counts["conflicts"]) == (1, 1)
    ids = sorted(str(row["id"]) for row in world.fingerprint())
    assert ids[0] == comment_id("<same@x>")
    assert len(ids[1]) == len(ids[0]) + 17
    assert first[0] in world.fingerprint()
    world.rows("UPDATE mailboxes SET watermark = NULL RETURNING 1")  # list everything again: nothing new
    assert world.sync().get("created", 0) == 0


def test_an_email_without_message_id_gets_the_same_substitute_in_every_mailbox(world: World) -> None:
    for address in (SUPPORT, CLAIMS):
        world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mail(1, message_id=None))
        world.sync(address)
    [comment] = world.fingerprint()
    assert str(comment["message_id"]).endswith("@no-message-id>")


def test_listed_equals_loaded_skipped_quarantined_and_pending_per_folder(world: World) -> None:
    from exchange_sync.store import status

    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(6):
        world.exchange.deliver(SUPPORT, inbox, mail(number), is_draft=number == 5)
    world.sync()
    mailbox_id = world.rows("SELECT id FROM mailboxes WHERE address = %s", SUPPORT)[0]["id"]
    for folder in status.folders(world.db, int(str(mailbox_id))):
        parts = folder["loaded"] + folder["skipped"] + folder["quarantined"] + folder["pending"]
        assert folder["listed"] == folder["total"] == parts
