"""The embedded PostgreSQL: made, started and stopped with the programs of a wheel, over TCP on 127.0.0.1.

``Server(home)`` is one server whose facts (port, passwords) are kept in ``home/server.json``. Two databases, each owned
by a role of its own: ``airflow`` and ``exchange_sync``. All passwords are random, all logins SCRAM, no Unix socket.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stack import account, binaries, databases, ports
from stack.files import private_directory, read_json, write_json

SUPERUSER = "postgres"
OWNERS = ("airflow", "exchange_sync")
PREFERRED_PORT = 15432
# pg_ctl gives up at once when the server ends; a busy machine, or a log to play back, takes its time.
START_SECONDS, STOP_SECONDS = 900, 300

# Fixed settings; the port is given at each start. A power cut must not lose mail, so nothing here weakens durability.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 120
timezone = 'UTC'
log_timezone = 'UTC'
"""
# For test servers alone: what a crash may lose there is worth nothing.
_FOR_TESTS = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""


class PostgresError(RuntimeError):
    """The embedded PostgreSQL did not do as told; the message ends with the last lines of its log."""


class Server:
    """One embedded PostgreSQL server below ``home`` (a private directory)."""

    def __init__(self, home: Path, *, for_tests: bool = False) -> None:
        self.home = home
        self.log = home / "postgres.log"
        self._for_tests = for_tests
        self._facts_file = home / "server.json"

    # What others ask

    def url(self, database: str = "exchange_sync", user: str | None = None) -> str:
        """``postgresql://user:password@127.0.0.1:port/database``; the owner's role unless ``user`` is given.

        A database that is none of the two belongs to the superuser.
        """
        facts = self._facts()
        role = user or (database if database in OWNERS else SUPERUSER)
        return f"postgresql://{role}:{facts['passwords'][role]}@127.0.0.1:{facts['port']}/{database}"

    def is_running(self) -> bool:
        """True when the server's process lives; asks pg_ctl."""
        return self._data_exists() and self._pg_ctl("status").returncode == 0

    def pid(self) -> int | None:
        """The number in the server's pid file, which a killed one leaves behind."""
        try:
            return int((self._place() / "data" / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    # What others do

    def start(self) -> None:
        """Make the server where there is none, start it where it is down, and wait until it answers.

        Raises PostgresError or AccountError with the reason and the remedy.
        """
        if not self._data_exists():
            self._create()
        if not self.is_running():
            self._start()
        databases.ensure(self.url("postgres"), {name: self._facts()["passwords"][name] for name in OWNERS})

    def start_again(self) -> None:
        """Start it where it was, at its address, which others know by heart. Raises PostgresError with the reason."""
        if not self.is_running() and self._start_at(self._facts()["port"]) != 0:
            raise PostgresError(f"PostgreSQL did not start again: {self._tail()}")

    def stop(self) -> None:
        """Stop the server, open connections included; a server that is down is left so."""
        if self.is_running():
            stopped = self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS))
            if stopped.returncode != 0:
                raise PostgresError(f"PostgreSQL did not stop in {STOP_SECONDS} s: {self._tail()}")

    def destroy(self) -> None:
        """Stop the server and remove all of it, also what lies outside ``home``."""
        self.stop()
        account.leave(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    @classmethod
    @contextlib.contextmanager
    def temporary(cls, directory: Path) -> Iterator[Server]:
        """A quick, undurable server for tests below ``directory``: started here, destroyed at the end."""
        server = cls(directory, for_tests=True)
        server.start()
        try:
            yield server
        finally:
            server.destroy()

    # How

    def _facts(self) -> dict[str, Any]:
        facts = read_json(self._facts_file)
        if not facts:
            raise PostgresError(f"there is no server in {self.home}; start it first")
        return facts

    def _data_exists(self) -> bool:
        # Facts are written last, so a server that was half made is made afresh.
        return self._facts_file.exists() and (self._place() / "data" / "PG_VERSION").exists()

    def _place(self) -> Path:
        return account.place(self.home, account.account())

    def _create(self) -> None:
        private_directory(self.home)
        who, place = account.account(), self._place()
        data, password_file = place / "data", place / "password"
        shutil.rmtree(data, ignore_errors=True)
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *OWNERS)}
        password_file.touch(mode=0o600)
        password_file.write_text(passwords[SUPERUSER], encoding="ascii")
        who.give(password_file)
        options = ["--pgdata", str(data), "--username", SUPERUSER, "--pwfile", str(password_file)]
        options += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]
        # Unicode's own case rules, the same on every machine, whatever locales it has.
        options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        options += ["--no-sync"] if self._for_tests else []
        made = self._run("initdb", *options)
        password_file.unlink()
        if made.returncode != 0:
            raise PostgresError(f"initdb failed: {self._tail()}")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(_SETTINGS + (_FOR_TESTS if self._for_tests else ""))
        write_json(self._facts_file, {"port": None, "passwords": passwords, "place": str(place)})

    def _start(self) -> None:
        facts = self._facts()
        for _ in range(3):  # another program may take the port between the look and the start
            with ports.held() as hold:
                if facts["port"] is None or not hold.take(facts["port"]):
                    facts["port"] = hold.pick(None if self._for_tests else PREFERRED_PORT)
                    write_json(self._facts_file, facts)
                if self._start_at(facts["port"]) == 0:
                    return
        raise PostgresError(f"PostgreSQL did not start: {self._tail()}")

    def _start_at(self, port: int) -> int:
        return self._pg_ctl("start", "-w", "-t", str(START_SECONDS), "-o", f"-p {port}").returncode

    def _pg_ctl(self, action: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        return self._run("pg_ctl", action, "--pgdata", str(self._place() / "data"), *options)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        who, place = account.account(), self._place()
        command = [binaries.for_account(who, place).program(program), *arguments]
        private_directory(self.home)
        # We open the log ourselves: the database's user may not enter our directories. The server keeps this file as
        # its output, so no pipe of ours stays open in it, and its session of its own outlives ours.
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=place,
                env={"PATH": "/usr/bin:/bin", "HOME": str(place), "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
                umask=0o077,
                check=False,
                **who.run_as(),
            )

    def _tail(self, lines: int = 5) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return f"{' / '.join(text.splitlines()[-lines:])} (whole log: {self.log})"
