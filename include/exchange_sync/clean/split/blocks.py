"""Judges the lines of a signature: what is contact, what firms add, what is prose that goes on with the message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.footers import is_device_line
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

SHORT = 70
_PHONE = re.compile(r"(?<![\d.$€£])(?:\+|\()?\d(?:[().\-/]| (?! ))?(?:\d[ ().\-/]{0,2}){5,15}\d(?![\d.]|,\d)")
_WEB = re.compile(r"(?:https?://|www\.)\S{3,200}|\S{1,64}@\S{1,100}\.\w{2,}", re.IGNORECASE)
_MOBILE = re.compile(r"^via mobile$", re.IGNORECASE)
_PROSE_END = re.compile(r"[.?!…。？！]$")
_NAME_WORDS = 6
_BLOCK_LINES = 60  # below a closing formula
_PARTED = re.compile(r"\s[|·•‖/]\s|\s[–—]\s")  # "Ann Lee | Sales | T +44 …"
_STARTS, _SPEAKS = words("postscripts", 0), words("postscripts", 1)
_SPEAKING = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in _SPEAKS)})(?!\w)")
_SPEAKING_LONG = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in _SPEAKS if len(word) > 2)})(?!\w)")
_ENGLISH_I = re.compile(r"(?<![.:!?])\sI(?:'m|'ll|'ve)?\s[a-z]")
_DOTTED = re.compile(r"[.@/:]\w")
_SALUTATION_WORDS = 4
_GREETINGS = tuple(f"{word} " for word in words("salutations"))


def _either_edge(word: str) -> str:
    begin = r"(?<!\w)" if word[0].isalnum() and word[0].isascii() else ""
    return f"{begin}{re.escape(word)}" + (r"(?!\w)" if word[-1].isalnum() and word[-1].isascii() else "")


_LEGAL: dict[str, re.Pattern[str]] = {word: re.compile(_either_edge(word)) for word in words("legal")}

_LEGAL_ASCII = {word: edge for word, edge in _LEGAL.items() if word.isascii()}


def is_short(text: str) -> bool:
    """True for a line that may stand in a signature: short, and not a sentence."""
    if len(text) > SHORT:
        return False
    return not (_PROSE_END.search(text) and len(text.split()) > 5)


def is_contact(text: str) -> bool:
    """True for a line that holds a telephone number, an address of the web or of mail and little else."""
    if len(text) > MARK_LENGTH:
        return False
    if _MOBILE.match(text):
        return True
    if _PHONE.search(text) is None and _WEB.search(text) is None:
        return False
    return (len(text) <= 120 and len(text.split()) <= 12) or len(_PARTED.findall(text)) >= 2


def is_direct(text: str) -> bool:
    """True for a line with a telephone number or an address of mail."""
    head = text[:MARK_LENGTH]
    return _PHONE.search(head) is not None or ("@" in head and _WEB.search(head) is not None)


def is_evident(text: str) -> bool:
    """True for a line that signatures alone have, however long: contacts, a firm's duties, an image, several fields."""
    if is_contact(text) or text.startswith("[") and text.endswith("]"):
        return True
    head = text[: 2 * MARK_LENGTH].lower()
    if len(text) > SHORT and is_spoken(text):
        return False
    return is_legal(head) or _WEB.search(head) is not None


def is_spoken(text: str) -> bool:
    """True for a long line in which somebody speaks to a reader, whatever links and abbreviations stand in it."""
    if _ENGLISH_I.search(text) is not None:
        return True
    plain = [word for word in text[: 2 * MARK_LENGTH].lower().split() if not _DOTTED.search(word)]
    return _SPEAKING_LONG.search(" ".join(plain)) is not None


def is_legal(lowered: str) -> bool:
    """True if a word of the table stands in the text, parted from others where its script parts words."""
    for word, edge in (_LEGAL_ASCII if lowered.isascii() else _LEGAL).items():  # a loop: this is asked of many lines
        if word in lowered and edge.search(lowered) is not None:
            return True
    return False


def reads_as_name(text: str) -> bool:
    """True if a line may be the name below a formula: a few words, no question and no sentence."""
    first = _PARTED.split(text, maxsplit=1)[0]
    if first == text:
        first = text.split(",", 1)[0]
    return len(first.split()) <= _NAME_WORDS and is_short(first) and not text.endswith(("?", ":", "？", "："))


def is_block(lines: Sequence[Line]) -> bool:
    """True if all that stands below a closing formula is its signature.

    Evidence: a name first; then short lines, contacts and what firms add. Other prose counts as a firm's motto only
    where contacts stand by, nobody speaks in it, and nothing in it is asked. A postscript or a salutation is the
    message.
    """
    texts = [line.text for line in lines if not line.blank]
    if not texts or len(texts) > _BLOCK_LINES or not reads_as_name(texts[0]):
        return False
    evident = [is_evident(text) for text in texts]
    for index, text in enumerate(texts):
        if index and goes_on(text):
            return False
        if evident[index] or (index == 0) or is_short(text) or is_device_line(text) or is_ornament(text):
            continue
        if not any(evident) or len(text) > MARK_LENGTH or _says(text):
            return False
    return True


def is_ornament(text: str) -> bool:
    return not any(sign.isalnum() for sign in text[:MARK_LENGTH])


def goes_on(text: str) -> bool:
    """A postscript, a salutation or a question: the message goes on."""
    lowered = text[:MARK_LENGTH].lower()
    if lowered.startswith(_STARTS) or text.endswith(("?", "？")):
        return True
    return text.endswith((",", "，")) and len(text.split()) <= _SALUTATION_WORDS and lowered.startswith(_GREETINGS)


def _says(text: str) -> bool:
    """True if somebody speaks to a reader: "I", "could you", "please send"."""
    return _SPEAKING.search(text.lower()) is not None
