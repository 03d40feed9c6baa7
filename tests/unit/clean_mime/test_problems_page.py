"""The reference page of problems is what the code says."""

from __future__ import annotations

from pathlib import Path

from exchange_sync.clean.problems import Problem, Problems, problems_page
from exchange_sync.enrich.api import TIMESTAMP_NOT_FROM_DATE

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/problems.md"


def test_the_reference_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == problems_page(), "run python -m exchange_sync.clean.problems"
    assert f"`{TIMESTAMP_NOT_FROM_DATE}`" in problems_page()


def test_a_problem_met_twice_is_named_once_and_in_the_order_of_meeting():
    problems = Problems()
    for problem in (Problem.HEADER_LIMIT, Problem.BASE64_BROKEN, Problem.HEADER_LIMIT):
        problems.note(problem)
    assert problems.names() == ("header_limit", "base64_broken")
