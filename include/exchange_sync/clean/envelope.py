"""The envelope: what a mail says of who, when and which it is, read the same on every Python (decision 63).

By fixed rules alone: nothing here guesses a charset or repairs a text, since what a library makes of a mail today may
be another thing tomorrow, and then old mail would come back under new ids. The tests' golden vectors hold it.
"""

from __future__ import annotations

import hashlib
import html
import re

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode_plainly
from exchange_sync.clean.dates import read_date
from exchange_sync.clean.headers import Headers, decode_words, one_line
from exchange_sync.clean.mime import Part
from exchange_sync.clean.participants import read_participants
from exchange_sync.clean.people import read_people
from exchange_sync.clean.problems import Problems
from exchange_sync.model.addresses import address_key
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import file_name, letters, usable_message_id

_TEXT_BYTES = 1024 * 1024  # of the text part that are looked at
_PARTS = 200  # leaves whose names count
_HIDDEN = re.compile(r"<!--|<(style|script|head|title)\b", re.IGNORECASE)
_END = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("style", "script", "head", "title")}
_COMMENT_END = re.compile("-->")
_TAG = re.compile(r"<[^<>]*>")
_NO_CHARACTER = re.compile(r"&#x?0*[0-9a-f]{8,};?", re.IGNORECASE)
_SUBJECT_LETTERS = 1_000


def read_envelope(root: Part) -> Envelope:
    """Of a message that was taken apart. Never raises."""
    headers = root.headers
    who = read_participants(headers)
    sent = read_date(_text(headers, "date"))
    return Envelope(
        message_id=usable_message_id(decode_words(_raw(headers, "message-id"), Problems(), decode_plainly)),
        sender=_sender(headers),
        sent=sent.replace(microsecond=0) if sent else None,
        subject=letters(_text(headers, "subject"), _SUBJECT_LETTERS),
        file_names=_file_names(root),
        text=hashlib.sha256(letters(_body(root)).encode()).hexdigest(),
        people=who.people,
        seen=who.seen,
        unreadable=who.unreadable,
    )


def unread_envelope(mime: bytes) -> Envelope:
    """Of a message that could not be taken apart: its bytes tell it apart, and nobody knows who is in it."""
    return Envelope(text=hashlib.sha256(mime).hexdigest(), unreadable=True)


def _raw(headers: Headers, name: str) -> str:
    return decode_plainly(headers.raw(name), None)


def _text(headers: Headers, name: str) -> str:
    return one_line(decode_words(_raw(headers, name), Problems(), decode_plainly))


def _sender(headers: Headers) -> str:
    for name in ("from", "sender"):
        found = (person.address for person in read_people(headers.all(name), Problems()) if "@" in person.address)
        if address := next(found, ""):
            return address_key(address)
    return ""


def _file_names(root: Part) -> tuple[str, ...]:
    """Of the files, as servers list them: attached messages are called by their subject there, so they do not count."""
    names = set()
    for leaf, _ in zip(root.leaves(), range(_PARTS), strict=False):
        if leaf.filename and leaf.main_type != "message":
            names.add(file_name(leaf.filename))
    return tuple(sorted(names - {""}))


def _body(root: Part) -> str:
    part = _body_part(root, 0)
    if part is None:
        return ""
    text = decode_plainly(part.content(Problems())[:_TEXT_BYTES], part.params.get("charset"))
    return _seen(text) if part.content_type == "text/html" else text


def _seen(markup: str) -> str:
    """The text between the tags that a reader sees. Each search goes on where the last one ended, so it is linear."""
    shown: list[str] = []
    at = 0
    while hidden := _HIDDEN.search(markup, at):
        shown.append(markup[at : hidden.start()])
        end = (_END[hidden[1].lower()] if hidden[1] else _COMMENT_END).search(markup, hidden.end())
        at = end.end() if end else len(markup)
    shown.append(markup[at:])
    return html.unescape(_NO_CHARACTER.sub(" ", _TAG.sub(" ", "".join(shown))))


def _body_part(part: Part, depth: int) -> Part | None:
    """The text as a server without the message's structure has it: HTML where there is any, else plain."""
    if depth >= limits.STRUCTURE_DEPTH:
        return next((leaf for leaf in part.leaves() if _is_text(leaf)), None)
    if not part.parts:
        return part if _is_text(part) else None
    found = [body for child in part.parts if (body := _body_part(child, depth + 1))]
    if part.content_type == "multipart/alternative":
        rich = [body for body in found if body.content_type == "text/html"]
        return rich[-1] if rich else found[-1] if found else None
    return found[0] if found else None


def _is_text(part: Part) -> bool:
    return part.content_type in ("text/plain", "text/html") and part.disposition != "attachment" and not part.filename
