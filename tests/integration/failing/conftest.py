"""A mailbox in memory, a real PostgreSQL, an Airflow that is only a pause switch, and whole runs between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from exchange_sync.errors import ExchangeSyncError, Retriable
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.load import load
from exchange_sync.pipeline.pausing import Run, pause_if_disabled
from exchange_sync.pipeline.verdict import Verdict, verdict
from exchange_sync.pipeline.watermarks import PostgresWatermarks
from exchange_sync.settings import Settings
from exchange_sync.source.api import MailSource
from exchange_sync.store import integrations, schema, subscribers, switching
from exchange_sync.store.database import Database

LIVE, BACKFILL = "exchange.acme.exchange", "exchange_backfill.acme.exchange"


@dataclass
class FakeSwitch:
    """Airflow's pause switch. away: it does not answer."""

    paused: dict[str, bool] = field(default_factory=lambda: {LIVE: False, BACKFILL: False})
    away: bool = False
    turns: list[tuple[str, bool]] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    ended: list[tuple[str, str, str]] = field(default_factory=list)

    def is_paused(self, dag_id: str) -> bool | None:
        self._answer()
        return self.paused.get(dag_id)

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        self._answer()
        if dag_id in self.paused and self.paused[dag_id] != paused:
            self.turns.append((dag_id, paused))
            self.paused[dag_id] = paused

    def under_way(self, dag_id: str) -> list[Run]:
        self._answer()
        return list(self.runs.get(dag_id, []))

    def end(self, dag_id: str, run: str, note: str) -> None:
        self._answer()
        self.runs[dag_id] = [one for one in self.runs[dag_id] if one.name != run]
        self.ended.append((dag_id, run, note))

    def _answer(self) -> None:
        if self.away:
            raise Retriable("Airflow does not answer", 10.0)


class Plant:
    """One integration with its runs: as Airflow would run them, in this process."""

    def __init__(self, url: str, folder: Path, source: Callable[[], MailSource], addresses: list[str]) -> None:
        self.db = Database(url)
        self.settings = Settings(
            url, (folder / "blobs").as_uri(), (folder / "staging").as_uri(), folder / "integrations.json"
        )
        self.source = source
        self.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        self.switch = FakeSwitch()
        self.log: list[str] = []
        self._numbers = itertools.count(1)
        self.configure(addresses)
        ann = subscribers.Person("ann", "ann@acme.example", ("Viewer",), may_view=True)
        viewer = subscribers.Role("Viewer", may_view=True, may_modify=False)
        subscribers.save_people(self.db, [ann], [viewer], self.now)

    def configure(self, addresses: list[str], *, quota_emails: int | None = None) -> None:
        boxes = tuple(MailboxConfig(address, "acme", "mail") for address in addresses)
        found = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes)
        bucket = BucketConfig("acme", "mail", quota_emails=quota_emails)
        integrations.apply(self.db, Configuration((bucket,), (found,)), self.now)

    @contextmanager
    def context(self, run: str) -> Iterator[Context]:
        made = Context(
            self.settings, "acme/exchange", lambda name: self.source(), PostgresWatermarks(self.db),
            clock=lambda: self.now, run=run,
        )  # fmt: skip
        made.sleep = lambda seconds: None
        made.switch = self.switch
        try:
            yield made
        finally:
            made.db.close()

    def run(self) -> Verdict:
        """One run: gate, the due mailboxes one after another, verdict, and the callback of a red run."""
        name = f"run-{next(self._numbers)}"
        self.now += timedelta(minutes=1)
        self.log = []
        states: dict[str, str] = {}
        with self.context(name) as context:
            try:
                gate = decide(context)
            except ExchangeSyncError as fault:
                self.log.append(str(fault))
                outcome = Verdict(str(fault), True)
            else:
                for number, address in enumerate(gate.mailboxes):
                    states[address] = self._mailbox(context, address, f"{name}-{number}")
                outcome = verdict(context, states, gate.note)
            if outcome.failed:
                pause_if_disabled(context.db, context.row["id"], self.switch, self.now)
        return outcome

    def _mailbox(self, context: Context, address: str, batch: str) -> str:
        try:
            result = extract(context, address, batch)
            if result.ref is not None:
                load(context, address, enrich(context, clean(context, result.ref)))
        except ExchangeSyncError as fault:
            self.log.append(f"{address}: {fault}")
            return "failed"
        return "success"

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        with self.db.transaction() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    @property
    def row(self) -> dict[str, object]:
        [row] = self.rows("SELECT * FROM integrations")
        return row

    def box(self, address: str) -> dict[str, object]:
        [row] = self.rows("SELECT * FROM mailboxes WHERE address = %s", address)
        return row

    def enable(self) -> None:
        switching.enable(self.db, str(self.row["id"]), self.now, unpause=True)

    def incidents(self) -> list[dict[str, object]]:
        return self.rows("SELECT * FROM incidents ORDER BY id")

    def messages(self, channel: str = "email") -> list[dict[str, object]]:
        return self.rows("SELECT * FROM notifications WHERE channel = %s ORDER BY id", channel)

    def comments(self) -> int:
        return len(self.rows("SELECT 1 FROM comments"))


@pytest.fixture
def make_plant(
    new_database: Callable[..., str], template_database: Callable[..., str], tmp_path: Path
) -> Iterator[Callable[..., Plant]]:
    """make_plant(source factory, addresses)"""
    made: list[Plant] = []

    def make(source: Callable[[], MailSource], addresses: list[str]) -> Plant:
        template = template_database("exchange_sync", lambda url: schema.upgrade(url) and None)
        made.append(Plant(new_database(template), tmp_path / str(len(made)), source, addresses))
        return made[-1]

    yield make
    for plant in made:
        plant.db.close()
