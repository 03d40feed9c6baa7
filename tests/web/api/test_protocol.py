"""The protocol's envelope: rules that real clients depend on (reference 3.1), and the limits of section 6."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from exchange_sync.errors import Retriable
from exchange_sync.store.pool import SIZE, Pool
from exchange_sync.web.limits import RateLimit

from tests.web.api.conftest import Api, bad, good

SOURCE = "/api/v1/sources/acme%2Fmail"
SYNC = f"{SOURCE}/sync"


def test_every_answer_tells_how_long_it_took(api: Api) -> None:
    for response in (api.viewer.get("/auth/user"), api.viewer.get("/nowhere"), api.client().get("/auth/user")):
        assert re.fullmatch(r"total;dur=\d+\.\d", response.headers["server-timing"])


def test_the_user_has_all_that_clients_parse(api: Api) -> None:
    user = good(api.viewer.get("/auth/user"))["user"]

    assert re.fullmatch("[0-9a-f]{16}", user["id"])
    assert (user["username"], user["email"]) == ("viewer", "viewer@acme.example")
    assert user["created"].endswith("+00:00")
    assert user["global_permissions"] == []
    assert "sources-read" in user["organisation_permissions"]["acme"]
    assert user["sso_global_permissions"] == []
    assert user["verified"] is True
    assert good(api.viewer.post("/auth/refresh-user-permissions", json={})) == {
        "status": "ok",
        "permissions_refreshed": None,
    }


def test_each_kind_of_error_has_the_form_of_an_error(api: Api) -> None:
    assert "token" in bad(api.client().get("/auth/user"), 401)
    assert "token" in bad(api.client("rubbish").get("/auth/user"), 401)
    assert "Sources admin" in bad(api.viewer.put(SOURCE + "x", json={"source": {}}), 403)
    assert bad(api.viewer.get("/nowhere"), 404) == "404 Not Found"
    assert "acme/none" in bad(api.viewer.get("/api/v1/sources/acme%2Fnone"), 404)
    refused = api.viewer.patch(SOURCE)
    assert bad(refused, 405) == "405 Method Not Allowed"
    assert "GET" in refused.headers["allow"]
    assert "exists" in bad(api.op.put(SOURCE, json={"source": {}}), 409)
    bad(api.op.post(SOURCE, content=b"x" * (2 << 20)), 413)
    assert "comments" in bad(api.op.post(SYNC, json={}), 422)


def test_a_body_without_a_length_is_bounded_too(api: Api) -> None:
    def endless() -> object:
        for _ in range(40):
            yield b" " * 65_536

    message = bad(api.op.post(SOURCE, content=endless(), headers={"content-type": "application/json"}), 413)

    assert "1,048,576" in message


def test_malformed_json_is_400_and_wellformed_but_wrong_is_422(api: Api) -> None:
    headers = {"content-type": "application/json"}

    bad(api.op.post(SYNC, content=b"{", headers=headers), 400)
    bad(api.op.post(SYNC, content=b"", headers=headers), 422)
    bad(api.op.post(SYNC, content=b"[]", headers=headers), 422)
    bad(api.op.post(SYNC, content=b"[" * 100_000, headers=headers), 400)


def test_a_body_that_is_sent_as_a_form_is_told_the_header_that_is_missing(api: Api) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # as curl sends it
    answer = api.op.post("/api/_private/buckets/acme/mail/emails", content=b"{}", headers=form)
    assert "Content-Type: application/json" in bad(answer, 422)


def test_unknown_fields_are_named_and_nothing_of_the_body_is_repeated(api: Api) -> None:
    secret = "my-private-text"
    comment = {"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": secret, "html": secret}}]}

    message = bad(api.op.post(SYNC, json={"comments": [comment], "extra": secret}), 422)

    assert "body.comments.0.messages.0.body.html: unknown field" in message
    assert "body.extra: unknown field" in message
    assert secret not in message


@pytest.mark.parametrize("text", ["nul \x00", "half \ud800"])
def test_text_that_cannot_be_stored_is_refused_in_a_sentence(api: Api, text: str) -> None:
    body = {
        "comments": [{"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": text}}]}],
    }

    sent = api.op.post(SYNC, content=json.dumps(body), headers={"content-type": "application/json"})

    assert "NUL" in bad(sent, 422)


def test_numbers_that_are_none_are_refused(api: Api) -> None:
    for number in ("NaN", "Infinity", "1e999"):
        content = f'{{"comment_filter": {{"user_properties": {{"number:A": {{"minimum": {number}}}}}}}}}'
        sent = api.viewer.post(f"{SOURCE}/statistics", content=content, headers={"content-type": "application/json"})
        bad(sent, 422)


def test_limits_of_the_protocol_hold(api: Api) -> None:
    def refused(**fields: object) -> str:
        comment = {"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": "x"}}], **fields}
        return bad(api.op.post(SYNC, json={"comments": [comment]}), 422)

    assert "id" in refused(id="a/b")
    assert "id" in refused(id="a" * 1_025)
    assert "text" in refused(messages=[{"body": {"text": "x" * 65_537}}])
    assert "messages" in refused(messages="none")
    assert "to" in refused(messages=[{"body": {"text": ""}, "to": ["a"] * 2_049}])
    assert "from" in refused(messages=[{"body": {"text": ""}, "from": "a" * 513}])
    attachment = {"name": "a", "size": 1, "content_type": "text/plain"}
    assert "attachments" in refused(attachments=[attachment] * 129)
    assert "name" in refused(attachments=[{**attachment, "name": "a" * 257}])
    assert "thread_id" in refused(thread_id="t" * 2_057)
    assert "user_properties" in refused(user_properties={"Folder": "x"})
    assert "number" in refused(user_properties={"number:Folder": "x"})
    assert "timestamp" in refused(timestamp="yesterday")
    title = bad(api.op.post(SOURCE, json={"source": {"title": "t" * 129}}), 422)
    assert "title" in title


def test_a_page_is_compressed_for_those_who_take_it(api: Api) -> None:
    api.deliver(*range(10))
    path = "/api/_private/sources/acme%2Fmail/comments"

    packed = api.viewer.get(path, headers={"accept-encoding": "gzip"})
    plain = api.viewer.get(path, headers={"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_more_requests_than_the_limit_wait_as_long_as_they_are_told(make_api: Callable[..., Api]) -> None:
    api = make_api(rate=RateLimit(5))
    viewer, other = api.viewer, api.user

    answers = [viewer.get("/auth/user") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    bad(answers[-1], 429)
    good(other.get("/auth/user"))


class Broken:
    """A port that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def identify(self, request: object) -> None:
        raise self._error


