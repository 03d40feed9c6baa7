"""Knows closing formulas ("Kind regards"), alone or with a name, a second formula or a tail on their line.

Evidence: the line is nothing but a formula of the table; or one that only closings use, with a name ("Viele Grüße
Max"), with where from ("Beste Grüße aus Berlin"), or with words before it ("Sonnige Grüße"); or two of them joined.
"""

from __future__ import annotations

import re

from exchange_sync.clean.split.vocabulary import words

_LENGTH = 70
_CLOSINGS = frozenset(words("closings"))
_LAST_WORDS = frozenset(words("closing_heads", 0))
_FIRM = frozenset(words("closing_heads", 1))
_MOST_WORDS = max(len(phrase.split()) for phrase in _FIRM)
_TAILS = words("closing_heads", 2)
_TAIL_WORDS = 5
_HEAD_WORDS = 4  # of a formula that the table does not have
_JOINER = re.compile(
    r"\s?[/|&+]\s?|\s(?:" + "|".join(re.escape(word) for word in words("joiners") if word[0].isalpha()) + r")\s"
)
_MOST_JOINTS = 4
_EDGE = " \t*_~-–—"
_END = "!.,;:-–— )*_~。、！，،؛։…"
_NAME_SIGNS = (",", "!", " - ", " – ", ".", "、", "，", "،", "!", "！", "。", "/")
_ASKS = frozenset(("please", "give", "send", "pass", "say", "his", "her", "their", "bitte", "ich", "wir", "you"))
_JAPANESE = re.compile(
    r"^(?:以上[、,。]?\s?)?(?:(?:今後とも|引き続き|ご確認の?|ご検討の?|ご査収の?|ご対応の?|どうぞ|何卒|それでは|では)(?:ほど)?[、,]?)*"
    r"(?:(?:よろしく|宜しく)(?:お願い|御願い)?(?:し|いた|致|申し上げ|もうしあげ)?(?:します|致します|いたします|ます|申し上げます)?(?:ね)?"
    r"|敬具|草々|かしこ|拝|以上(?:です|になります)?|失礼(?:いたし|致し|し)ます)(?:[。.!！]*)$"
)
_FIRST = re.compile(r"[^\s,/!.،&+|\-–—]+")
_FIRST_WORDS = frozenset(found[0] for phrase in _CLOSINGS | _FIRM if (found := _FIRST.match(phrase)))
_UNSPACED = "\u0e00"  # scripts from here on part no words
_JAPANESE_START = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def is_closing(text: str) -> bool:
    """True for a line that is a closing formula, alone or with a name, a second formula or a tail behind it."""
    if not text or len(text) > _LENGTH:
        return False
    phrase = bare(text)
    if phrase in _CLOSINGS or phrase in _FIRM:
        return True
    if not _may_be(phrase):
        return False
    if _JAPANESE_START.match(phrase):
        return _JAPANESE.match(text.strip(_EDGE)) is not None
    return _is_named(text) or _is_joined(phrase) or is_firm(text)


def _may_be(phrase: str) -> bool:
    """A cheap look that most lines fail: a formula begins or ends with a word that some formula begins or ends with."""
    first = _FIRST.match(phrase)
    if first is None or first[0][0] >= _UNSPACED:
        return first is not None
    return first[0] in _FIRST_WORDS or phrase.rpartition(" ")[2] in _LAST_WORDS


def bare(text: str) -> str:
    """The line in lower case, without ornaments, the punctuation at its end, and typographic apostrophes."""
    return " ".join(text.lower().replace("’", "'").strip(_EDGE).rstrip(_END).split())


def is_firm(text: str) -> bool:
    """True for a formula that prose has no use for, so that what stands below needs less evidence."""
    if not text or len(text) > _LENGTH:
        return False
    phrase = bare(text)
    if not _may_be(phrase):
        return False
    if phrase in _FIRM or any(part in _FIRM for part in _parts(phrase)):
        return True
    if _JAPANESE_START.match(phrase):
        return _JAPANESE.match(text.strip(_EDGE)) is not None
    return _has_last_word(text, phrase) or _goes_on(text, phrase)


def _is_named(text: str) -> bool:
    """ "Thanks, Ann", "Regards - Ann Lee" """
    for sign in _NAME_SIGNS:
        head, found, name = text.partition(sign)
        if found and head.strip(_EDGE).lower().replace("’", "'") in _CLOSINGS and is_name(name.strip(" .!*_,")):
            return True
    return False


def is_name(text: str) -> bool:
    """True for one to three words in capitals, or of a script that has none."""
    parts = text.split()
    return 1 <= len(parts) <= 3 and all(part[0].isalpha() and not part[0].islower() for part in parts)


def _parts(phrase: str) -> list[str]:
    """What joining signs and words part: "thanks and best regards" """
    pieces = _JOINER.split(phrase, maxsplit=_MOST_JOINTS)
    return [piece.strip(_EDGE + _END) for piece in pieces] if len(pieces) > 1 else []


def _is_joined(phrase: str) -> bool:
    parts = _parts(phrase)
    return bool(parts) and all(part in _CLOSINGS or part in _FIRM for part in parts)


def _has_last_word(text: str, phrase: str) -> bool:
    """ "Sonnige Grüße", "With my very best wishes": few words, the last of which closings alone end with."""
    if text.rstrip().endswith((".", "?", ":")):
        return False
    parts = phrase.split()
    return 2 <= len(parts) <= _HEAD_WORDS and parts[-1] in _LAST_WORDS and _ASKS.isdisjoint(parts)


def _goes_on(text: str, phrase: str) -> bool:
    """A formula of closings alone with a name or a tail behind it, and no sign between."""
    parts = phrase.split()
    shown = text.replace("’", "'").strip(_EDGE).rstrip(_END).split()
    for count in range(min(_MOST_WORDS, len(parts) - 1), 0, -1):
        if " ".join(parts[:count]).rstrip(",") not in _FIRM:
            continue
        rest = " ".join(parts[count:])
        if is_name(" ".join(shown[count:])):
            return True
        return len(parts) - count <= _TAIL_WORDS and rest.startswith(_TAILS_WITH_SPACE) and not text.endswith("?")
    return False


_TAILS_WITH_SPACE = tuple(f"{tail} " for tail in _TAILS)
