"""No text makes a load fail or last, and words are cut in queries as they are in the index."""

from __future__ import annotations

import json
import random
import time
import unicodedata
from typing import Any

import pytest
from exchange_sync.store.search_query import words_of

from tests.support.mail import mail
from tests.web.pages.conftest import Pages
from tests.web.pages.test_comments import deliver, subjects

MOST = 100_000  # characters of a comment that are searched
SECONDS = 5.0
CHANCE = random.Random(7)


def _distinct(low: int, high: int, length: int) -> str:
    words = ("".join(chr(CHANCE.randrange(low, high)) for _ in range(length)) for _ in range(MOST // (length + 1)))
    return " ".join(words)


HOSTILE = {
    "one endless word": "a" * 2 * MOST,
    "hyphens": "a-" * MOST,
    "addresses": "a@b.c" * MOST,
    "addresses of web pages": "http://a/b?c=d&e " * MOST,
    "tags": "<a href=x>" * MOST,
    "numbers": "-1e5.7" * MOST,
    "marks in an order that must be sorted": "\u0301\u0316" * MOST,
    "one letter with all marks": "a" + "\u0316\u0301" * MOST,
    "one character that becomes eighteen": "\ufdfa" * MOST,
    "distinct short words": _distinct(97, 123, 3),
    "distinct words of four bytes a letter": _distinct(0x20000, 0x2A000, 3),
    "direction controls": "\u202e" * MOST,
    "every control": "".join(map(chr, range(1, 32))) * 5_000,
    "quotes and backslashes": "'\\:*&|!()<->" * MOST,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_stored_in_short_time(pages: Pages, name: str) -> None:
    deliver(pages, mail(1, subject="first"))
    text = HOSTILE[name]
    message = {"from": text[:500], "subject": {"text": text[:60_000]}, "body": {"text": text}}
    started = time.perf_counter()
    with pages.world.db.transaction() as cursor:
        cursor.execute("UPDATE comments SET messages = %s", (json.dumps([message] * 3),))
        cursor.execute("SELECT length(search) AS words, pg_column_size(search) AS bytes FROM comment_texts")
        found = cursor.fetchone()
    assert time.perf_counter() - started < SECONDS
    assert found["bytes"] < 1_000_000
    assert pages.viewer.get("/comments", params={"q": text[:400]}).status_code == 200


@pytest.mark.parametrize(
    "messages", ["[]", '["x", 1, null, {}]', '[{"subject": 1, "body": {"text": null}, "from": []}]']
)
def test_messages_of_any_shape_are_stored(pages: Pages, messages: str) -> None:
    deliver(pages, mail(1))
    with pages.world.db.transaction() as cursor:
        cursor.execute("UPDATE comments SET messages = %s", (messages,))


def test_a_text_is_searched_as_far_as_its_limit(pages: Pages) -> None:
    deliver(pages, mail(1, subject="Long", body="beginning " + "x " * 20_000 + "middle\n"))
    assert subjects(pages.viewer, "q=beginning") == ["Long"]
    assert subjects(pages.viewer, "q=middle") == ["Long"]


def test_words_are_cut_alike_in_queries_and_in_the_index(pages: Pages) -> None:
    known = [
        char for char in map(chr, [*range(1, 0xD800), *range(0xE000, 0xFFFE), *range(0x1F000, 0x1FB00)])
        if unicodedata.category(char) not in ("Cn", "Co") and unicodedata.is_normalized("NFKC", f"a{char}b")
    ]  # fmt: skip
    texts = [f"a{char}b" for char in known]
    rows: list[dict[str, Any]] = []
    with pages.world.db.transaction() as cursor:
        cursor.execute(
            "SELECT string_to_array(btrim(search_words(t)), ' ') AS words FROM unnest(%s) WITH ORDINALITY AS x (t, n) "
            "ORDER BY n",
            (texts,),
        )
        rows = cursor.fetchall()
    assert len(known) > 40_000
    differing = [char for char, text, row in zip(known, texts, rows, strict=True) if words_of(text) != row["words"]]
    assert differing == []
