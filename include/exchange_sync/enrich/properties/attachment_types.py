"""The different kinds of attached files by their extension, sorted, joined by ", ".

Source: names of the attached files, else their content types.
"""

from __future__ import annotations

from mimetypes import MimeTypes

from exchange_sync.model.cleaned import AttachmentInfo
from exchange_sync.model.comment import EmailFacts

NAME = "string:Attachment Types"
_TYPES = MimeTypes()  # the built-in table: the machine's own would make results differ between machines


def value(facts: EmailFacts) -> str | None:
    """Such as ``pdf, xlsx``; None without files."""
    kinds = {_kind(file) for file in facts.cleaned.attachments if not file.inline}
    return ", ".join(sorted(kinds - {""})) or None


def _kind(file: AttachmentInfo) -> str:
    stem, dot, extension = file.name.rpartition(".")
    if stem and dot and extension.isalnum() and len(extension) <= 5:
        return extension.lower()
    return (_TYPES.guess_extension(file.content_type) or "").lstrip(".")
