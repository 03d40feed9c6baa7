"""What is told of an attachment: name, size, type, hash; never its content."""

from __future__ import annotations

import hashlib
from mimetypes import MimeTypes

from exchange_sync.clean import limits
from exchange_sync.clean.headers import base_name, read_block
from exchange_sync.clean.mime import Part
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.model.cleaned import AttachmentInfo

_TYPES = MimeTypes()  # the built-in table: the machine's own would make results differ between machines
_SUBJECT_LENGTH = 100  # characters of a subject that serve as a name


def describe(part: Part, content: bytes, problems: Problems) -> AttachmentInfo:
    """The metadata of one leaf with its decoded content. No hash where the message was cut off inside it."""
    whole = not (len(part.data) == part.end and Problem.MESSAGE_TRUNCATED in problems)
    return AttachmentInfo(
        name=part.filename or _name_of(part, content, problems),
        size=len(content),
        content_type=part.content_type[: limits.NAME_LIMIT],
        sha256=hashlib.sha256(content).hexdigest() if whole else None,
        inline=is_inline(part),
    )


def packed_file(path: str, content: bytes) -> AttachmentInfo:
    """The metadata of a file that was found inside a part, where nothing tells its type but its name."""
    name = base_name(path)
    kind = _TYPES.guess_type(name)[0] or "application/octet-stream"
    return AttachmentInfo(name, len(content), kind, hashlib.sha256(content).hexdigest())


def is_inline(part: Part) -> bool:
    """True if the mail says that the part is shown within the text: by disposition, or by a Content-ID alone."""
    return part.disposition == "inline" or (not part.disposition and bool(part.headers.raw("content-id")))


def _name_of(part: Part, content: bytes, problems: Problems) -> str:
    """A name for what has none: an attached message is called by its subject."""
    if part.main_type != "message":
        return ""
    subject = read_block(content, 0, len(content), problems)[0].text("subject", problems)
    return f"{subject[:_SUBJECT_LENGTH] or 'message'}.eml"
