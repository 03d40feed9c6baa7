"""Content-Transfer-Encoding (RFC 2045 section 6) as mail really arrives: cut, padded wrongly, with text behind it."""

from __future__ import annotations

import binascii
import re

from exchange_sync.clean.problems import Problem, Problems

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(set(range(256)) - set(_BASE64 + b"="))
_PADDING = re.compile(rb"=+")
_PURE_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_PADDED_START = re.compile(rb"([A-Za-z0-9+/]{2,}={1,2})[ \t]")
_ENCODING_END = re.compile(r"[;(]")
_SOFT_BREAK = re.compile(rb"=[ \t]+\r?\n")  # blanks that transport added (RFC 2045 section 6.7, rule 3)
_IDENTITY = {"", "7bit", "8bit", "binary", "7-bit", "8-bit"}


def decode_transfer(raw: bytes, encoding: str, problems: Problems) -> bytes:
    """The content that a part's encoding hides. Never raises; unknown encodings count as none."""
    name = _ENCODING_END.split(encoding, 1)[0].strip().lower()
    if name in _IDENTITY:
        return raw
    if name == "base64":
        return decode_base64(raw, problems)
    if name in ("quoted-printable", "quoted_printable", "quotedprintable"):
        return binascii.a2b_qp(_SOFT_BREAK.sub(b"=\n", raw))
    if name in ("x-uuencode", "x-uue", "uuencode", "uue"):
        return decode_uu(raw, problems)
    problems.note(Problem.ENCODING_UNKNOWN)
    return raw


def decode_base64(raw: bytes, problems: Problems) -> bytes:
    """Base64 content; text that a mailing list put behind it follows as it is, and text that never was base64 stays."""
    if not raw.rstrip(b"= \t\r\n").translate(None, _BASE64 + b"\r\n"):
        return _lenient(raw, problems)
    lines = [line.strip() for line in raw.split(b"\n")]
    first = next((i for i, line in enumerate(lines) if _is_prose(line)), len(lines))
    head, tail = lines[:first], lines[first:]
    if any(len(line) >= 40 and _PURE_LINE.fullmatch(line) for line in tail):
        problems.note(Problem.BASE64_BROKEN)
        return _lenient(b"\n".join(line for line in lines if not _is_prose(line)), problems)
    if tail and (padded := _PADDED_START.match(tail[0])):
        head, tail = [*head, padded[1]], [tail[0][padded.end() :], *tail[1:]]
    content, rest = _lenient(b"\n".join(head), problems), b"\n".join(tail).strip()
    if rest or b"".join(head).translate(None, _BASE64 + b"="):
        problems.note(Problem.BASE64_BROKEN)
    if not content:
        return raw if rest else b""
    return content + b"\n" + rest if rest else content


def _is_prose(line: bytes) -> bool:
    """A line of words or a rule, which no encoder writes."""
    return b" " in line or line.startswith((b"--", b"__"))


def _lenient(raw: bytes, problems: Problems) -> bytes:
    """Each run of base64 up to its padding, whatever stands between the letters."""
    out: list[bytes] = []
    for run in _PADDING.split(raw.translate(None, _OTHERS)):
        spare = len(run) % 4
        if spare == 1:
            problems.note(Problem.BASE64_BROKEN)
            run = run[:-1]
        out.append(binascii.a2b_base64(run + b"=" * (-len(run) % 4)))
    return out[0] if len(out) == 1 else b"".join(out)


def decode_uu(raw: bytes, problems: Problems) -> bytes:
    """The content of one uuencoded block, from its ``begin`` to its ``end`` line; both may be missing."""
    out: list[bytes] = []
    for line in raw.splitlines():
        if line.startswith(b"begin "):
            out.clear()
            continue
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            problems.note(Problem.UUENCODE_BROKEN)
            length = (line[0] - 32) & 63
            out.append(_uu_leniently(line, length))
    return b"".join(out)


def _uu_leniently(line: bytes, length: int) -> bytes:
    """A line with more or fewer characters than its length says, as some encoders write it."""
    need = 1 + (length * 4 + 2) // 3
    try:
        return binascii.a2b_uu(line[:need].ljust(need))
    except binascii.Error:
        return b""
