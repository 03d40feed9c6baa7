"""Any password that chance makes reaches Airflow's commands whole: one in 64 begins with a hyphen."""

from __future__ import annotations

import argparse

import pytest

from stack import airflow
from stack.airflow import User, create_user, service_account

HYPHEN = "-begins-with-one"


def _read(words: list[str]) -> str:
    """The password, as a command line of Python's argparse reads it: Airflow's is one."""
    parser = argparse.ArgumentParser()
    for name in ("username", "password", "role", "firstname", "lastname", "email"):
        parser.add_argument(f"--{name}")
    return str(parser.parse_args(words[2:]).password)


def test_a_users_password_may_begin_with_a_hyphen() -> None:
    assert _read(create_user(User("admin", HYPHEN, "Admin"))) == HYPHEN


def test_the_service_accounts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow.secrets, "token_urlsafe", lambda size: HYPHEN)
    commands, connections = service_account("http://127.0.0.1:1")
    given = [words for words in commands if any(word.startswith("--password") for word in words)]
    assert [_read(words) for words in given] == [HYPHEN, HYPHEN]
    assert [connection["password"] for connection in connections.values()] == [HYPHEN]
