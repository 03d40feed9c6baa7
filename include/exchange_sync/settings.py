"""Settings from the environment, each with its default. Names begin with EXCHANGE_SYNC_."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exchange_sync.errors import BadInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PREFIX = "EXCHANGE_SYNC_"
MIB = 1 << 20


@dataclass(frozen=True)
class Settings:
    """What an installation may choose. Times in seconds, sizes in bytes, places as fsspec URLs.

    database_url: the product's PostgreSQL. blob_url: MIME and attachments by SHA-256. staging_url: what tasks hand
    on. snapshot: the last good list of integrations for DAG files (design decision 9).
    list_seconds, fetch_seconds, fetch_emails, fetch_bytes: what one run of one mailbox may take.
    part_rows, part_bytes: one staging part. large_bytes: above it an email is read as properties and attachments.
    look_seconds: a mailbox is looked at this often even when its change mark stands still.
    mailboxes_a_run: at most so many in one run.
    keep_succeeded_seconds, keep_failed_seconds: how long a finished run and its logs stay in Airflow (design
    decision 17). keep_newest_runs: so many of each DAG stay in any case.
    keep_gone_seconds: how long a place that an email has left is remembered (`explain` tells of it).
    failures: so many failed runs in a row disable a mailbox or an integration (issue 4). stale_intervals,
    stale_seconds: without a success for so many intervals, and for so long, an incident is opened.
    """

    database_url: str
    blob_url: str
    staging_url: str
    snapshot: Path
    list_seconds: float = 60.0
    fetch_seconds: float = 60.0
    fetch_emails: int = 5_000
    fetch_bytes: int = 512 * MIB
    part_rows: int = 500
    part_bytes: int = 32 * MIB
    large_bytes: int = 5 * MIB
    look_seconds: float = 3_600.0
    mailboxes_a_run: int = 200
    keep_succeeded_seconds: float = 7 * 86_400.0
    keep_failed_seconds: float = 30 * 86_400.0
    keep_newest_runs: int = 20
    keep_gone_seconds: float = 90 * 86_400.0
    failures: int = 3
    stale_intervals: int = 5
    stale_seconds: float = 300.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read them. Raises BadInput naming the variable, what was expected and what it held."""
        env = os.environ if environment is None else environment
        home = Path(env.get(PREFIX + "HOME") or Path.cwd() / ".local" / "exchange-sync")
        database_url = env.get(PREFIX + "DATABASE_URL")
        if not database_url:
            raise BadInput(
                f"{PREFIX}DATABASE_URL is not set: expected a PostgreSQL address such as "
                "postgresql://user:password@host:5432/exchange_sync"
            )
        allowed_networks(env)  # said at the start rather than at the first connection
        numbers = {
            field: _number(env, field, kind) for field, kind in _NUMBERS.items() if PREFIX + field.upper() in env
        }
        return cls(
            database_url=database_url,
            blob_url=env.get(PREFIX + "BLOB_URL") or (home / "blobs").as_uri(),
            staging_url=env.get(PREFIX + "STAGING_URL") or (home / "staging").as_uri(),
            snapshot=Path(env.get(PREFIX + "SNAPSHOT") or home / "integrations.json"),
            **numbers,  # type: ignore[arg-type]
        )


def allowed_networks(environment: Mapping[str, str] | None = None) -> tuple[Network, ...]:
    """EXCHANGE_SYNC_ALLOWED_NETWORKS: networks that connections may lead to though their addresses are refused
    otherwise, such as ``127.0.0.0/8, ::1/128`` for a test server on this machine. Raises BadInput for what is none.
    """
    name = PREFIX + "ALLOWED_NETWORKS"
    return _networks(name, (os.environ if environment is None else environment).get(name, ""))


@cache
def _networks(name: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())
    except ValueError as error:
        raise BadInput(f"{name}: {error}: expected networks such as 127.0.0.0/8, ::1/128") from None


_NUMBERS: dict[str, type[int] | type[float]] = {
    "list_seconds": float,
    "fetch_seconds": float,
    "fetch_emails": int,
    "fetch_bytes": int,
    "part_rows": int,
    "part_bytes": int,
    "large_bytes": int,
    "look_seconds": float,
    "mailboxes_a_run": int,
    "keep_succeeded_seconds": float,
    "keep_failed_seconds": float,
    "keep_newest_runs": int,
    "keep_gone_seconds": float,
    "failures": int,
    "stale_intervals": int,
    "stale_seconds": float,
}


def _number(env: Mapping[str, str], field: str, kind: type[int] | type[float]) -> int | float:
    name = PREFIX + field.upper()
    try:
        value = kind(env[name])
    except ValueError:
        value = kind(0)
    if value <= 0:
        raise BadInput(f"{name} is {env[name]!r}: expected a number above 0")
    return value
