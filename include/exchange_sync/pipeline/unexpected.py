"""What nobody expected has a consequence all the same (decision 65): of one email its quarantine, else a failed run.

passing        the errors whose consequence is not the email's: they go on up
code_of        how the quarantine names an error: its type and its place in the code, never its text, which may be mail
internal       an error beside the emails, as the fault that a run fails with
isolate        of many items the one that raises
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from exchange_sync import disk
from exchange_sync.errors import (
    BadInput,
    IntegrationFault,
    InternalFault,
    ItemFault,
    MailboxFault,
    Reason,
    Retriable,
    Superseded,
)

T = TypeVar("T")
log = logging.getLogger("exchange_sync.unexpected")

passing = (IntegrationFault, MailboxFault, InternalFault, Retriable, Superseded)
PREFIX = "unexpected "
KIND = disk.KIND
_PACKAGE = "exchange_sync"
_MEND = "Mend what is named; it is tried again by itself, and nothing is lost."
REMEDY = (
    "This is a fault of Exchange Sync or of the machine that it runs on (a full disk, a store that is away), not of "
    "the mailbox. It is tried again by itself, less often the longer it lasts, and nothing is lost. Report the place "
    "that is named here if it lasts."
)


def place_of(error: BaseException) -> str:
    """Where an error was raised: the innermost line of this software that it passed, e.g. ``pipeline/clean.py:53``."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"/{_PACKAGE}/" in frame.filename] or frames
    if not own:
        return "an unknown place"
    parts = Path(own[-1].filename).parts
    start = len(parts) - parts[::-1].index(_PACKAGE) if _PACKAGE in parts else -1
    return f"{'/'.join(parts[start:])}:{own[-1].lineno}"


def code_of(error: Exception) -> str:
    """An email's error in a few words: the protocol's where it has one, else its type and place."""
    if isinstance(error, ItemFault) and error.code:
        return error.code
    return f"{PREFIX}{type(error).__name__} at {place_of(error)}"


def internal(error: Exception, who: str) -> InternalFault:
    """An error beside the emails, put down in the log. who: the mailbox's address, or the integration's name."""
    told = disk.of(error)
    if told is not None:
        return disk.DiskFault(f"{who}: {told.message}", told.reason)
    if isinstance(error, BadInput):  # its text names what is wrong, and never holds mail
        return InternalFault(f"{who}: {error}", Reason(KIND, "bad_input", _MEND))
    where = place_of(error)
    path = " <- ".join(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    log.error("%s: unexpected %s at %s (%s)", who, type(error).__name__, where, path)
    return InternalFault(
        f"{who}: unexpected {type(error).__name__} at {where}", Reason(KIND, type(error).__name__, REMEDY)
    )


def not_the_disks(error: Exception) -> None:
    """Raises DiskFault where a disk that takes nothing is behind an error: that is no email's fault."""
    told = disk.of(error)
    if told is not None:
        raise told from None


def isolate(items: Sequence[T], call: Callable[[Sequence[T]], None], refuse: Callable[[T, Exception], None]) -> None:
    """Call with all of them; where anything unexpected is raised, by halves, until the culprit is alone.

    refuse: gets it, with what it raised. Raises the errors that are not an item's (passing).
    """
    if not items:
        return
    try:
        call(items)
    except passing:
        raise
    except Exception as error:  # noqa: BLE001 - the culprit's quarantine is its consequence
        not_the_disks(error)
        if len(items) == 1:
            refuse(items[0], error)
            return
        middle = len(items) // 2
        isolate(items[:middle], call, refuse)
        isolate(items[middle:], call, refuse)