def test_an_unexpected_error_is_500_and_its_text_stays_out_of_answer_and_log(
    make_api: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    api = make_api(identities=Broken(RuntimeError("ann@client.example wrote")))

    with caplog.at_level(logging.DEBUG):
        message = bad(api.client("x").get("/auth/user"), 500)

    assert message == "500 Internal Server Error"
    assert "client.example" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_database_that_is_away_is_503_with_retry_after(make_api: Callable[..., Api]) -> None:
    api = make_api(identities=Broken(Retriable("the product's PostgreSQL cannot be reached", 10.0)))

    response = api.client("x").get("/auth/user")

    bad(response, 503)
    assert response.headers["retry-after"] == "10"


def test_a_server_whose_connections_are_all_in_use_says_so(api: Api) -> None:
    viewer = api.viewer
    with ExitStack() as held:
        for _ in range(SIZE):
            held.enter_context(api.pool.lend())
        response = viewer.get("/auth/user")

    assert "in use" in bad(response, 503)
    assert int(response.headers["retry-after"]) >= 1
    good(viewer.get("/auth/user"))


def test_a_statement_that_takes_too_long_is_given_up(api: Api) -> None:
    pool = Pool(api.world.settings.database_url, size=1, statement_milliseconds=50)

    with pytest.raises(Retriable), pool.lend() as db, db.transaction() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with pool.lend() as db, db.transaction() as cursor:
        cursor.execute("SELECT 1 AS one")
        assert cursor.fetchone()["one"] == 1
    pool.close()


def test_many_at_once_are_all_answered(api: Api) -> None:
    api.deliver(*range(3))
    viewer = api.viewer

    with ThreadPoolExecutor(24) as crowd:
        pages = list(crowd.map(lambda _: viewer.get("/api/_private/sources/acme%2Fmail/comments"), range(96)))

    assert {len(good(page)["comments"]) for page in pages} == {3}
    assert len(api.world.rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()")) <= SIZE + 2
