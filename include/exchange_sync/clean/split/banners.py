"""Knows the warnings that gateways, transport rules and Outlook put above a mail from outside.

Evidence: a mark that only they write (an address, a start and an end of their own); a gateway's name in front and two
words of such warnings; a beginning that only they have and
two words of such warnings, one that people use as well and three; a label in brackets that says "external"; Outlook's
tip about somebody new, with an address in it; or a coloured box of its own at the top with two such words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from exchange_sync.clean.split.delimiters import is_rule
from exchange_sync.clean.split.evidence import has_address
from exchange_sync.clean.split.line import Line
from exchange_sync.clean.split.vocabulary import read, words

_LENGTH = 700
_LINES = 8
_BOX_LINES = 12
_SHORTEST = 4  # Latin letters of a word that is no part of others by chance
_LABEL = 40  # characters of a label like "[EXTERNAL EMAIL]"
_TIP_LENGTH = 400
_LONG = 15  # characters of a beginning that is more than a word
_DENSE = 0x0590  # letters from here on say more in a sign
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\uff07", "'"))
_ORNAMENT = " \t*_-–—~|>#•=+"
_OPENING = "([{<!⚠🛑🚨❗⛔🔔\ufe0f \t*#•【〔「『（《"
_LONE = _OPENING + "])}>】〕」』）》:：!！.-–—"  # around a label that is a line of its own
_SHORT_LABEL = "ext"
_BRACKETS = "[(【〔「『（<{"


def _folded(text: str) -> str:
    """In lower case, without accents and typographic apostrophes: gateways write capitals without them."""
    text = text.lower()
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text.translate(_APOSTROPHES))
    return "".join(sign for sign in parts if unicodedata.category(sign) != "Mn").replace("ı", "i")


def _table(column: int) -> tuple[str, ...]:
    folded = dict.fromkeys(_folded(word) for word in words("banners", column))
    return tuple(word for word in folded if len(word) >= _SHORTEST or not word.isascii())


_STARTS, _WORDS, _MARKS, _LABELS = (_table(column) for column in range(4))
_SURE = tuple(_folded(start) for start in read("banners")[0][1][0])
_SENTENCES = tuple(start for start in _SURE if len(start) >= _LONG)
_LONG_STARTS = tuple(start for start in _STARTS if len(start) >= _LONG or ord(start[-1]) >= _DENSE)
_MAKERS = tuple(_folded(maker) for maker in words("gateways"))
_RARE, _WHY = (tuple(dict.fromkeys(map(_folded, words("tips", column)))) for column in (0, 1))


def banner_end(lines: Sequence[Line]) -> int:
    """How many lines at the top are a gateway's warning about mail from outside; 0 if none is there."""
    index, end = 0, 0
    while index < len(lines) and lines[index].blank:
        index += 1
    has_box = _has_box(lines)
    for offset, line in enumerate(lines[index : index + _LINES]):
        if line.blank or is_rule(line):
            if not end and line.blank:
                break
            continue
        boxed = has_box and line.boxed
        begun = end > 0 and (end == index + offset or boxed)  # no blank line between, or in the same box
        if not _is_banner(line.text.strip(_ORNAMENT), begun=begun, boxed=boxed):
            break
        end = index + offset + 1
    if end and end < len(lines) and is_rule(lines[end]):
        end += 1
    return end


def _has_box(lines: Sequence[Line]) -> bool:
    """True if the mail begins with a coloured box of a few lines that is not the whole of it."""
    return any(not line.blank and not line.boxed for line in lines[: _BOX_LINES + 1])


def _is_banner(text: str, *, begun: bool, boxed: bool) -> bool:
    """True if a line begins a banner or, once one has begun, goes on with it."""
    if len(text) > _LENGTH:
        return False
    lowered = _folded(text)
    if lowered.startswith(_SENTENCES) or any(mark in lowered for mark in _MARKS) or _is_tip(lowered):
        return True
    if text[:1] and text[0] in _BRACKETS and _is_labelled(lowered):
        return True
    if _is_lone_label(text):
        return True
    if lowered.lstrip(_OPENING).startswith(_MAKERS) and _hints(lowered) >= 2:
        return True
    if lowered.startswith(_SURE) and (len(text) < _LABEL or _hints(lowered) >= 2):
        return True
    if lowered.lstrip(_OPENING).startswith(_STARTS):
        sure = boxed or _is_shouted(text) or lowered.lstrip(_OPENING).startswith(_LONG_STARTS)
        return _hints(lowered) >= (2 if sure else 3) or begun
    if not (begun or boxed):
        return False
    hints = _hints(lowered)
    return hints >= 2 or (begun and hints == 1 and (boxed or text[:1].islower()))


def _is_lone_label(text: str) -> bool:
    """ "EXTERNAL", "[EXT]": nothing but a label, in capitals or brackets."""
    word = text.strip(_LONE)
    framed = text[:1] in _BRACKETS
    return (framed or word.isupper()) and (_folded(word) in _LABELS or (framed and _folded(word) == _SHORT_LABEL))


def _is_shouted(text: str) -> bool:
    """ "WARNING: …", "OBS! …": a word in capitals with a sign behind it."""
    head = text.lstrip(_OPENING)[:_LABEL]
    ends = [at for sign in ":!：！" if (at := head.find(sign)) > 0]
    return bool(ends) and head[: min(ends)].isupper()


def _is_labelled(lowered: str) -> bool:
    """ "[EXTERN] Vorsicht bei Anhängen und Links", "【外部邮件】…" """
    label = lowered[1 : _LABEL + 1]
    closed = min((at for sign in "])】〕」』）>}" if (at := label.find(sign)) >= 0), default=-1)
    if closed < 0 or not any(word in label[:closed] for word in _LABELS):
        return False
    return len(lowered) < _LABEL or _hints(lowered) >= 2


def _is_tip(lowered: str) -> bool:
    """ "You don't often get email from …. Learn why this is important" """
    if len(lowered) > _TIP_LENGTH or not has_address(lowered):
        return False
    return any(word in lowered for word in _RARE) and any(word in lowered for word in _WHY)


def _hints(lowered: str) -> int:
    """How many words of banners a text has, those counted once that are part of each other."""
    found: list[str] = []
    for word in _WORDS:  # the longest first
        if word in lowered and not any(word in longer for longer in found):
            found.append(word)
    return len(found)
