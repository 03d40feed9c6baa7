"""The watermark protocol (design decision 5): what repeats work, and never loses or doubles."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from exchange_sync.errors import IntegrationFault, InternalFault, Superseded
from exchange_sync.model.config import BucketConfig
from exchange_sync.model.watermark import Watermark
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.load import load

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import mail


class Variables:
    """Watermarks as Airflow keeps them: apart from the database, open to an operator's hand."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def read(self, integration: str, mailbox: str) -> str | None:
        return self.values.get(mailbox)

    def replace(self, integration: str, mailbox: str, expected: str | None, new: str) -> bool:
        if self.values.get(mailbox) != expected:
            return False
        self.values[mailbox] = new
        return True


@pytest.fixture
def variables(world: World) -> Variables:
    world.context.watermarks = Variables()
    return world.context.watermarks


def fill(world: World, first: int, last: int) -> list[str]:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    return [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in range(first, last)]


def present(world: World) -> int:
    return len(world.rows("SELECT 1 FROM origins WHERE gone_at IS NULL"))


def test_deleting_the_variable_lists_everything_again_and_changes_nothing(world: World, variables: Variables) -> None:
    fill(world, 0, 5)
    world.sync()
    before = world.fingerprint()
    del variables.values[SUPPORT]
    world.exchange.calls.clear()

    world.sync()

    assert world.exchange.count("changes") == 2  # Inbox and Sent Items
    assert world.exchange.count("mimes") == 0
    assert world.fingerprint() == before
    assert present(world) == 5


def test_lowering_synced_until_lists_everything_again(world: World, variables: Variables) -> None:
    fill(world, 0, 2)
    world.sync()
    before = world.fingerprint()
    mark = json.loads(variables.values[SUPPORT])
    variables.values[SUPPORT] = json.dumps({**mark, "synced_until": "2020-01-01T00:00:00Z"})
    world.exchange.calls.clear()

    world.sync()

    assert world.exchange.count("changes") == 2
    assert world.fingerprint() == before


def test_a_variable_that_is_no_json_is_refused_with_what_was_expected(world: World, variables: Variables) -> None:
    variables.values[SUPPORT] = "yesterday"
    with pytest.raises(InternalFault, match="expected JSON such as"):
        extract(world.context, SUPPORT, "batch")


def test_a_variable_changed_in_mid_run_is_left_as_it_is(world: World, variables: Variables) -> None:
    fill(world, 0, 3)
    result = extract(world.context, SUPPORT, "batch-1")
    variables.values[SUPPORT] = Watermark().to_json()

    load(world.context, SUPPORT, enrich(world.context, clean(world.context, str(result.ref))))

    assert variables.values[SUPPORT] == Watermark().to_json()
    before = world.fingerprint()
    world.sync()
    assert world.fingerprint() == before
    assert len(before) == 3


def test_a_batch_that_another_one_replaced_writes_nothing_more(world: World) -> None:
    fill(world, 0, 3)
    old = extract(world.context, SUPPORT, "batch-old")
    staged = enrich(world.context, clean(world.context, str(old.ref)))
    world.sync()
    before = world.fingerprint()

    with pytest.raises(Superseded):
        load(world.context, SUPPORT, staged)

    assert world.fingerprint() == before
    assert len(before) == 3


def test_loading_a_part_twice_counts_it_once(world: World) -> None:
    fill(world, 0, 3)
    result = extract(world.context, SUPPORT, "batch-1")
    ref = enrich(world.context, clean(world.context, str(result.ref)))
    finishing, world.context.watermarks.replace = world.context.watermarks.replace, _crash  # type: ignore[method-assign]
    with pytest.raises(InternalFault):
        load(world.context, SUPPORT, ref)
    world.context.watermarks.replace = finishing  # type: ignore[method-assign]
    before = world.fingerprint()

    with pytest.raises(Superseded):
        load(world.context, SUPPORT, ref)
    world.sync()

    assert world.fingerprint() == before
    assert world.rows("SELECT emails FROM buckets") == [{"emails": 3}]


def _crash(*_: object) -> bool:
    raise RuntimeError("killed between commit and Variable")


def test_a_crash_between_commit_and_variable_repeats_work_only(world: World, variables: Variables) -> None:
    items = fill(world, 0, 3)
    world.sync()
    fill(world, 3, 5)
    old = dict(variables.values)
    world.sync()
    before = world.fingerprint()
    variables.values = old
    world.exchange.delete(SUPPORT, items[0])

    world.sync()

    assert world.fingerprint() == before
    assert present(world) == 4


