"""What each command of the public client sends and reads (reference 3.2), in its own spelling: names as one segment."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import BOTH, SUPPORT
from tests.support.mail import mail
from tests.web.api.conftest import Api, bad, good, identifier

HEX16 = re.compile("[0-9a-f]{16}")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Client:
    """Speaks as the command-line client does: asks who it is first, and reads as strictly."""

    def __init__(self, http: TestClient) -> None:
        self._http = http
        user = self("GET", "/auth/user")["user"]
        assert HEX16.fullmatch(user["id"])
        assert user["username"]
        assert not user["email"].endswith(("uipath.com", "reinfer.dev"))

    def __call__(self, method: str, path: str, json: object = None, *, status: int = 200) -> dict[str, Any]:
        response = self._http.request(method, path, **({} if json is None else {"json": json}))
        assert response.status_code == status, response.text
        body: dict[str, Any] = response.json()
        assert body["status"] == ("ok" if status < 300 else "error")
        return body

    def refresh(self) -> None:
        """What commands that change something send first."""
        assert self("POST", "/auth/refresh-user-permissions", {})["permissions_refreshed"] in (None, True)

    def bytes_of(self, path: str) -> httpx.Response:
        return self._http.get(path)


def require(found: dict[str, Any], *names: str) -> None:
    """The fields that the client cannot do without, times with their zone."""
    missing = [name for name in names if name not in found]
    assert not missing
    for name in names:
        if name.endswith("_at") or name in ("created", "last_modified", "timestamp"):
            assert ISO.fullmatch(found[name]), name


@pytest.fixture
def filled(api: Api) -> Api:
    """Two mails, one with a file."""
    boxes = (replace(BOTH.mailboxes[0], attachments="all"), BOTH.mailboxes[1])
    api.world.configure(replace(BOTH, mailboxes=boxes))
    with_file = (
        mail(2)
        .decode()
        .replace("Content-Type: text/plain", 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
                 "Content-Type: text/plain", 1)
    )  # fmt: skip
    with_file += '--b\nContent-Type: text/csv; name="a.csv"\nContent-Disposition: attachment\n\n1,2\n--b--\n'
    inbox = api.world.exchange.folder(SUPPORT, "Inbox")
    api.world.exchange.deliver(SUPPORT, inbox, mail(1))
    api.world.exchange.deliver(SUPPORT, inbox, with_file.encode())
    api.world.sync()
    return api


@pytest.fixture
def cli(filled: Api) -> Client:
    """A client whose user may change things."""
    return Client(filled.op)


def test_get_current_user_and_projects(cli: Client) -> None:
    [project] = cli("GET", "/api/_private/projects")["projects"]
    require(project, "name", "title", "description", "created_at", "updated_at")


def test_get_buckets_with_statistics(cli: Client) -> None:
    [bucket] = cli("GET", "/api/_private/buckets")["buckets"]
    require(bucket, "id", "name", "owner", "created_at")
    name = f"{bucket['owner']}%2F{bucket['name']}"
    count = cli("GET", f"/api/_private/buckets/{name}/statistics")["statistics"]["count"]
    assert count == {"kind": "exact", "value": 2}


def test_get_sources_with_statistics(cli: Client) -> None:
    [source] = cli("GET", "/api/v1/sources")["sources"]
    require(
        source, "id", "owner", "name", "title", "description", "language", "should_translate", "created_at",
        "updated_at", "bucket_id", "_kind",
    )  # fmt: skip
    assert source["bucket_id"] in {bucket["id"] for bucket in cli("GET", "/api/_private/buckets")["buckets"]}
    counted = cli("POST", "/api/v1/sources/acme%2Fmail/statistics", {"comment_filter": {}})
    assert counted["statistics"]["num_comments"] == 2


def test_get_comments_to_a_file_with_progress(cli: Client) -> None:
    cli("GET", "/api/v1/sources/acme%2Fmail")
    path = "/api/_private/sources/acme%2Fmail/comments?limit=1&include_markup=true"
    first = cli("GET", path)
    second = cli("GET", f"{path}&after={first['continuation']}")
    assert "continuation" not in second
    stamps = [page["comments"][0]["timestamp"] for page in (first, second)]
    assert stamps == sorted(stamps)
    for page in (first, second):
        require(
            page["comments"][0], "uid", "id", "timestamp", "user_properties", "messages", "attachments", "source_id",
            "last_modified", "created_at",
        )  # fmt: skip


def test_get_one_comment_with_its_attachments(cli: Client) -> None:
    comment = cli("GET", f"/api/v1/sources/acme%2Fmail/comments/{identifier(2)}?include_markup=true")["comment"]
    [attachment] = comment["attachments"]
    assert (attachment["name"], attachment["size"], attachment["content_type"]) == ("a.csv", 3, "text/csv")
    assert cli.bytes_of(f"/api/v1/attachments/{attachment['attachment_reference']}").content == b"1,2"


def test_get_emails_of_a_bucket_and_one_by_its_id(cli: Client) -> None:
    cli("GET", "/api/_private/buckets/acme%2Fmail")
    page = cli("POST", "/api/_private/buckets/acme%2Fmail/emails", {"limit": 64})
    assert [email["id"] for email in page["emails"]] == ["<mail-1@client.example>", "<mail-2@client.example>"]
    assert "continuation" not in page
    for email in page["emails"]:
        require(email, "id", "mailbox", "timestamp", "mime_content", "metadata", "attachments", "created_at")
    one = cli("GET", "/api/_private/buckets/acme%2Fmail/emails?id=%3Cmail-1%40client.example%3E")["emails"]
    assert one == page["emails"][:1]


def test_get_integrations(cli: Client) -> None:
    [listed] = cli("GET", "/api/_private/integrations")["integrations"]
    one = cli("GET", "/api/_private/integrations/acme%2Fexchange")["integration"]
    assert one == listed
    require(one, "id", "owner", "name", "title", "created_at", "updated_at", "configuration", "enabled", "type")
    assert one["type"] == "exchange_online"


def test_get_and_delete_keyed_sync_states(cli: Client) -> None:
    bucket = cli("GET", "/api/_private/buckets/acme%2Fmail")["bucket"]
    base = f"/api/_private/buckets/id:{bucket['id']}"
    states = cli("GET", f"{base}/keyed-sync-states%2F")["keyed_sync_states"]
    for state in states:
        require(state, "mailbox_name", "folder_id", "folder_path", "status", "last_synced_at")
        assert state["status"] in ("IN_PROGRESS", "UP_TO_DATE")
    keys = cli("POST", f"{base}/keyed-sync-state-ids", {"mailbox_name": SUPPORT})["keyed_sync_state_ids"]
    for key in keys:
        cli("DELETE", f"{base}/keyed-sync-state/{key}")
    assert cli("GET", f"{base}/keyed-sync-states%2F")["keyed_sync_states"] == []


def test_make_read_and_listen_to_a_stream(cli: Client) -> None:
    cli.refresh()
    dataset = cli("GET", "/api/v1/datasets/acme%2Fmail")["dataset"]
    require(
        dataset, "id", "name", "owner", "title", "description", "created", "last_modified", "model_family",
        "source_ids", "has_sentiment", "entity_defs", "general_fields", "label_defs", "label_groups", "_dataset_flags",
    )  # fmt: skip
    stream = cli("PUT", "/api/v1/datasets/acme%2Fmail/streams", {"stream": {"name": "bot", "title": "Bot"}})["stream"]
    assert isinstance(stream.get("comment_filter", {}), dict)
    base = "/api/v1/datasets/acme%2Fmail/streams/bot"
    cli("POST", f"{base}/reset", {"to_comment_created_at": "2020-01-01T00:00:00Z"})
    seen = []
    for _ in range(9):
        batch = cli("POST", f"{base}/fetch", {"size": 1})
        require(batch, "results", "filtered", "sequence_id", "is_end_sequence")
        if not batch["results"] and batch["filtered"] == 0:
            break
        seen += [result["comment"]["id"] for result in batch["results"]]
        cli("POST", f"{base}/advance", {"sequence_id": batch["results"][-1]["sequence_id"]})
    assert seen == [identifier(1), identifier(2)]


def test_create_a_stream_exception(cli: Client) -> None:
    cli.refresh()
    cli("PUT", "/api/v1/datasets/acme%2Fmail/streams", {"stream": {"name": "bot"}})
    body = {"exceptions": [{"uid": "0123456789abcdef.6d", "metadata": {"type": "No Prediction"}}]}
    cli("PUT", "/api/v1/datasets/acme%2Fmail/streams/bot/exceptions", body)


def test_create_a_bucket_a_source_and_a_dataset(cli: Client) -> None:
    cli.refresh()
    bucket = cli("PUT", "/api/_private/buckets/acme%2Fnew", {"bucket": {"bucket_type": "emails"}})["bucket"]
    source = cli(
        "PUT",
        "/api/v1/sources/acme%2Freading",
        {"source": {"title": "T", "description": "D", "language": "en", "should_translate": False,
                    "bucket_id": bucket["id"], "sensitive_properties": []}},
    )["source"]  # fmt: skip
    dataset = cli(
        "PUT", "/api/v1/datasets/acme%2Fset", {"dataset": {"title": "T", "source_ids": [source["id"]]}}
    )["dataset"]  # fmt: skip
    assert dataset["source_ids"] == [source["id"]]


def test_create_an_integration_and_overwrite_it(cli: Client) -> None:
    cli.refresh()
    assert len(cli("GET", "/api/_private/integrations")["integrations"]) == 1
    box = {"email": "new@acme.example", "bucket_specification": {"project_name": "acme", "name": "mail", "title": "M"}}
    body = {"integration": {"title": "T", "enabled": True, "configuration": {"mailboxes": [box]}}}
    cli("PUT", "/api/_private/integrations/acme%2Fnew", body)
    cli("POST", "/api/_private/integrations/acme%2Fnew", body)


def test_parse_eml_files_into_a_bucket(cli: Client) -> None:
    cli.refresh()
    emails = [
        {"id": f"<mail-{n}@client.example>", "mailbox": f"{n}.eml", "timestamp": "2026-03-02T12:00:00Z",
         "mime_content": mail(n).decode(), "metadata": None, "attachments": []}
        for n in (3, 4)
    ]  # fmt: skip
    cli("PUT", "/api/_private/buckets/acme%2Fmail/emails?no_charge=false", {"emails": emails})
    cli("GET", f"/api/v1/sources/acme%2Fmail/comments/{identifier(4)}")


def test_create_comments_by_both_ways_and_delete_them(cli: Client) -> None:
    cli.refresh()
    comments = [
        {"id": f"{n}", "timestamp": "2026-03-02T12:00:00Z", "messages": [{"body": {"text": "x"}}],
         "user_properties": {}, "attachments": []}
        for n in range(40)
    ]  # fmt: skip
    counts = cli("POST", "/api/v1/sources/acme%2Fmail/sync", {"comments": comments[:20]})
    assert (counts["new"], counts["updated"], counts["unchanged"]) == (20, 0, 0)
    put = cli("PUT", "/api/_private/sources/acme%2Fmail/comments", {"comments": comments[20:]})
    assert put == {"status": "ok"}
    query = "&".join(f"id={n}" for n in range(32))
    cli("DELETE", f"/api/v1/sources/acme%2Fmail/comments?{query}")
    left = cli("GET", "/api/_private/sources/acme%2Fmail/comments?limit=64")["comments"]
    assert len(left) == 10  # two came as emails, and these alone a bucket counts
    assert cli("GET", "/api/_private/buckets/acme%2Fmail/statistics")["statistics"]["count"]["value"] == 2


def test_delete_a_source_and_ask_again(filled: Api) -> None:
    client = Client(filled.op)
    source = client("PUT", "/api/v1/sources/acme%2Fown", {"source": {}})["source"]
    client("DELETE", f"/api/v1/sources/id:{source['id']}")
    bad(filled.op.delete(f"/api/v1/sources/id:{source['id']}"), 404)
    good(filled.op.get("/api/v1/sources"))
