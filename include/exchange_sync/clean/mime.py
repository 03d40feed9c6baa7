"""One message as a tree of parts (RFC 2045 to 2047), read in linear time.

The standard library's parser recurses once a level (a thousand nested multiparts raise RecursionError), tests each
line against each open boundary, and keeps no bytes of nested messages. This one walks offsets into the one buffer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange_sync.clean import limits
from exchange_sync.clean.headers import Headers, base_name, read_block, read_parameters
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.clean.transfer import decode_transfer

_BOM = b"\xef\xbb\xbf"
_FROM_LINE = re.compile(rb">?From [^\n]*\n")
_GUESS = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?:Content-|\r?\n)", re.IGNORECASE)
_GUESS_BYTES = 16 * 1024
_TYPE = re.compile(r"[^\s/;]{1,100}/[^\s/;]{1,100}")


@dataclass
class Part:
    """One node of the tree. start and end bound its body in data, still encoded; parts holds a multipart's children."""

    data: bytes
    headers: Headers
    start: int
    end: int
    content_type: str
    params: dict[str, str]
    disposition: str = ""
    filename: str = ""
    parts: list[Part] = field(default_factory=list)

    @property
    def main_type(self) -> str:
        """The type without its subtype."""
        return self.content_type.partition("/")[0]

    def content(self, problems: Problems) -> bytes:
        """The decoded bytes of a leaf."""
        raw = self.data[self.start : self.end]
        encoding = self.headers.raw("content-transfer-encoding").decode("ascii", "replace")
        return decode_transfer(raw, encoding, problems)

    def leaves(self) -> Iterator[Part]:
        """Every part without children, in order; without recursion."""
        stack = [self]
        while stack:
            part = stack.pop()
            if part.parts:
                stack.extend(reversed(part.parts))
            else:
                yield part


class _Budget:
    """What reading one message may still cost."""

    def __init__(self) -> None:
        self.parts = limits.PARTS
        self.units = limits.SCAN_UNITS


def parse(mime: bytes, problems: Problems) -> Part:
    """The tree of a message. Never raises: what is not MIME becomes one text part."""
    if len(mime) > limits.MIME_BYTES:
        problems.note(Problem.MESSAGE_TRUNCATED)
        mime = mime[: limits.MIME_BYTES]
    if b"\n" not in mime and b"\r" in mime:
        mime = mime.replace(b"\r", b"\n")
    root = _read_part(mime, _first_field(mime), len(mime), "text/plain", problems)
    budget = _Budget()
    stack = [(root, 0)]
    while stack:
        part, depth = stack.pop()
        if not _is_multipart(part):
            continue
        _split(part, depth, budget, problems)
        stack.extend((child, depth + 1) for child in part.parts)
    return root


def _is_multipart(part: Part) -> bool:
    """By its type, or because a part that calls itself something else opens with the boundary it names."""
    if part.main_type == "multipart":
        return True
    boundary = part.params.get("boundary", "").encode("utf-8", "replace")
    return bool(boundary) and part.data.startswith(b"--" + boundary, part.start, part.end)


def _first_field(mime: bytes) -> int:
    """Where the headers start: behind a byte order mark, empty lines and the From_ line of an mbox."""
    start = len(_BOM) if mime.startswith(_BOM) else 0
    while mime.startswith((b"\n", b"\r\n"), start):
        start = mime.index(b"\n", start) + 1
    while line := _FROM_LINE.match(mime, start):
        start = line.end()
    return start


def _read_part(data: bytes, start: int, end: int, default: str, problems: Problems) -> Part:
    headers, body = read_block(data, start, end, problems)
    content_type = default
    params: dict[str, str] = {}
    more: dict[str, str] = {}
    if raw := headers.raw("content-type"):
        content_type, params = read_parameters(raw, problems)
        if not _TYPE.fullmatch(content_type):
            content_type = "text/plain"  # as RFC 2045 section 5.2 says of what cannot be read
    disposition = ""
    if raw := headers.raw("content-disposition"):
        disposition, more = read_parameters(raw, problems)
    filename = more.get("filename") or more.get("name") or params.get("name") or ""
    return Part(data, headers, body, end, content_type, params, disposition, base_name(filename))


def _split(part: Part, depth: int, budget: _Budget, problems: Problems) -> None:
    """Fills part.parts; a multipart that cannot be split becomes a text part."""
    boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
    if depth >= limits.DEPTH or budget.units <= 0:
        problems.note(Problem.DEPTH_LIMIT)
        spans: list[tuple[int, int]] = []
    else:
        spans = _spans(part, boundary, budget) if boundary else []
        if not spans:
            problems.note(Problem.BOUNDARY_MISSING)
            before = max(part.start - 1, 0)  # the newline that a boundary begins with
            guess = _GUESS.search(part.data, before, min(part.end, part.start + _GUESS_BYTES))
            spans = _spans(part, guess[1], budget) if guess else []
    if not spans:
        part.content_type, part.params = "text/plain", {}
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in spans:
        if budget.parts <= 0:
            problems.note(Problem.PARTS_LIMIT)
            break
        budget.parts -= 1
        part.parts.append(_read_part(part.data, start, end, default, problems))


def _spans(part: Part, boundary: bytes, budget: _Budget) -> list[tuple[int, int]]:
    """Start and end of each child. A missing closing line is forgiven: the last child ends with the part."""
    data, end, mark = part.data, part.end, b"--" + boundary
    budget.units -= end - part.start
    spans: list[tuple[int, int]] = []
    child, at = -1, data.find(mark, part.start, end)
    while at >= 0 and budget.units > 0 and len(spans) <= limits.PARTS:
        budget.units -= limits.HIT_UNITS
        after = at + len(mark)
        if at == part.start or data[at - 1] == 10:
            line_end = data.find(b"\n", after, end)
            line_end = end if line_end < 0 else line_end
            rest = data[after : min(line_end, after + 100)].rstrip()
            if rest in (b"", b"--"):
                if child >= 0:
                    spans.append((child, max(child, _before_newline(data, at, part.start))))
                child = -1 if rest else min(line_end + 1, end)
                after = line_end
                if rest:
                    break
        at = data.find(mark, after, end)
    if child >= 0:
        spans.append((child, end))
    return spans


def _before_newline(data: bytes, at: int, start: int) -> int:
    """The newline before a boundary belongs to the boundary."""
    at -= 1
    return at - 1 if at > start and data[at - 1] == 13 else at
