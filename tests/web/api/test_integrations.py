"""Integrations are read, made, changed, started, stopped and deleted; credentials are tried (reference 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason
from exchange_sync.model.email import Folder
from exchange_sync.source.api import Capabilities, Welcome
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import incidents
from exchange_sync.store.incidents import Failure

from tests.integration.pipeline.conftest import SUPPORT
from tests.web.api.conftest import Api, bad, good, identifier

LIST = "/api/_private/integrations"
ONE = f"{LIST}/acme%2Fexchange"
NEW = f"{LIST}/acme%2Fnew"
VALIDATE = "/api/_private/validate-exchange-credentials"


def mailbox(email: str, bucket: str = "mail", **more: Any) -> dict[str, Any]:
    return {
        "email": email,
        "bucket_specification": {"project_name": "acme", "name": bucket, "title": "Mail"},
        **more,
    }


def connection(**access: Any) -> dict[str, Any]:
    return {
        "application": {"kind": "basic"},
        "access": {"kind": "user_access", "username": "svc@acme.example", "password": "secret", **access},
        "microsoft_api": {"kind": "ews"},
        "ews_endpoint": "https://mail.acme.example/EWS/Exchange.asmx",
    }


def test_an_integration_is_shown_as_real_clients_can_read_it(api: Api) -> None:
    [found] = good(api.viewer.get(LIST))["integrations"]

    assert found == good(api.viewer.get(ONE))["integration"]
    assert found == good(api.viewer.get(f"{LIST}/id:{found['id']}"))["integration"]
    assert [found] == good(api.viewer.get(f"{LIST}/acme"))["integrations"]
    assert (found["owner"], found["name"], found["type"], found["enabled"]) == (
        "acme", "exchange", "exchange_online", True,
    )  # fmt: skip
    assert "connection" not in found["configuration"]
    boxes = found["configuration"]["mailboxes"]
    assert {box["email"] for box in boxes} == {SUPPORT, "claims@acme.example"}
    for box in boxes:
        assert box["bucket_specification"]["name"] == "mail"
        assert "participant_allowlist" not in box
        assert "disabled_reason" not in box


def test_making_an_integration_makes_the_buckets_that_it_lacks(api: Api) -> None:
    configuration = {
        "mailboxes": [
            mailbox(
                "New@acme.example",
                "fresh",
                start_timestamp="2026-01-01T00:00:00Z",
                sync_attachments=True,
                folder_denylist=[["Inbox", "Private"]],
                participant_domain_allowlist=["Client.Example"],
            )
        ]
    }

    made = good(api.op.put(NEW, json={"integration": {"title": "New", "configuration": configuration}}))["integration"]

    [box] = made["configuration"]["mailboxes"]
    assert box["email"] == "new@acme.example"
    assert box["start_timestamp"] == "2026-01-01T00:00:00+00:00"
    assert box["sync_attachments"] == "not_inline"
    assert box["folder_denylist"] == [["Inbox", "Private"]]
    assert box["participant_domain_allowlist"] == ["client.example"]
    assert made["configuration"]["connection_id"] == "exchange_acme_new"
    assert good(api.viewer.get("/api/_private/buckets/acme%2Ffresh"))["bucket"]["title"] == "Mail"
    good(api.viewer.get("/api/v1/sources/acme%2Ffresh"))
    assert "exists" in bad(api.op.put(NEW, json={"integration": {}}), 409)


FORMS = ["@payroll.example", "*.payroll.example", "payroll.example.", "exämple.de"]


def test_a_domain_of_a_filter_is_kept_in_the_form_that_is_compared_or_refused(api: Api) -> None:
    def sent(**lists: list[str]) -> dict[str, object]:
        return {"integration": {"configuration": {"mailboxes": [mailbox("new@acme.example", "fresh", **lists)]}}}

    refused = bad(api.op.put(NEW, json=sent(participant_domain_denylist=["payroll.*"])), 422)
    assert "'payroll.*' is not a domain: expected a domain such as acme.example" in refused
    refused = bad(api.op.put(NEW, json=sent(participant_denylist=["*@payroll.example"])), 422)
    assert "name payroll.example among the participant domains instead" in refused
    made = good(api.op.put(NEW, json=sent(participant_domain_denylist=FORMS, participant_denylist=["Eve@exämple.de"])))
    [box] = made["integration"]["configuration"]["mailboxes"]
    assert box["participant_domain_denylist"] == ["payroll.example", "xn--exmple-cua.de"]
    assert box["participant_denylist"] == ["eve@xn--exmple-cua.de"]


@pytest.mark.parametrize("address", ["почта@пример.рф", "ann\x07@acme.example", "a..b@acme.example", "a@b@c"])
def test_a_mailbox_that_exchange_cannot_have_is_refused(api: Api, address: str) -> None:
    configuration = {"mailboxes": [mailbox(address, "fresh")]}
    told = bad(api.op.put(NEW, json={"integration": {"configuration": configuration}}), 422)
    assert "is not valid" in told
    assert "expected" in told


def test_what_was_read_can_be_sent_back_and_changes_nothing_else(api: Api) -> None:
    before = good(api.viewer.get(ONE))["integration"]

    sent = {"configuration": before["configuration"], "title": "Mail of Acme", "updated_at": before["updated_at"]}
    after = good(api.op.post(ONE, json={"integration": sent}))["integration"]

    assert after["title"] == "Mail of Acme"
    assert after["configuration"] == before["configuration"]
    assert after["updated_at"] != before["updated_at"]


def test_a_stale_edit_is_refused_and_changes_nothing(api: Api) -> None:
    before = good(api.viewer.get(ONE))["integration"]
    good(api.op.post(ONE, json={"integration": {"title": "First", "updated_at": before["updated_at"]}}))

    message = bad(api.op.post(ONE, json={"integration": {"title": "Second", "updated_at": before["updated_at"]}}), 409)

    assert "meanwhile" in message
    assert good(api.viewer.get(ONE))["integration"]["title"] == "First"


def test_an_integration_is_stopped_and_started(api: Api) -> None:
    stopped = good(api.op.post(ONE, json={"integration": {"enabled": False}}))["integration"]
    assert (stopped["enabled"], stopped["disabled_reason"]) == (False, "user")
    [row] = api.world.rows("SELECT disabled_at, pause_confirmed_at FROM integrations")
    assert row["disabled_at"] is not None
    assert row["pause_confirmed_at"] is None

    started = good(api.op.post(ONE, json={"integration": {"enabled": True}}))["integration"]
    assert api.world.rows("SELECT 1 FROM integrations WHERE unpause_wanted_at IS NOT NULL")

    assert started["enabled"]
    assert "disabled_reason" not in started


def test_a_mailbox_disabled_for_an_error_is_told_and_can_be_enabled_again(api: Api) -> None:
    [box] = api.world.rows("SELECT id FROM mailboxes WHERE address = %s", SUPPORT)
    failure = Failure("mailbox_not_found", "ErrorNonExistentMailbox", "no such mailbox", "Correct it.")
    incidents.mailbox_failed(api.world.db, int(str(box["id"])), failure, run="r", limit=1, now=datetime.now(UTC))

    [error] = good(api.viewer.get(f"{ONE}/errors"))["errors"]

    assert error["error_action"]["kind"] == "mailbox_disabled"
    assert error["error_action"]["mailbox_name"] == SUPPORT
    assert error["error_details"]["kind"] == "mailbox_not_found"
    assert error["error_text"] == "no such mailbox [ErrorNonExistentMailbox] Correct it."
    read = good(api.viewer.get(ONE))["integration"]["configuration"]
    assert {box["email"]: box.get("disabled_reason") for box in read["mailboxes"]}[SUPPORT] == "sync_error"
    good(api.op.post(ONE, json={"integration": {"configuration": read}}))
    assert good(api.viewer.get(f"{ONE}/errors?open=true"))["errors"] == [error]
    boxes = [mailbox(SUPPORT, enabled=True), mailbox("claims@acme.example")]
    after = good(api.op.post(ONE, json={"integration": {"configuration": {"mailboxes": boxes}}}))["integration"]
    assert all(box["enabled"] for box in after["configuration"]["mailboxes"])
    assert good(api.viewer.get(f"{ONE}/errors?open=true"))["errors"] == []
    assert good(api.viewer.get(f"{ONE}/errors?open=false"))["errors"] == [error]


def test_deleting_an_integration_keeps_its_comments(api: Api) -> None:
    api.deliver(1, 2)
    found = good(api.viewer.get(ONE))["integration"]

    good(api.op.delete(f"{LIST}/id:{found['id']}"))

    bad(api.viewer.get(ONE), 404)
    assert len(good(api.viewer.get("/api/_private/sources/acme%2Fmail/comments"))["comments"]) == 2
    assert api.world.rows("SELECT 1 FROM origins") == []
    assert good(api.viewer.get(f"/api/v1/sources/acme/mail/comments/{identifier(1)}"))


def test_a_mailbox_that_does_not_fit_is_named(api: Api) -> None:
    def refused(*boxes: dict[str, Any]) -> str:
        return bad(api.op.post(ONE, json={"integration": {"configuration": {"mailboxes": list(boxes)}}}), 422)

    assert "not an address" in refused(mailbox("not an address"))
    assert "named twice" in refused(mailbox("a@acme.example"), mailbox("A@acme.example"))
    assert "include" in refused(mailbox("a@acme.example", include=["everything"]))
    assert "unknown field" in refused(mailbox("a@acme.example", sync_attachment=True))
    assert "another bucket" in refused(mailbox(SUPPORT, "elsewhere"))


def test_a_server_that_cannot_edit_connections_says_so_and_changes_nothing(api: Api) -> None:
    before = good(api.viewer.get(ONE))["integration"]

    sent = {"title": "Changed", "configuration": {"connection": connection()}}
    message = bad(api.op.post(ONE, json={"integration": sent}), 403)

    assert "Admin > Connections" in message
    assert good(api.viewer.get(ONE))["integration"] == before


class FakeSource:
    """Answers a log-in as told."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.seen: list[ExchangeConnection] = []
        self.probed: list[str] = []

    def __call__(self, found: ExchangeConnection) -> FakeSource:
        self.seen.append(found)
        return self

    def probe(self, mailbox: str) -> None:
        self.probed.append(mailbox)
        if self.fault:
            raise self.fault
        if mailbox.startswith("gone"):
            reason = Reason("mailbox_not_found", "ErrorNonExistentMailbox", "Check the address.")
            raise MailboxFault(f"{mailbox}: Exchange answered ErrorNonExistentMailbox", reason)

    capabilities = Capabilities("ews")

    def welcome(self) -> Welcome:
        return Welcome("basic", "Exchange 2019 or SE, build 15.2.1118.7", "impersonation")

    def no_mailbox(self, mailbox: str) -> None:
        return None

    def folders(self, mailbox: str) -> list[Folder]:
        return [Folder(name, None, (name,), total=count) for name, count in (("Inbox", 1200), ("Old", 4))]

    def close(self) -> None:
        pass


