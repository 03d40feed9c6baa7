"""The content of one attachment out of an answer that is read as it comes: memory stays flat (reference 3.2).

expat hands over a long text in pieces, where lxml would gather it first. The answer is judged at its end: without
its closing tag, or with a code that is no success, what came before does not count.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from exchange_sync.source.ews.names import MESSAGES, SOAP, TYPES
from exchange_sync.source.ews.refusal import Truncated
from exchange_sync.source.ews.xml import Garbled, mended

_CONTENT = (f"{TYPES} Content", f"{TYPES} MimeContent")
_CODE = (f"{MESSAGES} ResponseCode", "http://schemas.microsoft.com/exchange/services/2006/errors ResponseCode")
_VALUE = f"{TYPES} Value"
_REFERENCE_START = re.compile(rb"&[^;&]{0,12}\Z")
_PACKED_STEP = 48 * 1024  # base64 characters a chunk; a multiple of 4


class AttachmentReader:
    """Feeds on the bytes of a GetAttachment answer and gives the attachment's bytes.

    code: the response code, once it was read. found: the answer holds content (maybe none of it: an empty file).
    """

    def __init__(self) -> None:
        self.code = ""
        self.found = False
        self.back_off: float | None = None
        self._inside: str | None = None
        self._back_off_next = False
        self._packed = bytearray()
        self._ended = False
        self._held = b""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = False
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity

    def read(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The attachment's bytes. Raises Truncated and Garbled; both also after bytes were given."""
        for chunk in chunks:
            self._feed(chunk)
            yield from self._unpacked(_PACKED_STEP)
        self._feed(b"", last=True)
        yield from self._unpacked(1)
        if self._packed:
            raise Truncated("base64 ends within a group")

    def _feed(self, chunk: bytes, *, last: bool = False) -> None:
        data = self._held + chunk
        cut = None if last else _REFERENCE_START.search(data[-13:])  # a character reference may lie across two chunks
        keep = len(cut[0]) if cut else 0
        self._held = data[len(data) - keep :]
        try:
            self._parser.Parse(mended(data[: len(data) - keep]), last)
        except expat.ExpatError as error:
            if last and not self._ended:
                raise Truncated("no closing tag") from None
            raise Garbled(f"line {error.lineno}") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CONTENT and not self.found:
            self.found = True
            self._inside = "content"
        elif name in _CODE:
            self._inside = "code"
        elif name == _VALUE and attributes.get("Name") == "BackOffMilliseconds":
            self._inside = "back_off"

    def _end(self, name: str) -> None:
        self._inside = None
        if name == f"{SOAP} Envelope":
            self._ended = True

    def _text(self, text: str) -> None:
        if self._inside == "content":
            self._packed += text.encode("ascii", "replace").translate(None, b" \t\r\n")
        elif self._inside == "code":
            self.code += text.strip()
        elif self._inside == "back_off" and text.strip().isdigit():
            self.back_off = int(text) / 1000.0

    def _entity(self, *declaration: object) -> None:
        raise Garbled(f"an entity is declared ({len(declaration)})")  # answers have none; only attacks do

    def _unpacked(self, at_least: int) -> Iterator[bytes]:
        """What can be decoded, once there is enough of it: whole groups of four characters."""
        ready = len(self._packed) // 4 * 4
        if ready < at_least:
            return
        taken = bytes(self._packed[:ready])
        del self._packed[:ready]
        try:
            yield binascii.a2b_base64(taken, strict_mode=True)
        except binascii.Error:
            raise Garbled("no base64") from None
