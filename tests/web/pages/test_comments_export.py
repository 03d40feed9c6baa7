"""What a search finds, saved as a file: all of it, page by page, and of it no more than the visitor may read."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest
from exchange_sync.store import exporting, searching
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from tests.support.mail import mail
from tests.web.pages.conftest import Pages
from tests.web.pages.test_comments import deliver


@pytest.fixture
def filled(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Nine mails, exported by pages of two."""
    monkeypatch.setattr(exporting, "PAGE", 2)
    deliver(pages, *(mail(n, subject=f"Question {n}", body="Odd\n" if n % 2 else "Even\n") for n in range(1, 10)))
    return pages


def lines(browser: TestClient, query: str = "") -> list[dict[str, Any]]:
    answer = browser.get(f"/comments/export?{query}")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def subjects(found: list[dict[str, Any]]) -> list[str]:
    return [one["messages"][0]["subject"]["text"] for one in found]


def test_all_that_is_found_is_saved_newest_first_as_the_api_shows_it(filled: Pages) -> None:
    found = lines(filled.viewer)
    assert subjects(found) == [f"Question {n}" for n in range(9, 0, -1)]
    [source] = filled.world.rows("SELECT id FROM sources WHERE owner = 'acme' AND name = 'mail'")
    assert {one["source_id"] for one in found} == {source["id"]}
    assert found[0]["uid"] == f"{source['id']}.{found[0]['id']}"
    assert subjects(lines(filled.viewer, "q=odd")) == [f"Question {n}" for n in (9, 7, 5, 3, 1)]
    assert lines(filled.viewer, "q=nothing-of-this-word") == []


def test_a_search_that_is_walked_in_shares_is_saved_to_its_end(filled: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_ROWS", "WALK_ROWS", "RAW_ROWS"):
        monkeypatch.setattr(searching, name, 2)
    query = urlencode({"property": "Message ID", "value": "<mail-1@client.example>"})
    assert "Nothing found so far" in filled.viewer.get(f"/comments?{query}").text, "a page's share ends before it"
    assert subjects(lines(filled.viewer, query)) == ["Question 1"]


def test_parquet_holds_the_same(filled: Pages) -> None:
    answer = filled.viewer.get("/comments/export?format=parquet&q=even")
    rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert [row["subject"] for row in rows] == [f"Question {n}" for n in (8, 6, 4, 2)]
    assert answer.headers["content-disposition"] == 'attachment; filename="comments.parquet"'


def test_no_more_than_the_visitor_may_read_and_nothing_for_a_search_that_does_not_fit(filled: Pages) -> None:
    assert lines(filled.stranger) == []
    assert filled.viewer.get("/comments/export?from=nonsense").status_code == 400


def test_the_page_links_to_the_file_of_its_search(filled: Pages) -> None:
    page = LexborHTMLParser(filled.viewer.get("/comments?q=odd").text)
    addresses = [node.attributes["href"] or "" for node in page.css("a[download]")]
    assert [address.rpartition("/")[2] for address in addresses] == [
        "export?q=odd&format=jsonl", "export?q=odd&format=parquet",
    ]  # fmt: skip
    assert len(lines(filled.viewer, addresses[0].partition("?")[2])) == 5
