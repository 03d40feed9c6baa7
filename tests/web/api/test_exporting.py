"""A search as a file, and one mail as its .eml."""

from __future__ import annotations

import io
import json

import pyarrow.parquet as pq
import pytest
from exchange_sync.store import exporting

from tests.support.mail import mail
from tests.web.api.conftest import Api, bad, good, identifier

EXPORT = "/api/v1/sources/acme%2Fmail/export"
BOB = {"messages": {"from": {"one_of": ["bob@client.example"]}}}


@pytest.fixture
def filled(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Seven mails, exported by pages of three."""
    monkeypatch.setattr(exporting, "PAGE", 3)
    api.deliver(*range(6))
    api.deliver(6, sender="bob@client.example")
    return api


def test_json_lines_hold_each_comment_as_the_api_shows_it(filled: Api) -> None:
    response = filled.viewer.post(EXPORT, json={})

    lines = [json.loads(line) for line in response.text.splitlines()]
    page = good(filled.viewer.get("/api/_private/sources/acme%2Fmail/comments"))["comments"]
    assert sorted(lines, key=lambda one: one["timestamp"]) == page
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == 'attachment; filename="mail.jsonl"'


def test_a_filter_chooses_what_is_exported(filled: Api) -> None:
    [line] = filled.viewer.post(EXPORT, json={"comment_filter": BOB}).text.splitlines()

    assert json.loads(line)["id"] == identifier(6)
    assert filled.viewer.post(EXPORT, json={"comment_filter": {"sources": ["0" * 16]}}).content == b""


def test_parquet_has_a_column_a_field(filled: Api) -> None:
    table = pq.read_table(io.BytesIO(filled.viewer.post(EXPORT, json={"format": "parquet"}).content))

    rows = table.to_pylist()
    assert [row["id"] for row in rows] == [identifier(number) for number in range(7)]
    assert (rows[6]["from"], rows[6]["to"], rows[6]["subject"]) == (
        "bob@client.example", ["support@acme.example"], "Question 6",
    )  # fmt: skip
    assert json.loads(rows[0]["user_properties"])["string:Folder"] == "Inbox"
    empty = filled.viewer.post(EXPORT, json={"format": "parquet", "comment_filter": {"sources": []}})
    assert pq.read_table(io.BytesIO(empty.content)).num_rows == 0


def test_a_mail_is_its_eml_byte_for_byte(filled: Api) -> None:
    path = f"/api/v1/sources/acme%2Fmail/comments/{identifier(3)}/eml"

    response = filled.viewer.get(path)

    assert response.content == mail(3)
    assert response.headers["content-type"] == "message/rfc822"
    assert response.headers["content-disposition"].startswith("attachment; ")
    bad(filled.viewer.get(path.replace(identifier(3), identifier(99))), 404)
