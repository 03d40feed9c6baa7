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
_SALUTATION_WORDS = 4
_GREETINGS = tuple(f"{word} " for word in words("salutations"))


def _either_edge(word: str) -> str:
    begin = r"(?<!\w)" if word[0].isalnum() and word[0].isascii() else ""
    return f"{begin}{re.escape(word)}" + (r"(?!\w)" if word[-1].isalnum() and word[-1].isascii() else "")


_LEGAL = {word: re.compile(_either_edge(word)) for word in words("legal")}


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


def is_evident(text: str) -> bool:
    """True for a line that signatures alone have, however long: contacts, a firm's duties, an image, several fields."""
    if is_contact(text) or text.startswith("[") and text.endswith("]"):
        return True
    head = text[: 2 * MARK_LENGTH].lower()
    return _is_legal(head) or (_WEB.search(head) is not None and _SPEAKING.search(head) is None)


def _is_legal(lowered: str) -> bool:
    """True if a word of the table stands in the text, parted from others where its script parts words."""
    return any(word in lowered and edge.search(lowered) is not None for word, edge in _LEGAL.items())


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
        if index and _goes_on(text):
            return False
        if evident[index] or (index == 0) or is_short(text) or is_device_line(text) or _is_ornament(text):
            continue
        if not any(evident) or len(text) > MARK_LENGTH or _says(text):
            return False
    return True


def _is_ornament(text: str) -> bool:
    return not any(sign.isalnum() for sign in text[:MARK_LENGTH])


def _goes_on(text: str) -> bool:
    """A postscript, a salutation or a question: the message goes on."""
    lowered = text[:MARK_LENGTH].lower()
    if lowered.startswith(_STARTS) or text.endswith(("?", "？")):
        return True
    return text.endswith((",", "，")) and len(text.split()) <= _SALUTATION_WORDS and lowered.startswith(_GREETINGS)


def _says(text: str) -> bool:
    """True if somebody speaks to a reader: "I", "could you", "please send"."""
    return _SPEAKING.search(text.lower()) is not None
