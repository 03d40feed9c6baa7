"""MIME in, properties out; and the MIME a mailbox gives back, which is never byte for byte what went in.

Exchange takes a mail apart and writes it anew on every request, so the same mail has other bytes in every mailbox. Here
the transport headers and the outermost boundary are the mailbox's own; the parts between stay as they were delivered.
"""

from __future__ import annotations

import email.header
import email.utils
import hashlib
import inspect
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

from exchange_simulator.store.model import Item, Mailbox

_HEADERS = BytesHeaderParser(policy=compat32)
_WHOLE = BytesParser(policy=compat32)
_LINE_ENDS = re.compile(rb"(?:--)?[ \t]*(?:\r?\n|\r?\Z)")
_BOUNDARY = re.compile(rb"boundary=(?:\"([^\"\r\n]+)\"|([^\s;\"]+))", re.IGNORECASE)
# Newer Pythons refuse addresses of doubtful form unless told not to; older ones do not know the word.
_LENIENT = {"strict": False} if "strict" in inspect.signature(email.utils.getaddresses).parameters else {}
_BODY_ONLY = frozenset(("text/plain", "text/html", "multipart/alternative"))


@dataclass(frozen=True)
class Properties:
    """What the headers tell. Addresses are SMTP; sent is None without a usable Date."""

    subject: str
    message_id: str | None
    sent: int | None
    from_name: str
    from_address: str
    sender_name: str
    sender_address: str
    display_to: str
    display_cc: str
    in_reply_to: str
    has_attachments: bool
    importance: str


def parse_headers(mime: bytes) -> Message:
    """The headers alone; the rest is left unparsed."""
    return _HEADERS.parsebytes(mime)


def parse_whole(mime: bytes) -> Message:
    """The whole tree of parts."""
    return _WHOLE.parsebytes(mime)


def properties(mime: bytes) -> Properties:
    """Read a mail's properties. Never raises for broken mail: what cannot be read is empty."""
    head = parse_headers(mime)
    senders = addresses(head, "From")
    name, address = senders[0] if senders else ("", "")
    others = addresses(head, "Sender")
    sender_name, sender_address = others[0] if others else (name, address)
    return Properties(
        subject=text(head, "Subject"),
        message_id=_message_id(head),
        sent=_date(head),
        from_name=name,
        from_address=address,
        sender_name=sender_name,
        sender_address=sender_address,
        display_to="; ".join(n or a for n, a in addresses(head, "To")),
        display_cc="; ".join(n or a for n, a in addresses(head, "Cc")),
        in_reply_to=text(head, "In-Reply-To"),
        has_attachments=_has_attachments(head, mime),
        importance=_importance(head),
    )


def text(head: Message, name: str) -> str:
    """A header, unfolded and decoded."""
    return decode(raw_header(head, name))


def raw_header(head: Message, name: str) -> str:
    """A header unfolded, not decoded; bytes that are no ASCII are read as UTF-8, else as Windows-1252."""
    for key, value in head.raw_items():
        if key.lower() == name.lower():
            return raw_header_value(value)
    return ""


def raw_header_value(value: object) -> str:
    """A header's value as a client may see it: unfolded, its bytes read as text."""
    return " ".join(_unescape(str(value)).split())


def decode(value: str) -> str:
    """Decode encoded words; what is broken stays as it is."""
    if "=?" not in value:
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        return value


def addresses(head: Message, name: str) -> list[tuple[str, str]]:
    """The (name, address) pairs of an address header; entries without an address are left out."""
    values = [_unescape(str(v)) for k, v in head.raw_items() if k.lower() == name.lower()]
    pairs = email.utils.getaddresses([" ".join(value.split()) for value in values], **_LENIENT)
    return [(decode(label), address) for label, address in pairs if address]


def _unescape(value: str) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _message_id(head: Message) -> str | None:
    return raw_header(head, "Message-ID") or None


def _date(head: Message) -> int | None:
    try:
        moment = email.utils.parsedate_to_datetime(raw_header(head, "Date"))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


def _importance(head: Message) -> str:
    word = text(head, "Importance").capitalize()
    if word in ("Low", "High"):
        return word
    return {"1": "High", "2": "High", "4": "Low", "5": "Low"}.get(text(head, "X-Priority")[:1], "Normal")


def _has_attachments(head: Message, mime: bytes) -> bool:
    if head.get_content_type() in _BODY_ONLY:
        return False
    if head.get_content_maintype() != "multipart":
        return True
    return any(not inline for _, inline in attachment_parts(parse_whole(mime)))


def attachment_parts(message: Message) -> list[tuple[Message, bool]]:
    """The parts that Exchange shows as attachments, each with whether it is inline; not those inside attached mails."""
    found: list[tuple[Message, bool]] = []
    bodies: set[str] = set()

    def visit(part: Message) -> None:
        kind = part.get_content_type()
        if kind.startswith("multipart/"):
            payload = part.get_payload()
            for child in payload if isinstance(payload, list) else ():
                visit(child)  # type: ignore[arg-type]
            return
        disposition = str(part.get("Content-Disposition", "")).split(";")[0].strip().lower()
        text_like = kind in ("text/plain", "text/html", "text/calendar")
        if text_like and disposition != "attachment" and not _name(part) and kind not in bodies:
            bodies.add(kind)
            return
        found.append((part, disposition == "inline" or (disposition != "attachment" and bool(part.get("Content-ID")))))

    visit(message)
    return found


def _name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (LookupError, ValueError, TypeError):
        return ""


def regenerate(mime: bytes, mailbox: Mailbox, item: Item) -> bytes:
    """The MIME as this mailbox tells it: the same on every request, other bytes than in any other mailbox."""
    mark = hashlib.sha256(f"{mailbox.guid} {item.content}".encode()).hexdigest()
    domain = mailbox.address.rpartition("@")[2]
    when = email.utils.format_datetime(datetime.fromtimestamp(item.received, UTC))
    head = (
        f"Received: from mbx-{mark[:4]}.{domain} (10.{int(mark[4:6], 16)}.{int(mark[6:8], 16)}.7) by\r\n"
        f" mbx-{mailbox.guid[:4]}.{domain} with Microsoft SMTP Server (version=TLS1_2,\r\n"
        f" cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2507.39; {when}\r\n"
        f"X-MS-Exchange-Organization-Network-Message-Id: {uuid.UUID(mark[:32])}\r\n"
        f"X-MS-Exchange-Organization-AuthSource: mbx-{mailbox.guid[:4]}.{domain}\r\n"
        "X-MS-Exchange-Organization-AuthAs: Internal\r\n"
    ).encode("ascii", "replace")
    newline = b"\r\n" if b"\r\n" in mime[:4096] else b"\n"
    return head.replace(b"\r\n", newline) + _other_boundary(
        mime, newline, f"_{mark[32:52]}{mailbox.guid[:8]}_".encode()
    )


def _other_boundary(mime: bytes, newline: bytes, boundary: bytes) -> bytes:
    end = mime.find(newline * 2)
    found = _BOUNDARY.search(mime, 0, end if end >= 0 else len(mime))
    if found is None or b"multipart/" not in mime[:end].lower():
        return mime
    old = found.group(1) or found.group(2)
    head = mime[: found.start()] + b'boundary="' + boundary + b'"' + mime[found.end() : end]
    return head + _renamed(mime[end:], b"\n--" + old, b"\n--" + boundary)


def _renamed(body: bytes, old: bytes, new: bytes) -> bytes:
    """The boundary's own lines; not those of another that begins as it does."""
    first, *parts = body.split(old)
    return first + b"".join((new if _LINE_ENDS.match(part) else old) + part for part in parts)
