"""Known: which of a chunk's emails the bucket has already, or has erased, so that nothing is downloaded for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from exchange_sync.model.config import Filters
from exchange_sync.model.email import ItemProperties
from exchange_sync.model.identity import comment_id, usable_message_id
from exchange_sync.model.likeness import Mail, is_another, surely_one
from exchange_sync.model.rules import left_out_by_people
from exchange_sync.store import known_mail, pending
from exchange_sync.store.database import Database
from exchange_sync.store.known_mail import Known
from exchange_sync.store.pending import Pending

ERASED = "erased"


@dataclass
class Sorted:
    """links: (item, comment id). downloads: items to fetch. skipped: (item id, why)."""

    links: list[tuple[ItemProperties, str]] = field(default_factory=list)
    downloads: list[ItemProperties] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def add(self, more: Sorted) -> None:
        """Those of further items."""
        self.links += more.links
        self.downloads += more.downloads
        self.skipped += more.skipped


class KnownEmails:
    """What one batch knows of its bucket: the comments there, and the emails that the batch itself brings."""

    def __init__(self, db: Database, bucket_id: str, filters: Filters) -> None:
        self._db, self._bucket_id, self._filters = db, bucket_id, filters
        self._own: dict[str, Known] = {}  # by Message-ID

    def sort(self, origins: dict[str, Pending], items: Sequence[ItemProperties]) -> Sorted:
        """Each of a chunk's items: a link to a known comment, skipped as erased, or to be downloaded."""
        known = self._possible(origins, items)
        names = {name for origin in origins.values() if (name := origin.comment_id)}
        names |= {comment_id(name) for item in items if (name := usable_message_id(item.message_id))}
        erased = pending.erased(self._db, self._bucket_id, sorted(names))
        result = Sorted()
        promised: dict[str, Known] = {}
        for item in items:
            origin = origins[item.item_id]
            found = self._find(item, origin, known)
            if found is None and self._is_erased(item, origin, erased):
                result.skipped.append((item.item_id, ERASED))
            elif found is None or origin.wanted:
                result.downloads.append(item)
                _promise(item, known, promised)
            elif why := self._left_out(found):
                result.skipped.append((item.item_id, why))
            else:
                result.links.append((item, found.id))
        self._own.update(promised)  # at last: what raises half-way has promised nothing
        return result

    def _possible(self, origins: dict[str, Pending], items: Sequence[ItemProperties]) -> list[Known]:
        """The comments that these items may be, and what this batch has promised to bring."""
        ids = {origin.comment_id for origin in origins.values() if origin.comment_id}
        names = {name for item in items if (name := usable_message_id(item.message_id))}
        ids |= {comment_id(name) for name in names}
        known = known_mail.known(self._db, self._bucket_id, sorted(ids), sorted(names))
        there = {one.message_id for one in known}
        return known + [self._own[name] for name in names if name in self._own and name not in there]

    def _find(self, item: ItemProperties, origin: Pending, known: list[Known]) -> Known | None:
        if origin.settled and origin.comment_id:  # it has moved: what it is was settled when it was first loaded
            return next((one for one in known if one.id == origin.comment_id), None)
        message_id = usable_message_id(item.message_id)
        mail = mail_of(item)
        return next((one for one in known if one.message_id == message_id and surely_one(mail, one.mail)), None)

    def _is_erased(self, item: ItemProperties, origin: Pending, erased: Mapping[str, datetime | None]) -> bool:
        if origin.settled and origin.comment_id:
            return origin.comment_id in erased
        message_id = usable_message_id(item.message_id)
        meant = comment_id(message_id) if message_id else ""
        return meant in erased and not is_another(item.sent, erased[meant])

    def _left_out(self, found: Known) -> str | None:
        """A comment that another mailbox brought must pass this mailbox's participant filter too."""
        if not self._filters.by_participant or not found.people:
            return None
        return left_out_by_people(found.people, found.seen, self._filters, unreadable=found.unreadable)


def _promise(item: ItemProperties, known: list[Known], promised: dict[str, Known]) -> None:
    """A second copy in this batch needs no second download."""
    message_id = usable_message_id(item.message_id)
    if message_id and all(one.message_id != message_id for one in known):
        promised[message_id] = Known(comment_id(message_id), message_id, mail_of(item))
        known.append(promised[message_id])


def mail_of(item: ItemProperties) -> Mail:
    """What the server tells of an item, as mails are compared by."""
    return Mail(item.sender.address, item.sent, item.subject, item.size, item.text_mark, item.copy_key)
