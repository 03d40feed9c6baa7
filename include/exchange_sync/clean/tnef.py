"""winmail.dat: the body and files that Outlook packs into one part (MS-OXTNEF), read by tnefparse."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from exchange_sync.clean import limits
from exchange_sync.clean.attachments import packed_file
from exchange_sync.clean.charset import decode
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.model.cleaned import AttachmentInfo

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_SIGNATURE = b"\x78\x9f\x3e\x22"


@dataclass
class Packed:
    """What a winmail.dat held; html and plain are "" where there is none."""

    html: str = ""
    plain: str = ""
    files: list[tuple[AttachmentInfo, bytes]] = field(default_factory=list)  # with their content


def unpack(content: bytes, problems: Problems) -> Packed | None:
    """The content of a winmail.dat, or None (and a problem) if it cannot be read."""
    if not content.startswith(_SIGNATURE):
        problems.note(Problem.TNEF_BROKEN)
        return None
    from tnefparse import TNEF  # one mail in a thousand needs it

    logging.getLogger("tnefparse").disabled = True  # it logs content
    try:
        packed = TNEF(content, do_checksum=False)
        found = Packed(
            html=_text(packed.htmlbody, problems)[: limits.HTML_BYTES],
            plain=_text(packed.body, problems)[: limits.PLAIN_BYTES],
            files=[_file(item) for item in packed.attachments[: limits.PARTS]],
        )
    except Exception:  # noqa: BLE001 - the parser raises whatever it stumbles upon
        problems.note(Problem.TNEF_BROKEN)
        return None
    if found == Packed():
        problems.note(Problem.TNEF_BROKEN)
        return None
    return found


def _text(value: object, problems: Problems) -> str:
    if isinstance(value, bytes):
        return decode(value.rstrip(b"\0"), None, problems)
    if isinstance(value, list | tuple):
        return "\n".join(_text(item, problems) for item in value)
    return value.rstrip("\0") if isinstance(value, str) else ""


def _file(item: object) -> tuple[AttachmentInfo, bytes]:
    name = item.long_filename()  # type: ignore[attr-defined]
    data = bytes(item.data or b"")  # type: ignore[attr-defined]
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    return packed_file(text, data), data
