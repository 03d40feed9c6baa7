"""How far a first sync is: in the run's note and in status (issue 3, item 11)."""

from __future__ import annotations

import re
from datetime import timedelta

from exchange_sync.pipeline import status
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.load import load
from exchange_sync.pipeline.verdict import verdict

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import NOON, mail


def one_run(world: World) -> str:
    """One run, whose budget is spent after the first hundred; its note."""
    context = world.make_context(fetch_emails=2)
    ticks = iter(range(1_000))
    context.clock = lambda: NOON + timedelta(seconds=next(ticks))
    context.run = "a run"
    result = extract(context, SUPPORT, "batch")
    if result.ref:
        load(context, SUPPORT, enrich(context, clean(context, result.ref)))
    return verdict(context, {SUPPORT: "success"}).note


def test_a_run_that_is_catching_up_says_how_far_it_is_and_how_long_it_will_take(world: World) -> None:
    for number in range(120):
        world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(number))
    note = one_run(world)
    first, _, far = note.partition("; ")
    assert first == "100 new, 0 moved, 0 bad"
    told = r"100 of 120 emails, 20 of the rest in Inbox, about (a minute|\d+ minutes) left"  # as the machine is
    assert re.fullmatch(rf"{re.escape(SUPPORT)}: {told}", far)
    (line,) = [line for line in status.table(status.report(world.db)).splitlines() if line.startswith(SUPPORT)]
    assert re.search(rf"catching up: {told}\Z", line)


def test_a_mailbox_that_is_up_to_date_is_not_told_of(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    assert one_run(world) == "1 new, 0 moved, 0 bad"
