"""Makes text fit to keep: no control or invisible characters, one kind of line end, a bounded length."""

from __future__ import annotations

import re
import unicodedata

from exchange_sync.model.cleaned import TEXT_LIMIT

CUT_MARK = "\n[… cut]"

# Zero-width characters, soft hyphen, bidirectional controls, byte order mark: invisible, and used to hide words.
# ZWJ and ZWNJ (200d, 200c) are kept: emoji families, Persian and the Indic scripts need them.
_INVISIBLE = [
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
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"}


def normalise(text: str) -> str:
    """The text with line feeds as its only line ends, and without control, invisible or unpaired characters.

    Lone surrogates (which UTF-8 cannot hold) become U+FFFD; a no-break space becomes a space.
    """
    for old, new in _LINE_ENDS.items():
        text = text.replace(old, new)
    text = text.translate(_DROP).replace("\u00a0", " ")
    return _SURROGATE.sub("\ufffd", text)


def clip(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, cut with a visible mark if it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    return text[: limit - len(CUT_MARK)].rstrip() + CUT_MARK
