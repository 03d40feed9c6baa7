"""Every route as everybody: who gets in, who is told what, and that no route was forgotten (issue 6)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exchange_sync.source.api import Capabilities, Welcome
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import BOTH
from tests.web.api.conftest import Api, bad, good
from tests.web.api.every_route import FILE, OPEN, RIGHT, ROUTES, B, D, N, S
from tests.web.api.test_streams import make


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
