"""What is read of an integration and sent back changes nothing; what is named changes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.model.config import Filters, IntegrationConfig, MailboxConfig
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import incidents
from exchange_sync.store.incidents import Failure

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT
from tests.web.api.conftest import Api, bad, good

ONE = "/api/_private/integrations/acme%2Fexchange"
FILTERS = Filters(
    include=("syncissues", "drafts"), archive=True, folder_allow=(("inbox", "Claims"), ("Sent Items",)),
    folder_deny=(("Inbox", "Private"),), participant_allow=("ann@client.example",),
    participant_deny=("eve@client.example",), domain_allow=("client.example",), domain_deny=("payroll.example",),
)  # fmt: skip
SUPPORT_BOX = MailboxConfig(
    SUPPORT, "acme", "mail", start_time=datetime(2026, 1, 1, tzinfo=UTC), attachments="all", filters=FILTERS
)
EVERYTHING = IntegrationConfig(
    "acme", "exchange", "exchange_acme", title="Mail", interval_seconds=90, viewers=("Viewer",), editors=("Op",),
    mailboxes=(SUPPORT_BOX, MailboxConfig(CLAIMS, "acme", "mail", enabled=False, attachments="not_inline")),
)  # fmt: skip
# What the form of the other product knows of a mailbox, beside its address and its bucket.
THEIR_FORM = (
    "email", "enabled", "disabled_reason", "start_timestamp", "folder_allowlist", "folder_denylist",
    "bucket_specification",
)  # fmt: skip
FAILURE = Failure("invalid_exchange_credentials", "HTTP 401", "refused", "Correct it.")


@pytest.fixture
def whole(api: Api) -> Api:
    """An integration with every field other than its default, one of its mailboxes stopped by an error."""
    api.world.configure(EVERYTHING)
    [box] = api.world.rows("SELECT id FROM mailboxes WHERE address = %s", SUPPORT)
    incidents.mailbox_failed(api.world.db, int(str(box["id"])), FAILURE, run="r", limit=1, now=datetime.now(UTC))
    return api


def read(api: Api) -> dict[str, Any]:
    return dict(good(api.op.get(ONE))["integration"])


def kept(api: Api) -> list[list[dict[str, object]]]:
    """All that the database knows of it."""
    tables = ("integrations", "mailboxes", "buckets", "incidents", "audit")
    return [api.world.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def post(api: Api, **fields: Any) -> dict[str, Any]:
    return dict(good(api.op.post(ONE, json={"integration": fields}))["integration"])


def test_the_whole_of_what_was_read_can_be_sent_back(whole: Api) -> None:
    found, before = read(whole), kept(whole)
    assert {box["enabled"] for box in found["configuration"]["mailboxes"]} == {False}

    for sent in (found, {"configuration": found["configuration"]}, {"enabled": True}, {}, {"title": None}):
        assert post(whole, **sent) == found
        assert kept(whole) == before


def test_an_integration_that_an_error_stopped_stays_so(whole: Api) -> None:
    [row] = whole.world.rows("SELECT id FROM integrations")
    incidents.integration_failed(whole.world.db, str(row["id"]), FAILURE, run="r", limit=1, now=datetime.now(UTC))
    found, before = read(whole), kept(whole)
    assert (found["enabled"], found["disabled_reason"]) == (False, "sync_error")

    assert post(whole, **found) == found
    assert kept(whole) == before


def test_what_the_other_products_form_does_not_know_survives_it(whole: Api) -> None:
    before = read(whole)
    boxes = [{name: box[name] for name in THEIR_FORM if name in box} for box in before["configuration"]["mailboxes"]]

    after = post(whole, title="Renamed", configuration={"mailboxes": boxes}, enabled=True)

    assert after["configuration"] == before["configuration"]
    assert after["title"] == "Renamed"


def test_addresses_and_buckets_alone_keep_all_the_rest(whole: Api) -> None:
    before = read(whole)["configuration"]
    bucket = {"project_name": "acme", "name": "mail"}

    bare = [{"email": SUPPORT.upper(), "bucket_specification": bucket}, {"email": CLAIMS}]

    assert post(whole, configuration={"mailboxes": bare})["configuration"] == before


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ({"sync_attachments": "none"}, {"sync_attachments": "none"}),
        ({"sync_attachments": True}, {"sync_attachments": "not_inline"}),
        ({"archive": False}, {"archive": None}),
        ({"include": []}, {"include": None}),
        ({"include": ["outbox"]}, {"include": ["outbox"]}),
        ({"start_timestamp": None}, {"start_timestamp": None}),
        ({"folder_allowlist": [["Inbox"]]}, {"folder_allowlist": [["Inbox"]]}),
        ({"folder_denylist": None}, {"folder_denylist": None}),
        ({"participant_allowlist": []}, {"participant_allowlist": None}),
        ({"participant_denylist": ["bob@client.example"]}, {"participant_denylist": ["bob@client.example"]}),
        ({"participant_domain_allowlist": []}, {"participant_domain_allowlist": None}),
        ({"participant_domain_denylist": ["b.example"]}, {"participant_domain_denylist": ["b.example"]}),
        ({"enabled": True}, {"enabled": True, "disabled_reason": None}),
    ],
    ids=str,
)
def test_of_a_mailbox_what_is_named_changes_and_nothing_else(
    whole: Api, named: dict[str, Any], shown: dict[str, Any]
) -> None:
    before = read(whole)["configuration"]["mailboxes"]
    sent = [{"email": box["email"], **(named if box["email"] == SUPPORT else {})} for box in before]

    after = post(whole, configuration={"mailboxes": sent})["configuration"]["mailboxes"]

    wanted = [{**box, **(shown if box["email"] == SUPPORT else {})} for box in before]
    assert after == [{name: value for name, value in box.items() if value is not None} for box in wanted]


@pytest.mark.parametrize("fields", [{"interval_seconds": 30}, {"viewers": []}, {"connection_id": "other"}], ids=str)
def test_of_a_configuration_what_is_named_changes_and_nothing_else(whole: Api, fields: dict[str, Any]) -> None:
    before = read(whole)["configuration"]
    assert post(whole, configuration=fields)["configuration"] == {**before, **fields}


def test_a_new_mailbox_needs_its_bucket_and_a_name_cannot_be_changed(whole: Api) -> None:
    configuration = {"mailboxes": [{"email": SUPPORT}, {"email": "new@acme.example"}]}
    told = bad(whole.op.post(ONE, json={"integration": {"configuration": configuration}}), 422)
    assert "new@acme.example" in told
    assert "bucket_specification" in told
    for name, value in (("name", "other"), ("owner", "other"), ("id", "0" * 16)):
        assert name in bad(whole.op.post(ONE, json={"integration": {**read(whole), name: value}}), 422)


class Kept:
    """Airflow's connections, as a dictionary. written: what was changed of them."""

    def __init__(self, **kept: dict[str, Any]) -> None:
        self.kept = kept
        self.written: list[tuple[str, dict[str, Any]]] = []

    def read(self, connection_id: str) -> dict[str, Any] | None:
        found = self.kept.get(connection_id)
        return {name: value for name, value in found.items() if name != "password"} if found else None

    def write(self, connection_id: str, fields: dict[str, Any], identity: Any) -> None:
        self.written.append((connection_id, fields))

    def resolve(self, connection_id: str) -> ExchangeConnection:
        from exchange_sync.errors import BadInput
        from exchange_sync.source.credentials import from_fields

        if connection_id not in self.kept:
            raise BadInput(f"there is no connection {connection_id}")
        return from_fields(**self.kept[connection_id])


