"""Mailboxes, and the people a directory look-up finds."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from exchange_simulator.errors import EwsError, UsageError
from exchange_simulator.store.database import Database
from exchange_simulator.store.ids import mailbox_guid
from exchange_simulator.store.model import Mailbox
from exchange_simulator.store.names import LANGUAGES

_ORGANISATION = "/O=SIMULATOR/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN="


@dataclass(frozen=True)
class Person:
    """Someone the directory knows. legacy_dn: the address Exchange tells for internal senders (RoutingType EX)."""

    legacy_dn: str
    address: str
    name: str


class Mailboxes:
    """Adds, finds and removes mailboxes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, address: str, display_name: str, *, language: str, archive: bool) -> Mailbox:
        """A new mailbox without folders. Raises UsageError when the address is taken or the language unknown."""
        if "@" not in address:
            raise UsageError(f"{address!r} is no mailbox address; expected one such as support@firm.example")
        if language not in LANGUAGES:
            raise UsageError(f"unknown language {language!r}; expected one of {', '.join(LANGUAGES)}")
        if self.find(address) is not None:
            raise UsageError(f"the mailbox {address} exists already; remove it first or choose another address")
        person = self.person(address, display_name)
        incarnation = int(self._db.meta("incarnation", "0")) + 1
        self._db.set_meta("incarnation", str(incarnation))
        self._db.run(
            "INSERT INTO mailboxes (address, display_name, language, guid, legacy_dn, has_archive, state_epoch)"
            " VALUES (?, ?, ?, ?, ?, ?, 0)",
            address, display_name, language, mailbox_guid(address, incarnation), person.legacy_dn, archive,
        )  # fmt: skip
        self._db.run("UPDATE people SET name = ? WHERE address = ?", display_name, address)
        return self.get(address)

    def find(self, address: str) -> Mailbox | None:
        """The mailbox with this address, or None. Case does not matter."""
        row = self._db.one("SELECT * FROM mailboxes WHERE address = ?", address)
        return None if row is None else _mailbox(row)

    def by_guid(self, guid: str) -> Mailbox | None:
        """The mailbox with this guid, or None."""
        row = self._db.one("SELECT * FROM mailboxes WHERE guid = ?", guid)
        return None if row is None else _mailbox(row)

    def get(self, address: str) -> Mailbox:
        """The mailbox with this address. Raises UsageError when there is none."""
        mailbox = self.find(address)
        if mailbox is None:
            raise UsageError(f"there is no mailbox {address}; add it first")
        return mailbox

    def by_row(self, row: int) -> Mailbox:
        """The mailbox with this row number. Raises EwsError when it has been removed."""
        found = self._db.one("SELECT * FROM mailboxes WHERE row = ?", row)
        if found is None:
            raise EwsError("ErrorNonExistentMailbox", "The mailbox no longer exists.")
        return _mailbox(found)

    def list(self) -> list[Mailbox]:
        """Every mailbox, by address."""
        return [_mailbox(row) for row in self._db.all("SELECT * FROM mailboxes ORDER BY address")]

    def remove(self, mailbox: Mailbox) -> None:
        """Remove a mailbox with all its folders and items."""
        self._db.run("DELETE FROM removed WHERE folder IN (SELECT row FROM folders WHERE mailbox = ?)", mailbox.row)
        self._db.run("DELETE FROM rights WHERE mailbox = ?", mailbox.address)
        self._db.run("DELETE FROM mailboxes WHERE row = ?", mailbox.row)
        self._db.run("DELETE FROM contents WHERE row NOT IN (SELECT content FROM items)")

    def set_archive(self, mailbox: Mailbox) -> None:
        """Note that the mailbox has an archive."""
        self._db.run("UPDATE mailboxes SET has_archive = 1 WHERE row = ?", mailbox.row)

    def expire_states(self, mailbox: Mailbox) -> None:
        """Make every sync state handed out so far invalid."""
        self._db.run("UPDATE mailboxes SET state_epoch = state_epoch + 1 WHERE row = ?", mailbox.row)

    def person(self, address: str, name: str) -> Person:
        """The directory's entry for an address; made when it is new."""
        row = self._db.one("SELECT * FROM people WHERE address = ?", address)
        if row is None:
            local = address.partition("@")[0].upper()
            legacy_dn = _ORGANISATION + hashlib.md5(address.lower().encode()).hexdigest().upper() + "-" + local
            self._db.run("INSERT INTO people VALUES (?, ?, ?)", legacy_dn, address, name or local)
            return Person(legacy_dn, address, name or local)
        return _person(row)

    def resolve(self, entry: str) -> Sequence[Person]:
        """Who a ResolveNames entry may mean: a legacy DN or address exactly, or the beginning of either name."""
        bare = entry.removeprefix("smtp:").removeprefix("SMTP:").strip()
        exact = self._db.all("SELECT * FROM people WHERE legacy_dn = ? OR address = ?", bare, bare)
        if exact or bare.startswith("/"):
            return [_person(row) for row in exact]
        like = bare.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._db.all(
            "SELECT * FROM people WHERE name LIKE ? ESCAPE '\\' OR address LIKE ? ESCAPE '\\'"
            " ORDER BY address LIMIT 100",
            like, like,
        )  # fmt: skip
        return [_person(row) for row in rows]


def _mailbox(row: sqlite3.Row) -> Mailbox:
    values = dict(row)
    return Mailbox(**{**values, "has_archive": bool(values["has_archive"])})


def _person(row: sqlite3.Row) -> Person:
    return Person(row["legacy_dn"], row["address"], row["name"])
