"""All mistakes of a file are told at once, by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.pipeline.apply import read
from exchange_sync.pipeline.yaml_fields import SHOWN

MANY = """buckets:
  - name: Acme/mail
    quota: {emails: -1, mails: 2}
  - nonsense
  - name: acme/mail
    title: [a]
    retention_days: 0
integrations:
  - connection: exchange_acme
    interval: soon
    viewers: Viewer
    mailboxes:
      - address: почта@пример.рф
        bucket: acme/mail
        folders: {include: [drafts, draft,
                            outbx], archive: 1}
      - bucket: acme/mail
        start_time: yesterday
        participants: {deny: ["@x.example",
                              eve@x.example, "*"]}
        participant_domains:
          deny:
            - payroll.*
            - payroll.example
            - eve@x.example
          allow: x.example
        colour: red
  - name: acme/exchange
    connection: exchange_acme
    mailboxes:
      - {address: a@x.example, bucket: acme/mail}
      - {address: A@x.example, bucket: mail}
      - {address: a@x.example., bucket: acme/mail}
  - name: acme/exchange
    connection: exchange_acme
nonsense: 1
"""
WRONG_LINES = [2, 3, 3, 4, 6, 7, 9, 10, 11, 13, 15, 16, 16, 17, 18, 19, 20, 23, 25, 26, 27, 32, 32, 33, 34, 36]


def put(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def told(path: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(path)
    return str(caught.value).splitlines()


def test_each_mistake_is_told_with_its_own_line_in_order(tmp_path: Path) -> None:
    first, *lines = told(put(tmp_path, MANY))
    found = [int(re.match(r".*config\.yaml:(\d+): ", line)[1]) for line in lines]
    assert found == sorted(found)
    assert found == WRONG_LINES, "\n".join(lines)
    assert first.endswith(f"has {len(lines)} mistakes, and nothing of it was applied:")


def test_one_mistake_is_one_line(tmp_path: Path) -> None:
    [line] = told(put(tmp_path, "buckets:\n  - name: Acme/mail\n"))
    assert ":2: name: bucket 'Acme/mail' is not valid" in line


def test_so_many_that_nobody_would_read_them_are_counted(tmp_path: Path) -> None:
    lines = told(put(tmp_path, "buckets:\n" + "  - name: X\n" * 500))
    assert lines[0].endswith("has 500 mistakes, and nothing of it was applied:")
    assert len(lines) == SHOWN + 2
    assert lines[-1] == f"… and {500 - SHOWN} more"


@pytest.mark.parametrize(
    "text",
    ["buckets: 1", "buckets: {a: 1}", "integrations: x", "buckets:\n  - 1\n  - [a]", "integrations:\n  - {}",
     "integrations:\n  - name: a/b\n    connection: c\n    mailboxes: 1",
     "integrations:\n  - name: a/b\n    connection: c\n    mailboxes:\n      - address: a@x\n        bucket: a/b\n"
     "        folders: 1\n        participants: [x]\n        participant_domains: {deny: {a: 1}}"],
)  # fmt: skip
def test_whatever_stands_where_something_else_should_is_a_mistake_and_no_crash(tmp_path: Path, text: str) -> None:
    assert all("expected" in line or "lacks" in line or "mistakes" in line for line in told(put(tmp_path, text)))
