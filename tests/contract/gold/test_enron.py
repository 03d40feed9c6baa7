"""Real mail of a company that used Lotus Notes and Outlook: its quotes are cut, and nothing of the author's is lost."""

from __future__ import annotations

import email
import re
import tarfile
from collections import Counter

import pytest
from exchange_sync.clean.text import normalise, split_plain

from tests.conftest import shared_folder

# Written without the cleaner's own rules, so that it can judge them.
MARKS = re.compile(
    r"-{3,} ?Original Message ?-{3,}"
    r"|^[ \t]*-{3,} ?Forwarded by [^\n]*\d"
    r"|^[ \t]*From:[^\n]*\n(?:[^\n]*\n){0,4}?[ \t]*(?:To|Sent|Subject):"
    r"|^[ \t]*To:[ \t][^\n]*\n(?:[^\n]*\n){0,3}?[ \t]*cc:[^\n]*\n(?:[^\n]*\n){0,4}?[ \t]*Subject:",
    re.MULTILINE | re.IGNORECASE,
)

HEAD = re.compile(r"^\s*>|wrote:|-{3,}|^[*_ ]*(From|Date|To|Sent|Subject|cc):", re.IGNORECASE)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    archive = shared_folder() / "corpus/dev.tar.gz"
    if not archive.is_file():
        pytest.skip("the corpus of real mail (shared/corpus/dev.tar.gz) is not here")
    found = []
    with tarfile.open(archive) as tar:
        for entry in tar:
            if "/enron/" in entry.name and entry.name.endswith(".eml"):
                message = email.message_from_bytes(tar.extractfile(entry).read())
                found.append(normalise(message.get_payload(decode=True).decode("latin-1")))
    return found


def test_at_most_one_in_a_hundred_quotes_is_left_in_the_message(texts):
    answered = left = 0
    for text in texts:
        mark = MARKS.search(text)
        if mark is None or not words(text[: mark.start()]):
            continue  # no quote, or a bare forward, which is its own message
        answered += 1
        left += MARKS.search(split_plain(text).body) is not None
    assert answered > 400
    assert left <= answered / 100


def test_no_word_of_the_author_is_lost(texts):
    for text in texts:
        parts = split_plain(text)
        assert words(parts.body + "\n" + parts.signature + "\n" + parts.quoted) == words(text)


def test_what_the_author_wrote_above_the_first_quote_is_in_the_message(texts):
    for text in texts:
        own = words(above_quotes(text))
        parts = split_plain(text)
        assert not own - words(parts.body + "\n" + parts.signature)


def above_quotes(text: str) -> str:
    """What stands above anything that may be the head of a quote, and six lines less, for Lotus Notes' heads."""
    mark = MARKS.search(text)
    lines = text[: mark.start()].rstrip().split("\n")[:-6] if mark else text.split("\n")
    head = next((index for index, line in enumerate(lines) if HEAD.search(line)), len(lines))
    return "\n".join(lines[:head])
