"""Cleaning: one email's raw MIME in, its text, people, date and attachments out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange_sync.clean.charset import decode
from exchange_sync.clean.compose import compose
from exchange_sync.clean.content import Content, read_content
from exchange_sync.clean.dates import read_date
from exchange_sync.clean.envelope import read_envelope, unread_envelope
from exchange_sync.clean.headers import Headers, decode_value
from exchange_sync.clean.ids import read_ids
from exchange_sync.clean.journal import Journal, read_journal
from exchange_sync.clean.journal_envelope import journaled_envelope
from exchange_sync.clean.mime import Part, parse
from exchange_sync.clean.normal import clip
from exchange_sync.clean.people import read_people
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.clean.split.facts import MailFacts, facts_of
from exchange_sync.clean.text import SplitText, normalise
from exchange_sync.model.cleaned import JOURNALED, REPORT_ONLY, CleanedEmail, Person

CLEAN_VERSION: int = 4  # raised with every change that may change a result: re-cleaning looks for it

# fields that enriching reads, beside those that have a place of their own
KEPT_HEADERS = (
    "auto-submitted",
    "content-language",
    "content-type",
    "feedback-id",
    "importance",
    "list-id",
    "list-unsubscribe",
    "precedence",
    "priority",
    "reply-to",
    "return-path",
    "sensitivity",
    "thread-topic",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-failed-recipients",
    "x-ms-exchange-inbox-rules-loop",
    "x-ms-exchange-generated-message-source",
    "x-priority",
)
_KEPT_LENGTH = 1_000
_TAG = re.compile(r"<[^<>]*>")


def clean_email(mime: bytes) -> CleanedEmail:
    """The text and headers of one email.

    Pure and total: the same bytes give the same value, no bytes raise, and the time is linear in their length.
    What cannot be read as it should is named in ``problems`` (clean/problems.py).
    """
    problems = Problems()
    envelope = unread_envelope(mime)
    try:
        root = parse(mime, problems)
        envelope = read_envelope(root)
        journal = read_journal(root, problems)
        if journal is None:
            return replace(_clean(mime, root, problems), envelope=envelope)
        if journal.mail is None:
            return replace(_clean(mime, root, problems), envelope=envelope, journal=REPORT_ONLY)
        envelope = journaled_envelope(journal.mail, journal)
        return replace(_journaled(mime, journal.mail, journal, problems), envelope=envelope)
    except Exception:  # noqa: BLE001 - the promise is that no bytes raise; the problem's name tells of the fault
        problems.note(Problem.CLEANER_FAILED)
        text = normalise(decode(mime, None, problems))
        return CleanedEmail(
            subject="", body=clip(text), problems=problems.names(), version=CLEAN_VERSION, envelope=envelope
        )


def _journaled(mime: bytes, mail: Part, journal: Journal, problems: Problems) -> CleanedEmail:
    """The mail that a journal report carries. Whom the report alone names is added; what else it says is history."""
    found = _clean(mime, mail, problems, journal.beside)
    told = journal.told
    known = {person.address.casefold() for person in (*found.to, *found.cc, *found.bcc)}
    blind = (Person("", address) for address in told.of("bcc") if address.casefold() not in known)
    return replace(
        found,
        sender=found.sender or (Person("", told.sender) if told.sender else None),
        bcc=(*found.bcc, *blind),
        quoted=clip("\n\n".join(text for text in (found.quoted, normalise(told.rest)) if text.strip())),
        message_id=found.message_id or told.message_id or None,
        journal=JOURNALED,
        journal_recipients=tuple(dict.fromkeys(address for _, address in told.people)),
    )


def _clean(mime: bytes, root: Part, problems: Problems, beside: Sequence[Part] = ()) -> CleanedEmail:
    headers = root.headers
    content = read_content(root, problems, beside=beside)
    subject = normalise(headers.text("subject", problems)).strip()
    sender = _sender(headers, problems)
    text = _text(content, problems, _facts(headers, subject, sender))
    sent = read_date(date) if (date := headers.text("date", problems)) else None
    if date and sent is None:
        problems.note(Problem.DATE_UNREADABLE)
    if not mime.strip():
        problems.note(Problem.EMPTY_MESSAGE)
    return CleanedEmail(
        subject=clip(subject),
        body=text.body,
        signature=text.signature,
        quoted=text.quoted,
        sender=sender,
        to=read_people(headers.all("to"), problems),
        cc=read_people(headers.all("cc"), problems),
        bcc=read_people(headers.all("bcc"), problems),
        sent=sent,
        message_id=_message_id(headers, problems),
        in_reply_to=_ids(headers, "in-reply-to", problems),
        references=_ids(headers, "references", problems),
        thread_index=headers.text("thread-index", problems)[:_KEPT_LENGTH] or None,
        attachments=tuple(content.attachments),
        headers=_kept(headers, problems),
        problems=problems.names(),
        version=CLEAN_VERSION,
    )


def _facts(headers: Headers, subject: str, sender: Person | None) -> MailFacts:
    """What the headers say that decides how the text is read."""
    return facts_of(
        subject,
        linked=b"<" in headers.raw("in-reply-to") + headers.raw("references"),
        report=headers.raw("content-type").strip().lower().startswith(b"multipart/report"),
        author=f"{sender.name} {sender.address}" if sender else "",
    )


def _text(content: Content, problems: Problems, facts: MailFacts) -> SplitText:
    """The text in three parts; whole, and said so, if splitting it fails: the headers need not fall with it."""
    try:
        return compose(content, problems, facts)
    except Exception:  # noqa: BLE001 - as above
        problems.note(Problem.CLEANER_FAILED)
        whole = "\n\n".join(_TAG.sub("", piece.text) if piece.is_html else piece.text for piece in content.pieces)
        return SplitText(clip(normalise(whole)), "", "")


def _sender(headers: Headers, problems: Problems) -> Person | None:
    """Who wrote the email: From, or else Sender."""
    people = read_people(headers.all("from"), problems) or read_people(headers.all("sender"), problems)
    return next((person for person in people if person.address), people[0] if people else None)


def _message_id(headers: Headers, problems: Problems) -> str | None:
    """The Message-ID as written, white space of folding removed; identity is decided elsewhere (decision 6)."""
    text = headers.text("message-id", problems)
    found = read_ids((text,)) if "<" in text else ()
    return found[0] if found else text or None


def _ids(headers: Headers, name: str, problems: Problems) -> tuple[str, ...]:
    return read_ids(decode_value(value, problems) for value in headers.all(name))


def _kept(headers: Headers, problems: Problems) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    for name, value in headers.fields:
        if name in KEPT_HEADERS and name not in kept:
            kept[name] = decode_value(value, problems)[:_KEPT_LENGTH]
    return kept
