"""The configuration file: what fits, and how a mistake is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.pipeline.apply import read

GOOD = """
buckets:
  - name: acme/mail
    quota: {emails: 10}
integrations:
  - name: acme/exchange
    connection: exchange_acme
    interval: 5m
    mailboxes:
      - address: Support@Acme.example
        bucket: acme/mail
        start_time: 2026-01-01T00:00:00+02:00
        folders: {include: [drafts], archive: true}
"""


def put(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    configuration = read(put(tmp_path, GOOD))
    [integration] = configuration.integrations
    [mailbox] = integration.mailboxes
    assert (integration.interval_seconds, integration.connection) == (300, "exchange_acme")
    assert mailbox.address == "support@acme.example"
    assert mailbox.start_time == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert (mailbox.filters.include, mailbox.filters.archive) == (("drafts",), True)
    assert configuration.buckets[0].quota_emails == 10


def test_every_form_of_a_domain_is_kept_as_it_is_compared(tmp_path: Path) -> None:
    forms = '["@payroll.example", "*.payroll.example", "payroll.example.", "exämple.de"]'
    [integration] = read(put(tmp_path, GOOD + f"        participant_domains: {{deny: {forms}}}\n")).integrations
    assert integration.mailboxes[0].filters.domain_deny == ("payroll.example", "xn--exmple-cua.de")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("participant_domains: {deny: ['payroll.*']}", r":14: deny: 'payroll\.\*' is not a domain: expected a domain"),
        ("participants: {deny: ['*@payroll.example']}", r":14: deny: .* among the participant domains instead"),
    ],
)
def test_a_filter_that_could_meet_no_mail_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(put(tmp_path, f"{GOOD}        {line}\n"))


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        (
            "name: acme/exchange",
            "name: Acme/exchange",
            r"config.yaml:6: name: integration 'Acme/exchange' is not valid",
        ),
        (
            "connection: exchange_acme\n",
            "conection: exchange_acme\n",
            r":6: an entry of integrations lacks connection:",
        ),
        ("interval: 5m", "interval: soon", r":8: interval: expected a duration from 5s to 1d .* found 'soon'"),
        ("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00", r":12: start_time: expected a time with its zone"),
        ("Support@Acme.example", "почта@пример.рф", r":10: address: .* before the @ Exchange has ASCII letters only"),
        ("Support@Acme.example", '"ann\\x07@acme.example"', r":10: address: mailbox address .* is not valid"),
        ("Support@Acme.example", "support", r":10: address: mailbox address 'support' is not valid"),
        ("[drafts]", "[draft]", r":13: include: expected one of drafts, outbox"),
        ("quota: {emails: 10}", "quota: {email: 10}", r":4: quota has no key 'email': expected one of bytes, emails"),
        ("emails: 10", "emails: -1", r":4: emails: expected a whole number from 0, found '-1'"),
        ("buckets:\n  - name: acme/mail", "buckets:\n    name: acme/mail", r":2: buckets: expected a list"),
        ("buckets:", "buckets: [", r"config.yaml:\d+: not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_what_would_be_right(
    tmp_path: Path, wrong: str, right: str, message: str
) -> None:
    assert wrong in GOOD
    with pytest.raises(BadInput, match=message):
        read(put(tmp_path, GOOD.replace(wrong, right)))


def test_a_mailbox_named_twice_is_refused(tmp_path: Path) -> None:
    twice = GOOD + "      - address: support@acme.example\n        bucket: acme/mail\n"
    with pytest.raises(BadInput, match="mailbox of acme/exchange support@acme.example is named twice"):
        read(put(tmp_path, twice))


def test_an_attachment_mode_that_this_version_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="attachments: expected one of none"):
        read(put(tmp_path, GOOD + "        attachments: everything\n"))


def test_a_name_that_no_variable_key_can_hold_is_refused(tmp_path: Path) -> None:
    long = "x" * 100
    text = GOOD.replace("acme/exchange", f"{long}/{long}").replace(
        "Support@Acme", "a-rather-long-local-part-of-an-address@acme"
    )
    with pytest.raises(BadInput, match="Airflow takes 250"):
        read(put(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        read(tmp_path / "nothing.yaml")
