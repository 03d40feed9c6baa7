"""Has Airflow read our DAG file when what its DAGs are made from has changed, so that it need not be read all the time.

Reading the file of 200 integrations costs seconds of processor, and nothing of it outlives the process that does it. So
the stack and Compose have it read every few minutes, and housekeeping, which runs all the time, asks for it in between.
The request is a row in Airflow's database, as the button *Reparse Dag* writes it: one DAG processor, on whatever
host, takes it (docs/decisions/0120).
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Protocol

from exchange_sync.clock import now_utc
from exchange_sync.orchestrate.catalogue import LIMIT_SECONDS, Entry, integrations_in
from exchange_sync.orchestrate.maintenance import DAG_ID as MAINTENANCE
from exchange_sync.orchestrate.pools import known_pools
from exchange_sync.settings import Settings
from exchange_sync.store.database import Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
AGAIN = timedelta(seconds=10)  # at least: a request that comes while the file is being read is dropped by Airflow
COMPARE = timedelta(seconds=30)
GIVE_UP = timedelta(minutes=3)  # the DAG processor is down: it reads the file when it starts
FILE = "exchange_integrations.py"


@dataclass(frozen=True)
class Known:
    """What Airflow has of our DAG file. began: of the last reading, aware; None where it was never read.

    took: the last reading, without the writing that follows it and takes about as long.
    """

    dag_ids: frozenset[str]
    began: datetime | None
    took: timedelta = timedelta()


class Processor(Protocol):
    """Airflow's DAG processors, seen through Airflow's database."""

    settle: timedelta

    def known(self) -> Known:
        """What Airflow has of our DAG file now."""

    def ask(self) -> bool:
        """Have the file read as soon as may be; whether that could be asked for."""


Wanted = Callable[[], tuple[list[Entry], frozenset[str]]]


@dataclass
class Watch:
    """Asks once for each change, again until a reading that began after it is seen, and while DAGs lack or linger.

    read: the integrations and the pools there are. Airflow writes a DAG anew at most every ``settle``, so a second
    reading follows each change after that time.
    """

    read: Wanted
    airflow: Processor
    _digest: str = ""
    _due: list[datetime] = field(default_factory=list)
    _not_before: datetime = datetime.min.replace(tzinfo=UTC)
    _took: timedelta = timedelta()
    _compared: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a reading is still owed to a change."""
        return bool(self._due)

    def look(self, now: datetime) -> bool:
        """One look; whether the file's reading was asked for. now: aware."""
        entries, pools = self.read()
        digest = _digest(entries, pools)
        if digest != self._digest:
            self._digest, self._due = digest, [now, now + self.airflow.settle]
        if not self._is_needed(entries, now) or now < self._not_before or not self.airflow.ask():
            return False
        # a request that comes while the reading is written would be one reading more
        self._not_before = now + max(AGAIN, 4 * self._took)
        return True

    def _is_needed(self, entries: list[Entry], now: datetime) -> bool:
        compare = self._compared is None or now >= self._compared + COMPARE
        if not compare and not any(moment <= now for moment in self._due):
            return False
        known = self.airflow.known()
        self._took = known.took
        self._due = [moment for moment in self._due if _is_open(moment, known.began, now)]
        if compare:
            self._compared = now
        wanted = {dag_id for entry in entries for dag_id in entry.dag_ids}
        return any(moment <= now for moment in self._due) or (compare and wanted != known.dag_ids)


def _is_open(moment: datetime, began: datetime | None, now: datetime) -> bool:
    return (began is None or began < moment) and now < moment + GIVE_UP


def _digest(entries: list[Entry], pools: frozenset[str]) -> str:
    told = json.dumps([[asdict(entry) for entry in entries], sorted(pools)])
    return hashlib.sha256(told.encode()).hexdigest()


class AirflowsDagProcessor:
    """The real one. Its methods raise SQLAlchemyError where Airflow's database is away."""

    def __init__(self) -> None:
        from airflow.configuration import conf

        least = conf.getint("core", "min_serialized_dag_update_interval", fallback=30)
        self.settle = timedelta(seconds=least + 5)

    def known(self) -> Known:
        """Our DAGs that Airflow shows, and when the reading of the file that they come from began."""
        from airflow.models.dag import DagModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = select(DagModel.dag_id, DagModel.last_parsed_time, DagModel.last_parse_duration).where(
            DagModel.relative_fileloc.endswith(FILE, autoescape=True), DagModel.is_stale.is_(False)
        )
        with create_session() as session:
            rows = session.execute(query).all()
        read = [(at - timedelta(seconds=took or 0), took or 0) for _, at, took in rows if at is not None]
        began, took = max(read, default=(None, 0))
        return Known(frozenset(dag_id for dag_id, *_ in rows), began, timedelta(seconds=took))

    def ask(self) -> bool:
        """Write the request, unless one waits already. False while Airflow has read none of our files yet."""
        from airflow.models.dagbag import DagPriorityParsingRequest
        from airflow.utils.session import create_session
        from sqlalchemy.exc import IntegrityError

        place = self._place()
        if place is None:
            return False
        try:
            with create_session() as session:
                session.add(DagPriorityParsingRequest(*place))
        except IntegrityError:  # the one that waits, perhaps of another host, serves
            log.debug("a request to read %s waits already", place[1])
        return True

    def _place(self) -> tuple[str, str] | None:
        """The bundle and the path in it of our DAG file: it lies beside that of maintenance, which is always there."""
        from airflow.models.dag import DagModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = select(DagModel.bundle_name, DagModel.relative_fileloc)
        with create_session() as session:
            row = session.execute(query.where(DagModel.dag_id == MAINTENANCE)).first()
        if row is None or row[0] is None or row[1] is None:
            return None
        return str(row[0]), str(PurePosixPath(row[1]).with_name(FILE))


def watch_in_background(settings: Settings) -> None:
    """Look every few seconds in a thread of this process, for as long as it lives. Only where Airflow is configured."""
    airflow = AirflowsDagProcessor()
    airflow_is_imported()
    threading.Thread(target=_go_on, args=(settings, airflow), name="reparse", daemon=True).start()


def airflow_is_imported() -> None:
    """Import what two threads will use before there are two: Airflow's modules import each other in circles."""
    import airflow.models.dag
    import airflow.models.dagbag
    import airflow.models.dagrun
    import airflow.models.log
    import airflow.models.pool
    import airflow.utils.session  # noqa: F401


def _go_on(settings: Settings, airflow: Processor) -> None:
    with closing(Database(settings.database_url, statement_milliseconds=int(LIMIT_SECONDS * 1000))) as db:
        watch, well = Watch(lambda: (integrations_in(db), known_pools(settings)), airflow), True
        while True:
            try:
                if watch.look(now_utc()):
                    log.info("Airflow is asked to read %s", FILE)
                well = True
            except Exception as error:  # noqa: BLE001 - a database away, or whatever: the next look tries again
                if well:  # told once, not every few seconds; the type alone, since a driver's text may hold a password
                    log.warning("It cannot be seen whether integrations have changed (%s)", type(error).__name__)
                well = False
            time.sleep(LOOK_SECONDS)
