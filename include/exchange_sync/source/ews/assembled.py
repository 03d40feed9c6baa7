"""A MIME of headers and body for a mail that is too large to be downloaded whole. No I/O.

The headers are those the mail came with; where the server keeps none (sent mail, drafts) they are made from its
properties. Content headers are ours, for the body is one part here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email.header import Header
from email.utils import format_datetime, formataddr

from lxml import etree

from exchange_sync.source.ews import queries
from exchange_sync.source.ews.names import children, element, moment, t, text_of
from exchange_sync.source.ews.properties import read_address, read_sender

FIELDS = (
    "item:Subject",
    "item:Body",
    "item:Attachments",
    "item:InternetMessageHeaders",
    "item:DateTimeSent",
    "item:InReplyTo",
    "message:Sender",
    "message:ToRecipients",
    "message:CcRecipients",
    "message:BccRecipients",
    "message:From",
    "message:InternetMessageId",
    "message:References",
)
TAGS = ((queries.SENDER_SMTP, "String"), (queries.FROM_SMTP, "String"))
_OURS = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version"})
_NAME = re.compile(r"[!-9;-~]+\Z")  # a header's name: printable ASCII but the colon (RFC 5322, 3.6.8)
_BREAKS = re.compile(r"[\r\n\x00]+\s*")


def large_shape() -> etree._Element:
    """The response shape for assembled_mime and content.read_attachments."""
    return queries.shape("ItemShape", FIELDS, TAGS, [element(t("BodyType"), text="Best")])


def assembled_mime(node: etree._Element) -> bytes:
    """The MIME of an item's headers and body; the body in UTF-8 and base64, as text or HTML, whichever it is."""
    given = list(_given(node))
    present = {name.lower() for name, _ in given}
    if given:
        present.add("date")  # a mail that came without one has none: the server's own moment differs in each mailbox
    made = [(name, value) for name, value in _made(node) if name.lower() not in present and value]
    body = node.find(t("Body"))
    kind = "html" if body is not None and body.get("BodyType") == "HTML" else "plain"
    text = "" if body is None else body.text or ""
    ours = [
        ("MIME-Version", "1.0"),
        ("Content-Type", f'text/{kind}; charset="utf-8"'),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = b"".join(_line(name, value) for name, value in given + made + ours)
    return head + b"\r\n" + base64.encodebytes(text.encode("utf-8", "replace")).replace(b"\n", b"\r\n")


def _given(node: etree._Element) -> Iterator[tuple[str, str]]:
    for header in children(node.find(t("InternetMessageHeaders"))):
        name = (header.get("HeaderName") or "").strip()
        if _NAME.match(name) and name.lower() not in _OURS:
            yield name, header.text or ""


def _made(node: etree._Element) -> Iterator[tuple[str, str]]:
    sender = read_sender(node)
    sent = moment(text_of(node, t("DateTimeSent")))
    yield "From", _person(sender.name, sender.address)
    for name in ("To", "Cc", "Bcc"):
        boxes = children(node.find(t(f"{name}Recipients")))
        people = (read_address(box) for box in boxes)
        yield name, ", ".join(_person(one.name, one.address) for one in people)
    yield "Subject", text_of(node, t("Subject")) or ""
    yield "Date", "" if sent is None else format_datetime(sent)
    yield "Message-ID", text_of(node, t("InternetMessageId")) or ""
    yield "In-Reply-To", text_of(node, t("InReplyTo")) or ""
    yield "References", text_of(node, t("References")) or ""


def _person(name: str, address: str) -> str:
    try:
        return formataddr((_BREAKS.sub(" ", name), _BREAKS.sub("", address)), "utf-8")
    except UnicodeEncodeError:  # an address beyond ASCII (RFC 6532), or EX
        return f'"{name}" <{address}>'


def _line(name: str, value: str) -> bytes:
    """One header line. Breaks within the value go: an answer must not smuggle in headers."""
    flat = _BREAKS.sub(" ", value).strip()
    try:
        return f"{name}: ".encode() + flat.encode("ascii") + b"\r\n"
    except UnicodeEncodeError:
        coded = Header(flat.encode("utf-8", "replace").decode(), "utf-8", header_name=name).encode(linesep="\r\n")
        return f"{name}: {coded}\r\n".encode("ascii", "replace")
