"""Re-cleaning from kept MIME, and what validation and the verdict tell of quality."""

from __future__ import annotations

from datetime import timedelta

from exchange_sync.clean.api import CLEAN_VERSION
from exchange_sync.pipeline.reclean import PARTS, reclean
from exchange_sync.pipeline.warnings import warnings
from exchange_sync.store import quality

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.integration.pipeline.test_attention import configure, with_files
from tests.support.mail import mail


def test_the_same_output_is_no_update_and_another_one_is(world: World) -> None:
    configure(world, attachments="all")
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(3):
        world.exchange.deliver(SUPPORT, inbox, with_files(number))
    world.sync()
    before = world.fingerprint()
    world.exchange.calls.clear()
    world.rows("UPDATE comments SET clean_version = 0 RETURNING 1")
    world.rows(
        """UPDATE comments SET messages = '[{"body": {"text": "of an older cleaner"}}]' WHERE message_id = %s
        RETURNING 1""",
        "<mail-1@client.example>",
    )

    [counts] = list(reclean(world.settings, world.db, "acme/mail", world.context.clock))

    assert (counts["of"], counts["changed"], counts["unchanged"]) == (3, 1, 2)
    assert {part: counts[part] for part in PARTS if counts[part]} == {"body": 1, "subject": 1, "people": 1}
    after = world.fingerprint()
    assert [{**row, "updated_at": 0} for row in after] == [{**row, "updated_at": 0} for row in before]
    assert [one["updated_at"] == other["updated_at"] for one, other in zip(after, before, strict=True)].count(
        False
    ) == 1
    assert world.exchange.calls == []
    assert list(reclean(world.settings, world.db, "acme/mail", world.context.clock)) == []


def test_what_follows_a_move_is_not_undone(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))
    world.sync()
    world.rows("UPDATE comments SET clean_version = 0 RETURNING 1")
    before = world.fingerprint()
    list(reclean(world.settings, world.db, "acme/mail", world.context.clock))
    assert world.folders() == {"<mail-1@client.example>": "Sent Items"}
    assert [{**row, "clean_version": CLEAN_VERSION} for row in before] == world.fingerprint()


def test_results_are_kept_by_suite_and_expectation_without_values(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(3):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()
    found = quality.results(world.db, world.context.row["id"], world.context.clock() - timedelta(hours=1))
    assert {row["suite"] for row in found} == {"raw", "clean", "comment"}
    assert {(row["checked"], row["failed"]) for row in found} == {(3, 0)}
    columns = world.rows("SELECT * FROM quality_results LIMIT 1")[0]
    assert set(columns) == {"run", "mailbox_id", "suite", "expectation", "checked", "failed", "at"}


def test_high_shares_are_told_and_small_runs_are_not() -> None:
    assert warnings({"made": 100, "empty bodies": 40, "unknown charsets": 2, "quarantined": 0}) == [
        "warning: 40 % empty bodies"
    ]
    assert warnings({"made": 10, "empty bodies": 10}) == []
