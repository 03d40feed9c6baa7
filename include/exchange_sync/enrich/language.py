"""The language of a text, offline, by py3langid; None where the text is too short or too mixed to tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from exchange_sync.model.comment import EmailFacts

_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d_#*=|<>\[\]{}()/\\-]+")
_LENGTH = 600  # letters beyond this change no verdict
_MIN_LETTERS = 12
_MIN_CONFIDENCE = 0.6
_ENOUGH = 120  # characters of text that need no help of the subject


@cache
def _identifier() -> Any:
    """The model, loaded once a process and only when the first text asks for it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str | None:
    """ISO 639-1 code of text's language, or None when unsure."""
    words = " ".join(_NOISE.sub(" ", text[: 4 * _LENGTH]).split())[:_LENGTH]
    if sum(map(str.isalpha, words)) < _MIN_LETTERS:
        return None
    language, confidence = _identifier().classify(words)
    return str(language) if confidence >= _MIN_CONFIDENCE else None


def text_language(facts: EmailFacts) -> str | None:
    """The language of an email: of its newest text, with the subject where that text is short."""
    cleaned = facts.cleaned
    body = cleaned.body
    return language_of(body if len(body) >= _ENOUGH else f"{cleaned.subject}\n{body}")
