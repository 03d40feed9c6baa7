"""Requests as clients may send them, and as they should not: read, or refused in the form of every error."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.web.api.conftest import Api, bad, good, identifier

SOURCE = "/api/v1/sources/acme%2Fmail"
SYNC = f"{SOURCE}/sync"
PAGE = "/api/_private/sources/acme%2Fmail/comments"
B, D, N = (
    "/api/_private/buckets/acme%2Fmail",
    "/api/v1/datasets/acme%2Fmail",
    "/api/_private/integrations/acme%2Fexchange",
)
COMMENT = {"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": "x"}}]}
FILE = {"name": "a", "size": 1, "content_type": "text/plain"}


@pytest.mark.parametrize(
    ("method", "path", "body", "place"),
    [
        ("POST", f"{D}/streams/bot/fetch", {"size": "5"}, "size"),
        ("POST", f"{D}/streams/bot/fetch", {"size": True}, "size"),
        ("POST", f"{D}/streams/bot/fetch", {"size": 5, "max_filtered": "5"}, "max_filtered"),
        ("POST", f"{B}/emails", {"limit": "5"}, "limit"),
        ("POST", SYNC, {"comments": [{**COMMENT, "attachments": [{**FILE, "size": "1"}]}]}, "size"),
        ("POST", SYNC, {"comments": [{**COMMENT, "attachments": [{**FILE, "inline": "true"}]}]}, "inline"),
        ("POST", SYNC, {"comments": [{**COMMENT, "attachments": [{**FILE, "inline": 1}]}]}, "inline"),
        ("POST", SYNC, {"comments": [{**COMMENT, "user_properties": {"number:A": True}}]}, "number:A"),
        ("POST", SYNC, {"comments": [{**COMMENT, "id": 5}]}, "id"),
        ("POST", N, {"integration": {"enabled": "false"}}, "enabled"),
        ("POST", N, {"integration": {"enabled": 0}}, "enabled"),
        ("POST", N, {"integration": {"configuration": {"interval_seconds": "60"}}}, "interval_seconds"),
        ("POST", SOURCE, {"source": {"should_translate": "no"}}, "should_translate"),
        ("POST", f"{SOURCE}/statistics", {"comment_filter": {"user_properties": {"number:A": {"minimum": "1"}}}}, "1"),
    ],
)
def test_numbers_and_booleans_as_text_are_refused(api: Api, method: str, path: str, body: Any, place: str) -> None:
    good(api.op.put(f"{D}/streams", json={"stream": {"name": "bot"}}))
    message = bad(api.op.request(method, path, json=body), 422)
    assert message.startswith("body.")
    assert place in message or place == "1"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", f"{PAGE}?from=2026-01-01T00:00:00Z", "from"),
        ("GET", f"{PAGE}?limit=1&From_timestamp=2026-01-01T00:00:00Z", "From_timestamp"),
        ("GET", f"{PAGE}?continuation=x", "continuation"),
        ("GET", f"{SOURCE}?include_markup=true", "include_markup"),
        ("GET", f"{D}/streams?limit=1", "limit"),
        ("DELETE", f"{SOURCE}/comments?id=a&idz=b", "idz"),
        ("PUT", f"{B}/emails?no_charges=true", "no_charges"),
        ("GET", "/auth/user?token=x", "token"),
    ],
)
def test_a_query_parameter_that_is_not_known_is_named(api: Api, method: str, path: str, name: str) -> None:
    body = {"json": {"emails": []}} if method == "PUT" else {}
    message = bad(api.op.request(method, path, **body), 422)
    assert message.startswith(f"query.{name}: unknown parameter: ")
    bad(api.client().request(method, path, **body), 401)


def test_what_real_clients_ask_along_is_taken(api: Api) -> None:
    for path, body in (
        (f"{B}/emails", {"emails": []}),
        (PAGE, {"comments": []}),
    ):
        good(api.op.put(f"{path}?no_charge=true", json=body))
    good(api.op.post(f"{SYNC}?no_charge=false", json={"comments": []}))
    good(api.op.post(f"{SOURCE}/sync-raw-emails?no_charge=false", json={"documents": []}))
    good(api.viewer.get(f"{PAGE}?limit=64&include_markup=true"))


@pytest.mark.parametrize("path", [PAGE, "/auth/user", SOURCE, f"{SOURCE}/threads", "/openapi.json"])
def test_head_answers_as_get_does_without_the_body(api: Api, path: str) -> None:
    api.deliver(*range(9))
    asked, headed = api.viewer.get(path), api.viewer.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    ours = ("content-type", "content-length", "content-encoding")
    assert [headed.headers.get(name) for name in ours] == [asked.headers.get(name) for name in ours]
    assert "server-timing" in headed.headers


def test_head_tells_what_is_wrong_by_its_status(api: Api) -> None:
    for path, status in (("/api/v1/sources/acme%2Fnone", 404), ("/nowhere", 404), (SYNC, 405)):
        answer = api.viewer.head(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert api.client().head(SOURCE).status_code == 401


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_compressed_body_is_read(api: Api, encoding: str, pack: Any) -> None:
    content = json.dumps({"comments": [COMMENT]}).encode()
    headers = {"content-type": "application/json", "content-encoding": encoding}
    assert good(api.op.post(SYNC, content=pack(content), headers=headers))["new"] == 1

    def pieces() -> Any:
        whole = pack(content)
        yield from (whole[place : place + 7] for place in range(0, len(whole), 7))

    assert good(api.op.post(SYNC, content=pieces(), headers=headers))["unchanged"] == 1


def test_a_compressed_body_has_the_limits_of_what_it_unpacks_to(api: Api) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    bomb = gzip.compress(b" " * (200 << 20), 9)
    assert len(bomb) < 1 << 20
    assert "1,048,576" in bad(api.op.post(SOURCE, content=bomb, headers=headers), 413)
    assert "67,108,864" in bad(api.op.post(SYNC, content=bomb, headers=headers), 413)


def test_a_body_that_is_not_what_its_encoding_says_is_refused_in_a_sentence(api: Api) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    whole = gzip.compress(json.dumps({"comments": [COMMENT] * 99}).encode())
    for content in (b"{}", whole[:-9], whole[:20], b""):
        bad(api.op.post(SYNC, content=content, headers=headers), 400)
    assert "gzip" in bad(api.op.post(SYNC, content=b"{}", headers={**headers, "content-encoding": "br"}), 415)
    assert "gzip" in bad(api.op.post(SYNC, content=b"{}", headers={**headers, "content-encoding": "gzip, gzip"}), 415)


@pytest.mark.parametrize("slashes", ["//", "///", "////"])
def test_slashes_before_the_path_are_one(api: Api, slashes: str) -> None:
    good(api.viewer.get(f"http://testserver{slashes}api/v1/sources"))
    bad(api.viewer.get(f"http://testserver{slashes}nowhere"), 404)


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "BREW", "PROPFIND"])
def test_a_method_that_a_route_does_not_know_is_refused_as_json(api: Api, method: str) -> None:
    bad(api.viewer.request(method, SOURCE), 405)


def test_a_long_address_is_read(api: Api) -> None:
    bad(api.viewer.get(f"/api/v1/sources/acme%2F{'a' * 60_000}"), 404)
    ids = "&".join(f"id={str(number) * 150}" for number in range(100, 228))
    good(api.op.delete(f"{SOURCE}/comments?{ids}"))


def test_threads_come_all_in_one_answer(api: Api) -> None:
    new = [{**COMMENT, "id": f"c{number}", "thread_id": f"t{number % 600:04}"} for number in range(1_300)]
    good(api.op.post(SYNC, json={"comments": new}))

    body = good(api.viewer.get(f"{SOURCE}/threads"))

    assert set(body) == {"status", "threads"}
    assert [one["thread_id"] for one in body["threads"]] == [f"t{number:04}" for number in range(600)]
    assert sum(len(one["comments"]) for one in body["threads"]) == 1_300
    good(api.op.put("/api/v1/sources/acme%2Fempty", json={"source": {}}))
    assert good(api.viewer.get("/api/v1/sources/acme%2Fempty/threads")) == {"status": "ok", "threads": []}


def test_a_batch_of_a_stream_is_bounded_by_the_bytes_that_are_sent(api: Api) -> None:
    """Text that PostgreSQL packs to almost nothing, and text that it cannot pack; letters of one byte and of three."""
    texts = ["a" * 60_000, "\u3042" * 60_000, "\x01" * 60_000]
    new = [
        {**COMMENT, "id": f"c{number:03}", "messages": [{"body": {"text": texts[number % 3]}}]} for number in range(150)
    ]
    for start in range(0, 150, 50):
        good(api.op.post(SYNC, json={"comments": new[start : start + 50]}))
    good(api.op.put(f"{D}/streams", json={"stream": {"name": "bot", "start": "beginning"}}))
    seen: list[str] = []
    sizes: list[int] = []
    last = False

    while not last:
        answer = api.user.post(f"{D}/streams/bot/fetch", json={"size": 1_024})
        batch = good(answer)
        sizes.append(len(answer.content))
        seen += [one["comment"]["id"] for one in batch["results"]]
        last = batch["is_end_sequence"]
        good(api.user.post(f"{D}/streams/bot/advance", json={"sequence_id": batch["sequence_id"]}))

    assert seen == [f"c{number:03}" for number in range(150)]
    assert max(sizes) <= 8 << 20
    assert max(sizes) > 7 << 20
    assert identifier(1) not in seen
