"""The hook by which reply-splitting test suites call the cleaner."""

from __future__ import annotations

from exchange_sync.clean.text import split_html, split_plain


def split(text: str, content_type: str) -> dict[str, str]:
    """body and signature of one text, as the suites' scorer expects them.

    content_type: ``text/html`` or anything else, which counts as plain text.
    """
    parts = split_html(text) if content_type == "text/html" else split_plain(text)
    return {"body": parts.body, "signature": parts.signature}