def test_an_item_that_came_and_went_while_the_older_state_was_gone_on_from_is_not_thought_present(
    world: World, variables: Variables
) -> None:
    """The older state never knew it, so its changes cannot tell that it is gone: only a look at the whole can."""
    fill(world, 0, 2)
    world.sync()
    old = dict(variables.values)
    [late] = fill(world, 2, 3)
    world.sync()
    assert present(world) == 3
    world.exchange.delete(SUPPORT, late)
    variables.values = old

    world.sync()

    assert present(world) == 2
    assert len(world.fingerprint()) == 3


def test_an_expired_state_lists_that_folder_afresh_and_downloads_nothing_twice(world: World) -> None:
    items = fill(world, 0, 4)
    world.sync()
    before = world.fingerprint()
    world.exchange.expire_states()
    world.exchange.delete(SUPPORT, items[0])
    fill(world, 4, 5)
    world.exchange.calls.clear()

    counts = world.sync()

    assert (counts["created"], counts["downloaded"]) == (1, 1)
    assert [row for row in world.fingerprint() if row in before] == before
    assert present(world) == 4


def test_a_first_sync_in_small_budgets_is_durable_and_newest_first(world: World) -> None:
    fill(world, 0, 250)
    world.context = world.make_context(fetch_emails=100, part_rows=40)

    result = extract(world.context, SUPPORT, "batch-1")
    load(world.context, SUPPORT, enrich(world.context, clean(world.context, str(result.ref))))

    loaded = {str(row["message_id"]) for row in world.fingerprint()}
    assert loaded == {f"<mail-{number}@client.example>" for number in range(150, 250)}
    mark = Watermark.from_json(str(world.context.mailbox(SUPPORT)["watermark"]))
    assert (mark.pending, mark.synced_until, mark.note) == (150, None, "catching up")

    world.sync()

    assert len(world.fingerprint()) == 250
    mark = Watermark.from_json(str(world.context.mailbox(SUPPORT)["watermark"]))
    assert (mark.pending, mark.note) == (0, "up to date")


def test_every_border_of_a_page_keeps_every_email(world: World) -> None:
    from tests.support.memory_exchange import MemorySource

    for size in (1, 2, 3):
        fill(world, size * 10, size * 10 + 5)
        world.context.source_factory = lambda name, size=size: MemorySource(world.exchange, page=size)
        world.sync()
    assert len(world.fingerprint()) == 15


def test_the_quota_is_never_passed_and_the_part_that_would_is_not_half_loaded(world: World) -> None:
    world.configure(BOTH, bucket=BucketConfig("acme", "mail", quota_emails=3))
    fill(world, 0, 3)
    world.sync()
    fill(world, 3, 5)
    result = extract(world.context, SUPPORT, "batch-quota")
    ref = enrich(world.context, clean(world.context, str(result.ref)))

    with pytest.raises(IntegrationFault) as caught:
        load(world.context, SUPPORT, ref)

    assert caught.value.reason.kind == "comment_quota_hit"
    assert len(world.fingerprint()) == 3
    world.configure(BOTH, bucket=BucketConfig("acme", "mail", quota_emails=10))
    world.sync()
    assert len(world.fingerprint()) == 5


def test_a_busy_server_is_a_row_and_what_was_read_is_kept(world: World) -> None:
    from exchange_sync.errors import Retriable

    fill(world, 0, 3)

    def busy(operation: str, ids: object) -> None:
        if operation == "mimes":
            raise Retriable("busy", 300, code="ErrorServerBusy")

    world.exchange.fault = busy
    result = extract(world.context, SUPPORT, "batch-1")

    assert result.ref is None
    box = world.context.mailbox(SUPPORT)
    assert box["not_before"] - world.context.clock() > timedelta(seconds=290)
    assert (box["consecutive_failures"], box["enabled"]) == (0, True)
    world.exchange.fault = lambda operation, ids: None
    world.exchange.calls.clear()
    assert "created" not in world.sync(), "it is left alone"
    assert not world.exchange.calls
    world.rows("UPDATE mailboxes SET not_before = NULL RETURNING 1")  # the wait is over
    assert world.sync()["created"] == 3
    assert world.exchange.count("changes") == 0


def test_a_value_that_postgresql_refuses_costs_its_own_email_only(world: World) -> None:
    fill(world, 0, 7)
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(9), categories=("bad\x00one",))

    counts = world.sync()

    assert counts["created"] + counts["quarantined"] == 8
    assert counts["created"] >= 7
