"""The identity of an email given as MIME: the one path by which EWS, Graph and uploaded .eml meet.

A small, frozen reader of its own: the cleaner gets better with time, an identity may not (design decision 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from exchange_sync.model.identity import substitute_message_id, usable_message_id

_PEOPLE = ("From", "Sender", "To", "Cc", "Bcc")
_TAG = re.compile(r"<[^<>]{0,4000}>")
_PARTS = 200  # parts looked at; more than any honest mail has
_TEXT_BYTES = 200_000


def message_id_of(mime: bytes, *, server_id: str | None = None, attachment_names: Iterable[str] = ()) -> str:
    """The identity: the server's property where it serves, else the header, else the substitute.

    mime: the whole email, or its headers and body where attachment_names tells the attachments apart.
    """
    known = usable_message_id(server_id)
    if known:
        return known
    message = message_from_bytes(mime)
    header = usable_message_id(_text(message.get("Message-ID")))
    return header or _substitute(message, attachment_names)


def sender_and_sent(mime: bytes) -> tuple[str, datetime | None]:
    """The From address and the Date to the second, in UTC, as an email's MIME gives them."""
    message = message_from_bytes(mime)
    return _sender(message), _sent(message)


def participants(mime: bytes) -> list[str]:
    """The addresses of all people that an email's headers name as sender or recipient."""
    message = message_from_bytes(mime)
    headers = [_text(value) for name in _PEOPLE for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(headers) if address]


def _substitute(message: Message, attachment_names: Iterable[str]) -> str:
    names = list(attachment_names)
    text = ""
    for part, _ in zip(message.walk(), range(_PARTS), strict=False):
        name = part.get_filename()
        if name:
            names.append(_text(name))
        elif not text and part.get_content_maintype() == "text":
            text = _body(part)
    return substitute_message_id(
        sender=_sender(message),
        sent=_sent(message),
        subject=_text(message.get("Subject")),
        attachment_names=names,
        text=text,
    )


def _body(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload[:_TEXT_BYTES] if isinstance(payload, bytes) else b""
    try:
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = data.decode("utf-8", "replace")
    return _TAG.sub(" ", text) if part.get_content_subtype() == "html" else text


def _sender(message: Message) -> str:
    addresses = getaddresses([_text(message.get("From"))])
    return addresses[0][1].strip().casefold() if addresses else ""


def _sent(message: Message) -> datetime | None:
    try:
        when = parsedate_to_datetime(_text(message.get("Date")))
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return when.astimezone(UTC).replace(microsecond=0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _text(value: object) -> str:
    """A header's text: encoded words decoded, bytes that fit no charset kept as escapes."""
    if value is None:
        return ""
    raw = str(value)
    try:
        chunks = decode_header(raw)
    except (ValueError, IndexError):
        return raw
    return "".join(_chunk(data, charset) for data, charset in chunks)


def _chunk(data: str | bytes, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode(charset or "utf-8", "backslashreplace")
    except LookupError:
        return data.decode("utf-8", "backslashreplace")
