"""Makes text fit to keep: no control or invisible characters, one kind of line end, a bounded length."""

from __future__ import annotations

import re
import unicodedata

from exchange_sync.model.cleaned import TEXT_LIMIT

CUT_MARK = "\n[… cut …]\n"

# Zero-width characters, soft hyphen, bidirectional controls, byte order mark, tags: invisible, and used to hide words.
_INVISIBLE = [
    *range(0xE0000, 0xE0080),
    0xAD,
    0x34F,
    0x61C,
    0x180E,
    0x200B,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
]
_CONTROL = [code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n"]
_DROP = dict.fromkeys([*_INVISIBLE, *_CONTROL])
# Joiners are kept between the letters of scripts that need them and inside emoji; elsewhere they are padding.
_IDLE_JOINER = re.compile(
    "(?<![^\\x00-\\x7f\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d](?![^\\x00-\\x7f\\s\u200c\u200d])"
)
_ANSI = re.compile("\x1b\\[[0-9;?]{0,20}[A-Za-z]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# No-break space, and letters that look like spaces (Hangul filler, braille blank), with which mails are padded.
_BLANK = dict.fromkeys([0xA0, 0x3164, 0xFFA0, 0x2800], " ")
_HALVES = re.compile(
    r"&#(?:(5[5-6]\d{3})|[xX]([dD][89abAB][0-9a-fA-F]{2}));?&#(?:(5[6-7]\d{3})|[xX]([dD][c-fC-F][0-9a-fA-F]{2}));?"
)
_ESCAPED_HALVES = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_QUOTE_MARKS = re.compile(r"[> ]{0,40}")
_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"}


def normalise(text: str) -> str:
    """The text with line feeds as its only line ends, and without control, invisible or unpaired characters.

    Lone surrogates (which UTF-8 cannot hold) become U+FFFD; a no-break space becomes a space.
    """
    for old, new in _LINE_ENDS.items():
        text = text.replace(old, new)
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # most mail: nothing to drop
    text = _ANSI.sub("", text).translate(_DROP).translate(_BLANK)
    if "\u200c" in text or "\u200d" in text:
        text = _IDLE_JOINER.sub("", text)
    return _SURROGATE.sub("\ufffd", text)


def join_halves(text: str) -> str:
    """The text with each character that a program wrote as the two halves of UTF-16 in one: "&#55357;&#56832;"."""
    if "&#" in text:
        text = _HALVES.sub(_character, text)
    return _ESCAPED_HALVES.sub(_escaped, text) if "\\u" in text else text


def _character(pair: re.Match[str]) -> str:
    high, low = (int(pair[at]) if pair[at] else int(pair[at + 1], 16) for at in (1, 3))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return pair[0]
    return _joined(high, low)


def _escaped(pair: re.Match[str]) -> str:
    return _joined(int(pair[1], 16), int(pair[2], 16))


def _joined(high: int, low: int) -> str:
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def shorten(text: str, limit: int) -> str:
    """The text without its middle if it has more than about `limit` characters, cut between lines.

    The mark is quoted as the line above it is, so that a quote remains one quote.
    """
    if len(text) <= limit:
        return text
    head, _, rest = text[: limit - limit // 8].rpartition("\n")
    tail = text[len(text) - limit // 8 :]
    tail = tail[tail.find("\n") + 1 :]
    quote = _QUOTE_MARKS.match((head or rest)[(head or rest).rfind("\n") + 1 :])
    return f"{head or rest}\n{quote[0] if quote else ''}{CUT_MARK.strip()}\n{tail}"


def clip(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, at most `limit` characters of it: what is cut out lies between its first and last part, with a mark.

    Both ends are kept because the newest words of an answer below a long quote stand last.
    """
    if len(text) <= limit:
        return text
    room = limit - len(CUT_MARK)
    tail = room // 8
    return text[: room - tail] + CUT_MARK + text[len(text) - tail :]
