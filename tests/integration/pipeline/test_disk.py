"""A full or read-only disk: one sentence with the place and the remedy, nothing half-written, and the next run goes on.

On real file systems of one mebibyte.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from exchange_sync.disk import DiskFault, put_down
from exchange_sync.pipeline.extract import extract
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.staging import Staging

from stack.account import account
from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail
from tests.support.small_disk import SmallDisk, small_disk


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as found:
        yield found


def deliver(world: World, emails: int, size: int = 0) -> None:
    """size: of each body, in bytes that do not compress."""
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(emails):
        world.exchange.deliver(SUPPORT, inbox, mail(number, body=secrets.token_hex(size // 2) if size else ""))


def one_sentence(found: DiskFault, place: str, code: str) -> bool:
    text = str(found)
    return place in text and f"[{code}]" in text and "the next run goes on by itself" in text and "\n" not in text


def all_is_loaded(world: World, emails: int) -> bool:
    """Every email is a comment, and none was held against its sender."""
    [row] = world.rows(
        """SELECT (SELECT count(*) FROM comments) AS comments, (SELECT count(*) FROM quarantine) AS bad,
        (SELECT count(*) FROM origins WHERE state = 'loaded') AS loaded"""
    )
    return row == {"comments": emails, "bad": 0, "loaded": emails}


STORES = {"blobs": "blob_url", "staging": "staging_url"}


@pytest.mark.parametrize("store", STORES)
def test_a_full_disk_fails_the_run_and_the_next_one_goes_on(world: World, disk: SmallDisk, store: str) -> None:
    deliver(world, 30, 4_000)
    world.context = world.make_context(**{STORES[store]: (disk.path / store).as_uri()}, part_rows=5)
    disk.fill(leave=60_000 if store == "blobs" else 20_000)
    with pytest.raises(DiskFault) as told:
        world.sync()
    assert one_sentence(told.value, str(disk.path / store), "ENOSPC")
    assert [name for name in disk.files() if name.startswith(".")] == []
    [row] = world.rows("SELECT enabled, last_error FROM mailboxes WHERE address = %s", SUPPORT)
    assert row["enabled"] is True
    assert dict(row["last_error"])["code"] == "ENOSPC"  # type: ignore[call-overload]
    disk.make_room()
    world.sync()
    assert all_is_loaded(world, 30)


def test_what_a_batch_had_staged_makes_room(world: World, disk: SmallDisk) -> None:
    deliver(world, 30)
    world.context = world.make_context(staging_url=(disk.path / "staging").as_uri(), part_rows=5)
    disk.fill(leave=24_000)
    with pytest.raises(DiskFault):
        extract(world.context, SUPPORT, "batch-1")
    assert disk.files() == []


@pytest.mark.parametrize("store", STORES)
def test_a_read_only_disk(world: World, disk: SmallDisk, store: str) -> None:
    deliver(world, 3)
    world.context = world.make_context(**{STORES[store]: (disk.path / store).as_uri()})
    disk.remount("ro")
    with pytest.raises(DiskFault) as told:
        world.sync()
    assert one_sentence(told.value, f"{disk.path / store} is read-only", "EROFS")
    disk.remount("rw")
    world.sync()
    assert all_is_loaded(world, 3)


@contextmanager
def on_disk(url: str, disk: SmallDisk, admin: str) -> Iterator[None]:
    """The comments of a database lie on a small disk."""
    os.chmod(disk.path, 0o700)
    account().give(disk.path)
    name = "small_disk"
    _run(admin, f"CREATE TABLESPACE {name} LOCATION '{disk.path}'")
    _run(admin, f"GRANT ALL ON TABLESPACE {name} TO PUBLIC")
    _run(url, f"ALTER TABLE comments SET TABLESPACE {name}")
    try:
        yield
    finally:
        _run(url, "ALTER TABLE comments SET TABLESPACE pg_default")
        _run(admin, f"DROP TABLESPACE {name}")


def _run(url: str, sql: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def test_the_disk_of_postgresql_is_full(world: World, disk: SmallDisk, postgres_url: str) -> None:
    deliver(world, 60, 40_000)
    with on_disk(world.settings.database_url, disk, postgres_url):
        with pytest.raises(DiskFault) as told:
            world.sync()
        assert one_sentence(told.value, "the product's PostgreSQL", "ENOSPC")
        assert world.rows("SELECT count(*) AS n FROM quarantine") == [{"n": 0}]
    world.sync()
    assert all_is_loaded(world, 60)


def test_a_postgresql_that_takes_no_writes(world: World, postgres_url: str) -> None:
    deliver(world, 3)
    name = world.settings.database_url.rpartition("/")[2]
    _run(world.settings.database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    world.context.db.close()
    with pytest.raises(DiskFault) as told:
        world.sync()
    assert one_sentence(told.value, "the product's PostgreSQL is read-only", "EROFS")
    _run(postgres_url, f"ALTER DATABASE {name} RESET ALL")
    world.context.db.close()
    world.sync()
    assert all_is_loaded(world, 3)


@pytest.mark.parametrize(
    "write",
    [
        lambda home: Blobs((home / "b").as_uri()).put(b"x" * 100_000, lambda sha256, size: None),
        lambda home: Blobs((home / "b").as_uri()).put_stream([b"x" * 50_000] * 2, lambda sha256, size: None),
        lambda home: Staging((home / "s").as_uri()).write("b", "fetched", 0, [{"filters": secrets.token_hex(50_000)}]),
        lambda home: put_down(home / "integrations.json", "x" * 100_000),
    ],
)  # fmt: skip
def test_nothing_half_written_stays(disk: SmallDisk, write: Callable[[Path], object]) -> None:
    disk.fill(leave=40_000)
    with pytest.raises(DiskFault):
        write(disk.path)
    assert disk.files() == []


def test_a_snapshot_that_was_there_stays(disk: SmallDisk) -> None:
    put_down(disk.path / "integrations.json", "good")
    disk.fill()
    with pytest.raises(DiskFault, match=f"the disk of {disk.path} is full"):
        put_down(disk.path / "integrations.json", "x" * 100_000)
    assert (disk.path / "integrations.json").read_text() == "good"
