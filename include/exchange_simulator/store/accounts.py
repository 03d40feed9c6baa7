"""Service accounts, their passwords, and what each may read."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from exchange_simulator.errors import UsageError
from exchange_simulator.store.database import Database

WHOLE_MAILBOX = ""
ACCESS = ("full", "visible", "none")
"""full: may read. visible: is told that the folder exists, may not read it. none: is not told of it."""


@dataclass(frozen=True)
class Account:
    """Somebody who may log in. address: the account's own mailbox, if it has one."""

    username: str
    address: str | None


class Accounts:
    """Log-ins and rights. Without a rule an account may read nothing but its own mailbox."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def set(self, username: str, password: str, address: str | None = None) -> None:
        """Add an account, or change its password."""
        if not username or not password:
            raise UsageError("an account needs a user name and a password; an empty one is not accepted")
        self._db.run(
            "INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT (username) DO UPDATE SET password = excluded.password,"
            " address = coalesce(excluded.address, address)", username, password, address,
        )  # fmt: skip

    def remove(self, username: str) -> None:
        """Remove an account with its rights."""
        self._db.run("DELETE FROM accounts WHERE username = ?", username)
        self._db.run("DELETE FROM rights WHERE username = ?", username)

    def list(self) -> list[Account]:
        """Every account, by name."""
        rows = self._db.all("SELECT username, address FROM accounts ORDER BY username")
        return [Account(row["username"], row["address"]) for row in rows]

    def password(self, username: str) -> str | None:
        """An account's password (for challenge-response log-ins), or None when there is no such account."""
        row = self._db.one("SELECT password FROM accounts WHERE username = ?", _bare(username))
        return None if row is None else str(row["password"])

    def named(self, username: str) -> Account | None:
        """The account of a name, whatever its password."""
        row = self._db.one("SELECT * FROM accounts WHERE username = ? OR username = ?", username, _bare(username))
        return None if row is None else Account(row["username"], row["address"])

    def check(self, username: str, password: str) -> Account | None:
        """The account, if name and password fit. ``DOMAIN\\name`` is taken as ``name``."""
        row = self._db.one("SELECT * FROM accounts WHERE username = ? OR username = ?", username, _bare(username))
        if row is None or not hmac.compare_digest(str(row["password"]).encode(), password.encode()):
            return None
        return Account(row["username"], row["address"])

    def set_rights(self, username: str, mailbox: str, *, access: str | None, folder: str = WHOLE_MAILBOX) -> None:
        """Say what an account may read.

        mailbox: an address, or ``*`` for all that have no rule of their own. folder: a FolderId, or WHOLE_MAILBOX.
        access: one of ACCESS, or None to drop the rule. The special folder ``impersonate`` says by full or none
        whether the account may act as the mailbox's owner.
        """
        if access is None:
            self._db.run(
                "DELETE FROM rights WHERE username = ? AND mailbox = ? AND folder = ?", username, mailbox, folder
            )
            return
        if access not in ACCESS:
            raise UsageError(f"unknown access {access!r}; expected one of {', '.join(ACCESS)}, or null for no rule")
        self._db.run(
            "INSERT INTO rights VALUES (?, ?, ?, ?)"
            " ON CONFLICT (username, mailbox, folder) DO UPDATE SET access = excluded.access",
            username, mailbox, folder, access,
        )  # fmt: skip

    def may_impersonate(self, account: Account, mailbox: str) -> bool:
        """Whether the account may act as the owner of a mailbox."""
        return self._rule(account, mailbox, "impersonate") == "full"

    def access(self, account: Account, mailbox: str, folder: str = WHOLE_MAILBOX) -> str:
        """What the account, as a delegate, may do with a mailbox or a folder of it: one of ACCESS."""
        if account.address is not None and account.address.casefold() == mailbox.casefold():
            return "full"
        rule = self._rule(account, mailbox, folder) if folder else None
        return rule or self._rule(account, mailbox, WHOLE_MAILBOX) or "none"

    def _rule(self, account: Account, mailbox: str, folder: str) -> str | None:
        row = self._db.one(
            "SELECT access FROM rights WHERE username = ? AND folder = ? AND mailbox IN (?, '*')"
            " ORDER BY mailbox = '*' LIMIT 1", account.username, folder, mailbox,
        )  # fmt: skip
        return None if row is None else str(row["access"])


def _bare(username: str) -> str:
    return username.rpartition("\\")[2]
