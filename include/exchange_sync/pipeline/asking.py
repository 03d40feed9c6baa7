"""Ask Exchange now: does a mailbox hold an email of this Message-ID, and does that agree with what is recorded?

Read-only and bounded: so many mailboxes, folders and seconds; what was left unasked is said. Nothing is written, and no
mail is downloaded (decision 75).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from exchange_sync.errors import MailboxFault
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder, Sighting
from exchange_sync.model.identity import usable_message_id
from exchange_sync.model.rules import folders_left_out
from exchange_sync.source.api import NAMED_FOLDERS, MailSource
from exchange_sync.store import history
from exchange_sync.store.database import Database, Row

MAILBOXES = 50
FOLDERS = 1_000  # of one mailbox
SECONDS = 60.0


@dataclass(frozen=True)
class Verdict:
    """What asking one mailbox came to, a sentence. agrees: with what is recorded here; None where it was not asked.

    path: of the folder where the email lies; empty where it does not.
    """

    mailbox: str
    agrees: bool | None
    sentence: str
    path: tuple[str, ...] = ()


def asked(message_id: str) -> list[str]:
    """The forms in which servers may know a Message-ID: with its brackets, and as it was given. None: unusable."""
    text = usable_message_id(message_id)
    if text is None or "\ufffe" in text or "\uffff" in text:
        return []
    return list(dict.fromkeys((f"<{text.strip('<>')}>", text)))


def asking(
    source: MailSource,
    boxes: Sequence[Row],
    message_id: str,
    recorded: Callable[[Row, Sequence[str]], dict[str, Row]],
    clock: Callable[[], float],
) -> Iterator[Verdict]:
    """Each mailbox as soon as it is known. boxes: rows of mailboxes, those that are off included.

    recorded: what is known of a mailbox's items, by item id; as ``recorded_in`` has it. clock: seconds, monotonic.
    Raises IntegrationFault and Retriable as the source does: then no other mailbox would answer either.
    """
    names, end = asked(message_id), clock() + SECONDS
    for place, box in enumerate(boxes):
        if place >= MAILBOXES or clock() > end:
            left = len(boxes) - place
            yield Verdict("", None, f"{left} more mailboxes were not asked: at most {MAILBOXES}, for {SECONDS:.0f} s.")
            return
        try:
            yield from _mailbox(source, box, names, recorded, lambda: clock() > end)
        except MailboxFault as fault:
            yield Verdict(box["address"], None, f"It could not be asked: {fault}")


def recorded_in(db: Database, names: Sequence[str]) -> Callable[[Row, Sequence[str]], dict[str, Row]]:
    """Looks up what is recorded of items, and of the places where this email was seen, by item id."""
    return lambda box, item_ids: history.of_items(db, box["id"], item_ids, names)


def _mailbox(
    source: MailSource,
    box: Row,
    names: Sequence[str],
    recorded: Callable[[Row, Sequence[str]], dict[str, Row]],
    is_over: Callable[[], bool],
) -> Iterator[Verdict]:
    filters = Filters.from_dict(box["filters"])
    folders = source.folders(box["address"], archive=filters.archive)
    left_out = folders_left_out(folders, filters)
    searched = [folder for folder in folders if not folder.is_search][:FOLDERS]
    found: list[Sighting] = []
    unreadable: list[str] = []
    done = 0
    while done < len(searched) and not is_over():
        keys = [folder.key for folder in searched[done : done + NAMED_FOLDERS]]
        some, hidden = source.named(box["address"], names, keys)
        found, unreadable, done = found + some, unreadable + hidden, done + len(keys)
    known = recorded(box, [one.item_id for one in found])
    by_key = {folder.key: folder for folder in folders}
    for one in found:
        yield _there(box, by_key[one.folder_key], left_out.get(one.folder_key), known.get(one.item_id))
    if not found:
        yield _not_there(box, known, done, len(searched), len(unreadable))


def _there(box: Row, folder: Folder, left_out: str | None, known: Row | None) -> Verdict:
    where = f"Exchange has it in {'/'.join(folder.path)}"
    if known is not None and known["gone_at"] is None:
        told = {
            "loaded": "and it was loaded from there: both agree",
            "pending": "and it is listed here and waits to be fetched",
            "skipped": f"and it is left out here: {known['reason']}",
            "quarantined": f"and it lies in quarantine here: {known['reason']}",
        }[known["state"]]
        return Verdict(box["address"], True, f"{where}, {told}.", folder.path)
    if left_out:
        return Verdict(box["address"], True, f"{where}, a folder that is not synced: {left_out}.", folder.path)
    if not box["enabled"]:
        return Verdict(box["address"], True, f"{where}; this mailbox is disabled, so it is not listed.", folder.path)
    if known is not None:
        told = "here it counts as gone from there; the next listing of the folder brings it back, or `verify` names it"
        return Verdict(box["address"], False, f"{where}, but {told}.", folder.path)
    told = "nothing is recorded of it here: it came after the last listing, which the next sync makes good"
    return Verdict(box["address"], False, f"{where}, but {told}.", folder.path)


def _not_there(box: Row, known: dict[str, Row], done: int, of: int, unreadable: int) -> Verdict:
    asked_for = f"{done} of its {of} folders were asked" if done < of else f"all its {of} folders were asked"
    hidden = f", {unreadable} may not be read" if unreadable else ""
    here = [row for row in known.values() if row["gone_at"] is None]
    told = f"Exchange does not have it in this mailbox ({asked_for}{hidden})"
    if not here:
        return Verdict(box["address"], True, f"{told}, and no place in it is recorded here that should be.")
    path = "/".join(here[0]["path"])
    sure = done == of and not unreadable
    then = "the next sync notes that it was moved away or deleted" if sure else "it may lie where nobody could look"
    return Verdict(box["address"], False if sure else None, f"{told}, but here it was last seen in {path}: {then}.")
