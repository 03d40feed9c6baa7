"""Reading one comment: all of the mail is there, and nothing of it is more than text."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote

import pytest
from exchange_sync.model.identity import comment_id
from selectolax.lexbor import LexborHTMLParser

from tests.conftest import shared_folder
from tests.integration.pipeline.conftest import BOTH, CLAIMS
from tests.support.mail import mail
from tests.web.pages.conftest import Pages
from tests.web.pages.test_comments import deliver, tree

ARCHIVE = shared_folder() / "nasty.tar.gz"
REPLY = (
    "Thank you, that helps.\n\n-- \nBob Builder\n+49 30 1234\n\nOn Mon, 2 Mar 2026 at 12:01, Ann wrote:\n"
    "> this is question number 1.\n"
)


def path(message_id: str) -> str:
    return f"/comments/acme/mail/{comment_id(message_id)}"


def read(pages: Pages, number: int, query: str = "") -> LexborHTMLParser:
    return tree(pages.viewer.get(f"{path(f'<mail-{number}@client.example>')}{query}"))


def text(found: LexborHTMLParser, selector: str) -> str:
    return "\n".join(node.text() for node in found.css(selector))


def test_newest_text_signature_and_history_are_told_apart_and_nothing_is_lost(pages: Pages) -> None:
    deliver(pages, mail(1), mail(2, body=REPLY, reply_to="<mail-1@client.example>"))
    found = read(pages, 2)

    assert found.css_first("h1").text() == "Question 2"
    assert found.css_first(".newest > .mail").text().strip() == "Thank you, that helps."
    folded = {node.css_first("summary").text(): node.text() for node in found.css("details.folded")}
    assert "Bob Builder" in folded["Signature"]
    assert "this is question number 1." in next(value for key, value in folded.items() if "answers" in key)
    assert "ann@client.example" in text(found, ".facts")
    assert "2026-03-02 12:02 UTC" in text(found, ".facts")
    assert "Inbox" in text(found, ".facts")
    assert "client.example" in text(found, ".properties")
    assert "support@acme.example, acme/exchange" in text(found, ".places")


def test_the_thread_stands_in_order_with_this_mail_marked(pages: Pages) -> None:
    first = "<mail-1@client.example>"
    deliver(pages, mail(1), mail(3, reply_to=first), mail(2, reply_to=first), mail(9))
    found = read(pages, 2)

    rows = [node.text() for node in found.css(".thread li")]
    assert [row.split()[1] for row in rows] == ["12:01", "12:02", "12:03"]
    assert "This mail" in found.css_first(".thread li[aria-current]").text()
    assert len(found.css(".thread a")) == 2
    assert read(pages, 9).css(".thread") == []


def test_a_comment_is_a_step_in_the_search_that_led_to_it(pages: Pages) -> None:
    deliver(pages, mail(1), mail(2, subject="Other", body="something else"), mail(3), mail(4))
    hits = tree(pages.viewer.get("/comments?q=question")).css(".hits h3 a")
    found = tree(pages.viewer.get(hits[1].attributes["href"]))
    assert found.css_first("h1").text() == "Question 3"
    assert found.css_first("h1 mark").text() == "Question"

    older = tree(pages.viewer.get(found.css_first('a[rel="next"]').attributes["href"]))
    assert older.css_first("h1").text() == "Question 1"
    newer = tree(pages.viewer.get(found.css_first('a[rel="prev"]').attributes["href"]))
    assert newer.css_first("h1").text() == "Question 4"
    end = tree(pages.viewer.get(older.css_first('a[rel="next"]').attributes["href"]))
    assert end.css_first("h1").text() == "Comments"
    assert end.css_first("#q").attributes["value"] == "question"


def test_the_original_is_the_mail_byte_for_byte_under_a_safe_name(pages: Pages) -> None:
    mime = mail(1, subject='../../e\u202evil"; x="y\u0001.exe/Straße')
    deliver(pages, mime)
    answer = pages.viewer.get(f"{path('<mail-1@client.example>')}/original")

    assert answer.content == mime
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    kind, _, name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind == "attachment"
    assert unquote(name).startswith("2026-03-02 ")
    assert unquote(name).endswith(".eml")
    assert not set('/\\":;\u202e\u0001') & set(unquote(name))


def test_an_original_that_is_not_kept_is_told_in_words(pages: Pages) -> None:
    deliver(pages, mail(1))
    pages.world.rows("UPDATE comments SET mime_sha256 = NULL RETURNING 1")
    answer = pages.viewer.get(f"{path('<mail-1@client.example>')}/original")

    assert answer.status_code == 404
    assert "not kept" in answer.text
    assert "Not kept" in text(read(pages, 1), "aside")


@pytest.fixture
def with_file(pages: Pages) -> Pages:
    """A mail whose attachment has a dangerous name and type."""
    boxes = tuple(replace(box, attachments="all") for box in BOTH.mailboxes)
    pages.world.configure(replace(BOTH, mailboxes=boxes))
    message = EmailMessage()
    message["Message-ID"], message["From"] = "<mail-1@client.example>", "ann@client.example"
    message["Date"], message["Subject"] = "Mon, 02 Mar 2026 12:00:00 +0000", "Files"
    message.set_content("See the file.")
    message.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="<img src=x>.html")
    deliver(pages, message.as_bytes())
    return pages


def test_an_attachment_is_saved_and_never_shown(with_file: Pages) -> None:
    found = read(with_file, 1)
    [link] = found.css(".files a")
    assert link.text() == "<img src=x>.html"
    assert found.css("img") == []
    assert "25 bytes" in text(found, ".files")

    answer = with_file.viewer.get(link.attributes["href"])
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_what_one_may_not_see_looks_like_what_is_not_there(with_file: Pages) -> None:
    reference = read(with_file, 1).css_first(".files a").attributes["href"]
    here = path("<mail-1@client.example>")
    for address in (here, f"{here}/original", reference, path("<none@client.example>")):
        assert with_file.stranger.get(address).status_code == 404
        assert with_file.nobody.get(address).status_code == 401
    assert with_file.viewer.get(path("<none@client.example>")).status_code == 404
    assert "Files" not in with_file.stranger.get(here).text


def test_places_in_integrations_that_one_may_not_view_are_counted_only(pages: Pages) -> None:
    deliver(pages, mail(1))
    deliver(pages, mail(1), address=CLAIMS)
    assert len(read(pages, 1).css(".places li")) == 2
    pages.world.rows("UPDATE integrations SET owner = 'law', viewers = '{Lawyers}' RETURNING 1")

    found = read(pages, 1)
    assert "2 more in mailboxes that you may not view" in text(found, ".places")
    assert "support@acme.example, " not in text(found, ".places")


def test_controls_that_cannot_be_seen_are_shown(pages: Pages) -> None:
    deliver(pages, mail(1))
    hidden = {"subject": {"text": "Invoice \u202egnp.exe"}, "body": {"text": "pay\u200bpal \u2066x\u2069\n"}}
    with pages.world.db.transaction() as cursor:  # as a program may add it: cleaning leaves some of these out
        cursor.execute("UPDATE comments SET messages = %s", (json.dumps([{"from": "ann@client.example", **hidden}]),))
    found = read(pages, 1)

    assert "\u202e" not in found.html
    assert [node.text() for node in found.css("h1 .unseen")] == ["RLO"]
    assert "right-to-left override" in found.css_first("h1 .unseen").attributes["title"]
    assert [node.text() for node in found.css(".mail .unseen")] == ["ZWSP", "LRI", "PDI"]
    assert "\u202e" not in pages.viewer.get("/comments").text


def test_a_look_alike_address_is_told_beside_its_ascii_form(pages: Pages) -> None:
    deliver(
        pages,
        mail(1).replace(b"Ann Client <ann@client.example>", "ann@real.example <ann@\u0440aypal.example>".encode()),
    )
    found = read(pages, 1)

    warned = text(found, ".facts .warning")
    assert "Cyrillic and Latin" in warned
    assert "sent from another one" in warned
    assert "xn--aypal-uye.example" in text(found, ".facts .ascii")


def test_a_huge_mail_is_folded_and_wholly_there(pages: Pages) -> None:
    words = " ".join(f"word{number}" for number in range(6_000))
    deliver(pages, mail(1, body=f"{words}\n\n{'x' * 3_000}\n"))
    found = read(pages, 1)

    rest = found.css_first("details.rest")
    assert "Show all" in rest.css_first("summary").text()
    assert len(found.css_first(".newest > .mail").text()) < 8_000
    whole = found.css_first(".newest > .mail").text() + rest.css_first(".mail").text()
    assert whole.split() == [*words.split(), "x" * 3_000]


def test_a_thousand_recipients_are_folded(pages: Pages) -> None:
    everybody = ", ".join(f"p{number}@acme.example" for number in range(1_000))
    deliver(pages, mail(1).replace(b"To: support@acme.example", f"To: {everybody}".encode()))
    found = read(pages, 1)

    assert "and 988 more" in text(found, ".facts summary")
    assert len(found.css(".facts .people-list li")) == 1_000
    assert len(found.css(".facts dd > .people-list li")) == 12


def test_right_to_left_text_takes_its_own_direction(pages: Pages) -> None:
    deliver(pages, mail(1, subject="שאלה", body="שלום עולם\n"))
    found = read(pages, 1)
    assert found.css_first("h1").attributes["dir"] == "auto"
    assert found.css_first(".mail").attributes["dir"] == "auto"


def test_a_deleted_mail_and_what_cleaning_met_are_told_in_words(pages: Pages) -> None:
    deliver(pages, mail(1))
    pages.world.rows("UPDATE comments SET deleted_at = now(), problems = '{charset_guessed,nonsense}' RETURNING 1")
    found = read(pages, 1)
    assert "No mailbox holds this mail any more" in text(found, ".reading")
    assert "no charset declared" in text(found, "aside")
    assert "charset_guessed" in text(found, "aside")


def test_a_comment_of_a_program_is_shown_with_all_its_messages(pages: Pages) -> None:
    messages = [{"from": "a", "body": {"text": f"text {n}"}, "subject": {"text": f"s{n}"}} for n in range(30)]
    deliver(pages, mail(1))
    with pages.world.db.transaction() as cursor:
        cursor.execute(
            "UPDATE comments SET messages = %s, origin_id = NULL, attachments = %s",
            (json.dumps(messages), json.dumps([{"name": None, "size": None}])),
        )
        cursor.execute("UPDATE origins SET comment_id = NULL")
    found = read(pages, 1)
    assert len(found.css(".newest")) == 20
    assert "10 more messages" in text(found, ".reading")
    assert "added by a program" in text(found, "aside")


def nasty() -> list[dict[str, Any]]:
    if not ARCHIVE.is_file():
        return []
    with tarfile.open(ARCHIVE) as tar:
        index = json.load(tar.extractfile("nasty/index.json"))  # type: ignore[arg-type]
        return [case | {"bytes": tar.extractfile(f"nasty/{case['file']}").read()} for case in index]  # type: ignore[union-attr]


def as_mail(number: int, case: dict[str, Any]) -> bytes:
    """The hostile input as a mail: as it is, or as the text of one whose headers are hostile too."""
    name = f"<nasty-{number}@client.example>"
    if case["kind"] == "eml":
        return b"Message-ID: " + name.encode() + b"\n" + case["bytes"]  # type: ignore[no-any-return]
    kind = {"txt": "plain", "html": "html"}[case["kind"]]
    head = (
        f'Message-ID: {name}\nFrom: "<img src=x onerror=alert(1)>" <a\'onmouseover=alert(1)@client.example>\n'
        f'To: "</title><script>alert(2)</script>" <support@acme.example>\nDate: Mon, 02 Mar 2026 12:00:00 +0000\n'
        f"Subject: {case['id']} <svg onload=alert(3)> javascript:alert(4)\n"
        f"Content-Type: text/{kind}; charset=utf-8\n\n"
    )
    return head.encode() + case["bytes"]  # type: ignore[no-any-return]


HARMLESS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "ul", "li", "svg", "path", "span",
    "main", "section", "p", "h1", "h2", "h3", "article", "div", "dl", "dt", "dd", "bdi", "time", "details", "summary",
    "aside", "ol", "table", "tbody", "tr", "th", "td", "strong", "br", "mark", "code", "form", "label", "input",
    "button", "select", "option", "fieldset", "legend", "datalist",
}  # fmt: skip


def require_harmless(pages: Pages, html: str) -> None:
    """Only elements of the templates; scripts of this server alone; no handler; links that stay here."""
    found = LexborHTMLParser(html)
    for node in found.root.traverse():  # type: ignore[union-attr]
        assert node.tag in HARMLESS, node.tag
        for name, value in node.attributes.items():
            assert not name.lower().startswith("on"), name
            assert name.lower() != "style"
            if name in ("href", "src", "action"):
                assert (value or "").startswith(("/", "#content")), value
    assert all((node.attributes.get("src") or "").startswith("/static/") for node in found.css("script"))
    assert all(not node.text() for node in found.css("script"))
    assert found.css("main svg, main script") == []


def test_hostile_mails_are_shown_and_none_of_their_tags_becomes_an_element(pages: Pages) -> None:
    cases = nasty()
    if not cases:
        pytest.skip("the hostile inputs (shared/nasty.tar.gz) are not here")
    deliver(pages, *(as_mail(number, case) for number, case in enumerate(cases)))
    rows = pages.world.rows("SELECT id FROM comments")
    assert len(rows) == len(cases)
    assert pages.world.rows("SELECT count(*) AS n FROM comment_texts") == [{"n": len(cases)}]

    for row in rows:
        answer = pages.viewer.get(f"/comments/acme/mail/{row['id']}?q=alert")
        assert answer.status_code == 200, row["id"]
        require_harmless(pages, answer.text)
    address = "/comments?q=alert"
    while address:
        answer = pages.viewer.get(address)
        require_harmless(pages, answer.text)
        older = LexborHTMLParser(answer.text).css_first('a[rel="next"]')
        address = older.attributes["href"] if older else ""
