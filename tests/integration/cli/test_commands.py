"""The command line as a person uses it: configured by a file, synced from a simulated Exchange, looked at."""

from __future__ import annotations

import json

from exchange_sync.errors import BadInput
from exchange_sync.model.identity import comment_id

from tests.integration.cli.conftest import BOX, CONFIGURATION, Terminal
from tests.support.mail import mail


def test_a_mailbox_is_configured_planned_synced_verified_and_explained(terminal: Terminal) -> None:
    first = terminal("apply", str(terminal.configuration))
    assert first.output.startswith("3 created"), first.output
    assert (
        "nothing to do" in terminal("apply", str(terminal.configuration)).output
        or "unchanged" in terminal("apply", str(terminal.configuration)).output
    )
    assert f"{BOX}: 5 emails" in terminal.with_connections("plan", "acme/exchange").output

    synced = terminal.with_connections("sync", "acme/exchange")

    assert synced.exit_code == 0, synced.output
    assert "5 created" in synced.output
    report = json.loads(terminal("status", "--json").output)
    [box] = report["mailboxes"]
    assert (box["mailbox"], box["state"], box["created"], box["pending"]) == (BOX, "up to date", 5, 0)
    assert BOX in terminal("status").output
    checked = terminal.with_connections("verify", "acme/exchange")
    assert checked.exit_code == 0
    assert "✗" not in checked.output
    terminal.simulator.control.deliver([BOX], mail(9))
    assert terminal.with_connections("verify", "acme/exchange").exit_code == 1
    assert "It is a comment in bucket acme/mail" in terminal("explain", "<mail-1@client.example>").output
    assert "✓ comment" in terminal("quality", "acme/exchange").output


def test_what_is_exported_can_be_applied_and_changes_nothing(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    exported = terminal("export").output
    for told in ("start_time", "not_inline", "Newsletters", "noreply@acme.example", "30s", "drafts"):
        assert told in exported
    again = terminal.folder / "again.yaml"
    again.write_text(exported, encoding="utf-8")
    applied = terminal("apply", str(again)).output
    assert "created" not in applied
    assert "changed" not in applied.replace("unchanged", "")


def test_a_mistake_in_the_file_is_one_line_and_nothing_is_applied(terminal: Terminal) -> None:
    terminal.configuration.write_text(CONFIGURATION.replace("30s", "soon"), encoding="utf-8")
    result = terminal("apply", str(terminal.configuration))
    assert isinstance(result.exception, BadInput)
    assert "config.yaml:7: interval: expected a duration" in str(result.exception)
    assert json.loads(terminal("status", "--json").output) == {"mailboxes": [], "buckets": []}


def test_an_unknown_bucket_is_refused_and_nothing_is_half_applied(terminal: Terminal) -> None:
    terminal.configuration.write_text(CONFIGURATION.replace("  - name: acme/mail\n", "  []\n"), encoding="utf-8")
    result = terminal("apply", str(terminal.configuration))
    assert "there is no bucket acme/mail" in str(result.exception)
    assert json.loads(terminal("status", "--json").output)["mailboxes"] == []


def test_mail_is_erased_and_stays_away(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    terminal.with_connections("sync", "acme/exchange")
    result = terminal("erase", "acme/mail", comment_id("<mail-1@client.example>"), "--yes")
    assert "1 erased" in result.output
    terminal.with_connections("sync", "acme/exchange")
    assert "never comes back" in terminal("explain", "<mail-1@client.example>").output
    assert json.loads(terminal("status", "--json").output)["buckets"][0]["emails"] == 4
    assert "the quarantine is empty" in terminal("quarantine", "acme/exchange").output
    assert "0 emails are tried again" in terminal("retry-quarantine", "acme/exchange").output
    assert "0 changed" in terminal("reclean", "acme/mail").output


def test_attachments_of_the_past_are_fetched_when_asked(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    terminal.with_connections("sync", "acme/exchange")
    result = terminal.with_connections("sync", "acme/exchange", "--attachments-since", "2026-01-01T00:00:00Z")
    assert "attachments of 0 emails are fetched again" in result.output  # none of them has any
    refused = terminal.with_connections("sync", "acme/exchange", "--attachments-since", "yesterday")
    assert "expected a time with its zone" in str(refused.exception)


def test_a_name_that_is_not_there_is_told_with_where_to_look(terminal: Terminal) -> None:
    result = terminal.with_connections("sync", "acme/nothing")
    assert "there is no integration acme/nothing: see `exchange-sync status`" in str(result.exception)


def test_all_mistakes_are_told_at_once_also_those_that_show_only_beside_what_is_there(terminal: Terminal) -> None:
    terminal("apply", str(terminal.configuration))
    wrong = terminal.folder / "wrong.yaml"
    wrong.write_text(
        CONFIGURATION.replace("acme/mail\n        start", "acme/other\n        start").replace("30s", "soon")
        + "      - address: b@acme.example\n        bucket: acme/nowhere\n      - address: c@acme.example\n"
        "        bucket: acme/mail\n  - name: acme/second\n    connection: x\n"
        "buckets:\n  - name: acme/other\n".replace("buckets:\n  - name: acme/other\n", ""),
        encoding="utf-8",
    )
    wrong.write_text(wrong.read_text().replace("  - name: acme/mail\n", "  - name: acme/mail\n  - name: acme/other\n"))
    told = str(terminal("apply", str(wrong)).exception).splitlines()
    assert told[0].endswith("has 3 mistakes, and nothing of it was applied:")
    assert "interval: expected a duration" in told[1]
    assert f"mailbox {BOX} already fills bucket acme/mail: moving it would split its mail" in told[2]
    assert "there is no bucket acme/nowhere: name it under buckets: in the same file" in told[3]
    assert [line.split(":")[1] for line in told[1:]] == ["8", "11", "17"]
    assert terminal.query("SELECT count(*) AS n FROM mailboxes") == [{"n": 1}]
    assert terminal.query("SELECT count(*) AS n FROM integrations") == [{"n": 1}]
