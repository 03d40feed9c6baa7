"""`exchange-sync erase` refuses what is no id, shows what it will take, asks, and is put down in the trail."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from email.message import EmailMessage

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.model.identity import comment_id

from tests.integration.cli.conftest import BOX, Terminal

ONE, TWO = (comment_id(f"<mail-{number}@client.example>") for number in (1, 2))
PROGRAM = "from exchange_sync.cli import main; main()"


@pytest.fixture(autouse=True)
def synced(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    terminal.with_connections("sync", "acme/exchange")


def left(terminal: Terminal) -> int:
    return int(terminal.query("SELECT count(*) AS n FROM comments")[0]["n"])


def typed(terminal: Terminal, answer: str, *words: str) -> tuple[int, str]:
    """The command at a real terminal, where somebody types an answer."""
    ours, theirs = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **terminal.environment}, text=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answer.encode())
    told, _ = ran.communicate(timeout=60)
    os.close(ours)
    return ran.returncode, told


@pytest.mark.parametrize(
    "wrong", ["nonsense", "", "abc", "zz" * 10, ONE + "0", ONE + "-12", "ff" * 8, "00" * 8, "*", "20" * 600, "%"]
)
def test_what_is_no_comments_id_is_refused_and_nothing_is_erased(terminal: Terminal, wrong: str) -> None:
    ran = terminal("erase", "acme/mail", ONE, wrong, "--yes")
    assert isinstance(ran.exception, BadInput)
    assert "is not a comment's id: expected the hex of a Message-ID" in str(ran.exception)
    assert left(terminal) == 5
    assert terminal.query("SELECT 1 FROM tombstones") == []


def test_a_message_id_is_answered_with_the_id_that_it_stands_for(terminal: Terminal) -> None:
    ran = terminal("erase", "acme/mail", "<mail-1@client.example>", "--yes")
    assert f"is a Message-ID, not a comment's id: the id of that email is {ONE}" in str(ran.exception)
    assert left(terminal) == 5


def test_without_a_terminal_and_without_yes_it_shows_and_refuses(terminal: Terminal) -> None:
    ran = terminal("erase", "acme/mail", ONE, typed="y\n")
    assert isinstance(ran.exception, BadInput)
    assert "say --yes" in str(ran.exception)
    assert "1 of 1 comments are here" in ran.output
    assert left(terminal) == 5


@pytest.mark.parametrize(("answer", "status", "there"), [("n\n", 1, 5), ("\n", 1, 5), ("y\n", 0, 4)])
def test_at_a_terminal_it_asks(terminal: Terminal, answer: str, status: int, there: int) -> None:
    code, told = typed(terminal, answer, "erase", "acme/mail", ONE)
    assert code == status, told
    assert f"{BOX}, Inbox: " in told
    assert "Erase 1 for good" in told
    assert left(terminal) == there


def test_what_goes_is_shown_by_subject_and_place_and_put_down_in_the_trail(terminal: Terminal) -> None:
    made = EmailMessage()
    made["From"], made["Message-ID"] = "a@client.example", "<odd@x.example>"
    made["Subject"] = "Odd \u202e and \x07 bell"
    made.set_content("Hello")
    terminal.simulator.control.deliver([BOX], made.as_bytes())
    terminal.with_connections("sync", "acme/exchange")

    odd, unseen = comment_id("<odd@x.example>"), comment_id("<n@x>")
    ran = terminal("erase", "acme/mail", odd, ONE.upper(), TWO, TWO, unseen, "--yes")

    assert ran.exit_code == 0, ran.exception
    assert "3 of 4 comments are here, their emails lie in 3 places" in ran.output
    assert "1 are not here: a tombstone keeps each away" in ran.output
    assert "Odd" in ran.output
    assert "\u202e" not in ran.output
    assert "3 erased; 4 tombstones stand" in ran.output
    [trail] = terminal.query("SELECT * FROM audit WHERE action = 'comments erased'")
    assert (trail["subject"], trail["details"]) == ("acme/mail", {"comments": 3, "tombstones": 4})
    assert trail["username"].endswith("command line)")
