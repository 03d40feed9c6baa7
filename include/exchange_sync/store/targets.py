"""Targets: which comment each row of a part means, known or to be made (decision 64)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_sync.model.identity import comment_id, conflict_id
from exchange_sync.model.likeness import Mail, Read, adds_nothing, is_another, surely_one
from exchange_sync.store import known_mail, pending
from exchange_sync.store.database import Cursor
from exchange_sync.store.new_comments import NewComment


class Targets:
    """The comments that a part's rows may mean, in one load's transaction.

    known: the ids of those that the bucket has. erased: what is no longer to be had, of all that a row may come to.
    """

    def __init__(
        self, cursor: Cursor, bucket_id: str, rows: Sequence[NewComment], settled: Mapping[int, str | None]
    ) -> None:
        self._settled = settled
        read = [row for row in rows if row.content is not None]
        self._reads = known_mail.reads_of(cursor, bucket_id, sorted({row.message_id for row in read}))
        self._told = known_mail.cheap_of(cursor, bucket_id, sorted({row.known_id for row in rows if row.known_id}))
        self.known = set(self._told) | {name for found in self._reads.values() for name in found}
        conflicts = {conflict_id(row.message_id, row.mark) for row in read}
        possible = self.known | {comment_id(row.message_id) for row in read} | conflicts | set(self._told)
        self.erased = pending.erased_in(cursor, bucket_id, sorted(possible))

    def of(self, row: NewComment) -> str | None:
        """The comment that a row means; None: it was only seen, and what it was taken for is another email or gone."""
        if row.content is None:
            return row.known_id if self._is_known(row) else None
        if row.known_id in self.known:
            return row.known_id
        mine = read_of(row)
        plain, own = comment_id(row.message_id), conflict_id(row.message_id, row.mark)
        meant = self._reads.get(plain, {})
        found = next((name for name, known in meant.items() if name == own or adds_nothing(mine, known)), None)
        taken = plain in meant or (plain in self.erased and is_another(row.sent_at, self.erased[plain]))
        return found or (own if taken else plain)

    def add(self, target: str, row: NewComment) -> None:
        """A row that becomes a comment: later ones may mean it."""
        self._reads.setdefault(comment_id(row.message_id), {})[target] = read_of(row)
        self._told[target] = row.told

    def _is_known(self, row: NewComment) -> bool:
        if self._settled.get(row.origin_id) == row.known_id:  # what it is was settled when it was first loaded
            return row.known_id in self._told
        known = self._told.get(row.known_id)
        return known is not None and surely_one(row.told, known)


def read_of(row: NewComment) -> Read:
    """A row with its content, as mails are compared by."""
    content = row.content or {}
    messages = content.get("messages") or [{}]
    subject = str((messages[0].get("subject") or {}).get("text") or "")
    mail = Mail(row.sender, row.sent_at, subject)
    return known_mail.read_of(mail, messages, content.get("quoted") or "", content.get("attachments") or ())
