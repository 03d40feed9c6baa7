"""Why is this mail (not) here? Everything recorded of it, as far as the visitor may see it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from exchange_sync.model.config import Filters
from exchange_sync.model.identity import comment_id
from selectolax.lexbor import LexborHTMLParser

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT
from tests.support.mail import mail
from tests.web.pages.conftest import Pages
from tests.web.pages.test_comments import deliver, tree

NAME = "<mail-1@client.example>"


def ask(pages: Pages, asked: str) -> LexborHTMLParser:
    return tree(pages.viewer.get("/why", params={"id": asked}))


def findings(found: LexborHTMLParser) -> list[str]:
    return [node.text() for node in found.css(".findings li")]


@pytest.mark.parametrize(
    "asked",
    [NAME, "mail-1@client.example", f"  Message-ID: {NAME} ", comment_id(NAME), comment_id(NAME).upper()],
)
def test_a_mail_is_found_however_its_id_is_written(pages: Pages, asked: str) -> None:
    deliver(pages, mail(1))
    found = ask(pages, asked)
    [comment, origin] = findings(found)
    assert "Comment in bucket acme/mail" in comment
    assert "support@acme.example: Inbox" in origin
    assert "loaded" in origin
    assert found.css_first(".findings a").attributes["href"] == f"/comments/acme/mail/{comment_id(NAME)}"


def test_copies_and_moves_are_places_of_their_own(pages: Pages) -> None:
    deliver(pages, mail(1))
    deliver(pages, mail(1), address=CLAIMS)
    pages.world.rows("UPDATE origins SET gone_at = now() WHERE id = (SELECT min(id) FROM origins) RETURNING 1")
    found = "\n".join(findings(ask(pages, NAME)))
    assert "claims@acme.example: Inbox" in found
    assert "moved or deleted" in found


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("before start", "older than the start time"), ("draft", "It is a draft"), ("not mail", "It is no mail"),
        ("participant filter", "filter of correspondents"), ("past retention", "keeps comments"),
        ("erased", "erased here on purpose"), ("another reason", "skipped: another reason"),
    ],
)  # fmt: skip
def test_a_skip_is_told_in_words(pages: Pages, reason: str, words: str) -> None:
    deliver(pages, mail(1))
    with pages.world.db.transaction() as cursor:
        cursor.execute("UPDATE origins SET state = 'skipped', reason = %s", (reason,))
    assert any(words in one for one in findings(ask(pages, NAME)))


def test_a_participant_filter_that_left_a_mail_out_is_named_on_the_page(pages: Pages) -> None:
    boxes = (replace(BOTH.mailboxes[0], filters=Filters(domain_deny=("client.example",))), BOTH.mailboxes[1])
    pages.world.configure(replace(BOTH, mailboxes=boxes))
    deliver(pages, mail(1))
    [only] = findings(ask(pages, NAME))
    assert "filter of correspondents" in only


def test_quarantine_and_erasure_are_told(pages: Pages) -> None:
    deliver(pages, mail(1))
    with pages.world.db.transaction() as cursor:
        cursor.execute("UPDATE origins SET state = 'quarantined', reason = 'cleaner_failed' RETURNING id")
        cursor.execute(
            """INSERT INTO quarantine (origin_id, stage, code, first_at, last_at)
            SELECT id, 'clean', 'cleaner_failed', now(), now() FROM origins"""
        )
        cursor.execute("INSERT INTO tombstones SELECT bucket_id, id, now() FROM comments")
        cursor.execute("DELETE FROM comments")
    found = "\n".join(findings(ask(pages, NAME)))
    assert "lies in quarantine" in found
    assert "stage clean said cleaner_failed" in found
    assert "Erased from bucket acme/mail" in found


def test_a_mail_that_nobody_has_seen_comes_with_what_to_check(pages: Pages) -> None:
    boxes = (replace(BOTH.mailboxes[0], start_time=datetime(2026, 1, 1, tzinfo=UTC)), BOTH.mailboxes[1])
    pages.world.configure(replace(BOTH, mailboxes=boxes))
    deliver(pages, mail(1))
    found = ask(pages, "<other@client.example>")

    rows = {node.css_first("th").text(): node.text() for node in found.css("tbody tr")}
    assert "2026-01-01 00:00" in rows[SUPPORT]
    assert "up to date" in rows[SUPPORT]
    assert "not yet" in rows[CLAIMS]
    assert "catching up" in rows[CLAIMS]


def test_what_one_may_not_see_is_told_as_never_seen(pages: Pages) -> None:
    deliver(pages, mail(1))
    answer = pages.stranger.get("/why", params={"id": NAME})
    never = pages.stranger.get("/why", params={"id": "<mail-2@client.example>"})
    assert "acme" not in answer.text
    told, instead = (re.sub(r'nonce="[^"]+"', "", one.text) for one in (answer, never))
    assert told == instead.replace("mail-2@", "mail-1@").replace("mail-2%40", "mail-1%40")


def test_places_of_another_owners_integration_are_not_shown(pages: Pages) -> None:
    deliver(pages, mail(1))
    pages.world.rows("UPDATE integrations SET owner = 'law', viewers = '{Lawyers}' RETURNING 1")
    [comment] = findings(ask(pages, NAME))
    assert "Comment in bucket" in comment


@pytest.mark.parametrize(
    "asked", ["x" * 600, "<a\x01b>", "'; DROP TABLE comments; --", "<script>alert(1)</script>", "%"]
)
def test_what_is_no_message_id_is_told_and_shown_as_text(pages: Pages, asked: str) -> None:
    found = ask(pages, asked)
    assert found.css("main script") == []
    assert findings(found) == []
    assert found.css(".failed") or "Nothing is recorded" in found.css_first("main").text()


def test_without_a_question_there_is_only_the_form(pages: Pages) -> None:
    found = tree(pages.viewer.get("/why"))
    assert found.css_first("#id") is not None
    assert found.css("h2") == []
