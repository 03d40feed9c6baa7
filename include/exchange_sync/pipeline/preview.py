"""How a mail is cut: body, signature and history of any .eml, for people who wonder why. Nothing is kept.

The mail is read by the cleaner's child process behind its limits, as in a run (clean/safety.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from exchange_sync.clean.safety import CleanFailure, clean_many
from exchange_sync.errors import BadInput

_FILE_BYTES = 150 * 1024 * 1024  # the largest mail that Exchange lets be sent
_JSON_BYTES = 256 * 1024 * 1024
_FILES = 1_000
PARTS = ("body", "signature", "quoted")


@dataclass(frozen=True)
class Cut:
    """The parts of one mail. failure: why it could not be cleaned, then the rest is empty."""

    name: str
    subject: str = ""
    sender: str = ""
    body: str = ""
    signature: str = ""
    quoted: str = ""
    problems: tuple[str, ...] = ()
    failure: str = ""


def cuts(files: Iterable[Path]) -> Iterator[Cut]:
    """Each file cleaned, in order. Raises BadInput for a file that cannot be read, and for too many of them."""
    paths = list(files)
    if len(paths) > _FILES:
        raise BadInput(f"{len(paths):,} files are too many for one page: name at most {_FILES:,} of them")
    for name, cleaned in clean_many((path.name, _bytes(path)) for path in paths):
        if isinstance(cleaned, CleanFailure):
            yield Cut(name, failure=cleaned.reason)
            continue
        sender = cleaned.sender
        yield Cut(
            name,
            subject=cleaned.subject,
            sender=f"{sender.name} <{sender.address}>".strip() if sender else "",
            body=cleaned.body,
            signature=cleaned.signature,
            quoted=cleaned.quoted,
            problems=tuple(cleaned.problems),
        )


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _FILE_BYTES:
            raise BadInput(f"{path.name} has more than {_FILE_BYTES // 1024**2} MB: no mail of Exchange is that large")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): name files with a mail each, as .eml") from None


def as_json(found: Iterable[Cut]) -> str:
    """The cuts in a form that a later preview compares with."""
    return json.dumps({cut.name: asdict(cut) for cut in found}, ensure_ascii=False, indent=1)


def earlier(path: Path) -> Mapping[str, Cut]:
    """What `as_json` wrote. Raises BadInput for anything else."""
    expected = "expected what clean-preview --json printed"
    try:
        if path.stat().st_size > _JSON_BYTES:
            raise BadInput(f"{path} is too large: {expected}")
        read = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Cut(name, body=str(given["body"]), signature=str(given["signature"]), quoted=str(given["quoted"]))
            for name, given in read.items()
        }
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): {expected}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{path} is of another form: {expected}") from None
