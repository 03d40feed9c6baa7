"""`make demo`, `make stop` and `make clean` in a fresh copy of this checkout, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0
PASSED_ON = re.compile(r"PIP_.*|.*_(proxy|PROXY)|SSL_CERT_.*|REQUESTS_CA_BUNDLE|LANG|LC_.*|OPENBLAS_.*")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".local", "__pycache__", ".*_cache", ".hypothesis")

pytestmark = [pytest.mark.long, pytest.mark.live, pytest.mark.demo]


class Machine:
    """A fresh copy of the checkout that belongs to one user, and the commands in it."""

    def __init__(self, home: Path, user: pwd.struct_passwd | None) -> None:
        self.user, self.checkout = user, home / "checkout"
        shutil.copytree(ROOT, self.checkout, ignore=NOT_COPIED)
        for path in (home, *home.rglob("*")) if user else ():
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        passed = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        search = "/usr/local/bin:/usr/bin:/bin" if user else os.environ["PATH"]
        self.environment = {**passed, "HOME": str(home), "PATH": search}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        other: dict[str, Any] = {}
        if self.user:
            other = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return subprocess.run(
            command, cwd=self.checkout, env=self.environment, umask=0o022, capture_output=True, text=True, **other
        )

    def make(self, target: str) -> str:
        done = self.run("make", target)
        assert done.returncode == 0, f"make {target}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(params=["as the present user", "as an ordinary user"])
def machine(request):
    user = None
    if request.param == "as an ordinary user":
        if not IS_ROOT or not shutil.which("useradd"):
            pytest.skip("only root, with useradd, can make an ordinary user")
        name = f"exsync-m{os.getpid()}"
        subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
        user = pwd.getpwnam(name)
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-demo-", dir="/var/tmp"))  # traversable, unlike pytest's own
    found = Machine(home, user)
    try:
        if found.run("python3", "-m", "stack.preflight").returncode != 0:
            pytest.skip(f"no Python that {user.pw_name if user else 'this user'} may run fits")
        yield found
    finally:
        if (found.checkout / ".local").exists():
            found.run("make", "clean")
        shutil.rmtree(home)
        if user:
            subprocess.run(["userdel", user.pw_name], check=True)


def modes(*paths: Path) -> dict[Path, int]:
    every = {each for path in paths for each in (path, *path.parents)}
    return {each: stat.S_IMODE(each.stat().st_mode) for each in every}


def modes_below(directory: Path) -> Iterator[tuple[Path, int]]:
    """Every path with its mode; links, PostgreSQL's own files and what vanished meanwhile are left out."""
    for path in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if "data" not in path.parts and not path.is_symlink():
                yield path, path.stat().st_mode


def living(checkout: Path, data: str) -> list[str]:
    """Processes of that checkout or that database directory; the dead that nobody has collected yet do not count."""
    listed = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if (str(checkout) in line or data in line) and line[0] != "Z"]


def test_make_demo_runs_stops_and_leaves_nothing(machine):
    local = machine.checkout / ".local"
    before = modes(machine.checkout, Path("/var/lib"), Path("/var/tmp"))

    begun = time.monotonic()
    told = machine.make("demo")
    first = time.monotonic() - begun

    facts = json.loads((local / "demo.json").read_text())
    comments = int(re.search(r"^all +(\d+) +(\d+) +(\d+)", told, re.M)[3])
    assert comments >= 1_000
    for word in ("http://localhost:", facts["ui_password"], facts["viewer_password"], "ssh -L", "make stop"):
        assert word in told

    begun = time.monotonic()
    machine.make("demo")
    assert time.monotonic() - begun < first / 2, "the second run is quick, whatever else the machine does"
    assert json.loads((local / "demo.json").read_text()) == facts

    for path, mode in modes_below(local):
        assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path

    elsewhere = local / "postgres" / "elsewhere"
    data = elsewhere.read_text().strip() if elsewhere.exists() else str(local)
    assert elsewhere.exists() == (machine.user is None and IS_ROOT)
    machine.make("stop")
    assert living(machine.checkout, data) == []

    machine.make("clean")
    assert not local.exists()
    assert not Path(data).exists()
    assert modes(machine.checkout, Path("/var/lib"), Path("/var/tmp")) == before
