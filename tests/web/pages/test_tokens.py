"""Tokens: shown once, one a person, ended by their person or an Admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from exchange_sync.store import people
from exchange_sync.store.subscribers import Person, save_people
from httpx import Response
from starlette.testclient import TestClient

from tests.web.pages.conftest import ORIGIN, Pages


def replaces(browser: TestClient) -> str:
    found = re.search(r'name="replaces" value="(\d*)"', browser.get("/tokens/new").text)
    assert found
    return found[1]


def make(browser: TestClient) -> str:
    return token_in(browser.post("/tokens", data={"replaces": replaces(browser)}))


def token_in(answer: Response) -> str:
    assert answer.status_code == 200
    found = re.search(r'<textarea id="token"[^>]*>([\w-]+)</textarea>', answer.text)
    assert found
    return found[1]


def user_of(pages: Pages, token: str) -> str | None:
    row = people.user_of_token(pages.world.db, token, datetime.now(UTC))
    return row["username"] if row else None


def test_a_token_is_shown_once_with_a_line_to_use_it(pages: Pages) -> None:
    answer = pages.viewer.post("/tokens", data={"replaces": replaces(pages.viewer)})
    token = token_in(answer)
    assert user_of(pages, token) == "viewer"
    assert f'curl -H "Authorization: Bearer {token}"' in answer.text.replace("&#34;", '"')
    assert answer.headers["cache-control"] == "no-store"
    for address in ("/tokens", "/tokens/new"):
        assert token not in pages.viewer.get(address).text


def test_no_token_is_kept_or_told_anywhere(pages: Pages) -> None:
    token = make(pages.viewer)
    for table in ("tokens", "audit", "users"):
        assert token not in str(pages.world.rows(f"SELECT * FROM {table}"))


def test_inside_airflow_the_line_names_the_api_beside_the_page(pages: Pages) -> None:
    inside = Pages(pages.world, api_path="/airflow/exchange-api")
    try:
        answer = inside.viewer.post("/tokens", data={"replaces": replaces(inside.viewer)})
        assert f"{ORIGIN}/airflow/exchange-api/api/v1/sources" in answer.text
    finally:
        inside.pool.close()


def test_a_new_token_ends_the_one_before_which_is_said_first(pages: Pages) -> None:
    first = make(pages.viewer)
    asked = pages.viewer.get("/tokens/new").text
    assert "ends at once" in asked
    second = make(pages.viewer)
    assert (user_of(pages, first), user_of(pages, second)) == (None, "viewer")


def test_reloading_the_page_that_shows_a_token_neither_makes_nor_ends_one(pages: Pages) -> None:
    form = {"replaces": replaces(pages.viewer)}
    token = token_in(pages.viewer.post("/tokens", data=form))

    again = pages.viewer.post("/tokens", data=form)

    assert again.status_code == 409
    assert "still the one that counts" in again.text
    assert user_of(pages, token) == "viewer"


def test_its_person_revokes_it_after_a_page_that_says_what_ends(pages: Pages) -> None:
    token = make(pages.viewer)
    found = re.search(r'href="(/tokens/\d+/revoke)"', pages.viewer.get("/tokens").text)
    assert found
    assert "ends at once" in pages.viewer.get(found[1]).text
    assert user_of(pages, token) == "viewer"  # asking ends nothing

    assert "worth nothing any more" in pages.viewer.post(found[1]).text
    assert user_of(pages, token) is None
    assert pages.viewer.post(found[1]).status_code == 404


def test_others_neither_see_nor_end_it_but_an_admin_does(pages: Pages) -> None:
    token = make(pages.viewer)
    [row] = pages.world.rows("SELECT id FROM tokens WHERE revoked_at IS NULL")
    path = f"/tokens/{row['id']}/revoke"
    assert pages.op.get(path).status_code == 404
    assert pages.op.post(path).status_code == 404
    assert path not in pages.op.get("/tokens").text
    assert user_of(pages, token) == "viewer"

    assert path in pages.admin.get("/tokens").text
    pages.admin.post(path)
    assert user_of(pages, token) is None
    [line] = pages.world.rows("SELECT username, subject FROM audit WHERE action = 'token revoked'")
    assert line == {"username": "admin", "subject": "viewer"}


def test_whoever_is_gone_from_airflow_loses_the_token_and_programs_of_their_own_keep_theirs(pages: Pages) -> None:
    token = make(pages.viewer)
    people.save_user(pages.world.db, "bot", "bot@acme.example", ["Viewer"], datetime.now(UTC))
    bot = people.create_token(pages.world.db, "bot", datetime.now(UTC))

    left = Person("op", "op@acme.example", ("Op",), may_view=True)
    save_people(pages.world.db, [left], [], datetime.now(UTC))

    assert user_of(pages, token) is None
    assert user_of(pages, bot) == "bot"
    [line] = pages.world.rows("SELECT username, subject FROM audit WHERE action = 'token revoked'")
    assert line == {"username": "airflow", "subject": "viewer"}


def test_a_form_from_another_site_makes_no_token(pages: Pages) -> None:
    answer = pages.viewer.post("/tokens", data={"replaces": ""}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert pages.world.rows("SELECT 1 FROM tokens") == []


def test_the_list_of_an_admin_goes_on_behind_a_hundred(pages: Pages) -> None:
    for number in range(101):
        name = f"bot-{number:03}"
        people.save_user(pages.world.db, name, f"{name}@acme.example", ["Viewer"], datetime.now(UTC))
        people.create_token(pages.world.db, name, datetime.now(UTC))
    first = pages.admin.get("/tokens").text
    assert "bot-099" in first
    assert "bot-100" not in first
    found = re.search(r'href="(/tokens\?after=[^"]+)"', first)
    assert found
    assert "bot-100" in pages.admin.get(found[1]).text
