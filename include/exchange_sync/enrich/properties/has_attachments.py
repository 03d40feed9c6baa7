"""Yes or No: does the email carry files, pictures shown inside the text not counted?

Source: the mail's parts, or the server's word where they were not downloaded.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Has Attachments"


def value(facts: EmailFacts) -> str:
    """Yes or No."""
    files = facts.cleaned.attachments
    found = any(not file.inline for file in files) if files else facts.properties.has_attachments
    return "Yes" if found else "No"
