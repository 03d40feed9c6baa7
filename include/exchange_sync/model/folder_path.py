r"""A folder's path as text: ``Inbox/Claims``. In a name, ``/`` is written ``\/`` and ``\`` is written ``\\``.

Decision 5. So two folders that differ never have one text, and the text can be taken apart again.
"""

from __future__ import annotations

from collections.abc import Iterable

ARCHIVE = "Online Archive"  # what the archive mailbox's folders are shown below, as Outlook has it; in every language
_SPECIAL = "/\\"
_EXPECTED = "expected a folder's path such as Inbox/Claims"


def folder_text(path: Iterable[str]) -> str:
    """The names of a path, from the message root down, as one text."""
    return "/".join(name.replace("\\", "\\\\").replace("/", "\\/") for name in path)


def folder_path(text: str) -> tuple[str, ...]:
    r"""The names in a text. A slash at its ends does not count, nor do blanks around a name.

    A backslash before anything but ``/`` and ``\`` is a letter of the name, as people write it. Raises ValueError.
    """
    names, name, escaped = [], "", False
    for letter in text:
        if escaped:
            name += letter if letter in _SPECIAL else "\\" + letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "/":
            names.append(name)
            name = ""
        else:
            name += letter
    if escaped:
        raise ValueError(_EXPECTED)
    names.append(name)
    steps = [one.strip() for one in names]
    if steps and not steps[0]:
        del steps[0]
    if steps and not steps[-1]:
        del steps[-1]
    if not steps or not all(steps):
        raise ValueError(_EXPECTED)
    return tuple(steps)
