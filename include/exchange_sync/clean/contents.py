"""The contents of an email's attachments, in the order in which cleaning lists them."""

from __future__ import annotations

from collections.abc import Iterator

from exchange_sync.clean.content import read_content
from exchange_sync.clean.journal import read_journal
from exchange_sync.clean.mime import parse
from exchange_sync.clean.problems import Problems


def attachment_contents(mime: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attachment's place in CleanedEmail.attachments and its decoded bytes.

    For a message that cleaning has come through: the same walk, so it ends as surely.
    """
    problems = Problems()
    root = parse(mime, problems)
    journal = read_journal(root, problems)
    mail, beside = (journal.mail, journal.beside) if journal and journal.mail else (root, ())
    yield from enumerate(read_content(mail, problems, keep_contents=True, beside=beside).contents)
