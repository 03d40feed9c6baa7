"""python3 -m stack.dotenv: .env with secrets of its own."""

import base64
import re
import shutil
import stat

import pytest

from stack import dotenv

from .conftest import ROOT


@pytest.fixture
def checkout(tmp_path):
    shutil.copy(ROOT / ".env.example", tmp_path)
    return tmp_path


def values(folder):
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_every_mark_becomes_a_secret_of_its_own_that_an_address_may_hold(checkout):
    assert dotenv.main(checkout) == 0
    marked = re.findall(r"^([A-Z_]+)=<", (checkout / ".env.example").read_text(), re.MULTILINE)
    found = values(checkout)
    secrets = [found[name] for name in marked]
    assert len(secrets) >= 8
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) >= 43 and re.fullmatch(r"[A-Za-z0-9_=-]+", secret) for secret in secrets)
    assert "<" not in "".join(found.values())


def test_the_fernet_key_is_one(checkout):
    dotenv.main(checkout)
    assert len(base64.urlsafe_b64decode(values(checkout)["AIRFLOW_FERNET_KEY"])) == 32


def test_only_its_owner_reads_it(checkout):
    dotenv.main(checkout)
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600


def test_a_file_that_is_there_stays_as_it_is(checkout, capsys):
    (checkout / ".env").write_text("MINE=1\n")
    assert dotenv.main(checkout) == 1
    assert (checkout / ".env").read_text() == "MINE=1\n"
    assert "stays as it is" in capsys.readouterr().out


def test_what_is_not_marked_is_taken_over(checkout):
    dotenv.main(checkout)
    assert values(checkout)["COMPOSE_PROFILES"] == "database"
