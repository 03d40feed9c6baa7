"""Knows closing formulas ("Kind regards"), alone or with a name, a second formula or a tail on their line.

Evidence: the line is nothing but a formula of the table; or one that only closings use, with a name ("Viele Grüße
Max"), with where from ("Beste Grüße aus Berlin"), or with words before it ("Sonnige Grüße"); a wish ("Schönen Tag
noch"); a sentence that begins and ends as only closings do ("Veuillez agréer … distinguées"); or several joined.
"""

from __future__ import annotations

import re
import unicodedata

from exchange_sync.clean.split.eastern import is_eastern_closing
from exchange_sync.clean.split.vocabulary import read, words

_LENGTH = 70
_SENTENCE = 200  # characters of one that is a formula as a whole
_MARKS = dict.fromkeys([0x0307, *range(0x064B, 0x0653)])  # the dot that Turkish İ leaves, Arabic vowels
_EDGE = " \t*_~-–—"
_END = "!.,;:-–— )*_~。、！，،؛։…/'\""


def _folded(text: str) -> str:
    lowered = text.lower()
    return lowered if lowered.isascii() else lowered.replace("’", "'").translate(_MARKS)


def _table(name: str, column: int = 0) -> frozenset[str]:
    return frozenset(_folded(word) for word in words(name, column))


CLOSINGS = _table("closings")  # formulas that prose uses as well among them
_FIRM = _table("closing_heads", 1)
_LAST_WORDS = _table("closing_heads", 0)
# "sommarhälsningar": languages that write in one what others part
_COMPOUNDS = ("hälsningar", "hälsning", "terveisin", "hilsner", "hilsen", "grüße", "grüßen", "groeten", "üdvözlettel")
_COMPOUND = 8  # characters that such a word has more than
_TAILS = tuple(f"{tail} " for tail in _table("closing_heads", 2))
_SENTENCE_STARTS = tuple(_table("closing_heads", 3))
_WISHES = tuple(
    (tuple(f"{_folded(start)} " for start in columns[0]), frozenset(map(_folded, columns[1])))
    for _, columns in read("wishes")
)
_WISH_WORDS = 8
_MOST_WORDS = max(len(phrase.split()) for phrase in _FIRM)
_TAIL_WORDS = 5
_HEAD_WORDS = 4  # of a formula that the table does not have
_JOINER = re.compile(
    r"\s?[/|&+]\s?|\s(?:" + "|".join(re.escape(word) for word in words("joiners") if word[0].isalpha()) + r")\s"
)
_SIGNS = re.compile(r"\s[/|&+]\s")
_STOPS = re.compile(r"[.,!;،…]\s")
_MOST_JOINTS = 4
_NAME_SIGNS = (",", "!", " - ", " – ", ".", "、", "，", "،", "！", "。", "/", ":")
_ASKS = frozenset(("please", "give", "send", "pass", "say", "his", "her", "their", "bitte", "ich", "wir", "you"))
_FOR = re.compile(r"^(?:i\. ?a\.?|i\. ?v\.?|ppa\.?|p\.p\.?|p\. ?o\.?)\s?", re.IGNORECASE)  # signs for somebody
_SIGNED_FOR = (" i. a", " i.a", " i. v", " i.v", " ppa")  # "MfG i. A."
_FIRST = re.compile(r"[^\s,/!.،&+|\-–—:]+")
_FIRST_WORDS = frozenset(
    found[0]
    for phrase in (*CLOSINGS, *_FIRM, *_SENTENCE_STARTS, *(start for starts, _ in _WISHES for start in starts))
    if (found := _FIRST.match(phrase))
)


def is_closing(text: str) -> bool:
    """True for a line that is a closing formula, alone or with a name, a second formula or a tail behind it."""
    if not text or len(text) > _SENTENCE:
        return False
    if len(text) > _LENGTH:
        return _is_sentence(bare(text))
    phrase = bare(text)
    if phrase in CLOSINGS or phrase in _FIRM or _is_signed_for(phrase):
        return True
    if not _may_be(phrase):
        return False
    if _is_eastern(phrase):
        return is_eastern_closing(text)
    return _is_named(text) or _is_joined(phrase) or _is_wish(phrase) or is_firm(text)


def _is_signed_for(phrase: str) -> bool:
    """ "MfG i. A.": a formula, and that somebody signs for another."""
    if not phrase.endswith(_SIGNED_FOR):
        return False
    end = next(end for end in _SIGNED_FOR if phrase.endswith(end))
    return phrase.removesuffix(end).rstrip(",") in CLOSINGS


def is_firm(text: str) -> bool:
    """True for a formula that prose has no use for, so that what stands below needs less evidence."""
    if not text or len(text) > _SENTENCE:
        return False
    phrase = bare(text)
    if len(text) > _LENGTH:
        return _is_sentence(phrase)
    if not _may_be(phrase):
        return False
    if phrase in _FIRM:
        return True
    if any(sign.isdigit() for sign in phrase):
        return False
    if any(part in _FIRM for part in _parts(phrase)):
        return True
    if _is_eastern(phrase):
        return is_eastern_closing(text)
    return _has_last_word(text, phrase) or _goes_on(text, phrase) or _is_sentence(phrase)


