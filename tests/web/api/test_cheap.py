"""A page is cheap (decision 125): JSON is handed on as PostgreSQL writes it, and each question is one statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.errors import ItemFault
from exchange_sync.store import people
from exchange_sync.store.database import Database

from tests.web.api.conftest import Api, good

PAGE = "/api/_private/sources/acme%2Fmail/comments"
SYNC = "/api/v1/sources/acme%2Fmail/sync"
ONE = "/api/v1/sources/acme%2Fmail/comments/"
TEXTS = (
    '"messages":null,"attachments":null',
    "back\\slash \\u0041 \\\\ / \"quoted\" 'single' {} [] %s %(id)s {0}",
    "lines\r\n\ttabs \u2028\u2029\x7f \U0001f600 e\u0301 \u05d0",
    "",
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_page_says_what_each_comment_says_whatever_it_holds(api: Api, text: str) -> None:
    one = {
        "id": "a",
        "timestamp": "2026-01-01T00:00:00Z",
        "thread_id": text,
        "messages": [{"body": {"text": text}, "subject": {"text": text}, "from": text or "a@x.example"}],
        "user_properties": {"string:messages": text, "number:Big": 2**53, "number:Small": 1e-7, "number:No": -0.5},
        "attachments": [{"name": text, "size": 2**53, "content_type": "text/plain"}],
    }
    good(api.op.post(SYNC, json={"comments": [one, {"id": "b", "timestamp": "2026-01-02T00:00:00Z"}]}))

    for direction in ("ascending", "descending"):
        page = good(api.op.get(PAGE, params={"direction": direction, "include_thread_properties": True}))
        assert page["comments"] == [good(api.op.get(ONE + found["id"]))["comment"] for found in page["comments"]]
        assert {found["id"] for found in page["comments"]} == {"a", "b"}
    first = good(api.op.get(PAGE, params={"limit": 1}))
    assert first["comments"][0]["user_properties"] == one["user_properties"]
    assert first["comments"][0]["messages"][0]["body"]["text"] == text
    assert first["continuation"]


def test_a_page_is_four_statements_and_no_transaction(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks, the source, what may be done there, the comments."""
    api.deliver(1)
    good(api.viewer.get(PAGE))  # that the token was used is written now, and not again for a minute
    asked: list[str] = []
    read = Database.read

    def counted(self: Database, sql: str, values: Any = None) -> list[Any]:
        asked.append(sql)
        return read(self, sql, values)

    def none(self: Database) -> Any:
        raise AssertionError("a transaction takes three round trips")

    monkeypatch.setattr(Database, "read", counted)
    monkeypatch.setattr(Database, "transaction", none)
    good(api.viewer.get(PAGE))
    assert len(asked) == 4, asked


def test_a_statement_by_itself_leaves_the_connection_to_transactions(new_database: Callable[..., str]) -> None:
    url = new_database()
    db, other = Database(url), Database(url)
    with db.transaction() as cursor:
        cursor.execute("CREATE TABLE t (n integer)")
    assert db.read("SELECT 1 AS one, %s AS two", ("x",)) == [{"one": 1, "two": "x"}]
    [mine] = db.read("SELECT pg_backend_pid() AS pid")
    assert other.read("SELECT state FROM pg_stat_activity WHERE pid = %(pid)s", mine) == [{"state": "idle"}]
    with pytest.raises(ItemFault):
        db.read("SELECT 'x'::text::integer")
    with pytest.raises(ItemFault):
        _half_done(db)
    assert other.read("SELECT n FROM t") == []
    db.close()
    other.close()


def _half_done(db: Database) -> None:
    with db.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("SELECT 'x'::text::integer")


def test_what_one_statement_tells_of_an_owner_is_what_two_tell(api: Api) -> None:
    db = api.world.db
    with db.transaction() as cursor:
        cursor.execute(
            """INSERT INTO airflow_roles (name, may_view, may_modify, updated_at) VALUES ('Op', true, false, %(now)s),
            ('Sales', true, true, %(now)s), ('User', NULL, NULL, %(now)s)""",
            {"now": now_utc()},
        )
    for lists in ("'{}', editors = '{}'", "'{Sales,Op}', editors = '{}'", "'{}', editors = '{Op}'"):
        api.world.rows(f"UPDATE integrations SET viewers = {lists} RETURNING 1")
        for owner in ("acme", "nobody"):
            found, rights = people.rules_for(db, owner, ["Op", "User", "Unknown"])
            two = people.owner_lists(db, owner).get(owner)
            assert (found and (found["viewers"], found["editors"])) == (two and (two["viewers"], two["editors"]))
            known = people.role_rights(db)
            assert rights == {"Op": {name: known["Op"][name] for name in ("may_view", "may_modify")}}


def test_a_revoked_token_is_worth_nothing_with_the_next_request(api: Api) -> None:
    client = api.client(api.token("bot", ["Viewer"]))
    good(client.get("/auth/user"))
    assert people.revoke_token(api.world.db, "bot", now_utc())
    assert client.get("/auth/user").status_code == 401
