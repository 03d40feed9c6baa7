"""The first look at the machine: each lack is told with the one command that mends it."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stack import preflight

ROOT = Path(__file__).resolve().parents[3]
GLIBC = ("glibc", "2.36")


def fake_python(folder: Path, name: str, version: str, lacking: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {path}\necho {version}\necho {lacking}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_python_that_is_too_old_is_passed_over_for_another_on_the_path(path):
    fake_python(path, "python3", "3 8")
    newer = fake_python(path, "python3.12", "3 12")
    assert preflight.find_python(["python3", "python3.12"]) == (str(newer), [])


def test_a_python_that_is_too_new_is_passed_over_too(path):
    fake_python(path, "python3", "3 14")
    assert preflight.find_python(["python3"]) == ("", [])


def test_a_complete_python_is_preferred_to_one_without_venv(path):
    fake_python(path, "python3", "3 11", "venv ensurepip")
    whole = fake_python(path, "python3.13", "3 13")
    assert preflight.find_python(["python3", "python3.13"]) == (str(whole), [])


def test_the_only_fitting_python_is_named_with_what_it_lacks(path):
    lone = fake_python(path, "python3", "3 11", "ensurepip")
    assert preflight.find_python(["python3", "python3.12"]) == (str(lone), ["ensurepip"])


def test_a_missing_venv_names_the_package_to_install(path):
    fake_python(path, "apt-get", "")
    lack = preflight.check_python("/usr/bin/python3.11", ["ensurepip"], "3.11.2")
    assert "apt-get install -y python3" in lack.command
    assert "-venv" in lack.command
    assert "virtual environments" in lack.what


def test_no_fitting_python_tells_the_version_found_and_a_command(path):
    fake_python(path, "dnf", "")
    lack = preflight.check_python("", [], "3.9.18")
    assert "3.9.18" in lack.what
    assert lack.command.endswith("dnf install -y python3.12")


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [("Linux", "x86_64", GLIBC), ("Linux", "aarch64", GLIBC), ("Darwin", "arm64", ("", ""))],
)
def test_the_platforms_that_the_packages_are_built_for_pass(system, machine, libc):
    assert preflight.check_platform(system, machine, libc) is None


@pytest.mark.parametrize(
    ("system", "machine", "libc", "word"),
    [
        ("Linux", "riscv64", GLIBC, "riscv64"),
        ("Linux", "x86_64", ("", ""), "another C library"),
        ("Linux", "x86_64", ("glibc", "2.17"), "2.17"),
        ("FreeBSD", "amd64", ("", ""), "FreeBSD"),
    ],
)
def test_other_platforms_are_named_with_a_command(system, machine, libc, word):
    lack = preflight.check_platform(system, machine, libc)
    assert word in lack.what
    assert lack.command


def test_too_little_disk_tells_what_is_needed_and_what_is_free():
    lack = preflight.check_disk("/checkout", 1_200_000_000, 2_500_000_000)
    assert "2.5 GB of free disk are needed in /checkout; 1.2 GB are free" in lack.what
    assert lack.command.startswith("du ")
    assert preflight.check_disk("/checkout", 2_500_000_000, 2_500_000_000) is None


def test_too_little_memory_tells_what_is_needed_and_what_there_is():
    lack = preflight.check_memory(1_000_000_000)
    assert "2.0 GB of memory are needed; 1.0 GB can be had now" in lack.what
    assert lack.command.startswith("ps ")
    assert preflight.check_memory(2_000_000_000) is None


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "stack" / "preflight.py").read_text(), feature_version=(3, 6))
    assert "from __future__" not in (ROOT / "stack" / "preflight.py").read_text()


def work_of_children() -> float:
    """Processor seconds of programs that have ended: a busy machine takes longer over the same."""
    used = os.times()
    return used.children_user + used.children_system


def test_it_takes_no_more_than_a_second_s_work_and_prints_a_python_that_runs():
    begun = work_of_children()
    done = subprocess.run([sys.executable, "-m", "stack.preflight"], cwd=ROOT, capture_output=True, text=True)
    assert work_of_children() - begun < 1
    assert done.returncode == 0, done.stderr
    told = subprocess.run([done.stdout.strip(), "-c", "import sys; print(sys.version_info[1])"], capture_output=True)
    assert int(told.stdout) in (11, 12, 13)


def test_on_a_machine_that_lacks_something_it_ends_with_status_one_and_the_command(tmp_path):
    fake_python(tmp_path, "python3", "3 8")
    environment = {"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [sys.executable, "-m", "stack.preflight"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert "run: install Python 3.12" in done.stderr
