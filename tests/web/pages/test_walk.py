"""Every route as everybody, and every link that a page shows: nobody is told of what is others', nothing breaks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import exchange_sync.web
import pytest
from exchange_sync.web.pages.headers import POLICY
from httpx import Response
from lxml import html
from starlette.testclient import TestClient

from tests.support.filled_pages import CONNECTIONS, MORE, PARTS, SECRETS, address, documents, fill, parameters, routes
from tests.web.pages.conftest import ORIGIN, Pages

STATIC = Path(exchange_sync.web.__file__).parent / "static"
# What a person does for no other: whoever is signed in may, and nothing else changes by it.
PERSONAL = {
    "/notifications/read",
    "/subscriptions",
    "/subscriptions/all",
    "/subscriptions/test",
    "/subscriptions/{owner}/{name}",
    "/tokens",
    "/tokens/{token_id}/revoke",
}
CHANGES = [path for method, path in routes() if method == "POST" and path not in PERSONAL]
LOOKS = [path for method, path in routes() if method == "GET"]
# Whoever may make integrations chooses among Airflow's connections, by their names, as Airflow itself shows them.
TOLD = {("/integrations/new", "exchange_acme")}
FILES = "sandbox; default-src 'none'"  # the policy of what came by mail: stricter still
FREE = ("users", "people", "alembic_version")  # who has signed in is put down, whatever is looked at


@pytest.fixture(scope="module")
def filled(module_world: object) -> Iterator[Pages]:
    """One world for all who only look, or are refused."""
    found = Pages(module_world, airflow_path="")  # type: ignore[arg-type]
    fill(found.world)
    found.connections.kept.update(CONNECTIONS)
    yield found
    found.pool.close()


def outsider(pages: Pages) -> TestClient:
    """An Op of another owner: acme belongs to others alone."""
    pages.world.rows("UPDATE integrations SET viewers = '{Acme}' RETURNING 1")
    return pages.browser("outsider", "Op")


def opened(pages: Pages) -> None:
    pages.world.rows("UPDATE integrations SET viewers = '{}' RETURNING 1")


def told(answer: Response, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """What an answer tells that it should not."""
    return [secret for secret in secrets if secret in answer.text]


def test_every_route_has_an_example_and_is_a_page_or_a_part(filled: Pages) -> None:
    for path in LOOKS:
        answer = filled.admin.get(address(filled.world, path))
        is_page = "<!doctype html>" in answer.text
        assert is_page == (path not in PARTS), f"{path}: name it in PARTS of tests/support/filled_pages.py, or do not"


@pytest.mark.parametrize("path", LOOKS)
def test_admin_and_op_can_look_at_everything(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    token_of_others = "token_id" in parameters(path)
    for browser, wanted in ((filled.admin, 200), (filled.op, 404 if token_of_others else 200)):
        assert browser.get(where).status_code == wanted, where


@pytest.mark.parametrize("path", LOOKS)
def test_nothing_is_told_to_nobody_and_to_strangers(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    alone = filled.nobody.get(where)
    assert (alone.status_code, told(alone, _unasked(where))) == (401, [])
    stranger = filled.stranger.get(where)
    assert stranger.status_code in (200, 403, 404), where
    assert told(stranger, SECRETS if stranger.status_code == 200 else _unasked(where)) == []


@pytest.mark.parametrize("path", LOOKS)
def test_people_of_other_owners_are_told_what_strangers_are(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    answer = outsider(filled).get(where)
    opened(filled)
    assert answer.status_code in (200, 403, 404), where
    shown = told(answer, SECRETS if answer.status_code == 200 else _unasked(where))
    assert [name for name in shown if (path, name) not in TOLD] == []


def _unasked(where: str) -> tuple[str, ...]:
    """A refusal may repeat what the address itself names."""
    return tuple(secret for secret in SECRETS if secret not in where.replace("%40", "@"))


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_is_open_to_viewers_strangers_and_people_of_other_owners(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    before = everything(filled)
    answers = {
        "viewer": filled.viewer.post(where),
        "user": filled.user.post(where),
        "stranger": filled.stranger.post(where),
    }
    if "owner" in parameters(path):
        answers["outsider"] = outsider(filled).post(where)
        opened(filled)
    for who, answer in answers.items():
        assert answer.status_code in (403, 404), f"{who} {where}: {answer.status_code}"
    assert filled.nobody.post(where).status_code == 401
    assert everything(filled) == before


@pytest.mark.parametrize("path", sorted(PERSONAL))
def test_what_is_ones_own_is_nobody_elses(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    assert filled.nobody.post(where).status_code == 401
    if parameters(path):
        assert filled.stranger.post(where).status_code == 404


@pytest.mark.parametrize("path", [*CHANGES, *sorted(PERSONAL)])
def test_no_change_is_taken_from_another_site(filled: Pages, path: str) -> None:
    where = address(filled.world, path)
    before = everything(filled)
    for origin in ("http://evil.example", "null", f"{ORIGIN}.evil.example", ""):
        assert filled.admin.post(where, headers={"Origin": origin}).status_code == 403, origin
    assert everything(filled) == before


def test_looking_changes_nothing(filled: Pages) -> None:
    before = everything(filled)
    for path in LOOKS:
        filled.op.get(address(filled.world, path))
    assert everything(filled) == before


def test_every_answer_forbids_inline_script_and_copies(filled: Pages) -> None:
    for where in (*(address(filled.world, path) for path in LOOKS), *MORE):
        headers = filled.admin.get(where).headers
        policy = re.sub(r"'nonce-[\w-]+'", "'nonce-{nonce}'", headers["content-security-policy"])
        assert policy in (POLICY, FILES), where
        fixed = headers["content-security-policy"] == FILES and headers["cache-control"].startswith("private, ")
        assert headers["cache-control"] == "no-store" or fixed, where
        assert "secret-4711" not in filled.admin.get(where).text, where
        assert headers["x-content-type-options"] == "nosniff", where


@pytest.mark.parametrize("who", ["viewer", "op", "admin"])
def test_no_link_leads_nowhere_and_no_control_refuses(filled: Pages, who: str) -> None:
    browser: TestClient = getattr(filled, who)
    shown = [re.sub(r"{\w+}", "[^/]+", path) for path in CHANGES]
    waiting, seen = ["/"], set()
    while waiting:
        where = waiting.pop()
        answer = browser.get(where)
        assert answer.status_code == 200, f"{who}: {where} answers {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = html.fromstring(answer.text)
        for link in page.xpath("//a[not(@data-leave)]/@href"):
            found = urlsplit(urljoin(f"{ORIGIN}{where}", link))
            target = f"{found.path}{'?' + found.query if found.query else ''}"
            assert f"{found.scheme}://{found.netloc}" == ORIGIN, f"{where} leads away, to {link}"
            # one of each kind of address is enough: sorted lists would be walked without end
            kind = re.sub(r"=[^&]*", "=", target)
            if kind not in seen and len(seen) < 500:
                seen.add(kind)
                waiting.append(target)
        for form in page.xpath("//form[translate(@method, 'POST', 'post') = 'post']/@action"):
            offered = [path for path in shown if re.fullmatch(path, form)]
            assert who != "viewer" or not offered, f"{where} shows a viewer the form of {form}"
    assert len(seen) > 10


@pytest.mark.parametrize("path", [*CHANGES, *sorted(PERSONAL)])
def test_an_empty_or_absurd_form_breaks_nothing(pages: Pages, path: str) -> None:
    fill(pages.world)
    where = address(pages.world, path)
    absurd = {
        "id": "-1",
        "shown": "x" * 5_000,
        "connection": "\u202e",
        "replaces": "9" * 30,
        "wanted": "maybe",
        "name": "\u0000",
    }
    for body in ({}, absurd):
        answer = pages.op.post(where, data=body)
        assert answer.status_code < 500, f"{where}: {answer.status_code}"


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC.iterdir() if path.is_file()))
def test_static_files_are_told_by_their_right_type(filled: Pages, file: str) -> None:
    answer = filled.nobody.get(f"/static/{file}")
    kind = {".css": "text/css", ".js": "javascript", ".svg": "image/svg+xml"}[Path(file).suffix]
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", answer.text)
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    "file", ["", "none.js", "../pages/app.py", "..%2fpages%2fapp.py", "%2e%2e/auth.py", "/etc/passwd"]
)
def test_nothing_else_is_a_static_file(filled: Pages, file: str) -> None:
    answer = filled.nobody.get(f"/static/{file}")
    assert answer.status_code in (404, 405, 401)
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_no_script_makes_script_or_html_of_text() -> None:
    made = ("innerHTML", "outerHTML", "insertAdjacentHTML")
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        allowed = ("outerHTML", "insertAdjacentHTML") if file.name == "edit.js" else ()  # lines that a template made
        for word in (*made, "document.write", "eval(", "new Function", "createContextualFragment"):
            assert word not in text or word in allowed, f"{file.name}: {word}"


def test_no_template_has_inline_script_or_style_or_trusts_text() -> None:
    for file in (STATIC.parent / "pages" / "templates").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<style|<[^>{]*\s(style|on\w+)=|javascript:|\|\s*safe\b|autoescape", text), file.name
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), file.name


def everything(pages: Pages) -> dict[str, str]:
    """A fingerprint of each table."""
    tables = pages.world.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found = {}
    for name in (str(row["name"]) for row in tables):
        if name not in FREE:
            rows = pages.world.rows(f'SELECT md5(t::text) AS row FROM "{name}" t ORDER BY 1')
            found[name] = hashlib.sha256(str(rows).encode()).hexdigest()
    return found


def test_all_pages_are_walked() -> None:
    assert {"/", "/notifications", "/subscriptions", "/tokens"} <= set(documents())
