"""Filters, attachments, the quarantine, erasing, and the pages by which a person sees that all is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from exchange_sync.errors import ItemFault, MailboxFault, Retriable
from exchange_sync.model.config import BucketConfig, Filters
from exchange_sync.model.email import ItemProblem
from exchange_sync.model.identity import comment_id
from exchange_sync.pipeline.erase import erase, past_retention
from exchange_sync.pipeline.explain import explain
from exchange_sync.pipeline.plan import plan
from exchange_sync.pipeline.verify import verify
from exchange_sync.store import attention

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT, World
from tests.support.mail import NOON, mail
from tests.support.memory_exchange import MemorySource


def configure(world: World, **changes: object) -> None:
    first = replace(BOTH.mailboxes[0], **changes)  # type: ignore[arg-type]
    world.configure(replace(BOTH, mailboxes=(first, BOTH.mailboxes[1])))


def with_files(number: int) -> bytes:
    message = message_from_bytes(mail(number), policy=policy.default)
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="policy.pdf")  # type: ignore[attr-defined]
    message.add_attachment(b"PNG", maintype="image", subtype="png", filename="logo.png", disposition="inline")  # type: ignore[attr-defined]
    return message.as_bytes()


def test_a_denied_folder_is_left_out_with_its_subfolders_and_comes_back_by_itself(world: World) -> None:
    news = world.exchange.add_folder(SUPPORT, ("Inbox", "News"))
    deep = world.exchange.add_folder(SUPPORT, ("Inbox", "News", "Old"))
    for place, folder in enumerate((world.exchange.folder(SUPPORT, "Inbox"), news, deep)):
        world.exchange.deliver(SUPPORT, folder, mail(place))
    configure(world, filters=Filters(folder_deny=(("inbox", "news"),)))
    world.sync()
    assert set(world.folders().values()) == {"Inbox"}

    configure(world, filters=Filters(folder_allow=(("Inbox", "News"),)))
    world.sync()
    assert set(world.folders().values()) == {"Inbox", "Inbox/News", "Inbox/News/Old"}  # narrowing deletes nothing


def test_participants_are_let_in_by_address_and_domain_and_a_wider_filter_fetches_the_gap(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for place, sender in enumerate(("ann@client.example", "bob@mail.client.example", "eve@spam.example")):
        world.exchange.deliver(SUPPORT, inbox, mail(place, sender=sender))
    configure(world, filters=Filters(domain_allow=("client.example",), participant_deny=("ann@client.example",)))
    world.sync()
    assert list(world.folders()) == ["<mail-1@client.example>"]
    assert world.rows("SELECT count(*) AS n FROM origins WHERE reason = 'participant filter'") == [{"n": 2}]

    configure(world, filters=Filters())
    world.sync()
    assert len(world.folders()) == 3


def test_a_comment_of_another_mailbox_must_pass_this_mailboxs_filter_to_show_it(world: World) -> None:
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    world.sync(CLAIMS)
    before = world.fingerprint()
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    configure(world, filters=Filters(participant_deny=("ann@client.example",)))
    world.sync()
    assert world.fingerprint() == before


@pytest.mark.parametrize(
    ("mode", "kept"), [("none", []), ("not_inline", ["policy.pdf"]), ("all", ["policy.pdf", "logo.png"])]
)
def test_attachments_are_kept_as_the_mode_says_and_always_shown(world: World, mode: str, kept: list[str]) -> None:
    configure(world, attachments=mode)
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), with_files(1))

    world.sync()

    shown: list[dict[str, str]] = world.fingerprint()[0]["attachments"]  # type: ignore[assignment]
    assert [item["name"] for item in shown] == ["policy.pdf", "logo.png"]
    assert [item["name"] for item in shown if "attachment_reference" in item] == kept
    for row in world.rows("SELECT * FROM attachments"):
        place = int(str(row["position"]))
        assert row["reference"] == shown[place]["attachment_reference"]
        assert world.context.blobs.get(str(row["sha256"])) == (b"%PDF-1", b"PNG")[place]


def test_attachments_switched_on_later_are_fetched_for_the_past_when_asked(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in (1, 2):
        world.exchange.deliver(SUPPORT, inbox, with_files(number))
    world.sync()
    before = world.fingerprint()
    configure(world, attachments="all")
    world.sync()
    assert world.fingerprint() == before

    mailbox_id = int(str(world.context.mailbox(SUPPORT)["id"]))
    assert attention.want_attachments(world.db, mailbox_id, NOON + timedelta(minutes=2)) == 1
    world.sync()

    first, second = world.fingerprint()
    assert first == before[0]
    assert {**second, "attachments": 0, "updated_at": 0} == {**before[1], "attachments": 0, "updated_at": 0}
    assert all("attachment_reference" in item for item in second["attachments"])  # type: ignore[attr-defined]
    configure(world, attachments="none")
    world.sync()
    assert world.fingerprint() == [first, second]


def test_one_bad_email_goes_to_the_quarantine_and_a_retry_brings_it_back(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    items = [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in range(5)]

    class Spoilt(MemorySource):
        def mimes(self, mailbox, item_ids, sizes=None):
            for answer in super().mimes(mailbox, item_ids):
                yield ItemProblem(answer.item_id, False, "ErrorCorruptData") if answer.item_id == items[2] else answer

    world.context.source_factory = lambda name: Spoilt(world.exchange)
    counts = world.sync()
    assert (counts["created"], counts["quarantined"]) == (4, 1)
    world.sync()
    [bad] = attention.quarantined(world.db, world.context.row["id"])
    assert (bad["stage"], bad["code"], bad["attempts"]) == ("fetch", "ErrorCorruptData", 1)
    now = world.context.clock()
    assert attention.retry(world.db, world.context.row["id"], due_at=now) == 0
    assert attention.retry(world.db, world.context.row["id"], due_at=now + timedelta(hours=2)) == 1
    world.sync()
    assert attention.quarantined(world.db, world.context.row["id"])[0]["attempts"] == 2

    world.context.source_factory = lambda name: MemorySource(world.exchange)
    assert attention.retry(world.db, world.context.row["id"]) == 1
    assert world.sync()["created"] == 1
    assert world.rows("SELECT count(*) AS n FROM quarantine") == [{"n": 0}]


def test_more_than_a_fifth_bad_stops_the_mailbox_loudly(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(30):
        world.exchange.deliver(SUPPORT, inbox, mail(number))

    class Broken(MemorySource):
        def mimes(self, mailbox, item_ids, sizes=None):
            for answer in super().mimes(mailbox, item_ids):
                yield ItemProblem(answer.item_id, False, "ErrorMimeContentConversionFailed")

    world.context.source_factory = lambda name: Broken(world.exchange)
    with pytest.raises(MailboxFault, match="30 of 30 emails could not be read"):
        world.sync()
    assert world.context.mailbox(SUPPORT)["consecutive_failures"] == 1


def test_an_attachment_that_cannot_be_read_costs_itself_only(world: World) -> None:
    from exchange_sync.model.email import LargeItem, SourceAttachment

    class Large(MemorySource):
        def large(self, mailbox, item_id):
            files = (SourceAttachment("good", "a.bin", "x/y", 3), SourceAttachment("bad", "b.bin", "x/y", 3))
            return LargeItem(item_id, self.exchange.boxes[mailbox].items[item_id].mime, files)

        def attachment(self, mailbox, key):
            if key == "bad":
                raise ItemFault("gone", code="ErrorAttachmentNotFound")
            yield b"ab"
            yield b"c"

    configure(world, attachments="all")
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1), size=50_000_000)
    world.context.source_factory = lambda name: Large(world.exchange)

    assert world.sync()["created"] == 1

    shown: list[dict[str, str]] = world.fingerprint()[0]["attachments"]  # type: ignore[assignment]
    assert ["attachment_reference" in item for item in shown] == [True, False]
    assert world.rows("SELECT name, size FROM attachments") == [{"name": "a.bin", "size": 3}]


def test_a_short_wait_is_waited_in_the_run_and_a_long_one_is_a_row(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    slept: list[float] = []
    world.context.sleep = slept.append
    waits = iter([5.0, 5.0])

    def busy(operation: str, ids: object) -> None:
        wait = next(waits, None) if operation == "properties" else None
        if wait:
            raise Retriable("busy", wait, code="ErrorServerBusy")

    world.exchange.fault = busy
    assert world.sync()["created"] == 1
    assert slept == [5.0, 5.0]
    assert world.context.mailbox(SUPPORT)["not_before"] is None


def test_erased_mail_is_gone_with_its_bytes_and_never_comes_back(world: World) -> None:
    configure(world, attachments="all")
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    item = world.exchange.deliver(SUPPORT, inbox, with_files(1))
    world.exchange.deliver(SUPPORT, inbox, with_files(2))
    world.sync()
    [gone, kept] = world.fingerprint()
    name = comment_id("<mail-1@client.example>")

    assert erase(world.settings, world.db, "acme/mail", [name], world.context.clock, "test") == 1

    assert world.fingerprint() == [kept]
    assert not world.context.blobs.exists(str(gone["mime_sha256"]))
    assert len(world.rows("SELECT 1 FROM attachments")) == 2
    for row in world.rows("SELECT sha256 FROM attachments"):  # shared with the other email: they stay
        assert world.context.blobs.exists(str(row["sha256"]))
    world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), with_files(1))
    world.rows("UPDATE mailboxes SET watermark = NULL RETURNING 1")
    for address in (SUPPORT, CLAIMS):
        world.sync(address)
    assert [row["id"] for row in world.fingerprint()] == [kept["id"]]
    assert world.rows("SELECT emails FROM buckets") == [{"emails": 1}]
    assert "erased" in " ".join(explain(world.db, "mail-1@client.example"))


def test_what_a_bucket_keeps_no_longer_goes_and_stays_away(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(3):
        world.exchange.deliver(SUPPORT, inbox, mail(number, sent=NOON + timedelta(days=number)))
    world.sync()
    world.configure(BOTH, bucket=BucketConfig("acme", "mail", retention_days=1))
    world.context.clock = lambda: NOON + timedelta(days=2, hours=1)

    assert past_retention(world.settings, world.db, world.context.clock) == 1 + 1
    world.rows("UPDATE mailboxes SET watermark = NULL RETURNING 1")
    world.sync()

    assert list(world.folders()) == ["<mail-2@client.example>"]
    assert world.rows("SELECT count(*) AS n FROM origins WHERE reason = 'past retention'") == [{"n": 2}]


def test_verify_says_right_and_wrong_per_folder(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    item = world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    world.sync(CLAIMS)
    assert all(check.right for check in verify(world.context))
    world.exchange.delete(SUPPORT, item)
    wrong = [check for check in verify(world.context) if not check.right]
    assert [(check.mailbox, check.folder, check.server, check.loaded) for check in wrong] == [(SUPPORT, "Inbox", 0, 1)]


def test_explain_tells_every_place_and_move_of_an_email(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))
    world.sync()

    told = explain(world.db, "<mail-1@client.example>")

    assert len(told) == 3
    assert "shows mailbox support@acme.example, folder Sent Items" in told[0]
    assert "Inbox: listed" in told[1]
    assert "gone from there" in told[1]
    assert "Sent Items: listed" in told[2]
    assert "gone" not in told[2]
    assert explain(world.db, "<nobody@x>")[0].startswith("Nothing is recorded")


def test_explain_tells_why_an_email_was_skipped(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1), is_draft=True)
    world.sync()
    assert "skipped: draft" in explain(world.db, "<mail-1@client.example>")[0]


def test_plan_counts_without_touching_anything(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(4):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    [claims, support] = plan(world.context)
    assert (support.mailbox, support.folders, support.emails, support.left_out) == (SUPPORT, 2, 4, {"drafts": 1})
    assert support.bytes == pytest.approx(4 * len(mail(1)), rel=0.05)
    assert claims.emails == 0
    assert world.rows("SELECT count(*) AS n FROM folders") == [{"n": 0}]


def test_a_bucket_that_keeps_no_mime_refers_to_none_and_housekeeping_removes_it(world: World) -> None:
    from exchange_sync.pipeline.housekeeping import BLOB_AGE, tidy

    world.configure(BOTH, bucket=BucketConfig("acme", "mail", keep_mime=False))
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    assert world.rows("SELECT mime_sha256 FROM comments") == [{"mime_sha256": None}]
    [blob] = world.rows("SELECT sha256 FROM blobs")
    assert tidy(world.settings, world.context.clock).blobs == 0  # a load may still be on its way to refer to it
    assert tidy(world.settings, lambda: world.context.clock() + BLOB_AGE * 2).blobs == 1
    assert not world.context.blobs.exists(str(blob["sha256"]))
