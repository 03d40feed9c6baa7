"""Files that old programs put into the text itself, uuencoded."""

from __future__ import annotations

import hashlib
import re

from exchange_sync.clean import limits
from exchange_sync.clean.headers import one_line
from exchange_sync.clean.problems import Problems
from exchange_sync.clean.transfer import decode_uu
from exchange_sync.model.cleaned import AttachmentInfo

_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?$", re.MULTILINE)
_END = re.compile(r"^end[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(r"[ -`]{1,90}")


def take_uuencoded(text: str, problems: Problems) -> tuple[str, list[AttachmentInfo]]:
    """The text without its uuencoded files, and those files. A block that does not look like one is left alone."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[AttachmentInfo] = []
    at = 0
    while begin := _BEGIN.search(text, at):
        end = _END.search(text, begin.end())
        if end is None:
            break
        block = text[begin.end() : end.start()]
        if all(_LINE.fullmatch(line.rstrip("\r")) for line in block.strip("\r\n").split("\n")):
            content = decode_uu(block.encode("ascii", "replace"), problems)
            kept.append(text[at : begin.start()])
            name = one_line(begin[1])[: limits.NAME_LIMIT]
            digest = hashlib.sha256(content).hexdigest()
            files.append(AttachmentInfo(name, len(content), "application/octet-stream", digest))
            at = end.end()
        else:
            kept.append(text[at : begin.end()])
            at = begin.end()
    return "".join((*kept, text[at:])), files
