"""Bytes to text: declared charset, then UTF-8, then detection, then Windows-1252; then repair of double encoding.

Labels are read as browsers read them (WHATWG Encoding Standard): ``iso-8859-1`` means Windows-1252, ``gb2312``
means GB 18030, and so on, because that is what mail programs mean by them.
"""

from __future__ import annotations

import codecs
import re

from exchange_sync.clean.problems import Problem, Problems

_ALIASES = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "big5": "cp950",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
_NO_LABEL = re.compile(r"[^a-z0-9_.:+-]")
_CODE_PAGE = re.compile(r"(?:x-)?(?:cp|win|windows|ibm)[-_]?(\d{3,5})")
# codecs that are no charsets of mail: they execute escapes, unpack, or depend on the machine
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_SILENT = {"", "unknown", "x-unknown", "unknown-8bit", "x-user-defined", "default", "none"}
_STATEFUL = ("iso2022", "hz", "utf_7", "utf_16", "utf_32")
_SINGLE = ("iso8859", "cp125", "koi8", "ascii", "mac")  # in which such bytes are next to impossible
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\(J")
_SURROGATES = re.compile("[\ud800-\udfff]")
# UTF-8 read as Windows-1252 leaves one of these pairs behind; only then is the costly repair worth its time
_MOJIBAKE = re.compile("[ÂÃÐÑâ][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_DETECT_BYTES = 16 * 1024
_SURE, _LIKELY = 0.5, 0.12  # the detector's confidence; measured on short texts of twenty languages
_LAST_LATIN = "\u024f"
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_CODE_PAGES_OF_MAIL = {"cp932", "cp949", "cp950", "cp874", "cp1258"}  # the others were DOS's
_TURKISH = ("ISO-8859-9", "Windows-1254")
# what browsers do: the bytes that Windows-1252 leaves undefined keep their place
_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


def decode(raw: bytes, declared: str | None, problems: Problems) -> str:
    """Text of raw, whatever its label says. Never raises; what is guessed or replaced is noted in problems."""
    codec = _codec(declared, problems) if declared else None
    if raw.isascii() and not (codec and codec.startswith(_STATEFUL)):
        if b"\x1b" in raw and _ISO_2022_JP.search(raw):
            return raw.decode("iso2022_jp_2", "replace")
        return raw.decode("ascii")
    if codec is None or codec == "utf-8" or codec.startswith(_SINGLE):
        raw = _paired(raw)
    return _repaired(_SURROGATES.sub("\ufffd", _decoded(raw, codec, problems)), problems)


def decode_plainly(raw: bytes, declared: str | None, problems: Problems | None = None) -> str:
    """Text of raw by fixed rules alone: UTF-8 where it is, else what is declared, else Latin-1. Never raises.

    For what must stay the same for ever: nothing is guessed or repaired, so no library's version enters it.
    """
    codec = _codec(declared, problems or Problems()) if declared else None
    if codec is None and raw.isascii():
        return raw.decode("ascii")
    if codec is not None and codec.startswith(_STATEFUL):
        return _SURROGATES.sub("\ufffd", raw.decode(codec, "replace"))
    text = _strict(raw, "utf-8")
    if text is None and codec not in (None, "utf-8"):
        text = _strict(raw, str(codec))
    return _SURROGATES.sub("\ufffd", raw.decode("latin-1") if text is None else text).removeprefix("\ufeff")


def _decoded(raw: bytes, codec: str | None, problems: Problems) -> str:
    if codec is None or codec == "utf-8" or not codec.startswith(_STATEFUL):
        # bytes above ASCII that form valid UTF-8 by accident are next to impossible in any other charset
        text = _strict(raw, "utf-8")
        if text is not None:
            if codec not in (None, "utf-8"):
                problems.note(Problem.CHARSET_WRONG)
            return text.removeprefix("\ufeff")
    if codec is not None and codec != "utf-8":
        text = _strict(raw, codec)
        if text is not None:
            return text.removeprefix("\ufeff")
    return _nearly_utf8(raw, problems) or _guessed(raw, codec, problems)


def _codec(declared: str | None, problems: Problems) -> str | None:
    """Python's name of the declared charset, or None where it is missing, unknown or unsafe."""
    label = _NO_LABEL.sub("", (declared or "").partition("*")[0].lower())
    if label in _SILENT:
        return None
    page = _CODE_PAGE.fullmatch(label)
    name = f"cp{page[1]}" if page else _ALIASES.get(label, label)
    if name == "utf-8":
        return name
    try:
        info = codecs.lookup(name[:40])
    except (LookupError, ValueError):
        problems.note(Problem.CHARSET_UNKNOWN)
        return None
    codec = info.name.replace("-", "_")
    if codec in _REFUSED or not info._is_text_encoding:
        problems.note(Problem.CHARSET_UNKNOWN)
        return None
    return "utf-8" if codec == "utf_8" else codec


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError, OverflowError):
        return None


def _nearly_utf8(raw: bytes, problems: Problems) -> str | None:
    """UTF-8 with a few broken characters (cut in the middle, a stray byte), or None when it is something else."""
    text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(map(text.count, "äöüéèàçñ’–“”…")) or sum(1 for char in text[:4096] if char > "\x7f") - broken
    if whole < 4 * broken:
        return None
    problems.note(Problem.CHARSET_BROKEN)
    return text


def _guessed(raw: bytes, codec: str | None, problems: Problems) -> str:
    import chardet  # heavy, and needed by one mail in a hundred

    problems.note(Problem.CHARSET_GUESSED)
    found = chardet.detect(raw[:_DETECT_BYTES])
    guess, confidence = found["encoding"], found["confidence"] or 0.0
    text = _strict(raw, guess) if guess else None
    if guess and text is not None and (confidence >= _SURE or _is_plausible(raw, text, guess, confidence)):
        return text
    if codec is not None and codec not in ("utf-8", "cp1252"):
        problems.note(Problem.CHARSET_BROKEN)
        return raw.decode(codec, "replace")
    return raw.decode("latin-1").translate(_CP1252)


def _is_plausible(raw: bytes, text: str, guess: str, confidence: float) -> bool:
    """Is a guess right though the detector is not sure of it, as it never is of short texts?

    Words of a script other than Latin are made of neighbouring bytes above ASCII; letters with accents stand alone.
    """
    if guess.lower().startswith("cp") and guess.lower() not in _CODE_PAGES_OF_MAIL:
        return False
    if guess in _TURKISH:  # differs from Windows-1252 in six letters, which only Icelandic has there
        return True
    letters = [char for char in text[:_DETECT_BYTES] if char > "\x7f" and char.isalpha()]
    if 2 * sum(char <= _LAST_LATIN for char in letters) >= len(letters):
        return confidence >= _LIKELY
    runs = _HIGH_RUN.findall(raw[:_DETECT_BYTES])
    return sum(map(len, runs)) >= 2 * len(runs)


_PAIR = re.compile(rb"\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])")


def _paired(raw: bytes) -> bytes:
    """The bytes, with emoji that a program wrote as the two halves of UTF-16 (CESU-8) in UTF-8."""
    if b"\xed" not in raw:
        return raw
    return _PAIR.sub(
        lambda pair: (
            pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()
        ),
        raw,
    )


def _repaired(text: str, problems: Problems) -> str:
    if not _MOJIBAKE.search(text):
        return text
    import ftfy  # heavy, and needed by one mail in a thousand

    better = ftfy.fix_encoding(text)
    if better != text:
        problems.note(Problem.TEXT_REPAIRED)
    return better
