"""The virtual environment: made once, filled from the locks with their hashes, a no-op while the locks stand.

``python -m stack.install`` installs what the product needs, ``--tests`` also what tests and checks need. Run it with
the Python that preflight chose. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from pathlib import Path

from stack.files import read_json

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCKS = {"product": ("requirements.txt",), "tests": ("requirements.txt", "requirements-dev.txt")}
PROJECT = ("pyproject.toml", "include/exchange_sync/__init__.py")  # what the installed console scripts come from


class InstallError(RuntimeError):
    """The environment could not be filled; what the installer said stands above."""


def stamp(names: tuple[str, ...], root: Path = ROOT, version: str = sys.version) -> str:
    """One hash over the locks, the project's own metadata, the Python's version and the checkout's place."""
    digest = hashlib.sha256(f"{version}\n{root}\n".encode())
    for name in (*names, *PROJECT):
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()


def is_current(what: str, where: Path = VENV, root: Path = ROOT) -> bool:
    """True when ``where`` was filled from just these locks by just this Python, and its Python still runs."""
    python = where / "bin" / "python"
    recorded = read_json(where / "installed.json")
    return python.exists() and recorded.get(what) == stamp(LOCKS[what], root)


def install(what: str, where: Path = VENV) -> bool:
    """Make ``where`` hold what ``what`` (``product`` or ``tests``) needs; False when it did already.

    Raises InstallError when neither uv nor pip can install the locks.
    """
    where.parent.mkdir(parents=True, exist_ok=True)
    with where.with_name(f"{where.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(what, where):
            return False
        _ensure_environment(where)
        _fill(where, LOCKS[what])
        recorded = read_json(where / "installed.json")
        done = {name: stamp(LOCKS[name]) for name in ("product", what)}
        (where / "installed.json").write_text(json.dumps({**recorded, **done}, indent=2), encoding="utf-8")
        return True


def _ensure_environment(where: Path) -> None:
    python = where / "bin" / "python"
    if python.exists() and _version_of(python) == sys.version:
        if not (where / "bin" / "pip").exists():
            _run([str(python), "-m", "ensurepip", "--upgrade"])
        return
    if (where / "pyvenv.cfg").exists():  # another Python's: what is compiled in it does not fit
        shutil.rmtree(where)
    _say(f"virtual environment in {where.name}, Python {sys.version.split()[0]}")
    venv.create(where, with_pip=True, symlinks=True)


def _version_of(python: Path) -> str:
    try:
        return subprocess.run(
            [str(python), "-c", "import sys; print(sys.version, end='')"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def _fill(where: Path, locks: tuple[str, ...]) -> None:
    python = str(where / "bin" / "python")
    requirements = [word for name in locks for word in ("-r", str(ROOT / name))]
    itself = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if _has_uv(where, pip):
        uv = [str(where / "bin" / "uv"), "pip", "install", "--quiet", "--python", python]
        environment = {**uv_settings(_pip_settings(python)), **os.environ}
        _say("packages from the lock, by uv")
        if _run([*uv, "--require-hashes", *requirements], environment, may_fail=True):
            _run([*uv, *itself], environment)
            _compile(python)
            return
        _say("uv could not; trying pip, which takes some minutes")
    # The lock is whole. Left to resolve, pip would look at newer versions of celery[redis] and miss their hashes.
    _run([*pip, "--no-deps", "--require-hashes", *requirements])
    _run([*pip, *itself])


def _has_uv(where: Path, pip: list[str]) -> bool:
    """uv installs ten times as fast as pip; where it cannot be had, pip does the whole work and tells why."""
    wanted = ["--require-hashes", "--no-deps", "-r", str(ROOT / "stack" / "uv.txt")]
    got = subprocess.run([*pip, *wanted], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return got.returncode == 0 and (where / "bin" / "uv").exists()


def _compile(python: str) -> None:
    """Compile all modules once, on all cores; else each of Airflow's processes would, at the same time."""
    _say("compiling")
    # Some packages carry templates and files for newer Pythons that do not compile: no fault of ours.
    site = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    _run([python, "-m", "compileall", "-q", "-q", "-j", "0", site.strip()], may_fail=True)


def _pip_settings(python: str) -> dict[str, str]:
    """pip's own configuration on this machine, as {"index-url": …}."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    settings = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = value.strip().strip("'\"")
    return settings


def uv_settings(pip: Mapping[str, str]) -> dict[str, str]:
    """The environment that makes uv ask the indexes that pip is configured for; empty when it is not."""
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    found = {variable: " ".join(pip[key].replace("\\n", " ").split()) for key, variable in names.items() if key in pip}
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    if "cert" in pip:
        found["SSL_CERT_FILE"] = pip["cert"]
    # The hashes say which files are right, so it does not matter which of the indexes has them.
    return {**found, "UV_INDEX_STRATEGY": "unsafe-best-match"} if "UV_INDEX" in found else found


def _run(command: list[str], environment: Mapping[str, str] | None = None, *, may_fail: bool = False) -> bool:
    done = subprocess.run(command, env=environment, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0 and not may_fail:
        raise InstallError(f"this command failed with status {done.returncode}: {' '.join(command)}")
    return done.returncode == 0


def _say(text: str) -> None:
    print(f"[set-up] {text}", flush=True)


def main() -> int:
    """Install from the command line; says how long it took."""
    parser = argparse.ArgumentParser(prog="python -m stack.install", description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what tests and checks need")
    begun = time.monotonic()
    try:
        changed = install("tests" if parser.parse_args().tests else "product")
    except InstallError as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    if changed:
        _say(f"done in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
