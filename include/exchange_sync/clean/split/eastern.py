"""Closing formulas of languages that part no words by spaces, or build a formula from pieces: ja, ko, zh, th.

Evidence: nothing but a formula of the table (words/east.txt), any number of its lead-ins before it, several in a row,
a name before "드림", or a wish of a few signs ("祝工作顺利").
"""

from __future__ import annotations

import re

from exchange_sync.clean.split.vocabulary import words

_LEADS, _FORMULAS, _WISHES = words("east", 0), frozenset(words("east", 1)), words("east", 2)
_SENTENCES = re.compile(r"[。.!！、,，;；~～♪^]+")
_SPACES = " \u3000"
_EDGE = _SPACES + "。.!！、,，~～…♪^)）☆★*_-–—"
_LENGTH = 60
_MOST_LEADS = 8
_WISH = 14  # signs
_CONGRATULATES = ("祝贺", "祝賀")
_SPENT = ("되세요", "보내세요", "되십시오", "보내십시오", "되시길", "보내시길", "되시기 바랍니다", "보내시기 바랍니다")
_TIMES = ("하루", "주말", "시간", "저녁", "오후", "한 주", "명절", "연휴", "휴일", "한해", "한 해", "새해")
_GIVEN_BY = ("드림", "올림", "배상")  # behind a name
_NAME = 12  # signs of a name before one
_SPELLINGS = (("宜しく", "よろしく"), ("宜敷", "よろしく"), ("御願い", "お願い"), ("致し", "いたし"), ("頂", "いただ"))


def is_eastern_closing(text: str) -> bool:
    """True for a line that is a closing formula of one of these languages."""
    text = text.strip(_EDGE)
    if not text or len(text) > _LENGTH:
        return False
    for spelling, usual in _SPELLINGS:
        text = text.replace(spelling, usual)
    if text in _FORMULAS:
        return True
    pieces = [piece.strip(_EDGE) for piece in _SENTENCES.split(text)]
    pieces = [piece for piece in pieces if piece]
    return bool(pieces) and _is_formula(pieces[-1]) and all(_is_formula(piece) or _is_lead(piece) for piece in pieces)


def _is_formula(piece: str) -> bool:
    if piece in _FORMULAS or _is_wish(piece) or _is_given(piece):
        return True
    return _without_leads(piece) in _FORMULAS


def _without_leads(piece: str) -> str:
    for _ in range(_MOST_LEADS):
        lead = next((lead for lead in _LEADS if piece.startswith(lead)), None)
        if lead is None or piece in _FORMULAS:
            break
        piece = piece[len(lead) :].lstrip(_SPACES)
    return piece


def _is_lead(piece: str) -> bool:
    return not _without_leads(piece)


def _is_wish(piece: str) -> bool:
    """ "祝工作顺利", "편안한 하루 되세요": a wish of a few signs."""
    if len(piece) <= 2 * _WISH and piece.endswith(_SPENT) and any(time in piece for time in _TIMES):
        return True
    return len(piece) <= _WISH and piece.startswith(_WISHES) and not piece.startswith(_CONGRATULATES)


def _is_given(piece: str) -> bool:
    """ "김철수 드림": a name, and that the letter is given by it."""
    return len(piece) <= _NAME and piece.endswith(_GIVEN_BY) and len(piece) >= 2 + len(_GIVEN_BY[0])
