"""Whom the embedded PostgreSQL runs as, and where its files lie.

PostgreSQL refuses to run as root. An ordinary user runs it as himself, inside .local. Root runs it as a system user
made for it; that user may not enter .local (0700, root's), so binaries and data get a directory of their own
elsewhere. No existing directory's mode is ever changed for this.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.files import write_private

SYSTEM_USER = "exchange-sync-db"
ELSEWHERE = (Path("/var/lib"), Path("/opt"), Path("/var/tmp"))


class AccountError(RuntimeError):
    """PostgreSQL has no user to run as, or no place to lie; the message says how to mend it."""


@dataclass(frozen=True)
class Account:
    """The system user that PostgreSQL runs as. ``other`` is None when it is the present user."""

    other: pwd.struct_passwd | None = None

    def run_as(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that make the child run as this user, with none of our groups."""
        if self.other is None:
            return {}
        return {"user": self.other.pw_uid, "group": self.other.pw_gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of one path."""
        if self.other is not None:
            os.chown(path, self.other.pw_uid, self.other.pw_gid)


def account() -> Account:
    """The present user, or, for root, the system user of our own, made where it is missing."""
    if os.geteuid() != 0:
        return Account()
    try:
        return Account(pwd.getpwnam(SYSTEM_USER))
    except KeyError:
        _create_user()
        return Account(pwd.getpwnam(SYSTEM_USER))


def _create_user() -> None:
    tool = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if tool is None:
        raise AccountError(
            f"PostgreSQL refuses to run as root, and there is no useradd to make the system user {SYSTEM_USER}. "
            "Run this as an ordinary user, or install the package that has useradd (Debian: passwd)."
        )
    command = [tool, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, text=True)
    # 9: two set-ups ran at once and the other one made the user.
    if made.returncode not in (0, 9):
        raise AccountError(f"useradd {SYSTEM_USER} failed: {made.stderr.strip()}. Run this as an ordinary user.")


def place(home: Path, who: Account, candidates: tuple[Path, ...] = ELSEWHERE) -> Path:
    """The directory for binaries and data: ``home`` itself, or one elsewhere that is named in ``home/elsewhere``.

    Raises AccountError when the database's user can enter none of the candidates.
    """
    if who.other is None:
        return home
    note = home / "elsewhere"
    if note.exists():
        return Path(note.read_text(encoding="utf-8").strip())
    for parent in candidates:
        if parent.is_dir() and enters(parent, who):
            directory = Path(tempfile.mkdtemp(prefix="exchange-sync-db-", dir=parent))
            write_private(note, f"{directory}\n")
            who.give(directory)
            return directory
    raise AccountError(f"The user {SYSTEM_USER} can enter none of {', '.join(map(str, candidates))}; open one to it.")


def enters(directory: Path, who: Account) -> bool:
    """True when ``who`` may enter ``directory``; asked of the system, so that access lists count too."""
    try:
        # Not by cwd=: the child changes directory while it is still root.
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
        subprocess.run(command, check=True, capture_output=True, **who.run_as())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def leave(home: Path) -> None:
    """Remove the directory elsewhere that ``home`` names, if any, and nothing that does not look like ours."""
    note = home / "elsewhere"
    if not note.exists():
        return
    directory = Path(note.read_text(encoding="utf-8").strip())
    if directory.name.startswith("exchange-sync-db-") and directory.is_dir() and not directory.is_symlink():
        shutil.rmtree(directory)
    note.unlink()
