"""Where autodiscover found servers, remembered by this machine from run to run (decision 0041)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from exchange_sync.source.credentials import ExchangeConnection

KEPT_SECONDS = 3600.0
_MOST = 20_000  # entries; beyond, the file begins anew


class FoundServers(Protocol):
    """EWS URLs that were found, by connection; and by mailbox, for those that live elsewhere."""

    def get(self, connection: ExchangeConnection, mailbox: str = "") -> str | None:
        """What was put there within the last hour. It is not to be trusted without a look at its host."""

    def put(self, connection: ExchangeConnection, url: str, mailbox: str = "") -> None:
        """Remember it."""

    def drop(self, connection: ExchangeConnection) -> None:
        """Forget the connection's server."""


class FoundInFile:
    """A small JSON file that its owner alone may read. Whatever is wrong with it, it is as if nothing were known.

    Several processes may write: the last one wins, and what is lost is found again.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    def get(self, connection: ExchangeConnection, mailbox: str = "") -> str | None:
        """See FoundServers."""
        entry = self._read().get(_key(connection, mailbox))
        now = self._clock().timestamp()
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], int | float):
            return None
        return str(entry[0]) if now <= entry[1] <= now + KEPT_SECONDS else None

    def put(self, connection: ExchangeConnection, url: str, mailbox: str = "") -> None:
        """See FoundServers."""
        known = self._read()
        known = known if len(known) < _MOST else {}
        self._write({**known, _key(connection, mailbox): [url, self._clock().timestamp() + KEPT_SECONDS]})

    def drop(self, connection: ExchangeConnection) -> None:
        """See FoundServers."""
        known = self._read()
        if known.pop(_key(connection, ""), None) is not None:
            self._write(known)

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, known: dict[str, object]) -> None:
        with suppress(OSError):  # a full or read-only disk costs a question more each time, and no mail
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file)
            Path(name).replace(self._path)


def _key(connection: ExchangeConnection, mailbox: str) -> str:
    """Whoever asks another domain, as another account, or may be led elsewhere, has found nothing yet."""
    asked = (connection.autodiscover, connection.confirmed_hosts, connection.username, connection.client_id,
             connection.tenant, connection.proxy, mailbox)  # fmt: skip
    return hashlib.sha256(repr(asked).encode()).hexdigest()
