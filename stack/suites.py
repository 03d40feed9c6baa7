"""The tests, suite by suite, each with its minutes.

    quick   `make test`       what everybody runs
    slice   `make slice`      of the live and the browser proofs the most telling ones
    all     `make test-all`   quick, and every proof once, long ones cut to a bearable length
    soak    `make soak`       the full lengths of the long proofs, and the quick tests on odd days (stack/moments.py)

No test runs twice in one of them: the quick suites leave out what is marked long, soak, live or browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from stack import faketime, programs
from stack.layout import ROOT, script
from stack.moments import Moment, moments

_NO_TESTS = 5  # pytest's status when a suite has none
_QUICK = "not long and not soak and not live and not browser"


@dataclass(frozen=True)
class Suite:
    """Some folders of tests, those of them whose markers fit. workers: processes at a time; 0: this one alone.

    moment: when the tests believe to run; None: now.
    """

    name: str
    folders: tuple[str, ...]
    markers: str
    workers: int
    moment: Moment | None = None


QUICK = (
    Suite("unit", ("tests/unit", "tests/contract"), _QUICK, 2),
    Suite("integration", ("tests/integration", "tests/web"), _QUICK, 2),
    # Airflow's first use in a process takes 10 s and more: a second worker would pay it again.
    Suite("airflow", ("tests/airflow",), _QUICK, 0),
)
# What must be seen on a live stack before anything is called right, one proof a level: `make test` runs it too.
BRIEF = Suite("live, in brief", ("tests/airflow",), "brief", 0)
SLICE = (
    Suite("live, a slice", ("tests/airflow",), "slice and live", 0),
    Suite("browser, a slice", ("tests/web",), "slice and browser and not live", 2),
)
LONG = (
    Suite("long", ("tests",), "long and not live and not browser", 2),
    Suite("browser", ("tests",), "browser and not live and not soak", 2),
    # They share one stack with four task workers: on two cores nothing else may run beside it,
    Suite("live", ("tests",), "live and not soak and not demo and not brief", 0),
    # and `make demo` has its processors to itself.
    Suite("the two commands", ("tests",), "demo", 0),
)
SOAK = (
    Suite("at full length", ("tests",), "soak and not live", 2),
    Suite("live, at full length", ("tests",), "soak and live", 0),
)


def on_odd_days(now: datetime) -> list[Suite]:
    """The quick suites at every moment."""
    return [
        Suite(f"{suite.name}, {moment.name}", suite.folders, suite.markers, suite.workers, moment)
        for moment in moments(now)
        for suite in QUICK
    ]


def run(suite: Suite) -> bool:
    """Run one suite; prints its minutes. True when nothing failed."""
    folders = [folder for folder in suite.folders if (ROOT / folder).is_dir()]
    workers = ["-n", str(suite.workers), "--dist", "loadfile"] if suite.workers else []
    command, environment = [script("python"), "-m", "pytest", "-m", suite.markers, *workers, *folders], {**os.environ}
    shifted = faketime.library() if suite.moment else None
    if suite.moment and shifted:
        off = suite.moment.at - datetime.now(UTC)  # noqa: TID251 - the real one, to be shifted
        environment |= {**faketime.variables(shifted, off), **suite.moment.variables}
    print(f"== {suite.name}", flush=True)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment)
    good = done.returncode in (0, _NO_TESTS)
    minutes = (time.monotonic() - begun) / 60
    print(f"== {suite.name}: {'passed' if good else 'FAILED'}, {minutes:.1f} minutes", flush=True)
    return good


def chosen(what: str, now: datetime) -> list[Suite]:
    """The suites of one of the four."""
    if what == "slice":
        return list(SLICE)
    if what == "soak":
        return [*SOAK, *on_odd_days(now)]
    return [*QUICK, BRIEF, *(LONG if what == "all" else ())]


def main(arguments: list[str]) -> int:
    """``quick``, ``slice``, ``all`` or ``soak``. Every suite runs, whatever failed before; 1 when one failed."""
    if len(arguments) != 1 or arguments[0] not in ("quick", "slice", "all", "soak"):
        print("usage: python -m stack.suites quick|slice|all|soak", file=sys.stderr)
        return 2
    missing = [] if arguments == ["quick"] else programs.ensure()
    if missing:
        print(f"Not here, and not to be installed: {', '.join(missing)}. Tests that need them skip.", flush=True)
    begun = time.monotonic()
    suites = chosen(arguments[0], datetime.now(UTC))  # noqa: TID251 - an entry point
    if any(suite.moment for suite in suites) and faketime.library() is None:
        print("faketime cannot be built here: the tests on odd days are left out.", flush=True)
        suites = [suite for suite in suites if suite.moment is None]
    failed = [suite.name for suite in suites if not run(suite)]
    minutes = (time.monotonic() - begun) / 60
    print(f"== all suites: {minutes:.1f} minutes on {os.cpu_count()} cores", flush=True)
    if failed:
        print(f"== failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
