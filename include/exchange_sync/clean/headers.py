"""Header blocks: splitting them into fields, and decoding fields (RFC 5322 2.2, RFC 2047, RFC 2231)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.clean.transfer import decode_base64

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_LINE = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*")  # with the lines that continue it
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_MAIN_VALUE = re.compile(r"\A\s*([^\s;]+)")
# some programs forget the semicolon
_PARAMETER = re.compile(r'(?:;|(?<!\s)\s)\s*+([^\s=;"]{1,200})\s*+=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)


Decoder = Callable[[bytes, str | None, Problems], str]


class Headers:
    """The fields of one header block, in order. Names are lower case; values are raw bytes, unfolded, trimmed."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields

    def raw(self, name: str) -> bytes:
        """The first value of a field, or b""."""
        return next((value for key, value in self.fields if key == name), b"")

    def all(self, name: str) -> Iterator[bytes]:
        """Every value of a field."""
        return (value for key, value in self.fields if key == name)

    def text(self, name: str, problems: Problems) -> str:
        """The first value of a field, decoded, on one line."""
        return decode_value(self.raw(name), problems)


def read_block(data: bytes, start: int, end: int, problems: Problems) -> tuple[Headers, int]:
    """The header block at data[start:end], and where its body starts.

    A block ends at the first empty line. Lines that are no fields are skipped. The body starts at such a line if it is
    the first, if no field follows it, if it is a boundary, or if no empty line ever comes.
    """
    block_end, body = _block_end(data, start, end)
    if block_end - start > limits.HEADER_BLOCK_BYTES:
        problems.note(Problem.HEADER_LIMIT)
    fields: list[tuple[str, bytes]] = []
    stray = -1
    for line in _LINE.finditer(data, start, min(block_end, start + limits.HEADER_BLOCK_BYTES)):
        text = line[0].rstrip() if fields else line[0].strip()
        field = _FIELD.fullmatch(_FOLD.sub(b"", text) if b"\n" in text else text)
        if field is None:
            if not fields and text:
                return Headers([]), start
            stray = line.start() if stray < 0 and text else stray
            if text.startswith(b"--") or body == end:
                break
            continue
        if stray >= 0:
            problems.note(Problem.HEADER_MALFORMED)
            stray = -1
        if len(fields) >= limits.HEADER_COUNT:
            problems.note(Problem.HEADER_LIMIT)
            break
        fields.append((field[1].decode("ascii").lower(), _capped(field[2].strip(), problems)))
    if stray >= 0:
        problems.note(Problem.HEADER_MALFORMED)
        body = stray
    return Headers(fields), body


def _capped(value: bytes, problems: Problems) -> bytes:
    if len(value) > limits.HEADER_VALUE_BYTES:
        problems.note(Problem.HEADER_LIMIT)
    return value[: limits.HEADER_VALUE_BYTES]


def _block_end(data: bytes, start: int, end: int) -> tuple[int, int]:
    """End of the header block and start of the body."""
    for newline in (b"\n", b"\r\n"):
        if data.startswith(newline, start, end):
            return start, start + len(newline)
    crlf = data.find(b"\n\r\n", start, end)
    lf = data.find(b"\n\n", start, end if crlf < 0 else crlf)
    if lf >= 0:
        return lf, lf + 2
    if crlf >= 0:
        return crlf, crlf + 3
    return end, end


def decode_value(raw: bytes, problems: Problems) -> str:
    """A field's value as one line of text: charset guessed, encoded words decoded, control characters dropped."""
    return one_line(decode_words(decode(raw, None, problems), problems))


def one_line(text: str) -> str:
    """Text with every run of white space as one blank, and without control characters."""
    if text.isprintable() and "  " not in text and text.isascii():
        return text.strip()
    return _SPACES.sub(" ", _CONTROLS.sub("", text)).strip()


def base_name(path: str) -> str:
    """The last segment of a file name: some programs send whole paths."""
    return one_line(path).replace("\\", "/").rpartition("/")[2][: limits.NAME_LIMIT]


def decode_words(text: str, problems: Problems, decoder: Decoder = decode) -> str:
    """Encoded words of a text decoded (RFC 2047).

    Neighbours of one charset are joined before decoding: many programs cut inside a character.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[bytes] = []
    charset, last = "", 0
    for word in _WORD.finditer(text):
        between = text[last : word.start()]
        label = word[1].partition("*")[0].lower()
        if pending and (between.strip() or label != charset):
            out.append(decoder(b"".join(pending), charset, problems))
            pending = []
            between = between if between.strip() else ""
        elif pending:
            between = ""
        out.append(between)
        pending.append(_word_bytes(word[2], word[3], problems))
        charset, last = label, word.end()
    if pending:
        out.append(decoder(b"".join(pending), charset, problems))
    out.append(text[last:])
    return "".join(out)


def _word_bytes(encoding: str, text: str, problems: Problems) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(raw.replace(b" ", b""), problems)
    return binascii.a2b_qp(raw, header=True)


def read_parameters(raw: bytes, problems: Problems) -> tuple[str, dict[str, str]]:
    """A structured value such as Content-Type: its main value in lower case, and its parameters, decoded.

    Continuations and charsets of RFC 2231 are resolved, and so are the encoded words that RFC 2047 forbids here.
    """
    text = decode(raw, None, problems)
    main = next(iter(_MAIN_VALUE.findall(text)), "").lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(text)):
        if count >= limits.PARAMETERS:
            problems.note(Problem.HEADER_LIMIT)
            break
        name = found[1].lower()
        value = found[2].replace("\\\\", "\\").replace('\\"', '"') if found[2] is not None else found[3].strip()
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(name, decode_words(value, problems))
            continue
        number = rest.rstrip("*")
        index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        pieces.setdefault(base, {})[index] = (value, rest.endswith("*") or not rest)
    for base, numbered in pieces.items():
        plain[base] = _joined(numbered, problems)
    return main, plain


def _joined(pieces: dict[int, tuple[str, bool]], problems: Problems) -> str:
    """One RFC 2231 value from its numbered pieces; the first names the charset."""
    charset: str | None = None
    whole: list[bytes] = []
    for order, index in enumerate(sorted(pieces)):
        value, encoded = pieces[index]
        if encoded and order == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        whole.append(unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace"))
    # some programs make encoded words of a name, and then cut those into pieces
    return decode_words(decode(b"".join(whole), charset, problems), problems)
