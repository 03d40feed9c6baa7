"""The body of a mail as Exchange converts it: HTML, plain text, or the best of them."""

from __future__ import annotations

import html
from email.message import Message

from lxml import etree
from lxml import html as lxml_html

from exchange_simulator.store.mime import attachment_parts, decode


def body(message: Message, wanted: str) -> tuple[str, str]:
    """The body as (``HTML`` or ``Text``, content). wanted: Best, HTML or Text."""
    rich, plain = _first(message, "text/html"), _first(message, "text/plain")
    if wanted == "Text":
        return "Text", plain if plain is not None else _strip(rich or "")
    if rich is not None:
        return "HTML", rich
    if wanted == "HTML" or plain is not None:
        return ("HTML", _wrap(plain or "")) if wanted == "HTML" else ("Text", plain or "")
    return "Text", ""


def _first(message: Message, kind: str) -> str | None:
    attached = {id(part) for part, _ in attachment_parts(message)}
    for part in _walk(message):
        if part.get_content_type() == kind and id(part) not in attached:
            return content(part)
    return None


def _walk(part: Message) -> list[Message]:
    if part.get_content_maintype() != "multipart":
        return [part]
    payload = part.get_payload()
    children = payload if isinstance(payload, list) else []
    return [leaf for child in children if isinstance(child, Message) for leaf in _walk(child)]


def content(part: Message) -> str:
    """A text part decoded; what its charset cannot read is replaced."""
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    charset = str(part.get_param("charset", "") or "utf-8")
    try:
        return data.decode(charset, "strict")
    except (LookupError, UnicodeError):
        return data.decode("cp1252", "replace")


def _wrap(text: str) -> str:
    escaped = html.escape(text, quote=False).replace("\r\n", "<br>\r\n")
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html><head>{meta}</head><body>{escaped}</body></html>"


def _strip(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return "".join(map(str, lxml_html.document_fromstring(text).itertext())).strip()
    except (etree.ParserError, ValueError):
        return ""


def filename(part: Message) -> str:
    """An attachment's name, decoded; an attached mail is named by its subject."""
    try:
        name = decode(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        name = ""
    if name:
        return name
    inner = embedded(part)
    if inner is not None:
        return decode(str(inner.get("Subject", ""))) or "Attached message"
    return "attachment"


def embedded(part: Message) -> Message | None:
    """The mail inside a message/rfc822 part, or None for any other part."""
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload:
        return payload[0] if isinstance(payload[0], Message) else None
    return None


def data(part: Message) -> bytes:
    """An attachment's bytes."""
    inner = embedded(part)
    if inner is not None:
        return inner.as_bytes()
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""
