"""The suites together run every test, and none twice."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stack import suites
from stack.moments import moments

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 30, tzinfo=UTC)
MARKERS = ("long", "live", "browser", "demo", "brief", "soak", "slice")
SETS = [
    marks
    for size in range(8)
    for marks in itertools.combinations(MARKERS, size)
    if ("demo" not in marks or {"long", "live"} <= set(marks))
    and ("brief" not in marks or set(marks) == {"live", "brief"})
    and ("soak" not in marks or not {"long", "demo", "slice"} & set(marks))
    and ("slice" not in marks or {"live", "browser"} & set(marks))
]  # as pyproject.toml says of demo, brief, soak and slice


def chosen(suite, marks):
    return eval(suite.markers, {}, {name: name in marks for name in MARKERS})


@pytest.mark.parametrize("marks", SETS, ids=lambda marks: "+".join(marks) or "none")
def test_make_test_all_runs_a_test_of_any_markers_just_once(marks):
    everywhere = [suite for suite in suites.LONG if chosen(suite, marks)]
    quick = {chosen(suite, marks) for suite in suites.QUICK}
    assert len(quick) == 1, "the quick suites differ in their folders, not in their markers"
    assert len(everywhere) + quick.pop() + chosen(suites.BRIEF, marks) == ("soak" not in marks)
    assert all(suite.folders == ("tests",) for suite in suites.LONG)


def test_make_test_runs_what_has_no_marker_and_what_is_brief():
    assert [marks for marks in SETS if chosen(suites.QUICK[0], marks)] == [()]
    assert [marks for marks in SETS if chosen(suites.BRIEF, marks)] == [("live", "brief")]


def test_make_soak_runs_what_is_marked_so_once_and_the_quick_suites_on_each_odd_day():
    for marks in SETS:
        assert sum(chosen(suite, marks) for suite in suites.SOAK) == ("soak" in marks)
    odd = suites.on_odd_days(NOW)
    assert len(odd) == len(suites.QUICK) * len(moments(NOW))
    assert {suite.markers for suite in odd} == {suite.markers for suite in suites.QUICK}
    assert suites.chosen("soak", NOW) == [*suites.SOAK, *odd]


def test_the_slice_is_of_live_and_browser_tests_alone():
    assert all(sum(chosen(suite, marks) for suite in suites.SLICE) == ("slice" in marks) for marks in SETS)


def test_every_folder_of_tests_belongs_to_just_one_quick_suite():
    folders = [folder for suite in suites.QUICK for folder in suite.folders]
    there = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")}
    assert there <= set(folders)
    assert len(folders) == len(set(folders))