class KeptConnections:
    """One connection with a secret. written: what was changed of it."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def read(self, connection_id: str) -> dict[str, Any]:
        return {"login": "svc@acme.example"}

    def write(self, connection_id: str, fields: dict[str, Any], identity: Any) -> None:
        self.written.append(fields)

    def resolve(self, connection_id: str) -> ExchangeConnection:
        return ExchangeConnection("https://mail.acme.example/EWS/Exchange.asmx", "svc@acme.example", "kept")


def test_credentials_that_work_are_valid(make_api: Callable[..., Api]) -> None:
    source = FakeSource()
    api = make_api(open_source=source)

    body = good(api.op.put(VALIDATE, json={"connection": connection(), "test_mailbox": SUPPORT}))

    assert body["result"] == "credentials are valid"
    assert (source.seen[0].username, source.seen[0].password, set(source.probed)) == (
        "svc@acme.example",
        "secret",
        {SUPPORT},
    )


def test_folders_and_items_of_each_mailbox_are_counted_and_one_that_is_gone_is_told_alone(
    make_api: Callable[..., Api],
) -> None:
    api = make_api(open_source=FakeSource())
    asked = {"connection": connection(), "test_mailbox": SUPPORT, "mailboxes": ["gone@acme.example"]}

    body = good(api.op.put(VALIDATE, json=asked))

    first, second = body["mailboxes"]
    assert first == {
        "mailbox": SUPPORT, "ok": True, "message": "2 folders, 1,204 items", "remedy": None,
        "folders": 2, "items": 1204,
    }  # fmt: skip
    assert (second["mailbox"], second["ok"], second["folders"]) == ("gone@acme.example", False, None)
    assert second["remedy"] == "Check the address."
    assert any(line.startswith("✓ Server") and "Exchange 2019" in line for line in body["checks"])


def test_a_test_mailbox_that_is_gone_is_not_valid(make_api: Callable[..., Api]) -> None:
    api = make_api(open_source=FakeSource())
    asked = {"connection": connection(), "test_mailbox": "gone@acme.example"}
    assert "Check the address." in bad(api.op.put(VALIDATE, json=asked), 422)


def test_credentials_that_fail_are_told_with_the_remedy(make_api: Callable[..., Api]) -> None:
    fault = IntegrationFault(
        "the server refused", Reason("invalid_exchange_credentials", "401", "Correct the password.")
    )
    api = make_api(open_source=FakeSource(fault))

    message = bad(api.op.put(VALIDATE, json={"connection": connection()}), 422)

    assert message == "the server refused. Correct the password."
    assert "secret" not in message


def test_a_kept_secret_goes_nowhere_but_where_it_always_went(make_api: Callable[..., Api]) -> None:
    source = FakeSource()
    api = make_api(open_source=source, connections=KeptConnections())
    integration = good(api.viewer.get(ONE))["integration"]["id"]
    same = connection(password=None)
    elsewhere = {**same, "ews_endpoint": "https://evil.example/EWS/Exchange.asmx"}

    good(api.op.put(VALIDATE, json={"connection": same, "integration_id": integration}))
    message = bad(api.op.put(VALIDATE, json={"connection": elsewhere, "integration_id": integration}), 422)

    assert [found.password for found in source.seen] == ["kept"]
    assert "send the secret along" in message
    assert "password" in bad(api.op.put(VALIDATE, json={"connection": same}), 422)


def test_a_connection_is_not_pointed_elsewhere_without_its_secret(make_api: Callable[..., Api]) -> None:
    kept = KeptConnections()
    api = make_api(connections=kept)
    same = connection(password=None)
    elsewhere = {**same, "ews_endpoint": "https://evil.example/EWS/Exchange.asmx"}
    given = {**connection(), "ews_endpoint": "https://new.example/EWS/Exchange.asmx"}

    def sent(found: dict[str, Any]) -> dict[str, Any]:
        return {"integration": {"configuration": {"connection": found}}}

    assert "server_url" in bad(api.op.post(ONE, json=sent(elsewhere)), 422)
    assert kept.written == []
    good(api.op.post(ONE, json=sent(same)))
    good(api.op.post(ONE, json=sent(given)))
    assert [fields["extra"]["server_url"] for fields in kept.written] == [same["ews_endpoint"], given["ews_endpoint"]]


def test_who_may_not_modify_integrations_may_not_try_credentials(api: Api) -> None:
    bad(api.user.put(VALIDATE, json={"connection": connection()}), 403)


def test_a_connection_that_serves_another_owner_is_not_for_the_taking(api: Api) -> None:
    other = "/api/_private/integrations/other/grab"
    api.world.rows(
        "UPDATE integrations SET viewers = '{Claims}', editors = '{Claims}' WHERE owner = 'acme' RETURNING id"
    )
    stolen = {"connection_id": "exchange_acme", "mailboxes": []}

    assert "may not modify" in bad(api.op.put(other, json={"integration": {"configuration": stolen}}), 403)
    good(api.op.put(other, json={"integration": {}}))
    assert "may not modify" in bad(api.op.post(other, json={"integration": {"configuration": stolen}}), 403)
    good(api.admin.post(other, json={"integration": {"configuration": stolen}}))
    same = good(api.op.get(other))["integration"]["configuration"]
    good(api.op.post(other, json={"integration": {"configuration": same}}))
