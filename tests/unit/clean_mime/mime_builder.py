"""Mails for the tests, written the way they come over the wire."""

from __future__ import annotations

from base64 import b64encode

from exchange_sync.clean.api import clean_email
from exchange_sync.model.cleaned import CleanedEmail

FRAME = b"From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: Claim 7\r\nMIME-Version: 1.0\r\n"


def mail(headers: bytes, body: bytes = b"") -> bytes:
    """A message with the usual headers and some more."""
    return FRAME + headers.strip() + b"\r\n\r\n" + body


def part(headers: str, body: bytes) -> bytes:
    """One part of a multipart."""
    return headers.encode() + b"\r\n\r\n" + body


def multipart(subtype: str, *parts: bytes, boundary: str = "b0") -> bytes:
    """A whole multipart, header and body, to be the message's content or a part of another."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}".encode()
    return head + b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts) + mark + b"--\r\n"


def message(content: bytes) -> bytes:
    """A message around a whole part."""
    return FRAME + content


def base64_part(content_type: str, content: bytes, disposition: str = "attachment", name: str = "") -> bytes:
    """A part in base64, as attachments are sent."""
    named = f'; filename="{name}"' if name else ""
    headers = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64"
    headers += f"\r\nContent-Disposition: {disposition}{named}" if disposition else ""
    return part(headers, b64encode(content))


def cleaned(mime: bytes) -> CleanedEmail:
    """The cleaned email, which must not owe itself to the safety net."""
    email = clean_email(mime)
    assert "cleaner_failed" not in email.problems
    return email


TEXT = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
