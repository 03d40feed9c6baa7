"""The comments that an email may be: those of its Message-ID, as far as telling mails apart needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_sync.model.identity import comment_id, letters
from exchange_sync.model.likeness import File, Mail, Read
from exchange_sync.store.database import Cursor, Database, Row

_MEANT = """bucket_id = %(bucket)s AND id = ANY(%(ids)s)
    UNION ALL SELECT {columns} FROM comments
    WHERE bucket_id = %(bucket)s AND conflict AND message_id = ANY(%(names)s) AND NOT id = ANY(%(ids)s)"""
_CHEAP = """id, message_id, sender, sent_at, size, properties, participants,
    messages -> 0 -> 'subject' ->> 'text' AS subject, messages -> 0 ->> 'from' AS author,
    messages -> 0 -> 'to' AS recipients, messages -> 0 -> 'cc' AS copied, messages -> 0 -> 'bcc' AS blind"""
_WHOLE = "id, message_id, conflict, sender, sent_at, messages, quoted, attachments"


@dataclass(frozen=True)
class Known:
    """A comment of the bucket, or an email that this batch brings. people: everybody whom it shows, and whoever else
    its headers may name; unreadable: they may name somebody who cannot be read (model.envelope)."""

    id: str
    message_id: str
    mail: Mail
    people: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    unreadable: bool = False


def known(db: Database, bucket_id: str, ids: Sequence[str], names: Sequence[str]) -> list[Known]:
    """The comments of these ids, and all of these Message-IDs, by what the server told of them."""
    with db.transaction() as cursor:
        return [_known(row) for row in _meant(cursor, _CHEAP, bucket_id, ids, names)]


def cheap_of(cursor: Cursor, bucket_id: str, ids: Sequence[str]) -> dict[str, Mail]:
    """What the server told of these comments, in the caller's transaction."""
    return {row["id"]: _mail(row) for row in _meant(cursor, _CHEAP, bucket_id, ids, ())}


def reads_of(cursor: Cursor, bucket_id: str, names: Sequence[str]) -> dict[str, dict[str, Read]]:
    """The comments of these Message-IDs as they were read, in the caller's transaction: the id that the Message-ID
    gives → id → email."""
    found: dict[str, dict[str, Read]] = {}
    for row in _meant(cursor, _WHOLE, bucket_id, [comment_id(name) for name in names], names):
        message = row["messages"][0] if row["messages"] else {}
        mail = Mail(row["sender"], row["sent_at"], _text(message, "subject"))
        read = read_of(mail, row["messages"], row["quoted"], row["attachments"])
        base = comment_id(row["message_id"]) if row["conflict"] else row["id"]
        found.setdefault(base, {})[row["id"]] = read
    return found


def read_of(
    mail: Mail, messages: Sequence[Mapping[str, Any]], quoted: str, attachments: Sequence[Mapping[str, Any]]
) -> Read:
    """An email as a comment's content shows it."""
    message = messages[0] if messages else {}
    files = tuple(
        File(letters(str(one["name"])), int(one.get("size") or 0), one.get("content_hash")) for one in attachments
    )
    return Read(mail, (_text(message, "body"), _text(message, "signature"), quoted or ""), files)


def mail_of(properties: Mapping[str, Any], sent: datetime | None) -> Mail:
    """What a server told of an item, from its properties as JSON holds them. sent: where they have none."""
    told = properties.get("sent")
    return Mail(
        sender=str((properties.get("sender") or {}).get("address") or ""),
        sent=datetime.fromisoformat(told) if told else sent,
        subject=str(properties.get("subject") or ""),
        size=int(properties.get("size") or 0),
        text_mark=str(properties.get("text_mark") or ""),
        copy_key=str(properties.get("copy_key") or ""),
    )


def _meant(cursor: Cursor, columns: str, bucket_id: str, ids: Sequence[str], names: Sequence[str]) -> list[Row]:
    cursor.execute(
        f"SELECT {columns} FROM comments WHERE {_MEANT.format(columns=columns)}",
        {"bucket": bucket_id, "ids": list(ids), "names": list(names)},
    )
    return list(cursor.fetchall())


def _known(row: Row) -> Known:
    people = [row["author"], *(row["recipients"] or ()), *(row["copied"] or ()), *(row["blind"] or ())]
    more = row["participants"] or {}
    return Known(
        id=row["id"],
        message_id=row["message_id"],
        mail=_mail(row),
        people=tuple(person for person in people if person),
        seen=tuple(more.get("seen", ())),
        unreadable=bool(more.get("unreadable")),
    )


def _mail(row: Row) -> Mail:
    """What the server told; of a comment that came without a server, what it says itself."""
    told = mail_of(row["properties"] or {}, row["sent_at"])
    return Mail(
        sender=told.sender or row["sender"],
        sent=told.sent,
        subject=told.subject or row["subject"] or "",
        size=told.size or row["size"],
        text_mark=told.text_mark,
        copy_key=told.copy_key,
    )


def _text(message: Mapping[str, Any], name: str) -> str:
    return str((message.get(name) or {}).get("text") or "")
