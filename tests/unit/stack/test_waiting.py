"""An answer that does not come in time, as on a busy machine, ends no wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stack.layout import Layout
from stack.local import LocalStack
from stack.processes import ProcessError
from stack.progress import Progress
from stack.rest import RestError

ROW = {"mailbox": "support@acme.example", "state": "up to date", "listed": 1, "created": 1}


@pytest.fixture
def stack(tmp_path: Path) -> LocalStack:
    return LocalStack(Layout(tmp_path), progress=Progress(write=lambda line: None))


def silent_at_first(error: Exception, answer: Any) -> Callable[..., Any]:
    """Raises at the first call, and answers from then on."""
    errors = [error]

    def call(*_: object) -> Any:
        if errors:
            raise errors.pop()
        return answer

    return call


def test_a_status_that_cannot_be_told_once_is_asked_for_again(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "status", silent_at_first(ProcessError("PostgreSQL cannot be reached"), [ROW]))
    assert stack.wait_until_synced() == [ROW]


def test_a_status_that_can_never_be_told_ends_the_wait(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    def status() -> None:
        raise ProcessError("PostgreSQL cannot be reached")

    monkeypatch.setattr(stack, "status", status)
    with pytest.raises(ProcessError, match="cannot be reached"):
        stack.wait_until_synced(seconds=0)


@pytest.mark.parametrize("status", [0, 404])
def test_an_airflow_that_does_not_answer_in_time_is_asked_again(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    class Airflow:
        unpause = staticmethod(silent_at_first(RestError("Airflow did not answer", status), None))

    monkeypatch.setattr(stack, "rest", Airflow)
    stack.unpause("exchange.demo.exchange")