ONLINE = {
    "host": None, "port": 443, "schema": None, "login": "svc@acme.example", "password": "kept",
    "extra": {
        "protocol": "ews", "authentication": "oauth_secret", "tenant": "t", "client_id": "c", "proxy": "http://p:1",
        "server_url": "https://outlook.office365.com/EWS/Exchange.asmx",
    },
}  # fmt: skip


def theirs(**application: Any) -> dict[str, Any]:
    """A connection as clients of the other product write it: they know no ``microsoft_api``."""
    return {
        "access": {"kind": "user_access", "username": "svc@acme.example"},
        "application": {"kind": "custom", "tenant_id": "t", "client_id": "c", **application},
    }


def test_a_connection_as_clients_send_it_is_made(make_api: Callable[..., Api]) -> None:
    connections = Kept()
    api = make_api(connections=connections)
    configuration = {"mailboxes": [], "connection": theirs(client_secret="secret")}

    answer = api.op.put("/api/_private/integrations/acme%2Fnew", json={"integration": {"configuration": configuration}})

    good(answer)
    assert "secret" not in answer.text
    [(name, fields)] = connections.written
    assert (name, fields["login"], fields["password"]) == ("exchange_acme_new", "svc@acme.example", "secret")
    assert fields["extra"] == {name: value for name, value in ONLINE["extra"].items() if name != "proxy"}


def test_a_connection_without_its_secret_is_refused_before_anything_is_made(make_api: Callable[..., Api]) -> None:
    connections = Kept()
    api = make_api(connections=connections)
    new = "/api/_private/integrations/acme%2Fnew"
    for connection in (theirs(), theirs(client_secret=None)):
        bad(api.op.put(new, json={"integration": {"configuration": {"connection": connection}}}), 422)
    assert connections.written == []
    bad(api.op.get(new), 404)


def test_a_connection_that_comes_back_without_its_secret_is_kept_as_it_is(make_api: Callable[..., Api]) -> None:
    connections = Kept(exchange_acme=ONLINE)
    api = make_api(connections=connections)

    for sent in (theirs(), theirs(client_secret=None), {**theirs(), "ews_endpoint": None, "build_version": None}):
        post(api, configuration={"connection": sent})

    assert connections.written == []
    elsewhere = {"integration": {"configuration": {"connection": theirs(client_id="another")}}}
    assert "client_id" in bad(api.op.post(ONE, json=elsewhere), 422)
    post(api, configuration={"connection": theirs(client_secret="new")})
    [(_, fields)] = connections.written
    assert (fields["password"], fields["extra"]) == ("new", ONLINE["extra"])


def test_kinds_that_go_without_saying(make_api: Callable[..., Api]) -> None:
    connections = Kept()
    api = make_api(connections=connections)
    user = {"kind": "user_access", "username": "svc", "password": "p"}
    endpoint = {"ews_endpoint": "https://mail.acme.example/EWS/Exchange.asmx"}
    post(api, configuration={"connection": {"access": user, "application": {}, **endpoint}})
    certificate = {"tenant_id": "t", "client_id": "c", "thumbprint": "AB", "private_key": "key"}
    post(api, configuration={"connection": {"access": {"kind": "app_access"}, "application": certificate}})
    kinds = [fields["extra"]["authentication"] for _, fields in connections.written]
    assert kinds == ["ntlm", "oauth_certificate"]
    graph = {**theirs(client_secret="s"), "microsoft_api": {"kind": "graph"}}
    assert "Graph" in bad(api.op.post(ONE, json={"integration": {"configuration": {"connection": graph}}}), 422)
