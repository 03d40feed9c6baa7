"""A journaling mailbox beside the mailboxes whose mail it holds: one comment a mail, whichever came first."""

from __future__ import annotations

import pytest
from exchange_sync.model.config import BucketConfig, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.identity import comment_id
from exchange_sync.pipeline.erase import erase
from exchange_sync.pipeline.reclean import reclean

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.journal import attached, journal_report, report_text
from tests.support.mail import mail

ID = "<mail-1@client.example>"
REPORT = journal_report(attached(mail(1)), text=report_text(ID))


def comments(world: World) -> list[dict[str, object]]:
    return world.rows(
        """SELECT message_id, sender, conflict, messages -> 0 ->> 'from' AS author, messages -> 0 -> 'bcc' AS blind,
            thread_id, user_properties ->> 'string:Journaled' AS journaled,
            user_properties ->> 'string:Automatic' AS kind,
            user_properties ->> 'string:Has Attachments' AS files, to_char(timestamp, 'HH24:MI') AS at
        FROM comments ORDER BY id"""
    )


def test_the_comment_has_the_mails_id_sender_thread_and_moment(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), REPORT)
    assert world.sync()["created"] == 1
    assert comments(world) == [
        {
            "message_id": ID, "sender": "ann@client.example", "conflict": False, "author": "ann@client.example",
            "blind": ["law@acme.example"], "thread_id": ID, "journaled": "Yes", "kind": "none", "files": "No",
            "at": "12:01",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("order", [(SUPPORT, CLAIMS), (CLAIMS, SUPPORT)], ids=["report first", "mail first"])
def test_a_mail_and_its_reports_are_one_comment_that_says_so(world: World, order: tuple[str, str]) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, REPORT)
    world.exchange.deliver(SUPPORT, inbox, journal_report(attached(mail(1)), text=report_text(ID), number=2))
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    for address in (*order, *order):
        world.sync(address)
    [comment] = comments(world)
    assert (comment["message_id"], comment["journaled"], comment["author"]) == (ID, "Yes", "ann@client.example")
    assert {row["comment_id"] for row in world.rows("SELECT comment_id FROM origins WHERE state = 'loaded'")} == {
        ID.encode().hex()
    }
    world.rows("UPDATE comments SET clean_version = 0 RETURNING 1")
    list(reclean(world.settings, world.db, "acme/mail", world.context.clock))
    assert [one["journaled"] for one in comments(world)] == ["Yes"]


def test_a_report_of_another_mail_under_a_known_id_hides_nothing(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    other = mail(5, message_id=ID, body="Pay to another account.\n")
    world.exchange.deliver(SUPPORT, inbox, journal_report(attached(other), text=report_text(ID)))
    world.sync()
    assert [one["conflict"] for one in comments(world)] == [False, True]


def test_a_moved_report_is_the_same_comment_and_a_second_sync_reads_nothing(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), REPORT)
    world.sync()
    world.exchange.move(SUPPORT, item, world.exchange.add_folder(SUPPORT, ("Done",)))
    assert world.sync()["moved"] == 1
    assert world.folders() == {ID: "Done"}
    world.exchange.calls.clear()
    assert not any(world.sync().values())
    assert world.exchange.count("mimes") == 0


@pytest.mark.parametrize("denied", ["ann@client.example", "law@acme.example", "journal@archive.example"])
def test_whoever_sent_or_got_the_mail_keeps_it_out(world: World, denied: str) -> None:
    mailbox = MailboxConfig(SUPPORT, "acme", "mail", filters=Filters(participant_deny=(denied,)))
    one = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(mailbox,))
    world.configure(one, bucket=BucketConfig("acme", "mail"))
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), REPORT)
    assert world.sync()["skipped: participant filter"] == 1
    assert comments(world) == []


def test_an_erased_mail_does_not_come_back_by_its_report(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    assert erase(world.settings, world.db, "acme/mail", [comment_id(ID)], world.context.clock, "op") == 1
    world.exchange.deliver(SUPPORT, inbox, REPORT)
    world.sync()
    assert comments(world) == []
