"""Searching comments on the page: what is found, in which order, by whom, and how a page goes on."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.store import integrations
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import BOTH, SUPPORT
from tests.support.mail import NOON, mail
from tests.web.pages.conftest import Pages


def deliver(pages: Pages, *mails: bytes, address: str = SUPPORT) -> None:
    """These emails arrive and are synced."""
    inbox = pages.world.exchange.folder(address, "Inbox")
    for one in mails:
        pages.world.exchange.deliver(address, inbox, one)
    pages.world.sync(address)


def tree(answer: Any) -> LexborHTMLParser:
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def subjects(browser: TestClient, query: str) -> list[str]:
    """The subjects that a search shows, in order."""
    found = tree(browser.get(f"/comments?{query}"))
    return [node.text() for node in found.css(".hits h3 a")]


@pytest.fixture
def filled(pages: Pages) -> Pages:
    deliver(
        pages,
        mail(1, subject="Broken window", body="The window in the Neue Straße is broken.\n"),
        mail(2, subject="Invoice 4711", sender="bob@billing.example", body="Please pay the invoice.\n"),
        mail(3, subject="Anfrage", sender="eva@xn--bro-hoa.example", body="Die Fensterscheibe ist zerbrochen.\n"),
        mail(4, subject="About windows", body="All windows, please. Order no. 12.5/A-7\n"),
    )
    return pages


def test_without_words_all_are_shown_newest_first(filled: Pages) -> None:
    answer = filled.viewer.get("/comments")
    assert [node.text() for node in tree(answer).css(".hits h3 a")] == [
        "About windows", "Anfrage", "Invoice 4711", "Broken window",
    ]  # fmt: skip
    assert "4 comments" in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=invoice", ["Invoice 4711"]),
        ("q=INVOICE+pay", ["Invoice 4711"]),
        ("q=invoice+window", []),
        ("q=invoice+or+broken", ["Invoice 4711", "Broken window"]),
        ("q=windo", ["About windows", "Broken window"]),
        ("q=windo+please", []),
        ("q=-invoice+window", ["Broken window", "About windows"]),
        ("q=window+-invoice", ["Broken window"]),
        ("q=STRASSE", []),
        ("q=straße", ["Broken window"]),
        ("q=%22is+broken%22", ["Broken window"]),
        ("q=%22broken+is%22", []),
        ("q=bob%40billing.example", ["Invoice 4711"]),
        ("q=billing", ["Invoice 4711"]),
        ("q=b%C3%BCro", ["Anfrage"]),
        ("q=xn--bro-hoa", ["Anfrage"]),
        ("domain=b%C3%BCro.example", ["Anfrage"]),
        ("domain=xn--bro-hoa.example", ["Anfrage"]),
        ("q=12.5%2FA-7", ["About windows"]),
        ("q=4711", ["Invoice 4711"]),
        ("domain=client.example", ["About windows", "Broken window"]),
        ("domain=bob%40billing.example", ["Invoice 4711"]),
        ("domain=client.example&q=window", ["Broken window", "About windows"]),
        ("folder=inbox", ["About windows", "Anfrage", "Invoice 4711", "Broken window"]),
        ("folder=Inbox&q=invoice", ["Invoice 4711"]),
        ("folder=Inb", []),
        ("property=Sender+Domain&value=BILLING.example", ["Invoice 4711"]),
        ("property=number%3ARecipient+Count&value=2", []),
        ("property=Recipient+Count&value=1&property=Sender&value=bob%40billing.example", ["Invoice 4711"]),
        ("bucket=acme%2Fmail&q=invoice", ["Invoice 4711"]),
        ("bucket=acme%2Fnone&q=invoice", []),
        ("from=2026-03-02&to=2026-03-02&q=invoice", ["Invoice 4711"]),
        ("from=2026-03-03", []),
        ("to=2026-03-01", []),
    ],
)
def test_a_search_finds(filled: Pages, query: str, found: list[str]) -> None:
    assert sorted(subjects(filled.viewer, query)) == sorted(found)


def test_hits_are_marked_and_nothing_of_the_mail_is_markup(pages: Pages) -> None:
    deliver(pages, mail(1, subject="<b>claim</b>", body="x <mark>claims</mark> <script>alert(1)</script> claim\n"))
    found = tree(pages.viewer.get("/comments?q=claim"))

    assert [node.text() for node in found.css("mark")] == ["claim", "claim", "claim"]
    assert found.css_first(".hits h3 a").text() == "<b>claim</b>"
    assert found.css(".hits b, .hits script") == []


def test_pages_lead_to_older_and_back_to_newer(pages: Pages) -> None:
    deliver(pages, *(mail(number) for number in range(1, 61)))
    seen: list[str] = []
    path = "/comments?q=question"
    for _ in range(3):
        found = tree(pages.viewer.get(path))
        seen += [node.text() for node in found.css(".hits h3 a")]
        older = found.css_first('a[rel="next"]')
        path = older.attributes["href"] if older else ""
    assert seen == [f"Question {number}" for number in range(60, 0, -1)]
    assert path == ""

    back = tree(pages.viewer.get(found.css_first('a[rel="prev"]').attributes["href"]))
    assert [node.text() for node in back.css(".hits h3 a")] == [f"Question {number}" for number in range(35, 10, -1)]
    newest = tree(pages.viewer.get(back.css_first('a[rel="prev"]').attributes["href"]))
    assert [node.text() for node in newest.css(".hits h3 a")] == [f"Question {number}" for number in range(60, 35, -1)]
    again = newest.css_first('a[rel="prev"]')
    assert again is None or subjects(pages.viewer, urlsplit(again.attributes["href"]).query)[0] == "Question 60"


@pytest.mark.parametrize("query", ["q=question", "folder=Inbox", "from=2026-03-02"])  # by words, and by both walks
def test_comments_of_one_moment_and_several_buckets_come_each_once(pages: Pages, query: str) -> None:
    pages.world.exchange.add_mailbox("third@acme.example")
    boxes = (*BOTH.mailboxes, MailboxConfig("third@acme.example", "acme", "claims"))
    buckets = (BucketConfig("acme", "mail"), BucketConfig("acme", "claims"))
    wanted = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes)
    integrations.apply(pages.world.db, Configuration(buckets, (wanted,)), now_utc())
    both = [mail(number, sent=NOON) for number in range(1, 21)]
    deliver(pages, *both)
    deliver(pages, *both, address="third@acme.example")
    paths: list[str] = []
    path = f"/comments?{query}"
    while path:
        found = tree(pages.viewer.get(path))
        paths += [urlsplit(node.attributes["href"]).path for node in found.css(".hits h3 a")]
        older = found.css_first('a[rel="next"]')
        path = older.attributes["href"] if older else ""
    assert len(paths) == len(set(paths)) == 40


def test_a_search_is_wholly_in_its_address(filled: Pages) -> None:
    answer = filled.viewer.get(
        "/comments?q=window&bucket=&folder=&domain=client.example&from=&to=&property=&value=&property=Language&value=en",
        follow_redirects=False,
    )
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked == {"q": ["window"], "domain": ["client.example"], "property": ["Language"], "value": ["en"]}
    form = tree(filled.viewer.get(answer.headers["location"]))
    assert form.css_first("#q").attributes["value"] == "window"
    assert form.css_first("#domain").attributes["value"] == "client.example"
    assert form.css_first("#property-1").attributes["value"] == "Language"


def test_others_buckets_are_never_searched(filled: Pages) -> None:
    assert subjects(filled.stranger, "q=invoice") == []
    assert "Nothing here that you may read" in filled.stranger.get("/comments").text
    hidden = IntegrationConfig(
        "acme", "exchange", "exchange_acme", mailboxes=BOTH.mailboxes, viewers=("Lawyers",), editors=("Lawyers",)
    )
    filled.world.configure(hidden)

    assert subjects(filled.viewer, "q=invoice") == []
    assert subjects(filled.viewer, "bucket=acme%2Fmail&q=invoice") == []
    assert subjects(filled.browser("ada", "Lawyers"), "q=invoice") == ["Invoice 4711"]


def test_a_date_that_is_none_is_told_at_its_field(filled: Pages) -> None:
    found = tree(filled.viewer.get("/comments?from=tomorrow"))
    assert "2026-03-31" in found.css_first("#from-fault").text()
    assert found.css(".hits") == []
    assert "before the first" in filled.viewer.get("/comments?from=2026-03-03&to=2026-03-01").text


def test_a_token_that_is_none_of_ours_is_refused_in_words(filled: Pages) -> None:
    for name in ("after", "before"):
        answer = filled.viewer.get(f"/comments?{name}=nonsense")
        assert answer.status_code == 400
        assert name in answer.text


@pytest.mark.parametrize("query", ["...", "or", '"', "' : * & | ! ( )", "\\", "a:*b", "%", "<->", "🙂", "\u202e"])
def test_no_query_breaks_the_search(filled: Pages, query: str) -> None:
    assert filled.viewer.get("/comments", params={"q": query}).status_code == 200


def test_a_renamed_folder_leaves_the_words_alone_and_a_changed_text_does_not(filled: Pages) -> None:
    def versions() -> dict[str, Any]:
        rows = filled.world.rows("SELECT id, xmin::text AS version FROM comment_texts")
        return {str(row["id"]): row["version"] for row in rows}

    before = versions()
    filled.world.rows(
        'UPDATE comments SET user_properties = user_properties || \'{"string:Folder": "New"}\' RETURNING 1'
    )
    assert versions() == before
    filled.world.rows(
        """UPDATE comments SET messages = jsonb_set(messages, '{0,body,text}', '"a hovercraft"')
        WHERE message_id = '<mail-2@client.example>' RETURNING 1"""
    )
    assert sum(before[name] != version for name, version in versions().items()) == 1
    assert subjects(filled.viewer, "q=hovercraft") == ["Invoice 4711"]
    assert subjects(filled.viewer, "folder=New&q=hovercraft") == ["Invoice 4711"]


def test_an_erased_comment_is_found_no_more(filled: Pages) -> None:
    filled.world.rows("DELETE FROM comments WHERE message_id = '<mail-2@client.example>' RETURNING 1")
    assert subjects(filled.viewer, "q=invoice") == []
    assert filled.world.rows("SELECT count(*) AS n FROM comment_texts") == [{"n": 3}]
