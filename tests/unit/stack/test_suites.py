"""The suites together run every test, and none twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from stack import suites

ROOT = Path(__file__).resolve().parents[3]
MARKERS = ("long", "live", "browser", "demo", "brief")
SETS = [
    marks
    for size in range(6)
    for marks in itertools.combinations(MARKERS, size)
    if ("demo" not in marks or {"long", "live"} <= set(marks))
    and ("brief" not in marks or set(marks) == {"live", "brief"})
]  # as pyproject.toml says of demo and brief


def chosen(suite, marks):
    return eval(suite.markers, {}, {name: name in marks for name in MARKERS})


@pytest.mark.parametrize("marks", SETS, ids=lambda marks: "+".join(marks) or "none")
def test_make_test_all_runs_a_test_of_any_markers_just_once(marks):
    everywhere = [suite for suite in suites.LONG if chosen(suite, marks)]
    quick = {chosen(suite, marks) for suite in suites.QUICK}
    assert len(quick) == 1, "the quick suites differ in their folders, not in their markers"
    assert len(everywhere) + quick.pop() + chosen(suites.BRIEF, marks) == 1
    assert all(suite.folders == ("tests",) for suite in suites.LONG)


def test_make_test_runs_what_has_no_marker_and_what_is_brief():
    assert [marks for marks in SETS if chosen(suites.QUICK[0], marks)] == [()]
    assert [marks for marks in SETS if chosen(suites.BRIEF, marks)] == [("live", "brief")]


def test_every_folder_of_tests_belongs_to_just_one_quick_suite():
    folders = [folder for suite in suites.QUICK for folder in suite.folders]
    there = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")}
    assert there <= set(folders)
    assert len(folders) == len(set(folders))
