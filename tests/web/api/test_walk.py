"""Every route as everybody: who gets in, who is told what, and that no route was forgotten (issue 6)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exchange_sync.source.api import Capabilities, Welcome
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import BOTH
from tests.web.api.conftest import Api, bad, good, identifier
from tests.web.api.test_streams import make

VIEW, CONSUME, CHANGE = "view", "consume", "change"
KEY = "0000000000000001"
COMMENT = {"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": "x"}}]}
MIME = "Message-ID: <w@x>\n\nx"
EMAIL = {"id": "<w@x>", "mailbox": "m", "timestamp": "2026-01-01T00:00:00Z", "mime_content": MIME}
DOCUMENT = {"raw_email": {"headers": {"raw": "Message-ID: <r@x>"}, "body": {"plain": "x"}}}
STATE = {"mailbox_name": "m", "status": "UP_TO_DATE", "last_synced_at": "2026-01-01T00:00:00Z"}
FILE = {"file": b"x"}
EXCEPTIONS = {"exceptions": [{"uid": "s.c", "metadata": {"type": "x"}}]}
CONNECTION = {
    "application": {"kind": "basic"},
    "access": {"kind": "user_access", "username": "a@b.c", "password": "p"},
    "microsoft_api": {"kind": "ews"},
    "ews_endpoint": "https://x.example/EWS/Exchange.asmx",
}
B, S, D, N = "/api/_private/buckets", "/api/v1/sources", "/api/v1/datasets", "/api/_private/integrations"
P, F = "/api/_private/sources", "/api/_private/datasets"

# route → what it takes, a path of acme's that it answers, and a body. "ask" needs a token alone.
ROUTES: dict[tuple[str, str], tuple[str, str, object]] = {
    ("GET", "/auth/user"): ("ask", "/auth/user", None),
    ("POST", "/auth/refresh-user-permissions"): ("ask", "/auth/refresh-user-permissions", {}),
    ("GET", "/api/_private/projects"): ("list", "/api/_private/projects", None),
    ("GET", "/api/_private/projects/{project}"): (VIEW, "/api/_private/projects/acme", None),
    ("GET", "/api/v1/projects"): ("list", "/api/v1/projects", None),
    ("GET", "/api/_private/projects/{project}/resource_counts"): (
        VIEW, "/api/_private/projects/acme/resource_counts", None,
    ),
    ("PUT", "/api/_private/projects/{project}"): ("again", "/api/_private/projects/acme", {"project": {}}),
    ("POST", "/api/_private/projects/{project}"): (CHANGE, "/api/_private/projects/acme", {"project": {"title": "x"}}),
    ("DELETE", "/api/_private/projects/{project}"): ("remove", "/api/_private/projects/acme", None),
    ("GET", "/api/v1/users"): ("ask", "/api/v1/users", None),
    ("GET", "/api/_private/users"): ("ask", "/api/_private/users", None),
    ("GET", "/api/_private/users/{user_id}"): ("missing", "/api/_private/users/0000000000000000", None),
    ("GET", "/api/_private/quotas"): ("ask", "/api/_private/quotas", None),
    ("GET", "/api/_private/bucket-sync-state/{ref}"): (VIEW, "/api/_private/bucket-sync-state/acme/mail", None),
    ("PUT", "/api/_private/bucket-sync-state/{ref}"): (
        CHANGE, "/api/_private/bucket-sync-state/acme/mail", {"bucket_sync_state": {"sync_state": "x"}},
    ),
    ("GET", N): ("list", N, None),
    ("GET", f"{N}/{{owner}}"): ("list", f"{N}/acme", None),
    ("GET", f"{N}/{{ref}}"): (VIEW, f"{N}/acme%2Fexchange", None),
    ("PUT", f"{N}/{{ref}}"): ("make", f"{N}/acme%2Fnew", {"integration": {}}),
    ("POST", f"{N}/{{ref}}"): (CHANGE, f"{N}/acme%2Fexchange", {"integration": {"title": "x"}}),
    ("DELETE", f"{N}/{{ref}}"): (CHANGE, f"{N}/acme%2Fexchange", None),
    ("GET", f"{N}/{{ref}}/errors"): (VIEW, f"{N}/acme%2Fexchange/errors", None),
    ("GET", B): ("list", B, None),
    ("GET", f"{B}/{{owner}}"): ("list", f"{B}/acme", None),
    ("GET", f"{B}/{{ref}}"): (VIEW, f"{B}/acme%2Fmail", None),
    ("PUT", f"{B}/{{ref}}"): ("make", f"{B}/acme%2Fnew", {"bucket": {}}),
    ("POST", f"{B}/{{ref}}"): (CHANGE, f"{B}/acme%2Fmail", {"bucket": {"title": "x"}}),
    ("DELETE", f"{B}/{{ref}}"): (CHANGE, f"{B}/acme%2Fspare", None),
    ("GET", f"{B}/{{ref}}/statistics"): (VIEW, f"{B}/acme%2Fmail/statistics", None),
    ("PUT", f"{B}/{{ref}}/emails"): (CHANGE, f"{B}/acme%2Fmail/emails", {"emails": [EMAIL]}),
    ("POST", f"{B}/{{ref}}/emails"): (VIEW, f"{B}/acme%2Fmail/emails", {}),
    ("GET", f"{B}/{{ref}}/emails"): (VIEW, f"{B}/acme%2Fmail/emails?id=x", None),
    ("GET", f"{B}/{{ref}}/keyed-sync-states"): (VIEW, f"{B}/acme%2Fmail/keyed-sync-states", None),
    ("POST", f"{B}/{{ref}}/keyed-sync-state-ids"): (
        VIEW, f"{B}/acme%2Fmail/keyed-sync-state-ids", {"mailbox_name": "support@acme.example"},
    ),
    ("PUT", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (
        CHANGE, f"{B}/acme%2Fmail/keyed-sync-state/abc", {"keyed_sync_state": STATE},
    ),
    ("GET", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (VIEW, f"{B}/acme%2Fmail/keyed-sync-state/{KEY}", None),
    ("DELETE", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (CHANGE, f"{B}/acme%2Fmail/keyed-sync-state/{KEY}", None),
    ("GET", S): ("list", S, None),
    ("GET", f"{S}/{{owner}}"): ("list", f"{S}/acme", None),
    ("GET", f"{S}/{{ref}}"): (VIEW, f"{S}/acme%2Fmail", None),
    ("PUT", f"{S}/{{ref}}"): ("make", f"{S}/acme%2Fnew-source", {"source": {}}),
    ("POST", f"{S}/{{ref}}"): (CHANGE, f"{S}/acme%2Fmail", {"source": {"title": "x"}}),
    ("DELETE", f"{S}/{{ref}}"): (CHANGE, f"{S}/acme%2Fspare", None),
    ("POST", f"{S}/{{ref}}/statistics"): (VIEW, f"{S}/acme%2Fmail/statistics", {}),
    ("GET", f"{P}/{{ref}}/comments"): (VIEW, f"{P}/acme%2Fmail/comments", None),
    ("PUT", f"{P}/{{ref}}/comments"): (CHANGE, f"{P}/acme%2Fmail/comments", {"comments": []}),
    ("GET", f"{S}/{{ref}}/comments/{{comment_id}}"): (VIEW, f"{S}/acme%2Fmail/comments/{identifier(1)}", None),
    ("DELETE", f"{S}/{{ref}}/comments"): (CHANGE, f"{S}/acme%2Fmail/comments?id=a", None),
    ("POST", f"{S}/{{ref}}/sync"): (CHANGE, f"{S}/acme%2Fmail/sync", {"comments": [COMMENT]}),
    ("POST", f"{S}/{{ref}}/sync-raw-emails"): (CHANGE, f"{S}/acme%2Fmail/sync-raw-emails", {"documents": [DOCUMENT]}),
    ("GET", f"{S}/{{ref}}/comments/{{comment_id}}/eml"): (VIEW, f"{S}/acme%2Fmail/comments/{identifier(1)}/eml", None),
    ("POST", f"{S}/{{ref}}/export"): (VIEW, f"{S}/acme%2Fmail/export", {}),
    ("GET", f"{S}/{{ref}}/threads"): (VIEW, f"{S}/acme%2Fmail/threads", None),
    ("PUT", f"{B}/{{ref}}/emails/{{email_id}}/attachments/{{index}}"): (
        "attach", f"{B}/acme%2Fmail/emails/%3Cmail-1%40client.example%3E/attachments/0", FILE,
    ),
    ("PUT", f"{P}/{{ref}}/comments/{{comment_id}}/attachments/{{index}}"): (
        "attach", f"{P}/acme%2Fmail/comments/{identifier(1)}/attachments/0", FILE,
    ),
    ("GET", "/api/v1/attachments/{reference}"): ("missing", "/api/v1/attachments/unknown", None),
    ("GET", D): ("list", D, None),
    ("GET", f"{D}/{{owner}}"): ("list", f"{D}/acme", None),
    ("GET", f"{D}/{{ref}}"): (VIEW, f"{D}/acme%2Fmail", None),
    ("PUT", f"{D}/{{ref}}"): ("make", f"{D}/acme%2Fnew-dataset", {"dataset": {}}),
    ("POST", f"{D}/{{ref}}"): (CHANGE, f"{D}/acme%2Fmail", {"dataset": {"title": "x"}}),
    ("DELETE", f"{D}/{{ref}}"): (CHANGE, f"{D}/acme%2Fspare", None),
    ("GET", f"{D}/{{ref}}/streams"): (VIEW, f"{D}/acme%2Fmail/streams", None),
    ("PUT", f"{D}/{{ref}}/streams"): (CHANGE, f"{D}/acme%2Fmail/streams", {"stream": {"name": "new"}}),
    ("GET", f"{D}/{{ref}}/streams/{{stream}}"): (VIEW, f"{D}/acme%2Fmail/streams/bot", None),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/streams/bot", {"stream": {}}),
    ("DELETE", f"{D}/{{ref}}/streams/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/streams/bot", None),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/fetch"): (CONSUME, f"{D}/acme%2Fmail/streams/bot/fetch", {"size": 1}),
    ("GET", f"{D}/{{ref}}/streams/{{stream}}/results"): (CONSUME, f"{D}/acme%2Fmail/streams/bot/results", None),
    ("GET", "/api/preview/datasets/{ref}/streams/{stream}/results"): (
        CONSUME, "/api/preview/datasets/acme%2Fmail/streams/bot/results", None,
    ),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/advance"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/advance", {"sequence_id": "*"},
    ),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/reset"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/reset", {"to_comment_created_at": "2026-01-01T00:00:00"},
    ),
    ("PUT", f"{D}/{{ref}}/streams/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/exceptions", EXCEPTIONS,
    ),
    ("DELETE", f"{D}/{{ref}}/streams/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/exceptions", {"exceptions": [{"uid": "s.c"}]},
    ),
    ("POST", f"{D}/{{ref}}/export"): (VIEW, f"{D}/acme%2Fmail/export", {}),
    ("POST", f"{F}/{{ref}}/query"): (VIEW, f"{F}/acme%2Fmail/query", {"order": {"kind": "recent"}}),
    ("POST", f"{F}/{{ref}}/statistics"): (VIEW, f"{F}/acme%2Fmail/statistics", {}),
    ("POST", f"{F}/{{ref}}/summary"): (VIEW, f"{F}/acme%2Fmail/summary", {}),
    ("GET", f"{D}/{{ref}}/triggers"): (VIEW, f"{D}/acme%2Fmail/triggers", None),
    ("PUT", f"{D}/{{ref}}/triggers"): (CHANGE, f"{D}/acme%2Fmail/triggers", {"trigger": {"name": "newer"}}),
    ("GET", f"{D}/{{ref}}/triggers/{{stream}}"): (VIEW, f"{D}/acme%2Fmail/triggers/bot", None),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/triggers/bot", {"trigger": {}}),
    ("DELETE", f"{D}/{{ref}}/triggers/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/triggers/other", None),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/fetch"): (CONSUME, f"{D}/acme%2Fmail/triggers/bot/fetch", {"size": 1}),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/advance"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/advance", {"sequence_id": "*"},
    ),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/reset"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/reset", {"to_comment_created_at": "2026-01-01T00:00:00"},
    ),
    ("PUT", f"{D}/{{ref}}/triggers/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/exceptions", EXCEPTIONS,
    ),
    ("DELETE", f"{D}/{{ref}}/triggers/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/exceptions", {"exceptions": [{"uid": "s.c"}]},
    ),
    ("PUT", "/api/_private/validate-exchange-credentials"): (
        "try", "/api/_private/validate-exchange-credentials", {"connection": CONNECTION},
    ),
}  # fmt: skip
OPEN = {("GET", "/openapi.json")}

# "attach": the mail names no attachment, so that whoever may is told so. "remove": it is not empty, likewise.
# "again": it is there already.
NEEDS = ("ask", "list", VIEW, CONSUME, CHANGE, "make", "try", "missing", "attach", "remove", "again")
# who → of each need, the status that is right. "outsider" is an Op of another owner: acme belongs to others alone.
RIGHT: dict[str, dict[str, int]] = {
    "anonymous": dict.fromkeys(NEEDS, 401),
    "nobody": {
        "ask": 200,
        "list": 200,
        VIEW: 404,
        CONSUME: 404,
        CHANGE: 404,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 404,
        "remove": 404,
        "again": 403,
    },
    "viewer": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 403,
        CHANGE: 403,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 403,
        "remove": 403,
        "again": 403,
    },
    "user": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 403,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 403,
        "remove": 403,
        "again": 403,
    },
    "op": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 200,
        "make": 200,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 409,
        "again": 409,
    },
    "admin": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 200,
        "make": 200,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 409,
        "again": 409,
    },
    "outsider": {
        "ask": 200,
        "list": 200,
        VIEW: 404,
        CONSUME: 404,
        CHANGE: 404,
        "make": 403,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 404,
        "again": 403,
    },
}


class Source:
    """Takes any credentials."""

    def __init__(self, connection: object) -> None:
        pass

    capabilities = Capabilities("ews")

    def welcome(self) -> Welcome:
        return Welcome("basic")

    def no_mailbox(self, mailbox: str) -> None:
        return None

    def folders(self, mailbox: str) -> list[object]:
        return []

    def probe(self, mailbox: str) -> None:
        pass

    def close(self) -> None:
        pass


def routes(api: Api) -> set[tuple[str, str]]:
    """All that the application answers, as it says itself."""
    found = set()
    for route in api.app.routes:
        for method in getattr(route, "methods", None) or ():
            path = route.path_format if isinstance(route, APIRoute) else route.path  # type: ignore[attr-defined]
            if method != "HEAD":
                found.add((method, path))
    return found


def walked(api: Api) -> Api:
    """With one of everything that a route may name."""
    api.deliver(1)
    make(api, start="beginning")
    good(api.op.put(f"{B}/acme%2Fspare", json={"bucket": {}}))
    good(api.op.put(f"{D}/acme%2Fmail/streams", json={"stream": {"name": "other"}}))
    good(api.op.put("/api/_private/bucket-sync-state/acme/mail", json={"bucket_sync_state": {"sync_state": "x"}}))
    return api


@pytest.fixture
def filled(make_api: object) -> Iterator[Api]:
    """A fresh one."""
    return walked(make_api(open_source=Source))  # type: ignore[operator]


def client_of(api: Api, who: str) -> TestClient:
    if who == "anonymous":
        return api.client()
    if who == "outsider":
        api.world.rows("UPDATE integrations SET viewers = '{Acme}' RETURNING 1")
        return api.client(api.token("outsider", ["Op"]))
    return getattr(api, who)  # type: ignore[no-any-return]


def test_no_route_is_forgotten_here(api: Api) -> None:
    assert routes(api) == set(ROUTES) | OPEN


@pytest.mark.parametrize("who", RIGHT)
def test_every_route_lets_in_whom_it_should(filled: Api, who: str) -> None:
    client = client_of(filled, who)
    sequence_id = good(filled.op.post(f"{D}/acme%2Fmail/streams/bot/fetch", json={"size": 1}))["sequence_id"] \
        if who != "outsider" else None  # fmt: skip
    last = [route for route in ROUTES if route[0] == "DELETE"]  # what is deleted cannot be asked for any more
    for route in [route for route in ROUTES if route[0] != "DELETE"] + sorted(
        last, key=lambda route: (route[1] == f"{B}/{{ref}}", -len(route[1]))
    ):
        need, path, body = ROUTES[route]
        if isinstance(body, dict) and body.get("sequence_id"):
            body = {"sequence_id": sequence_id or "x"}
        sent = {} if body is None else {"files" if body is FILE else "json": body}
        response = client.request(route[0], path, **sent)  # type: ignore[arg-type]
        wanted = RIGHT[who][need]
        assert response.status_code == wanted, f"{who} {route}: {response.status_code} {response.text[:200]}"
        if not (wanted == 200 and route[1].endswith(("/eml", "/export"))):  # these answer with a file
            assert response.json()["status"] == ("ok" if wanted == 200 else "error")


def test_lists_show_outsiders_nothing(filled: Api) -> None:
    for who in ("nobody", "outsider"):
        client = client_of(filled, who)
        for (method, _), (need, path, _) in ROUTES.items():
            if need == "list":
                body = good(client.request(method, path))
                assert [value for value in body.values() if isinstance(value, list)] == [[]], (who, path)


@pytest.mark.parametrize("route", [route for route, (_, _, body) in ROUTES.items() if isinstance(body, dict)], ids=str)
def test_the_walk_sends_bodies_that_are_read(filled: Api, route: tuple[str, str]) -> None:
    """Else a refusal of the body would stand for a refusal of the person."""
    need, path, body = ROUTES[route]
    if body is FILE:
        return
    if isinstance(body, dict) and "sequence_id" in body:
        body = {
            "sequence_id": good(filled.op.post(f"{D}/acme%2Fmail/streams/bot/fetch", json={"size": 1}))["sequence_id"]
        }
    answer = filled.admin.request(route[0], path, json=body)
    assert answer.status_code == RIGHT["admin"][need] != 422, answer.text


def test_unknown_and_forbidden_look_the_same_to_outsiders(filled: Api) -> None:
    client = client_of(filled, "outsider")
    bucket = filled.world.rows("SELECT id FROM buckets WHERE name = 'mail'")[0]["id"]

    for known, unknown in ((f"{B}/acme%2Fmail", f"{B}/acme%2Fnone"), (f"{B}/id:{bucket}", f"{B}/id:{'0' * 16}")):
        one, other = client.get(known), client.get(unknown)
        name, none = known.rsplit("/", 1)[1], unknown.rsplit("/", 1)[1]
        assert bad(one, 404).replace(name.replace("%2F", "/"), "*") == bad(other, 404).replace(
            none.replace("%2F", "/"), "*"
        )


def test_named_roles_see_and_change_what_the_lists_say(filled: Api) -> None:
    filled.world.rows("UPDATE integrations SET viewers = '{Readers}', editors = '{Writers}' RETURNING 1")
    reader = filled.client(filled.token("reader", ["Readers"]))
    writer = filled.client(filled.token("writer", ["Writers"]))
    rename = {"source": {"title": "x"}}

    good(reader.get(f"{S}/acme%2Fmail"))
    good(reader.post(f"{D}/acme%2Fmail/streams/bot/fetch", json={"size": 1}))
    bad(reader.post(f"{S}/acme%2Fmail", json=rename), 403)
    good(writer.post(f"{S}/acme%2Fmail", json=rename))
    good(filled.admin.post(f"{S}/acme%2Fmail", json=rename))
    bad(filled.op.get(f"{S}/acme%2Fmail"), 404)


def test_a_dataset_shows_no_source_that_its_reader_may_not_view(filled: Api) -> None:
    filled.world.configure(BOTH)
    good(filled.op.put("/api/v1/datasets/other%2Fmix", json={"dataset": {"source_ids": source_ids(filled)}}))
    good(filled.op.put("/api/v1/datasets/other%2Fmix/streams", json={"stream": {"name": "bot"}}))
    outsider = client_of(filled, "outsider")

    bad(outsider.post("/api/v1/datasets/other%2Fmix/streams/bot/fetch", json={"size": 1}), 403)
    taken = outsider.put("/api/v1/datasets/other%2Fmine", json={"dataset": {"source_ids": source_ids(filled)}})
    assert "no source" in bad(taken, 422)


def source_ids(api: Api) -> list[str]:
    return [str(row["id"]) for row in api.world.rows("SELECT id FROM sources WHERE name = 'mail'")]


def test_a_new_token_ends_the_one_before_and_a_revoked_one_is_worth_nothing(api: Api) -> None:
    from datetime import UTC, datetime

    from exchange_sync.store import people

    first = api.token("bot", ["User"])
    good(api.client(first).get("/auth/user"))
    second = api.token("bot", ["User"])
    bad(api.client(first).get("/auth/user"), 401)
    good(api.client(second).get("/auth/user"))
    assert [row["username"] for row in people.tokens(api.world.db) if row["last_used_at"]] == ["bot"]
    assert people.revoke_token(api.world.db, "bot", datetime.now(UTC))
    bad(api.client(second).get("/auth/user"), 401)
    stored = api.world.rows("SELECT sha256 FROM tokens")
    assert all(second not in str(row) and first not in str(row) for row in stored)


class Session:
    """A port that takes everybody for a signed-in Op."""

    def identify(self, request: object) -> object:
        from datetime import UTC, datetime

        from exchange_sync.web.ports import Identity

        return Identity("0" * 16, "ann", "ann@x.example", frozenset({"Op"}), datetime.now(UTC), "session", "ann")


def test_a_session_reads_and_writes_only_from_the_same_origin(make_api: object) -> None:
    api: Api = make_api(identities=Session())  # type: ignore[operator]
    client = api.client()
    rename = {"source": {"title": "x"}}
    same = {"Origin": "http://testserver", "X-Exchange-Sync": "1"}

    good(client.get(f"{S}/acme%2Fmail"))
    bad(client.post(f"{S}/acme%2Fmail", json=rename), 403)
    bad(client.post(f"{S}/acme%2Fmail", json=rename, headers={**same, "Origin": "http://evil.example"}), 403)
    bad(client.post(f"{S}/acme%2Fmail", json=rename, headers={"X-Exchange-Sync": "1"}), 403)
    bad(client.post(f"{S}/acme%2Fmail", json=rename, headers={"Origin": "http://testserver"}), 403)
    good(client.post(f"{S}/acme%2Fmail", json=rename, headers=same))


@pytest.mark.parametrize("missing", ["Origin", "X-Exchange-Sync"])
def test_no_route_writes_by_session_without_both_headers(make_api: object, missing: str) -> None:
    api: Api = make_api(identities=Session())  # type: ignore[operator]
    client = api.client()
    headers = {"Origin": "http://testserver", "X-Exchange-Sync": "1"}
    del headers[missing]
    writing = [route for route in ROUTES if route[0] != "GET"]
    assert len(writing) > 20
    for method, path in writing:
        _, example, body = ROUTES[method, path]
        sent = {} if body is None else {"files" if body is FILE else "json": body}
        answer = client.request(method, example, headers=headers, **sent)  # type: ignore[arg-type]
        assert "needs the same Origin" in bad(answer, 403), (method, path)


def test_what_people_change_is_in_the_audit_trail(filled: Api) -> None:
    good(filled.op.post(f"{N}/acme%2Fexchange", json={"integration": {"enabled": False}}))

    trail = filled.world.rows("SELECT username, action, subject FROM audit ORDER BY id")

    assert trail[-1] == {"username": "op", "action": "integration changed", "subject": "acme/exchange"}
    assert {"username": "op", "action": "bucket created", "subject": "acme/spare"} in trail
