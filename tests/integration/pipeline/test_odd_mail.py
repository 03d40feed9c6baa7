"""Odd mail comes through the whole pipeline: none stops a mailbox, none is lost, doubled or let past a filter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from exchange_sync.model.config import Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.email import Address
from exchange_sync.pipeline.housekeeping import tidy

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World

HEAD = "From: Bob <bob@x.example>\r\nTo: anna@firm.example\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
GOOD = b"Message-ID: <good@x.example>\r\nFrom: a@x.example\r\nSubject: good\r\n\r\nfine"


def deliver(world: World, *mimes: bytes | str, address: str = SUPPORT, **more: object) -> list[str]:
    """To the Inbox; MIME that Python's own parser stumbles over is delivered with plain properties."""
    folder = world.exchange.folder(address, "Inbox")
    told = {"sender": Address("Bob", "bob@x.example"), "subject": "s", "sent": None, "received": None, **more}
    return [
        world.exchange.deliver(address, folder, one.encode() if isinstance(one, str) else one, **told) for one in mimes
    ]


def shown(world: World) -> list[tuple[object, ...]]:
    """Of each comment its subject and body."""
    rows = world.rows(
        """SELECT messages -> 0 -> 'subject' ->> 'text' AS subject, messages -> 0 -> 'body' ->> 'text' AS body
        FROM comments ORDER BY 1, 2"""
    )
    return [(row["subject"], row["body"]) for row in rows]


def states(world: World) -> dict[object, object]:
    """How many items are in which state, for which reason."""
    rows = world.rows("SELECT state || coalesce(': ' || reason, '') AS state, count(*) AS n FROM origins GROUP BY 1")
    return {row["state"]: row["n"] for row in rows}


@pytest.mark.parametrize(
    ("mime", "subject", "body"),
    [
        (f"{HEAD}Subject: =?utf-8?B?SW52b2ljZ?=\r\n\r\nHello there.", "Invoic", "Hello there."),
        (f"{HEAD}Subject: s\r\nContent-Type: text/plain; charset=idna\r\n\r\nHello", "s", "Hello"),
        (f"{HEAD}Subject: s\r\nContent-Type: text/plain; charset=punycode\r\n\r\nHello", "s", "Hello"),
        (f"{HEAD}Subject: s\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\nHello", "s", "Hello"),
        (f"{HEAD}Subject: =?utf-16?B?AA?=\r\n\r\nHello", "", "Hello"),
        ("Date: Mon, 99 Nov 99999999999999999999 09:00:00 +9999999\r\nSubject: s\r\n\r\nHello", "s", "Hello"),
        (f"{HEAD}Subject: {'=?utf-8?Q?a?= ' * 5_000}\r\n\r\nHello", None, "Hello"),
    ],
)  # fmt: skip
def test_a_mail_without_message_id_that_cannot_be_read_as_declared_is_a_comment_beside_the_others(
    world: World, mime: str, subject: str | None, body: str
) -> None:
    deliver(world, mime, GOOD)
    world.sync()
    found = shown(world)
    assert len(found) == 2
    assert any(text == body and (subject is None or title.startswith(subject)) for title, text in found)  # type: ignore[union-attr]
    assert states(world) == {"loaded": 2}


def test_a_thousand_nested_parts_and_a_megabyte_of_encoded_words_pass_a_filter(world: World) -> None:
    world.configure(filtered({"domain_deny": ("payroll.example",)}))
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(1_000))
    words = f"{HEAD}Subject: {'=?utf-8?Q?a?=' * 90_000}\r\n\r\nHello"
    deliver(world, f"{HEAD}Message-ID: <n@x>\r\n{nested}\r\nHello", words, GOOD)
    world.sync()
    assert states(world) == {"loaded": 3}


def test_one_refused_mail_is_skipped_and_counted_and_the_others_are_loaded(world: World) -> None:
    world.configure(filtered({"domain_deny": ("payroll.example",)}))
    eve = "Message-ID: <e@x>\r\nFrom: eve@payroll.example <eve@payroll.example>\r\nSubject: s\r\n\r\nsecret words"
    unreadable = "Message-ID: <u@x>\r\nTo: =?utf-8?B?ZXZlQHBheXJvb\r\nSubject: s\r\n\r\nwho knows"
    deliver(world, eve, unreadable, GOOD)
    counts = world.sync()
    assert states(world) == {"loaded": 1, "skipped: participant filter": 1, "skipped: participants unreadable": 1}
    assert (counts["skipped: participant filter"], counts["skipped: participants unreadable"]) == (1, 1)
    assert shown(world) == [("good", "fine")]
    assert not any(world.rows("SELECT 1 FROM comments WHERE mime_sha256 IN (SELECT sha256 FROM blobs) AND id <> %s",
                              b"<good@x.example>".hex()))  # fmt: skip


def test_what_a_filter_refused_is_gone_from_the_blobs_within_a_day_but_not_while_a_batch_is_open(world: World) -> None:
    world.configure(filtered({"domain_deny": ("payroll.example",)}))
    deliver(world, "Message-ID: <e@x>\r\nFrom: eve@payroll.example\r\nSubject: s\r\n\r\nsecret words")
    world.sync()
    now = world.context.clock()
    opened = world.rows("UPDATE batches SET closed_at = NULL RETURNING id, closed_at")
    assert tidy(world.settings, lambda: now + timedelta(hours=23)).blobs == 0
    world.rows("UPDATE batches SET closed_at = %s WHERE id = %s RETURNING id", now, opened[0]["id"])
    assert tidy(world.settings, lambda: now + timedelta(hours=23)).blobs == 1


