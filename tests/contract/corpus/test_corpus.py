"""Every message of the corpus cleans and enriches: no exception, none over a second, none empty that had text."""

from __future__ import annotations

import email
import html
import random
import re

import pytest
from exchange_sync.clean.safety import CleanFailure, clean_many
from exchange_sync.enrich.api import enrich
from exchange_sync.model.cleaned import TEXT_LIMIT, CleanedEmail
from exchange_sync.model.comment import EmailFacts
from exchange_sync.model.email import ItemProperties

SAMPLE, SEED = 400, 20250602
# what carries no words: parts of HTML; a file inside the text, boundaries and the headers of parts
_UNSEEN = re.compile(
    r"<!--.*?-->|<(title|style|script|head)\b.*?</\1\s*>|<[^>]*>|<[a-zA-Z/!][^<]*$", re.DOTALL | re.IGNORECASE
)
_FILE = re.compile(r"^begin [0-7]{3} .*?^end|^--\S+$|^Content-[\w-]+:[^\n]*$", re.DOTALL | re.MULTILINE)


def check(messages: list[tuple[str, bytes]]) -> None:
    """The promise, for each of the messages; cleaning runs in the child with its limit of one second."""
    bytes_of = dict(messages)
    failures, empty = {}, []
    for name, result in clean_many(messages):
        if isinstance(result, CleanFailure):
            failures[name] = result
            continue
        assert "cleaner_failed" not in result.problems, name
        hold(result)
        comment = enrich(EmailFacts(result, ItemProperties("i", "IPM.Note", None), "a@b.c", ("Inbox",), f"<{name}@t>"))
        assert bytes.fromhex(comment.id).decode() == f"<{name}@t>"
        text = result.body + result.signature + result.quoted
        if not text.strip() and "encrypted" not in result.problems and had_text(bytes_of[name]):
            empty.append(name)
    assert failures == {}
    assert empty == []


def hold(result: CleanedEmail) -> None:
    """What every cleaned email promises of its texts."""
    for text in (result.subject, result.body, result.signature, result.quoted):
        assert "\0" not in text
        assert len(text) <= TEXT_LIMIT
        text.encode("utf-8")


def had_text(mime: bytes) -> bool:
    """Would a person see words? Judged by the standard library's parser and a crude removal of tags."""
    message = email.message_from_bytes(mime)
    if message.get_content_type() == "message/partial":  # a fragment of an encoded mail
        return False
    for part in message.walk():
        if part.get_content_type() not in ("text/plain", "text/html") or part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        text = _FILE.sub("", (part.get_payload(decode=True) or b"").decode("latin-1"))
        if part.get_content_type() == "text/html" or "<html" in text[:500].lower():
            text = html.unescape(_UNSEEN.sub("", text))
        if re.search(r"[A-Za-z0-9]{2}", text):
            return True
    return False


def test_a_sample_of_the_corpus_cleans_and_enriches(corpus):
    check(random.Random(SEED).sample(corpus, SAMPLE))


@pytest.mark.long
def test_the_whole_corpus_cleans_and_enriches(corpus):
    assert len(corpus) == 5_733
    check(corpus)
