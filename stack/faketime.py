"""faketime's library, which tells a program and those it starts another time: found, or built once; else None.

Debian's own, 0.9.10, does not do: under it time.sleep fails on Python 3.11 and later.
"""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from pathlib import Path

from stack.install import VENV
from stack.layout import ROOT, script

NAMED = "EXCHANGE_SYNC_LIBFAKETIME"
_LIBRARY = "libfaketime/vendor/libfaketime/src/libfaketime.so.1"


def library() -> Path | None:
    """The library that EXCHANGE_SYNC_LIBFAKETIME names, or that of stack/faketime.txt, built where it is not yet."""
    if named := os.environ.get(NAMED):
        return Path(named)
    place = VENV / "faketime"
    if not (place / _LIBRARY).exists():
        wanted = ["--quiet", "--no-deps", "--require-hashes", "-r", str(ROOT / "stack" / "faketime.txt")]
        command = [script("python"), "-m", "pip", "install", "--target", str(place), *wanted]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False)  # it says what it lacks, such as a compiler
    return place / _LIBRARY if (place / _LIBRARY).exists() else None


def variables(library: Path, shift: timedelta) -> dict[str, str]:
    """What a program's environment needs for its clock to be off by so much. Durations are measured as ever."""
    shifted = f"{round(shift.total_seconds()):+d}s"
    return {"LD_PRELOAD": str(library), "FAKETIME": shifted, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
