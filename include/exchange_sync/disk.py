"""A disk that takes nothing: full, over a quota, read-only, closed to this user. Told in one sentence, with the place.

It is nobody's mail and nobody's mailbox: the run fails as one that this machine is to blame for, and the next goes on.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exchange_sync.errors import InternalFault, Reason

KIND = "internal"
_FREE = "Make room there, or give it more"
_ALLOW = "Give the user that this process runs as the right to write there"
_WHAT = {
    errno.ENOSPC: ("the disk of {place} is full", _FREE),
    errno.EDQUOT: ("the disk quota of this user is used up at {place}", _FREE),
    errno.EFBIG: ("no file at {place} may grow that large", "Raise the limit of this process (ulimit -f)"),
    errno.EROFS: (
        "the disk of {place} is read-only",
        "Mount it writable (a system mounts a damaged disk read-only by itself: see its log)",
    ),
    errno.EACCES: ("{place} may not be written to", _ALLOW),
    errno.EPERM: ("{place} may not be written to", _ALLOW),
    errno.EIO: ("the disk of {place} fails to read or write", "See the system's log; it may have to be replaced"),
}
_THEN = "Nothing half-written stays, no mail is lost, and the next run goes on by itself."


class DiskFault(InternalFault):
    """A disk takes nothing. The message names the place; the reason's code is the system's word for it."""


def fault(place: str, number: int) -> DiskFault:
    """place: what people know it by. number: one of the errnos that of() knows."""
    what, remedy = _WHAT[number]
    return DiskFault(what.format(place=place), Reason(KIND, errno.errorcode[number], f"{remedy}. {_THEN}"))


def of(error: BaseException, place: str = "") -> DiskFault | None:
    """What a disk said, if that is behind an error; place: where, if the error does not name it."""
    seen: BaseException | None = error
    for _ in range(8):  # libraries wrap what the system says, but not deeper
        if isinstance(seen, DiskFault):
            return seen
        if isinstance(seen, OSError) and type(seen) in _PLAIN and seen.errno in _WHAT:
            return fault(place or str(seen.filename or tempfile.gettempdir()), seen.errno)
        seen = seen.__cause__ or seen.__context__ if seen is not None else None
    return None


_PLAIN = (OSError, PermissionError)  # a network library's errors are OSErrors too, and no disk's


@contextmanager
def writing(place: str) -> Iterator[None]:
    """Around what writes at a place. Raises DiskFault where the disk takes nothing, and whatever else is raised."""
    try:
        yield
    except Exception as error:
        told = of(error, place)
        if told is None:
            raise
        raise told from None


def put_down(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone. Raises DiskFault; then what was there stays."""
    with writing(str(path.parent)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
