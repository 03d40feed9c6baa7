"""Known: which of a chunk's emails the bucket has already, or has erased, so that nothing is downloaded for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange_sync.model.config import Filters
from exchange_sync.model.email import ItemProperties
from exchange_sync.model.identity import comment_id, conflict_id, same_email, usable_message_id
from exchange_sync.model.rules import participants_left_out
from exchange_sync.store import pending
from exchange_sync.store.database import Database
from exchange_sync.store.pending import Known, Pending

ERASED = "erased"


@dataclass
class Sorted:
    """links: (item, comment id). downloads: items to fetch. skipped: (item id, why)."""

    links: list[tuple[ItemProperties, str]] = field(default_factory=list)
    downloads: list[ItemProperties] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


class KnownEmails:
    """What one batch knows of its bucket: the comments there, and the emails that the batch itself brings."""

    def __init__(self, db: Database, bucket_id: str, filters: Filters) -> None:
        self._db, self._bucket_id, self._filters = db, bucket_id, filters
        self._own: dict[str, Known] = {}

    def sort(self, origins: dict[str, Pending], items: list[ItemProperties]) -> Sorted:
        """Each of a chunk's items: a link to a known comment, skipped as erased, or to be downloaded."""
        possible = self._possible(origins, items)
        known = {name: self._own[name] for name in possible if name in self._own}
        known.update(pending.known_comments(self._db, self._bucket_id, possible))
        erased = pending.erased(self._db, self._bucket_id, possible)
        result = Sorted()
        for item in items:
            origin = origins[item.item_id]
            found = self._find(item, origin, known)
            if found is None and self._name(item, known) in erased:
                result.skipped.append((item.item_id, ERASED))
            elif found is None or origin.wanted:
                result.downloads.append(item)
                self._promise(item, known)
            elif why := self._left_out(found):
                result.skipped.append((item.item_id, why))
            else:
                result.links.append((item, found.id))
        return result

    def _possible(self, origins: dict[str, Pending], items: list[ItemProperties]) -> list[str]:
        """The comment ids under which these items may be known."""
        names = {origin.comment_id for origin in origins.values() if origin.comment_id}
        for item in items:
            message_id = usable_message_id(item.message_id)
            if message_id:
                names.add(comment_id(message_id))
                names.add(conflict_id(message_id, sender=item.sender.address, sent=item.sent))
        return sorted(names)

    def _find(self, item: ItemProperties, origin: Pending, known: dict[str, Known]) -> Known | None:
        if origin.comment_id in known:  # it has moved: what it is was settled when it was first loaded
            return known[origin.comment_id]
        name = self._name(item, known)
        return known.get(name) if name else None

    def _name(self, item: ItemProperties, known: dict[str, Known]) -> str | None:
        """The comment id that an item's properties tell: the plain one, unless another email bears that already."""
        message_id = usable_message_id(item.message_id)
        if message_id is None:
            return None
        plain = known.get(comment_id(message_id))
        sender, sent = item.sender.address, item.sent
        if plain is None or same_email(sender=sender, sent=sent, other_sender=plain.sender, other_sent=plain.sent_at):
            return comment_id(message_id)
        return conflict_id(message_id, sender=sender, sent=sent)

    def _promise(self, item: ItemProperties, known: dict[str, Known]) -> None:
        """A second copy in this batch needs no second download."""
        name = self._name(item, known)
        if name and name not in known:
            known[name] = self._own[name] = Known(name, item.sender.address, item.sent, ())

    def _left_out(self, found: Known) -> str | None:
        """A comment that another mailbox brought must pass this mailbox's participant filter too."""
        if not self._filters.by_participant or not found.participants:
            return None
        return participants_left_out(found.participants, self._filters)
