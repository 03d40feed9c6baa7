"""Set-up: a no-op while the locks stand, and the indexes that pip is configured for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import install

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path):
    for name in ("requirements.txt", "requirements-dev.txt", *install.PROJECT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    return tmp_path


def installed(checkout, what):
    where = checkout / ".venv"
    (where / "bin").mkdir(parents=True)
    (where / "bin" / "python").touch()
    (where / "installed.json").write_text(json.dumps({what: install.stamp(install.LOCKS[what], checkout)}))
    return where


def test_what_was_filled_from_these_locks_is_current(checkout):
    assert install.is_current("product", installed(checkout, "product"), checkout)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_again(checkout, name):
    where = installed(checkout, "product")
    (checkout / name).write_text("changed\n")
    assert not install.is_current("product", where, checkout)


def test_what_tests_need_is_not_there_when_only_the_product_was_installed(checkout):
    assert not install.is_current("tests", installed(checkout, "product"), checkout)


def test_an_environment_whose_python_is_gone_is_made_again(checkout):
    where = installed(checkout, "product")
    (where / "bin" / "python").unlink()
    assert not install.is_current("product", where, checkout)


def test_another_python_or_another_place_needs_another_environment(checkout, tmp_path):
    names = install.LOCKS["product"]
    assert install.stamp(names, checkout, "3.11.2") != install.stamp(names, checkout, "3.12.1")


def test_pips_indexes_are_uvs_too():
    pip = {"index-url": "https://mirror.test/simple", "extra-index-url": "file:///a\\nfile:///b", "cert": "/ca.pem"}
    assert install.uv_settings(pip) == {
        "UV_DEFAULT_INDEX": "https://mirror.test/simple",
        "UV_INDEX": "file:///a file:///b",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/ca.pem",
    }
    assert install.uv_settings({}) == {}


def test_every_line_of_every_lock_has_a_hash():
    for name in ("requirements.txt", "requirements-dev.txt", "stack/uv.txt"):
        text = (ROOT / name).read_text().replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert pinned
        assert [line for line in pinned if "--hash=sha256:" not in line] == []
        assert "://" not in text, "a lock names no registry"


def test_the_second_set_up_takes_less_than_a_second_s_work():
    if not install.is_current("tests"):
        pytest.skip("this environment was not made by make; there is no first set-up to repeat")
    begun = os.times()
    subprocess.run([sys.executable, "-m", "stack.install", "--tests"], cwd=ROOT, check=True)
    ended = os.times()
    assert ended.children_user + ended.children_system - begun.children_user - begun.children_system < 1
