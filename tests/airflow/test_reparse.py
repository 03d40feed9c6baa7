"""Airflow reads our DAG file when an integration changed, and hardly ever otherwise (decision 120)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from exchange_sync.orchestrate.catalogue import Entry
from exchange_sync.orchestrate.reparse import LOOK_SECONDS, AirflowsDagProcessor, Known, Watch

ACME = Entry("acme", "mail", "Acme", "exchange_default", 60)
GLOBEX = Entry("globex", "mail", "", "exchange_globex", 15)
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@dataclass
class AirflowAsItIs:
    """Airflow's DAG processor with its rules that matter here, on a clock that the test moves.

    takes: seconds of one reading, and of writing it. A request in mid-reading is dropped, one in mid-writing waits. A
    DAG is written anew at most every 30 s. One that a reading does not name goes when that reading ended 50 s after
    the last that named it.
    """

    store: dict[str, Entry]
    takes: float = 8.0
    settle: timedelta = timedelta(seconds=35)
    now: datetime = NOW
    readings: int = 0
    shown: dict[str, Entry] = field(default_factory=dict)
    named: dict[str, datetime] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    _began: datetime | None = None
    _requested: bool = False
    _seen: list[Entry] = field(default_factory=list)
    _last: datetime | None = None

    def known(self) -> Known:
        return Known(frozenset(self.shown), self._last, timedelta(seconds=self.takes) if self._last else timedelta())

    def ask(self) -> bool:
        reads = self._began is not None and self.now < self._began + timedelta(seconds=self.takes)
        self._requested = self._requested or not reads
        return True

    def pass_by(self, seconds: float) -> None:
        if self._requested and self._began is None:
            self._began, self._seen, self._requested = self.now, list(self.store.values()), False
        self.now += timedelta(seconds=seconds)
        if self._began is not None and self.now >= self._began + 2 * timedelta(seconds=self.takes):
            self._end(self._began)
            self._began = None

    def _end(self, began: datetime) -> None:
        self.readings += 1
        self._last = began
        for entry in self._seen:
            for dag_id in entry.dag_ids:
                self.named[dag_id] = self.now
                if self.now - self.written.get(dag_id, NOW - timedelta(days=1)) >= timedelta(seconds=30):
                    if self.shown.get(dag_id) != entry:
                        self.written[dag_id] = self.now
                    self.shown[dag_id] = entry
        for dag_id in list(self.shown):
            if self.named[dag_id] + timedelta(seconds=50) < self.now:
                del self.shown[dag_id]


class Runs:
    """Watch and Airflow side by side."""

    def __init__(self, *entries: Entry, takes: float = 8.0) -> None:
        self.store = {entry.integration: entry for entry in entries}
        self.pools: frozenset[str] = frozenset()
        self.airflow = AirflowAsItIs(self.store, takes)
        self.watch = Watch(lambda: (list(self.store.values()), self.pools), self.airflow)

    def go_on(self, seconds: float) -> int:
        """How often the file was read meanwhile."""
        before = self.airflow.readings
        for _ in range(round(seconds / LOOK_SECONDS)):
            self.watch.look(self.airflow.now)
            self.airflow.pass_by(LOOK_SECONDS)
        return self.airflow.readings - before


def test_nothing_changed_for_an_hour_nothing_is_read() -> None:
    runs = Runs(ACME, GLOBEX)
    assert runs.go_on(120) <= 3  # the first look cannot know what Airflow has read, nor how long that takes
    assert runs.go_on(3600) == 0


def test_a_new_integration_is_there_as_soon_as_one_reading_takes() -> None:
    runs = Runs(ACME)
    runs.go_on(120)
    runs.store["globex/mail"] = GLOBEX
    assert runs.go_on(21) == 1
    assert set(GLOBEX.dag_ids) < set(runs.airflow.shown)
    assert runs.go_on(3600) == 1  # the second reading, since Airflow may have refused to write at the first


@pytest.mark.parametrize("wait", [0, 3, 6, 9, 20, 31])
def test_two_changes_soon_after_each_other_are_both_seen(wait: float) -> None:
    """The second falls into a reading, or into the half minute in which Airflow writes no DAG twice."""
    runs = Runs(ACME)
    runs.go_on(120)
    for title in ("One", "Two"):
        runs.store["acme/mail"] = replace(ACME, title=title)
        runs.go_on(wait)
    runs.go_on(120)
    assert {entry.title for entry in runs.airflow.shown.values()} == {"Two"}
    assert runs.go_on(3600) == 0


def test_a_removed_integration_goes_though_it_was_read_a_moment_before() -> None:
    runs = Runs(ACME, GLOBEX)
    runs.go_on(120)
    runs.store["globex/mail"] = replace(GLOBEX, title="Changed")
    runs.go_on(21)
    del runs.store["globex/mail"]
    runs.go_on(110)
    assert set(runs.airflow.shown) == set(ACME.dag_ids)
    assert runs.go_on(3600) == 0


def test_a_pool_that_is_made_counts_as_a_change() -> None:
    runs = Runs(ACME)
    runs.go_on(120)
    runs.pools = frozenset({"exchange.exchange_default"})
    assert runs.go_on(21) == 1


def test_a_file_that_names_no_dag_is_asked_for_at_airflows_own_pace() -> None:
    """Its reading fails, or a policy of the cluster refuses its DAGs: no storm, and it heals by itself."""
    runs = Runs(ACME, takes=0)
    runs.airflow.shown = _Never()
    runs.go_on(300)
    assert runs.go_on(300) <= 10


class _Never(dict[str, Entry]):
    def __setitem__(self, key: str, value: Entry) -> None:
        pass


def test_the_request_is_airflows_own_and_there_is_one_of_it(airflow_database: Path) -> None:
    from airflow.models.dag import DagModel
    from airflow.models.dagbag import DagPriorityParsingRequest
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    airflow = AirflowsDagProcessor()
    assert airflow.ask() is False, "Airflow has not read our folder yet"
    with create_session() as session:
        session.add(DagBundleModel(name="house"))
        session.flush()
        for dag_id in ("exchange_maintenance", *ACME.dag_ids):
            name = "maintenance" if dag_id == "exchange_maintenance" else "integrations"
            session.add(
                DagModel(
                    dag_id=dag_id, bundle_name="house", relative_fileloc=f"mail/exchange_{name}.py", is_stale=False,
                    last_parsed_time=NOW, last_parse_duration=8.0,
                )
            )  # fmt: skip
    assert airflow.known() == Known(frozenset(ACME.dag_ids), NOW - timedelta(seconds=8), timedelta(seconds=8))
    assert airflow.ask() is True
    assert airflow.ask() is True, "the request that waits serves"
    with create_session() as session:
        waiting = session.scalars(select(DagPriorityParsingRequest)).all()
        assert [(each.bundle_name, each.relative_fileloc) for each in waiting] == [
            ("house", "mail/exchange_integrations.py")
        ]
