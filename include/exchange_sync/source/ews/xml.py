"""From the bytes of an answer to a tree that can be trusted to be whole (reference 3.1 and 3.3).

Exchange escapes whatever lies in a mailbox: control characters and halves of surrogate pairs come as character
references that no XML parser may accept, and old mail carries bytes that are not UTF-8. Such characters become
U+FFFD here, before parsing, so that parsing can be strict: a recovering parser makes a cut answer look whole.
"""

from __future__ import annotations

import re

from lxml import etree

_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_REPLACEMENT = "\ufffd".encode()
_ENVELOPE_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?Envelope\s*>\s*\Z")
_ENVELOPE_START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Envelope[\s>]")


class Garbled(Exception):
    """The bytes are not well-formed XML, even after mending characters. Says where, never what."""


def ends_whole(body: bytes) -> bool:
    """Does the body end in its closing Envelope tag?"""
    return _ENVELOPE_END.search(body[-256:]) is not None


def begins_like_soap(body: bytes) -> bool:
    """Does the body begin as a SOAP answer does, whole or cut? An HTML page does not."""
    head = body[:1024].lstrip(b"\xef\xbb\xbf \r\n\t")
    return _ENVELOPE_START.search(head) is not None or (len(head) < 200 and b"<?xml"[: len(head)] == head[:5])


def mended(body: bytes) -> bytes:
    """The body with every character that XML forbids replaced by U+FFFD (raw control characters are dropped)."""
    if body.translate(None, _CONTROLS) != body:
        body = body.translate(None, _CONTROLS)
    return _REFERENCE.sub(_legal_reference, body) if b"&#" in body else body


def parse(body: bytes) -> etree._Element:
    """The tree of an answer. Raises Garbled. Entities are not resolved and nothing is fetched."""
    clean = mended(body)
    try:
        return _strict(clean)
    except etree.XMLSyntaxError:
        pass  # once more below, in case it was only the encoding
    try:
        return _strict(
            clean.decode("utf-8", "replace").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").encode()
        )
    except etree.XMLSyntaxError as error:
        raise Garbled(f"line {error.lineno}") from None


def _strict(body: bytes) -> etree._Element:
    # no_network and resolve_entities: an answer is foreign input; huge_tree: a MIME of 100 MB is one text node
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True, remove_comments=True)
    return etree.fromstring(body, parser)


def _legal_reference(found: re.Match[bytes]) -> bytes:
    code = int(found[1], 16) if found[1] else int(found[2])
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return found[0] if legal else _REPLACEMENT
