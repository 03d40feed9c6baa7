"""What a request is served with. Made once for an application; nothing of it is global."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from starlette.requests import HTTPConnection

from exchange_sync.clean.safety import WarmCleaner
from exchange_sync.errors import Retriable
from exchange_sync.pipeline.check import CheckLine, network
from exchange_sync.pipeline.upload import UploadStores
from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.ports import Connections, Dags, Identities, NoDags

Clock = Callable[[], datetime]
_UPLOADING = threading.Lock()
_UPLOAD_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Services:
    """The pool and blobs to read and write, the ports to Airflow, the rate limit, the clock.

    open_source: makes the mail source by which credentials are tried. network: the check's steps before the log-in.
    cleaner: of uploads, which are cleaned one at a time.
    airflow_path: the path prefix under which Airflow's own pages are, "" for none; None: this is not inside Airflow.
    api_path: where this very server has the comments API; None: nowhere.
    """

    pool: Pool
    blobs: Blobs
    identities: Identities
    connections: Connections
    rate: RateLimit
    open_source: Callable[[ExchangeConnection], MailSource]
    clock: Clock
    network: Callable[[ExchangeConnection], Iterable[CheckLine]] = network
    cleaner: WarmCleaner = field(default_factory=WarmCleaner)
    dags: Dags = field(default_factory=NoDags)
    airflow_path: str | None = None
    api_path: str | None = None

    @contextmanager
    def upload_stores(self) -> Iterator[UploadStores]:
        """Where uploads are cleaned and loaded: one at a time in this process, since cleaning takes a processor."""
        if not _UPLOADING.acquire(timeout=_UPLOAD_WAIT_SECONDS):
            raise Retriable("other uploads are being worked on", 5.0, code="uploads")
        try:
            with self.pool.lend() as db:
                yield UploadStores(db, self.blobs, self.clock, cleaner=self.cleaner)
        finally:
            _UPLOADING.release()


def services_of(request: HTTPConnection) -> Services:
    """The services of the application that a request reached."""
    return cast(Services, request.app.state.services)
