"""An integration is changed: stale edits are refused, secrets are kept, and deleting tells what stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from exchange_sync.web.ports import CannotEdit

from tests.web.pages.conftest import Pages

EDIT, DELETE, BUCKET = (
    "/integrations/acme/exchange/edit",
    "/integrations/acme/exchange/delete",
    "/buckets/acme/mail/edit",
)
KEPT = {
    "host": "mail.acme.example", "port": None, "login": "svc@acme.example", "password": "geheim-7", "schema": None,
    "extra": {"authentication": "ntlm", "max_connections": 4, "proxy": "http://u:geheim-8@proxy:3128"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def kept(pages: Pages) -> dict[str, Any]:
    pages.connections.kept["exchange_acme"] = {**KEPT, "extra": dict(KEPT["extra"])}  # type: ignore[call-overload]
    return pages.connections.kept["exchange_acme"]


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def form(pages: Pages, **changes: str) -> dict[str, str]:
    """What the page would send unchanged, and the changes."""
    text = pages.op.get(EDIT).text
    same = {
        "title": "", "interval": "60s", "connection": "kept", "c_host": "mail.acme.example",
        "c_login": "svc@acme.example", "c_authentication": "ntlm", "c_max_connections": "4", "c_min_tls": "1.2",
    }  # fmt: skip
    marks = {name: hidden(text, name) for name in ("updated_at", "connection_mark")}
    return {**same, **marks, **changes}


def send(pages: Pages, data: dict[str, str], path: str = EDIT) -> Any:
    return pages.op.post(path, data=data, follow_redirects=False)


def row(pages: Pages) -> dict[str, Any]:
    return pages.world.rows("SELECT * FROM integrations WHERE name = 'exchange'")[0]


def test_no_secret_ever_leaves_for_the_browser_and_its_place_says_that_it_is_kept(pages: Pages) -> None:
    text = pages.op.get(EDIT).text
    assert "geheim" not in text
    assert text.count("kept: leave empty to keep it") == 2
    assert 'value="mail.acme.example"' in text


def test_an_edit_is_saved_and_the_connection_is_left_alone_when_it_is_the_same(
    pages: Pages, kept: dict[str, Any]
) -> None:
    before = dict(kept)
    answer = send(pages, form(pages, title="Ours", interval="5m", editors="Op"))
    assert answer.status_code == 303
    assert (row(pages)["title"], row(pages)["interval_seconds"], row(pages)["editors"]) == ("Ours", 300, ["Op"])
    assert pages.connections.kept["exchange_acme"] == before
    [trail] = pages.world.rows("SELECT action, details FROM audit")
    assert trail == {"action": "integration changed", "details": {"fields": ["editors", "interval_seconds", "title"]}}


def test_a_stale_edit_is_refused_and_what_was_typed_is_kept(pages: Pages) -> None:
    first, second = form(pages, title="First"), form(pages, title="Second")
    assert send(pages, first).status_code == 303
    answer = send(pages, second)
    assert answer.status_code == 409
    assert 'value="Second"' in answer.text
    assert "Open the present state" in answer.text
    assert row(pages)["title"] == "First"


def test_a_connection_that_was_changed_meanwhile_in_airflow_is_not_overwritten(
    pages: Pages, kept: dict[str, Any]
) -> None:
    data = form(pages, c_max_connections="9")
    kept["login"] = "other@acme.example"
    assert send(pages, data).status_code == 409
    assert kept["extra"]["max_connections"] == 4


def test_a_kept_secret_stays_where_nothing_says_where_it_goes_is_changed(pages: Pages) -> None:
    assert send(pages, form(pages, c_max_connections="9", c_timeout="30")).status_code == 303
    written = pages.connections.kept["exchange_acme"]
    assert (written["password"], written["extra"]["max_connections"]) == ("geheim-7", 9)
    assert written["extra"]["proxy"] == "http://u:geheim-8@proxy:3128"
    trail = pages.world.rows("SELECT details FROM audit WHERE action = 'connection changed'")
    assert trail == [{"details": {"fields": ["max_connections", "timeout"]}}]


@pytest.mark.parametrize(
    "elsewhere",
    [{"c_host": "evil.example"}, {"c_login": "else@acme.example"}, {"c_proxy": "http://evil.example:1"},
     {"c_ca_bundle": "/tmp/evil.pem"}, {"c_min_tls": "1.0"}, {"forget_proxy": "1"}, {"c_authentication": "basic"}],
)  # fmt: skip
def test_where_credentials_would_go_elsewhere_the_secret_is_asked_for_again(
    pages: Pages, kept: dict[str, Any], elsewhere: dict[str, str]
) -> None:
    before = {**kept, "extra": dict(kept["extra"])}
    answer = send(pages, form(pages, **elsewhere))
    assert answer.status_code == 422
    assert 'id="c_password-fault"' in answer.text
    assert "sent nowhere new" in answer.text
    assert pages.connections.kept["exchange_acme"] == before
    assert send(pages, form(pages, **elsewhere, c_password="neu-1")).status_code == 303
    assert pages.connections.kept["exchange_acme"]["password"] == "neu-1"


def test_when_airflow_refuses_the_connection_the_integration_is_as_it_was(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise CannotEdit("Airflow does not let you edit connection exchange_acme: ask somebody who may")

    before = row(pages)
    monkeypatch.setattr(pages.connections, "write", refuse)
    answer = send(pages, form(pages, title="Half", c_timeout="30"))
    assert answer.status_code == 422
    assert "ask somebody who may" in answer.text
    assert row(pages) == before
    assert pages.world.rows("SELECT 1 FROM audit") == []


def test_a_connection_from_elsewhere_is_shown_with_its_origin_and_not_offered_for_change(pages: Pages) -> None:
    pages.connections.origins["exchange_acme"] = "environment"
    text = pages.op.get(EDIT).text
    assert "comes from the environment" in text
    assert "geheim" not in text
    assert send(pages, form(pages, title="Still", c_host="evil.example")).status_code == 303
    assert pages.connections.kept["exchange_acme"]["host"] == "mail.acme.example"


def test_nobody_shuts_himself_out(pages: Pages) -> None:
    answer = send(pages, form(pages, editors="Auditors"))
    assert answer.status_code == 422
    assert "shut you out" in answer.text
    assert row(pages)["editors"] == []


@pytest.mark.parametrize("path", [EDIT, DELETE, BUCKET, "/integrations/acme/exchange/plan",
                                  "/integrations/acme/exchange/check", "/integrations/acme/exchange/edit/mailboxes",
                                  "/integrations/acme/exchange/mailboxes/support@acme.example/edit"])  # fmt: skip
def test_who_may_only_view_is_refused_and_a_stranger_is_told_of_nothing(pages: Pages, path: str) -> None:
    assert pages.viewer.get(path).status_code == 403
    assert pages.viewer.post(path, data={}).status_code in (403, 405)
    assert pages.stranger.get(path).status_code == 404


def test_deleting_tells_what_stays_and_wants_the_name_typed(pages: Pages) -> None:
    pages.world.exchange.deliver("support@acme.example", pages.world.exchange.folder("support@acme.example", "Inbox"),
                                 b"From: a@b.example\r\nMessage-ID: <1@x>\r\nSubject: Hi\r\n\r\nHello")  # fmt: skip
    pages.world.sync()
    text = pages.op.get(DELETE).text
    assert "1 comment that it brought" in text
    data = {"updated_at": hidden(text, "updated_at")}

    assert send(pages, {**data, "typed": "acme/other"}, DELETE).status_code == 422
    assert row(pages)["name"] == "exchange"
    assert send(pages, {**data, "typed": "acme/exchange"}, DELETE).headers["location"] == "/?done=deleted"
    assert pages.world.rows("SELECT 1 FROM integrations") == []
    assert len(pages.world.rows("SELECT 1 FROM comments")) == 1
    assert pages.world.rows("SELECT action FROM audit ORDER BY id DESC LIMIT 1") == [{"action": "integration deleted"}]


def test_a_buckets_quota_is_changed_and_a_shorter_retention_is_asked_for_with_its_count(pages: Pages) -> None:
    pages.world.exchange.deliver("support@acme.example", pages.world.exchange.folder("support@acme.example", "Inbox"),
                                 b"From: a@b.example\r\nMessage-ID: <1@x>\r\nDate: Mon, 5 Jan 2015 10:00:00 +0000\r\n"
                                 b"\r\nHi")  # fmt: skip
    pages.world.sync()
    data = {"updated_at": hidden(pages.op.get(BUCKET).text, "updated_at"), "keep_mime": "1",
            "quota_emails": "1,000", "quota_bytes": "1.5 GB", "retention_days": "365"}  # fmt: skip

    asked = send(pages, data, BUCKET)
    assert asked.status_code == 422
    assert "erases 1 comment of an email older than 365 days" in asked.text
    assert pages.world.rows("SELECT retention_days FROM buckets") == [{"retention_days": None}]
    assert send(pages, {**data, "confirmed": "1"}, BUCKET).status_code == 303
    [found] = pages.world.rows("SELECT quota_emails, quota_bytes, retention_days, keep_mime FROM buckets")
    assert found == {"quota_emails": 1000, "quota_bytes": 1_500_000_000, "retention_days": 365, "keep_mime": True}
    assert send(pages, {**data, "confirmed": "1"}, BUCKET).status_code == 409