def test_a_second_copy_of_a_refused_mail_is_refused_too_without_a_download(world: World) -> None:
    world.configure(filtered({"participant_deny": ("eve@bad.example",)}))
    mail = 'Message-ID: <e@x>\r\nFrom: "Doe, Eve" eve@bad.example\r\nSubject: s\r\n\r\nx'
    when = world.context.clock().replace(microsecond=0)
    deliver(world, mail, mail, sent=when)
    world.sync()
    assert states(world) == {"skipped: participant filter": 2}
    assert world.exchange.asked("mimes") == 1


def test_a_mail_whom_another_mailbox_let_in_is_refused_where_its_name_is_denied(world: World) -> None:
    deny = {"participant_deny": ("eve@bad.example",)}
    boxes = (MailboxConfig(SUPPORT, "acme", "mail"), MailboxConfig(CLAIMS, "acme", "mail", filters=filters(deny)))
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes))
    mail = 'Message-ID: <v@x>\r\nFrom: "eve@bad.example via List" <list@lists.example>\r\nSubject: s\r\n\r\nx'
    when = world.context.clock().replace(microsecond=0)
    for address in (SUPPORT, CLAIMS):
        deliver(world, mail, address=address, sent=when)
        world.sync(address)
    assert states(world) == {"loaded": 1, "skipped: participant filter": 1}


def test_a_wider_filter_brings_in_what_could_not_be_read(world: World) -> None:
    world.configure(filtered({"domain_deny": ("payroll.example",)}))
    deliver(world, "Message-ID: <u@x>\r\nTo: eve@\r\nSubject: s\r\n\r\nwho knows")
    world.sync()
    world.configure(filtered({}))
    world.sync()
    assert states(world) == {"loaded": 1}


SCANS = [
    f"Message-ID: <scan@mfp.example>\r\nFrom: mfp@firm.example\r\nTo: anna@firm.example\r\nSubject: {subject}\r\n"
    f"Date: {date}\r\n\r\n{text}"
    for subject, date, text in (
        ("Scan 1", "Mon, 02 Nov 2026 09:00:00 +0000", "Invoice 100"),
        ("Scan 2", "Fri, 13 Nov 2026 10:00:00 +0000", "Contract 200"),
        ("Scan 2", "Fri, 13 Nov 2026 10:00:00 +0000", "Contract 300 over forty crates"),
        ("Scan 1", "Mon, 02 Nov 2026 09:00:00 +0000", "Receipt 900"),
    )
]


def scans(world: World, *which: int, address: str = SUPPORT) -> None:
    """Deliver some of them as the server's own properties say."""
    folder = world.exchange.folder(address, "Inbox")
    for place in which:
        mark = {"text_mark": SCANS[place].rsplit("\r\n", 1)[1]}
        world.exchange.deliver(address, folder, SCANS[place].encode(), **mark)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
@pytest.mark.parametrize("runs", ["one run", "a run each"])
def test_different_mails_under_one_message_id_are_each_a_comment(
    world: World, order: tuple[int, ...], runs: str
) -> None:
    for place in order:
        scans(world, place)
        if runs == "a run each":
            world.sync()
    world.sync()
    texts = sorted(text.rsplit("\r\n", 1)[1] for text in SCANS)
    assert sorted(str(body) for _, body in shown(world)) == texts
    assert states(world) == {"loaded": 4}
    assert world.rows("SELECT count(*) AS n FROM comments WHERE conflict")[0]["n"] == 3
    world.context.watermarks.replace(
        "acme/exchange", SUPPORT, world.context.watermarks.read("acme/exchange", SUPPORT), "{}"
    )
    before, asked = world.fingerprint(), world.exchange.asked("mimes")
    world.sync()
    assert world.fingerprint() == before
    assert world.exchange.asked("mimes") == asked


def test_copies_in_another_mailbox_cost_no_download_whatever_shares_their_message_id(world: World) -> None:
    scans(world, 0, 1, 2, 3)
    world.sync()
    asked = world.exchange.asked("mimes")
    scans(world, 3, 2, 1, 0, address=CLAIMS)
    world.sync(CLAIMS)
    assert world.exchange.asked("mimes") == asked
    assert len(shown(world)) == 4
    assert states(world) == {"loaded": 8}


def test_a_bad_mail_that_shares_a_message_id_is_itself_once_it_can_be_read(world: World) -> None:
    """What it would have been is no proof of what it is."""
    scans(world, 0)
    world.sync()
    scans(world, 1)
    items = world.exchange.boxes[SUPPORT].items
    later = next(item for item in items.values() if b"Scan 2" in item.mime)
    later.mime = b""
    world.sync()
    assert [state for state in states(world) if str(state).startswith("quarantined")]
    later.mime = SCANS[1].encode()
    world.rows("UPDATE origins SET state = 'pending' WHERE state = 'quarantined' RETURNING id")
    world.sync()
    assert sorted(str(body) for _, body in shown(world)) == ["Contract 200", "Invoice 100"]


def filters(named: dict[str, tuple[str, ...]]) -> Filters:
    """A mailbox's filters of correspondents."""
    return Filters(**named)  # type: ignore[arg-type]


def filtered(named: dict[str, tuple[str, ...]]) -> IntegrationConfig:
    """The integration with one mailbox, filtered so."""
    box = MailboxConfig(SUPPORT, "acme", "mail", filters=filters(named))
    return IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(box,))
