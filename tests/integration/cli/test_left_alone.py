"""What is switched off is left alone by the command line, too: a cron job must not lock the account."""

from __future__ import annotations

import pytest
from exchange_sync.errors import BadInput, IntegrationFault

from tests.integration.cli.conftest import BOX, Terminal
from tests.support.mail import mail

NAME = "acme/exchange"


@pytest.fixture(autouse=True)
def configured(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))


def failing(terminal: Terminal) -> None:
    """The password is wrong, and the integration off for it."""
    terminal.connect(password="wrong")
    for _ in range(3):
        assert isinstance(terminal.with_connections("sync", NAME).exception, IntegrationFault)
    assert terminal.query("SELECT enabled, disabled_reason FROM integrations") == [
        {"enabled": False, "disabled_reason": "sync_error"}
    ]


def test_a_disabled_integration_is_left_alone_and_nobody_signs_in(terminal: Terminal) -> None:
    failing(terminal)
    before = terminal.attempts()
    for words in (("sync", NAME), ("sync", NAME, "--mailbox", BOX)):
        ran = terminal.with_connections(*words)
        assert ran.exit_code == 0
        assert f"{NAME} is disabled (sync_error) and left alone: `exchange-sync enable {NAME}`" in ran.output
    assert terminal.attempts() == before
    assert isinstance(terminal.with_connections("sync", NAME, "--force").exception, IntegrationFault)
    assert terminal.attempts() == before + 1


def test_one_that_a_person_disabled_is_left_alone_until_force_is_given(terminal: Terminal) -> None:
    terminal("disable", NAME)
    assert "is disabled (user) and left alone" in terminal.with_connections("sync", NAME).output
    assert terminal.attempts() == 0
    assert "5 created" in terminal.with_connections("sync", NAME, "--force").output
    assert terminal.query("SELECT enabled FROM integrations") == [{"enabled": False}]


def test_a_disabled_mailbox_is_left_alone_until_it_is_named_with_force(terminal: Terminal) -> None:
    terminal("disable", NAME, "--mailbox", BOX)
    for words in (("sync", NAME), ("sync", NAME, "--mailbox", BOX)):
        ran = terminal.with_connections(*words)
        assert (ran.exit_code, terminal.attempts()) == (0, 0)
        assert f"{BOX} is disabled (user) and left alone" in ran.output
        assert f"`exchange-sync enable {NAME} --mailbox {BOX}`" in ran.output
    assert "created" not in terminal.with_connections("sync", NAME, "--force").output
    assert "5 created" in terminal.with_connections("sync", NAME, "--mailbox", BOX, "--force").output


@pytest.mark.parametrize("command", ["plan", "verify"])
def test_what_only_looks_does_not_sign_in_either_while_the_log_in_is_known_to_fail(
    terminal: Terminal, command: str
) -> None:
    failing(terminal)
    before = terminal.attempts()
    refused = terminal.with_connections(command, NAME)
    assert isinstance(refused.exception, BadInput)
    assert "may lock its account" in str(refused.exception)
    assert terminal.attempts() == before
    assert isinstance(terminal.with_connections(command, NAME, "--force").exception, IntegrationFault)
    assert terminal.attempts() == before + 1
    assert terminal.with_connections("check", NAME).exit_code == 1, "check is how one mends, and signs in once"
    assert terminal.attempts() == before + 2


def test_a_new_integration_that_is_off_may_be_planned(terminal: Terminal) -> None:
    terminal("disable", NAME)
    assert f"{BOX}: 5 emails" in terminal.with_connections("plan", NAME).output


def test_failures_of_the_command_line_do_not_add_up_over_months(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.connect(password="wrong")
        terminal.with_connections("sync", NAME)
        terminal.connect()
        assert terminal.with_connections("sync", NAME).exit_code == 0
    found = terminal.query("SELECT enabled, consecutive_failures AS failures FROM integrations")
    assert found == [{"enabled": True, "failures": 0}]


def test_plan_ends_with_status_1_when_a_mailbox_cannot_be_read(terminal: Terminal) -> None:
    terminal.simulator.control.remove_mailbox(BOX)
    ran = terminal.with_connections("plan", NAME)
    assert ran.exit_code == 1
    assert ran.output.startswith(f"✗ {BOX}: ")


def test_plan_goes_on_where_the_fullest_folder_may_not_be_read(terminal: Terminal) -> None:
    control = terminal.simulator.control
    hidden = control.create_folder(BOX, ("Inbox", "Board"))
    for number in range(20, 30):
        control.deliver([BOX], mail(number), folder=hidden)
    control.set_account("reader", "pw")
    control.set_rights("reader", BOX, access="full")
    control.set_rights("reader", BOX, access="visible", folder=hidden)
    terminal.connect(login="reader", password="pw", access="delegate")
    ran = terminal.with_connections("plan", NAME)
    assert ran.exit_code == 0, ran.exception
    assert ran.output.startswith(f"{BOX}: ")
    assert "about 0 MB" in ran.output or "MB in" in ran.output


def test_check_names_an_address_that_no_mailbox_can_have(terminal: Terminal) -> None:
    for address in ("почта@пример.рф", "a@b@acme.example", "ann\x07@acme.example"):
        ran = terminal.with_connections("check", NAME, "--mailbox", address)
        assert ran.exit_code == 1
        assert "is not valid" in ran.output.splitlines()[-1]
        assert "Report this" not in ran.output
        assert "✓ Authentication" in ran.output, "the log-in is tried all the same"
