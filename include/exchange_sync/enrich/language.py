"""The language of a text, offline, by py3langid; None where the text is too short or too mixed to tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from exchange_sync.model.comment import EmailFacts

_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d_#*=|<>\[\]{}()/\\-]+")
# what mail is written in: the model knows hundreds, and short texts drift to the rarest of them
_OF_MAIL = (
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko"
    " lo lt lv mk ml mn mr ms mt nb ne nl nn no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
# scripts that one language has for itself
_SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "el": re.compile("[\u0386-\u03ce]"),
    "he": re.compile("[\u05d0-\u05ea]"),
    "th": re.compile("[\u0e01-\u0e3a]"),
}
_LENGTH = 300  # characters beyond this change no verdict
_MIN_LETTERS = 6
_MIN_CONFIDENCE = 0.6
_ENOUGH = 120  # characters of text that need no help of the subject


@cache
def _identifier() -> Any:
    """The model, loaded once a process and only when the first text asks for it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(_OF_MAIL.split()) & set(identifier.labels))
    return identifier


def language_of(text: str) -> str | None:
    """ISO 639-1 code of text's language, or None when unsure."""
    words = " ".join(_NOISE.sub(" ", text[: 8 * _LENGTH]).split())[:_LENGTH]
    letters = sum(map(str.isalpha, words))
    if not words.isascii():
        for language, script in _SCRIPTS.items():
            if 3 * len(script.findall(words)) > letters:
                return language
    if letters < _MIN_LETTERS:
        return None
    language, confidence = _identifier().classify(words)
    return str(language) if confidence >= _MIN_CONFIDENCE else None


def text_language(facts: EmailFacts) -> str | None:
    """The language of an email: of its newest text, with the subject where that text is short."""
    cleaned = facts.cleaned
    body = cleaned.body
    return language_of(body if len(body) >= _ENOUGH else f"{cleaned.subject}\n{body}")
