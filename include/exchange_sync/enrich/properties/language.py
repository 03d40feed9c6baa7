"""The language of the text as an ISO 639-1 code; absent when the text is too short or mixed to tell.

Source: py3langid over the newest text, with the subject where that is short.
"""

from __future__ import annotations

from exchange_sync.enrich.language import text_language
from exchange_sync.model.comment import EmailFacts

NAME = "string:Language"


def value(facts: EmailFacts) -> str | None:
    """Such as ``de``, or None."""
    return text_language(facts)
