r"""The folder the email lies in, as a path from the message root, its names joined by "/"; in a name, "/" is written
"\/" and "\" is written "\\".

Source: the mailbox; changes when the email is moved.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts
from exchange_sync.model.folder_path import folder_text

NAME = "string:Folder"


def value(facts: EmailFacts) -> str | None:
    """The path, or None for an email outside all folders."""
    return folder_text(facts.folder) or None