def _is_eastern(phrase: str) -> bool:
    return bool(phrase) and phrase[0] >= "\u0e00" and not "\u1e00" <= phrase[0] < "\u2e80"


def _may_be(phrase: str) -> bool:
    """A cheap look that most lines fail: a formula begins with a word that some formula begins with, or has among its
    first words one that closings alone end with."""
    first = _FIRST.match(phrase)
    if first is None:
        return False
    last = phrase.rpartition(" ")[2]
    if first[0] in _FIRST_WORDS or last in _LAST_WORDS or _is_eastern(phrase):
        return True
    if len(last) > _COMPOUND and last.endswith(_COMPOUNDS):
        return True
    return not _LAST_WORDS.isdisjoint(phrase.split(" ", _HEAD_WORDS)[:_HEAD_WORDS])


def bare(text: str) -> str:
    """The line in lower case, without ornaments, emoji, the punctuation at its end, and typographic apostrophes."""
    text = _folded(text).strip(_EDGE)
    while text and (text[-1] in _END or (text[-1] > "\u2000" and unicodedata.category(text[-1]) in ("So", "Sk", "Cn"))):
        text = text[:-1]
        text = text.rstrip("\ufe0f\u200d ")
    return " ".join(text.split())


def _is_named(text: str) -> bool:
    """ "Thanks, Ann", "Regards - Ann Lee" """
    for sign in _NAME_SIGNS:
        head, found, name = text.partition(sign)
        if (
            found
            and (len(head) > 1 or sign == ".")
            and _folded(head).strip(_EDGE) in CLOSINGS
            and is_name(name.strip(" .!*_,/"))
        ):
            return True
    return False


def is_name(text: str) -> bool:
    """True for one to three words in capitals, or of a script that has none; "i. A." may stand before."""
    parts = _FOR.sub("", text).split()
    return 1 <= len(parts) <= 3 and all(part[0].isalpha() and not part[0].islower() for part in parts)


def _parts(phrase: str) -> list[str]:
    """What joining signs and words part: "thanks and best regards" """
    pieces = _JOINER.split(phrase, maxsplit=_MOST_JOINTS)
    return [piece.strip(_EDGE + _END) for piece in pieces] if len(pieces) > 1 else []


def _is_joined(phrase: str) -> bool:
    """Several formulas, joined by words or as sentences in a row."""
    for pieces in (_parts(phrase), *(sign.split(phrase, maxsplit=_MOST_JOINTS) for sign in (_SIGNS, _STOPS))):
        if len(pieces) > 1 and all(_is_one(piece.strip(_EDGE + _END)) for piece in pieces):
            return True
    return False


def _is_one(part: str) -> bool:
    if part in CLOSINGS or part in _FIRM or _is_wish(part):
        return True
    joined = _parts(part)
    return bool(joined) and all(one in CLOSINGS or one in _FIRM or _is_wish(one) for one in joined)


def _is_wish(phrase: str) -> bool:
    """ "have a great rest of your week": begins and goes on as the wishes of one language do."""
    parts = phrase.split()
    if not 2 <= len(parts) <= _WISH_WORDS:
        return False
    return any(phrase.startswith(starts) and not wished.isdisjoint(parts[1:]) for starts, wished in _WISHES)


def _is_sentence(phrase: str) -> bool:
    """ "je vous prie d'agréer, madame, l'expression de mes salutations distinguées": begins and ends as closings do."""
    if not phrase.startswith(_SENTENCE_STARTS):
        return False
    return any(word.strip(",.") in _LAST_WORDS for word in phrase.split()[-4:])


def _has_last_word(text: str, phrase: str) -> bool:
    """ "Sonnige Grüße", "With my very best wishes": few words, the last of which closings alone end with."""
    if text.rstrip().endswith((".", "?", ":")) and phrase not in _FIRM:
        return False
    parts = phrase.split()
    if len(parts) > _HEAD_WORDS or not _ASKS.isdisjoint(parts):
        return False
    return (len(parts) > 1 and parts[-1] in _LAST_WORDS) or parts[-1].endswith(_COMPOUNDS)


def _goes_on(text: str, phrase: str) -> bool:
    """A formula of closings alone with a name or a tail behind it, and no sign between."""
    parts = phrase.split()
    if text.endswith("?") or not _ASKS.isdisjoint(parts):
        return False
    shown = text.replace("’", "'").strip(_EDGE).rstrip(_END).split()
    for count in range(min(_MOST_WORDS, len(parts) - 1), 0, -1):
        head = " ".join(parts[:count]).rstrip(",.")
        if head not in _FIRM and not (count <= _HEAD_WORDS and parts[count - 1] in _LAST_WORDS):
            continue
        rest = " ".join(parts[count:])
        if is_name(" ".join(shown[count:])):
            return True
        return len(parts) - count <= _TAIL_WORDS and rest.startswith(_TAILS)
    return False
