"""kill -9 at any write of any stage, then a run again: the same comments as without."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable

import pytest

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail

COMPARED = (
    "SELECT id, message_id, user_properties, messages, attachments, thread_id, conflict FROM comments ORDER BY id"
)


def prepare(world: World) -> None:
    """Sixty emails, ten of which have moved, some copied, some deleted, between two syncs."""
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    done = world.exchange.add_folder(SUPPORT, ("Done",))
    items = [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in range(40)]
    world.context = world.make_context(part_rows=16)
    world.sync()
    for item in items[:10]:
        world.exchange.move(SUPPORT, item, done)
    world.exchange.copy(SUPPORT, items[11], done)
    world.exchange.delete(SUPPORT, items[12])
    for number in range(40, 60):
        world.exchange.deliver(SUPPORT, inbox, mail(number))


def run_and_die(world: World, point: int) -> bool:
    """Sync in a forked child that is killed before its n-th write; whether it was (else it came to its end)."""
    child = os.fork()
    if child == 0:
        try:
            _kill_at(world, point)
            world.sync()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _kill_at(world: World, point: int) -> None:
    """Count every transaction's begin and commit, every staged part and blob, and the watermark's write."""
    left = [point]

    def tick() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(target: object, name: str) -> None:
        original: Callable[..., object] = getattr(target, name)

        def counted(*args: object, **kwargs: object) -> object:
            tick()
            result = original(*args, **kwargs)
            tick()
            return result

        setattr(target, name, counted)

    before(world.context.staging, "write")
    before(world.context.staging, "delete")
    before(world.context.blobs, "put")
    before(world.context.watermarks, "replace")
    transaction = world.context.db.transaction

    class Counted:
        def __init__(self) -> None:
            self._inner = transaction()

        def __enter__(self) -> object:
            return self._inner.__enter__()

        def __exit__(self, *error: object) -> object:
            tick()  # all written, nothing committed
            result = self._inner.__exit__(*error)  # type: ignore[arg-type]
            tick()  # committed
            return result

    world.context.db.transaction = Counted  # type: ignore[method-assign,assignment]


def check(make_world: Callable[[], World], points: list[int]) -> int:
    plain = make_world()
    prepare(plain)
    plain.sync()
    wanted = plain.rows(COMPARED)
    killed = 0
    for point in points:
        world = make_world()
        prepare(world)
        killed += run_and_die(world, point)
        world.sync()
        assert world.rows(COMPARED) == wanted, f"killed at write {point}"
        [bucket] = world.rows("SELECT emails, last_sequence FROM buckets")
        assert bucket == {"emails": 60, "last_sequence": 60}, f"killed at write {point}"
        assert world.rows("SELECT count(*) AS n FROM origins WHERE gone_at IS NULL") == [{"n": 60}]
        world.close()
    return killed


def test_killed_at_six_points_the_comments_are_the_same(make_world: Callable[[], World]) -> None:
    assert check(make_world, [3, 12, 30, 55, 80, 95]) >= 5


@pytest.mark.parametrize("count", [pytest.param(20, marks=pytest.mark.long), pytest.param(100, marks=pytest.mark.soak)])
def test_killed_at_seeded_points_the_comments_are_the_same(make_world: Callable[[], World], count: int) -> None:
    chance = random.Random(20260302)
    assert check(make_world, sorted(chance.sample(range(130), count))) >= count * 0.7
