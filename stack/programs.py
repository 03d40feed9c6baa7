"""Programs that some tests need beside Python: found, or, as root on a Debian, installed; else those tests skip."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable

# Debian's package → the names under which its program may be found. What they are for: the browser tests; the proof
# of docker-compose.yaml's services without containers.
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "redis-server": ("redis-server",),
}


def find(package: str) -> str | None:
    """The full path of the program of ``package``; None when it is not here.

    EXCHANGE_SYNC_CHROMIUM and the like may name it.
    """
    named = os.environ.get(f"EXCHANGE_SYNC_{package.upper().replace('-', '_')}")
    return named or next((path for name in PROGRAMS[package] if (path := shutil.which(name))), None)


def ensure(packages: Iterable[str] = tuple(PROGRAMS)) -> list[str]:
    """Install by apt-get, as root, what is not here; returns what is missing all the same."""
    missing = [package for package in packages if find(package) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
    return [package for package in missing if find(package) is None]


def _install(packages: list[str]) -> None:
    # Asks not to start redis-server as a service: the tests start their own, on their own ports.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        quiet = subprocess.run(
            ["apt-get", *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if quiet.returncode != 0:  # no network, say: what is missing is told by ensure
            return
