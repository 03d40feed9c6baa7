"""Yes or No: was a signature told apart from the text?

Source: cleaning.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Has Signature"


def value(facts: EmailFacts) -> str:
    """Yes or No."""
    return "Yes" if facts.cleaned.signature else "No"
