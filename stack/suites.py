"""The tests, suite by suite, each with its minutes. ``quick`` is `make test`; ``all`` adds the long proofs.

No test runs twice: the quick suites leave out what is marked long, live or browser, the others run just that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from stack import programs
from stack.layout import ROOT, script

_NO_TESTS = 5  # pytest's status when a suite has none
_QUICK = "not long and not live and not browser"


@dataclass(frozen=True)
class Suite:
    """Some folders of tests, those of them whose markers fit. workers: processes at a time; 0: this one alone."""

    name: str
    folders: tuple[str, ...]
    markers: str
    workers: int


QUICK = (
    Suite("unit", ("tests/unit", "tests/contract"), _QUICK, 2),
    Suite("integration", ("tests/integration", "tests/web"), _QUICK, 2),
    # Airflow's first use in a process takes 10 s and more: a second worker would pay it again.
    Suite("airflow", ("tests/airflow",), _QUICK, 0),
)
# What must be seen on a live stack before anything is called right, one proof a level: `make test` runs it too.
BRIEF = Suite("live, in brief", ("tests/airflow",), "brief", 0)
LONG = (
    Suite("long", ("tests",), "long and not live and not browser", 2),
    Suite("browser", ("tests",), "browser and not live", 2),
    # They share one stack with four task workers: on two cores nothing else may run beside it,
    Suite("live", ("tests",), "live and not demo and not brief", 0),
    # and `make demo` has its promised seconds to itself.
    Suite("the two commands", ("tests",), "demo", 0),
)


def run(suite: Suite) -> bool:
    """Run one suite; prints its minutes. True when nothing failed."""
    folders = [folder for folder in suite.folders if (ROOT / folder).is_dir()]
    workers = ["-n", str(suite.workers), "--dist", "loadfile"] if suite.workers else []
    print(f"== {suite.name}", flush=True)
    begun = time.monotonic()
    done = subprocess.run([script("python"), "-m", "pytest", "-m", suite.markers, *workers, *folders], cwd=ROOT)
    good = done.returncode in (0, _NO_TESTS)
    minutes = (time.monotonic() - begun) / 60
    print(f"== {suite.name}: {'passed' if good else 'FAILED'}, {minutes:.1f} minutes", flush=True)
    return good


def main(arguments: list[str]) -> int:
    """``quick`` or ``all``. Every suite is run, whatever failed before; the status is 1 when one failed."""
    if arguments not in (["quick"], ["all"]):
        print("usage: python -m stack.suites quick|all", file=sys.stderr)
        return 2
    suites: tuple[Suite, ...] = (*QUICK, BRIEF)
    if arguments == ["all"]:
        suites += LONG
        missing = programs.ensure()
        if missing:
            print(f"Not here, and not to be installed: {', '.join(missing)}. Tests that need them skip.", flush=True)
    begun = time.monotonic()
    failed = [suite.name for suite in suites if not run(suite)]
    minutes = (time.monotonic() - begun) / 60
    print(f"== all suites: {minutes:.1f} minutes on {os.cpu_count()} cores", flush=True)
    if failed:
        print(f"== failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
