"""A new integration: what the form asks, what it refuses, and that nothing is half made."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_sync.web.ports import CannotEdit

from tests.web.pages.conftest import Pages

CONNECTION = {
    "connection": "new", "new_id": "", "c_host": "mail.acme.example", "c_login": "svc@acme.example",
    "c_password": "geheim-7", "c_authentication": "basic", "c_min_tls": "1.2", "c_max_connections": "4",
}  # fmt: skip
FORM = {
    "owner": "acme", "name": "desk", "title": "Our desk", "interval": "5m",
    "addresses": "ann@acme.example\nBob@Acme.example",
    "bucket": "acme/desk", "quota_bytes": "50 GB", "keep_mime": "1", "attachments": "not_inline",
    "start_time": "2026-01-31T00:00", "include": "drafts", "folder_deny": "Inbox/Private", **CONNECTION,
}  # fmt: skip


def send(pages: Pages, who: str = "op", **changes: Any) -> Any:
    return getattr(pages, who).post("/integrations/new", data={**FORM, **changes}, follow_redirects=False)


def count(pages: Pages) -> object:
    return pages.world.rows("SELECT count(*) AS n FROM integrations")[0]["n"]


def test_it_is_made_switched_off_and_leads_on_to_the_check(pages: Pages) -> None:
    answer = send(pages)

    assert (answer.status_code, answer.headers["location"]) == (303, "/integrations/acme/desk/check?done=created")
    [row] = pages.world.rows("SELECT * FROM integrations WHERE name = 'desk'")
    assert (row["enabled"], row["disabled_reason"], row["interval_seconds"]) == (False, "user", 300)
    assert row["connection"] == "exchange_acme_desk"
    boxes = pages.world.rows("SELECT * FROM mailboxes WHERE integration_id = %s ORDER BY address", row["id"])
    assert [box["address"] for box in boxes] == ["ann@acme.example", "bob@acme.example"]
    assert boxes[0]["filters"] == {"include": ["drafts"], "folder_deny": [["Inbox", "Private"]]}
    assert str(boxes[0]["start_time"]) == "2026-01-31 00:00:00+00:00"
    [bucket] = pages.world.rows("SELECT * FROM buckets WHERE name = 'desk'")
    assert (bucket["quota_bytes"], bucket["keep_mime"]) == (50_000_000_000, True)
    written = pages.connections.kept["exchange_acme_desk"]
    assert (written["password"], written["extra"]) == ("geheim-7", {"max_connections": 4})


def test_the_audit_trail_tells_of_it_without_the_secret(pages: Pages) -> None:
    send(pages)
    trail = pages.world.rows("SELECT username, action, subject, details FROM audit ORDER BY id")
    assert [(row["action"], row["subject"]) for row in trail] == [
        ("bucket created", "acme/desk"),
        ("integration created", "acme/desk"),
        ("connection created", "exchange_acme_desk"),
    ]
    assert "geheim" not in str(trail)
    assert "password" in str(trail[-1]["details"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": "Acme GmbH"}, "a-z, 0-9"),
        ({"name": "exchange"}, "already"),
        ({"interval": "1s"}, "5s to 1d"),
        ({"addresses": "ann@acme.example\nann@acme.example"}, "line 2: ann@acme.example is named already on line 1"),
        ({"addresses": "ann@acme.example\n\nnobody"}, "line 3"),
        ({"bucket": ""}, "name a bucket"),
        ({"quota_bytes": "many"}, "50 GB"),
        ({"bucket": "acme/mail"}, "acme/mail is there already"),
        ({"start_time": "yesterday"}, "2026-01-31T00:00"),
        ({"c_host": ""}, "host: missing"),
        ({"c_password": ""}, "needed for basic authentication"),
        ({"c_max_connections": "99"}, "1 to 16"),
        ({"c_port": "x"}, "65535"),
        ({"domain_deny": "x.*"}, "expected a domain such as acme.example"),
        ({"connection": "existing", "existing": "nothing_here"}, "There is no connection nothing_here"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field_and_nothing_is_made(
    pages: Pages, changes: dict[str, str], told: str
) -> None:
    before = count(pages)
    answer = send(pages, **changes)

    assert answer.status_code == 422
    assert told.lower() in answer.text.lower()
    assert 'class="fault"' in answer.text
    assert 'id="faults"' in answer.text
    assert (count(pages), pages.connections.kept) == (before, {})


def test_what_was_typed_is_shown_again_but_no_secret_ever(pages: Pages) -> None:
    answer = send(pages, interval="never", c_private_key="-----BEGIN SECRET")
    assert "mail.acme.example" in answer.text
    assert "Bob@Acme.example" in answer.text
    assert 'value="never"' in answer.text
    assert "geheim-7" not in answer.text
    assert "BEGIN SECRET" not in answer.text


def test_when_airflow_refuses_the_connection_nothing_of_the_integration_is_left(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise CannotEdit("Airflow does not let you edit connection exchange_acme_desk: ask somebody who may")

    before = count(pages)
    monkeypatch.setattr(pages.connections, "write", refuse)
    answer = send(pages)

    assert answer.status_code == 422
    assert "ask somebody who may" in answer.text
    assert count(pages) == before
    assert pages.world.rows("SELECT 1 FROM buckets WHERE name = 'desk'") == []
    assert pages.world.rows("SELECT 1 FROM audit") == []


def test_a_viewer_and_another_site_make_nothing(pages: Pages) -> None:
    before = count(pages)
    assert pages.viewer.get("/integrations/new").status_code == 403
    assert send(pages, "viewer").status_code == 403
    foreign = pages.op.post("/integrations/new", data=FORM, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert count(pages) == before


def test_every_field_of_a_connection_is_on_the_form_and_named(pages: Pages) -> None:
    from exchange_sync.source.credentials import EXTRA_KEYS

    text = pages.op.get("/integrations/new").text
    for name in (*EXTRA_KEYS, "host", "port", "login", "password"):
        assert f'name="c_{name}"' in text
        assert f'<label for="c_{name}">' in text


def test_a_connection_that_serves_others_is_not_for_the_taking(pages: Pages) -> None:
    send(pages)  # acme/desk with exchange_acme_desk
    pages.world.rows(
        "UPDATE integrations SET viewers = '{Secret}', editors = '{Secret}' WHERE owner = 'acme' RETURNING id"
    )
    answer = send(
        pages, owner="other", name="grab", bucket="other/grab", connection="existing", existing="exchange_acme_desk"
    )
    assert answer.status_code == 422
    assert "may not modify" in answer.text
