"""Chromium for the browser tests: found, or, as root on a Debian, installed; else those tests skip and say so."""

from __future__ import annotations

import os
import shutil
import subprocess

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The full path of a Chromium on this machine; None when there is none."""
    named = os.environ.get("EXCHANGE_SYNC_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


def ensure() -> str | None:
    """Like ``find``, but root installs one by apt-get where there is none. None when that cannot be done."""
    found = find()
    if found or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return found
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return None
    return find()
