"""`exchange-sync explain --ask`: where an email lies on Exchange now, beside what is recorded of it."""

from __future__ import annotations

import pytest
from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.source.ews.allowlist import READING

from tests.integration.cli.conftest import BOX, Terminal
from tests.support.mail import mail

NAME, MAIL = "acme/exchange", "<mail-1@client.example>"


@pytest.fixture(autouse=True)
def synced(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    terminal.with_connections("sync", NAME)


def ask(terminal: Terminal, message_id: str = MAIL, *words: str) -> tuple[int, str]:
    ran = terminal.with_connections("explain", message_id, "--ask", NAME, *words)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output.splitlines()[-1]


def test_an_email_that_is_loaded_lies_where_it_was_loaded_from(terminal: Terminal) -> None:
    assert ask(terminal) == (0, f"✓ {BOX}: Exchange has it in Inbox, and it was loaded from there: both agree.")
    assert ask(terminal, MAIL.strip("<>")) == ask(terminal)


def test_one_that_came_since_is_told_from_one_that_is_nowhere(terminal: Terminal) -> None:
    terminal.simulator.control.deliver([BOX], mail(77))
    code, told = ask(terminal, "<mail-77@client.example>")
    assert (code, told[:2]) == (1, "✗ ")
    assert "Exchange has it in Inbox, but nothing is recorded of it here: it came after the last listing" in told
    code, told = ask(terminal, "<never@client.example>")
    assert (code, told[:2]) == (0, "✓ ")
    assert "Exchange does not have it in this mailbox (all its" in told


def test_one_in_a_folder_that_is_left_out_is_told_with_the_reason(terminal: Terminal) -> None:
    control = terminal.simulator.control
    control.deliver([BOX], mail(78), folder=control.create_folder(BOX, ("Inbox", "Newsletters")))
    code, told = ask(terminal, "<mail-78@client.example>")
    assert (code, told) == (
        0,
        f"✓ {BOX}: Exchange has it in Inbox/Newsletters, a folder that is not synced: folder deny list.",
    )


def test_one_that_was_deleted_since_is_told_by_where_it_was_seen_last(terminal: Terminal) -> None:
    [row] = terminal.query("SELECT item_id FROM origins o JOIN comments c ON c.origin_id = o.id"
                           f" WHERE c.message_id = '{MAIL}'")  # fmt: skip
    terminal.simulator.control.delete(row["item_id"])
    code, told = ask(terminal)
    assert code == 1
    assert "here it was last seen in Inbox: the next sync notes that it was moved away or deleted" in told


@pytest.mark.parametrize(
    ("state", "told"),
    [("pending", "waits to be fetched"), ("skipped", "left out here: why"), ("quarantined", "lies in quarantine here")],
)
def test_what_became_of_it_here_is_told_beside_where_it_lies(terminal: Terminal, state: str, told: str) -> None:
    terminal.query(f"UPDATE origins SET state = '{state}', reason = 'why', comment_id = NULL")
    code, line = ask(terminal)
    assert code == 0
    assert told in line, "found by its item id, though nothing here knows its Message-ID"


def test_asking_only_reads_and_leaves_the_database_as_it_is(terminal: Terminal) -> None:
    before = terminal.query("SELECT * FROM origins ORDER BY id"), terminal.query("SELECT * FROM mailboxes")
    terminal.simulator.control.clear_calls()
    ask(terminal)
    assert {call["operation"] for call in terminal.simulator.control.calls()} <= READING
    assert terminal.simulator.control.counts()["refused"] == {}
    assert before == (terminal.query("SELECT * FROM origins ORDER BY id"), terminal.query("SELECT * FROM mailboxes"))


def test_a_mailbox_that_cannot_be_asked_is_a_line_and_a_wrong_password_ends_it(terminal: Terminal) -> None:
    terminal.simulator.control.remove_mailbox(BOX)
    assert ask(terminal)[1].startswith(f"– {BOX}: It could not be asked: ")
    terminal.connect(password="wrong")
    before = terminal.attempts()
    assert isinstance(terminal.with_connections("explain", MAIL, "--ask", NAME).exception, IntegrationFault)
    assert terminal.attempts() == before + 1


def test_what_cannot_be_a_message_id_is_refused_before_anybody_is_asked(terminal: Terminal) -> None:
    before = terminal.attempts()
    for wrong in ("x" * 600, "<>", "a\x01b"):
        assert isinstance(terminal.with_connections("explain", wrong, "--ask", NAME).exception, BadInput)
    assert terminal.attempts() == before
