"""The list of integrations that DAG files are built from (design decision 9)."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest
from exchange_sync.errors import Retriable
from exchange_sync.orchestrate import catalogue
from exchange_sync.orchestrate.catalogue import Entry, entries

ACME = Entry("acme", "mail", "Acme", "exchange_default", 60, ("viewer",), ())
GLOBEX = Entry("globex", "mail", "", "exchange_globex", 15)


class Postgres:
    """A store that answers, or is away, and counts how often it was asked."""

    def __init__(self, *found: Entry, error: Exception | None = None) -> None:
        self.found, self.error, self.asked = list(found), error, 0

    def __call__(self) -> list[Entry]:
        self.asked += 1
        if self.error:
            raise self.error
        return self.found


AWAY = Retriable("the product's PostgreSQL cannot be reached", 10.0, code="OperationalError")


def test_what_postgresql_says_is_returned_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    snapshot = tmp_path / "new" / "integrations.json"
    assert entries(snapshot, Postgres(ACME, GLOBEX)) == [ACME, GLOBEX]
    assert [path.name for path in snapshot.parent.iterdir()] == ["integrations.json"]
    assert entries(snapshot, Postgres(error=AWAY), now=lambda: time.time() + 60) == [ACME, GLOBEX]
    assert {path.stat().st_mode & 0o777 for path in snapshot.parent.iterdir()} == {0o600}


def test_postgresql_is_asked_each_time_so_that_a_change_is_seen_at_once(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME))
    assert entries(snapshot, Postgres(ACME, GLOBEX)) == [ACME, GLOBEX]


def test_an_empty_list_is_an_answer_too(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME))
    assert entries(snapshot, Postgres()) == []
    assert entries(snapshot, Postgres(error=AWAY)) == []


def test_postgresql_away_is_left_alone_for_ten_seconds(tmp_path: Path) -> None:
    snapshot, away = tmp_path / "s.json", Postgres(error=AWAY)
    entries(snapshot, Postgres(ACME))
    for seconds in (0, 4, 9.9):
        entries(snapshot, away, now=lambda seconds=seconds: 2_000.0 + seconds)
    assert away.asked == 1
    entries(snapshot, away, now=lambda: 2_010.1)
    assert away.asked == 2


def test_postgresql_away_the_last_good_list_serves_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME), now=lambda: 1_000.0)
    away = Postgres(error=AWAY)
    with caplog.at_level(logging.WARNING):
        assert entries(snapshot, away, now=lambda: 2_000.0) == [ACME]
    assert "the last good one serves" in caplog.text
    assert entries(snapshot, away, now=lambda: 2_005.0) == [ACME]
    assert away.asked == 1, "others on this host must not wait for PostgreSQL again at once"


def test_any_other_trouble_of_the_database_is_survived_too(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME), now=lambda: 1_000.0)
    assert entries(snapshot, Postgres(error=RuntimeError("no such table")), now=lambda: 2_000.0) == [ACME]


def test_without_any_snapshot_the_trouble_is_told(tmp_path: Path) -> None:
    with pytest.raises(Retriable, match="cannot be reached"):
        entries(tmp_path / "s.json", Postgres(error=AWAY))


def test_a_database_that_hangs_is_left_after_two_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME), now=lambda: 1_000.0)
    monkeypatch.setattr(catalogue, "LIMIT_SECONDS", 0.2)

    def hang() -> list[Entry]:
        time.sleep(60)
        return []

    began = time.monotonic()
    assert entries(snapshot, hang, now=lambda: 2_000.0) == [ACME]
    assert time.monotonic() - began < 30


def test_a_broken_snapshot_is_replaced(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    for text in ("", "{", "[]", '{"integrations": [{"owner": 1}]}', '{"integrations": 3}'):
        snapshot.write_text(text)
        os.utime(snapshot, (1_000.0, 1_000.0))
        assert entries(snapshot, Postgres(ACME), now=lambda: 1_001.0) == [ACME], text


def test_a_running_task_builds_its_own_dag_alone_and_asks_nobody_for_it(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME, GLOBEX), now=lambda: 1_000.0)
    store = Postgres(error=AWAY)
    for dag_id in ("exchange.globex.mail", "exchange_backfill.globex.mail"):
        assert entries(snapshot, store, only_dag_id=dag_id, now=lambda: 9_000_000.0) == [GLOBEX]
    assert store.asked == 0


def test_a_task_of_an_integration_that_the_snapshot_does_not_know_asks_postgresql(tmp_path: Path) -> None:
    snapshot = tmp_path / "s.json"
    entries(snapshot, Postgres(ACME), now=lambda: 1_000.0)
    found = entries(snapshot, Postgres(ACME, GLOBEX), only_dag_id="exchange.globex.mail", now=lambda: 1_002.0)
    assert found == [GLOBEX]
