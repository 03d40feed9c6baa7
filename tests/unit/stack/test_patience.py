"""Waits end by the work that came to nothing, not by a clock that a busy machine outruns."""

from __future__ import annotations

import pytest

from stack.patience import LAST, Patience


class Machine:
    """A clock, and processes that get a share of the processor."""

    def __init__(self) -> None:
        self.now = self.work = 0.0

    def passes(self, seconds: float, share: float) -> None:
        self.now += seconds
        self.work += seconds * share

    def patience(self, seconds: float) -> Patience:
        return Patience(seconds, lambda: self.work, lambda: self.now)


def test_processes_that_had_the_machine_to_themselves_get_just_that_time() -> None:
    machine = Machine()
    waits = machine.patience(60)
    machine.passes(59, share=1)
    assert not waits.over()
    machine.passes(1, share=1)
    assert waits.over()


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1])
def test_on_a_busy_machine_they_get_as_much_work_done_as_on_a_free_one(share: float) -> None:
    machine = Machine()
    waits = machine.patience(60)
    machine.passes(60 / share - 1, share)
    assert not waits.over()
    machine.passes(2, share)
    assert waits.over()


def test_two_processors_do_not_halve_the_time() -> None:
    machine = Machine()
    waits = machine.patience(60)
    machine.passes(40, share=2)
    assert not waits.over()


def test_each_sign_of_progress_begins_the_wait_anew() -> None:
    machine = Machine()
    waits = machine.patience(60)
    for done in range(10):
        machine.passes(50, share=1)
        assert not waits.over(done)
    machine.passes(60, share=1)
    assert waits.over(9)


def test_those_that_do_nothing_at_all_are_not_waited_for_for_ever() -> None:
    machine = Machine()
    waits = machine.patience(60)
    machine.passes(60 * LAST - 1, share=0)
    assert not waits.over()
    machine.passes(1, share=0)
    assert waits.over()
    assert waits.spent() == "1200 s without progress, 0 s of them at work"
