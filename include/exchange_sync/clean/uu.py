"""Files that old programs put into the text itself, uuencoded."""

from __future__ import annotations

import re

from exchange_sync.clean.attachments import packed_file
from exchange_sync.clean.problems import Problems
from exchange_sync.clean.transfer import decode_uu
from exchange_sync.model.cleaned import AttachmentInfo

_BEGIN = re.compile(r"begin [0-7]{3,4} (\S[^\r\n]{0,199})\r?")
_LINE = re.compile(r"[ -`]{1,90}\r?")  # no lower-case letter: neither "begin" nor "end" is one


def take_uuencoded(text: str, problems: Problems) -> tuple[str, list[tuple[AttachmentInfo, bytes]]]:
    """The text without its uuencoded files, and those files with their content.

    A block that does not look like one is left alone.
    """
    if "begin " not in text:
        return text, []
    lines = text.split("\n")
    kept: list[str] = []
    files: list[tuple[AttachmentInfo, bytes]] = []
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at])
        end = _end(lines, at + 1) if begin else None
        if begin is None or end is None:
            kept.append(lines[at])
            at += 1
            continue
        content = decode_uu("\n".join(lines[at + 1 : end]).encode("ascii"), problems)
        files.append((packed_file(begin[1], content), content))
        at = end + 1
    return "\n".join(kept), files


def _end(lines: list[str], start: int) -> int | None:
    """Index of the ``end`` line of a block, or None if other lines come first."""
    for index in range(start, len(lines)):
        if not _LINE.fullmatch(lines[index]):
            return index if lines[index].strip() == "end" and index > start else None
    return None
