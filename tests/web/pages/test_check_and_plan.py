"""Check and plan: told line by line, with what a form holds and has not saved, and at the cost of one attempt."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import anyio
import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason
from exchange_sync.pipeline.check import CheckLine
from exchange_sync.source.api import Welcome
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.web.pages.trying import checking_lines
from starlette.requests import Request

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.memory_exchange import MemorySource
from tests.web.pages.conftest import Pages

FORM = {
    "owner": "acme", "name": "new", "connection": "new", "c_host": "mail.acme.example", "c_login": "svc@acme.example",
    "c_password": "geheim-7", "c_authentication": "basic", "addresses": f"{SUPPORT}\n{CLAIMS}",
}  # fmt: skip
LINES = {"X-Lines": "1"}
CHECK, PLAN = "/integrations/acme/exchange/check", "/integrations/acme/exchange/plan"


class Source(MemorySource):
    """A server that tells its build."""

    def welcome(self) -> Welcome:
        return Welcome("basic", "Exchange 2019 or SE, build 15.2.1118.7", "impersonation")


@pytest.fixture
def seen() -> list[ExchangeConnection]:
    return []


@pytest.fixture
def pages(world: World, seen: list[ExchangeConnection]) -> Iterator[Pages]:
    def open_source(connection: ExchangeConnection) -> Source:
        seen.append(connection)
        return Source(world.exchange)

    found = Pages(world, open_source=open_source, network=lambda connection: [CheckLine(True, "TLS", "TLSv1.3")])
    found.connections.kept["exchange_acme"] = {
        "host": "mail.acme.example",
        "login": "svc",
        "password": "geheim-8",
        "extra": {},
    }
    yield found
    found.pool.close()


def test_an_unsaved_form_is_tried_as_it_is_and_nothing_of_it_is_kept(
    pages: Pages, seen: list[ExchangeConnection], caplog: pytest.LogCaptureFixture
) -> None:
    answer = pages.op.post("/check", data=FORM, headers=LINES)

    lines = answer.text.splitlines()
    assert [line[:3] for line in lines] == ["<tr", "<tr", "<tr", "<tr", "<tr", "<tr", "<p "]
    assert "This works." in lines[-1]
    assert f'<th scope="row">{SUPPORT}</th>' in answer.text
    assert [found.password for found in seen] == ["geheim-7"]
    assert "geheim" not in answer.text + caplog.text + str(pages.world.rows("SELECT * FROM audit"))
    assert list(pages.connections.kept) == ["exchange_acme"]
    assert pages.world.rows("SELECT 1 FROM integrations WHERE name = 'new'") == []


def test_each_line_is_sent_as_soon_as_it_is_known(pages: Pages, world: World) -> None:
    def slow() -> Iterator[str]:
        yield "<tr>first</tr>\n"
        raise AssertionError("asked for more before the first was taken")

    lines = checking_lines.guarded(slow(), lambda told: f"<p>{told}</p>\n")
    assert next(lines) == "<tr>first</tr>\n"
    answer = pages.op.post("/check", data=FORM, headers={**LINES, "Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "identity"  # packing would hold lines back


def test_without_script_the_same_lines_make_a_page(pages: Pages) -> None:
    text = pages.op.post("/check", data=FORM).text
    assert text.index("<table") < text.index(SUPPORT) < text.index("This works.") < text.index("</main>")
    assert text.count("</html>") == 1


def test_wrong_credentials_cost_one_attempt_however_many_mailboxes_there_are(pages: Pages, world: World) -> None:
    def refuse(operation: str, ids: Sequence[str]) -> None:
        raise IntegrationFault("the server refused", Reason("invalid_exchange_credentials", "401", "Correct it."))

    world.exchange.fault = refuse
    text = pages.op.post("/check", data=FORM, headers=LINES).text
    assert "does not work yet" in text
    assert "Correct it." in text
    assert world.exchange.count("probe") == 1


def test_a_field_that_does_not_fit_is_told_before_anything_is_tried(pages: Pages, seen: list[Any]) -> None:
    text = pages.op.post("/check", data={**FORM, "c_password": ""}, headers=LINES).text
    assert "needed for basic authentication" in text
    assert seen == []


def test_a_kept_secret_is_tried_where_it_belongs_and_nowhere_else(pages: Pages, seen: list[ExchangeConnection]) -> None:
    same = {"connection": "kept", "c_host": "mail.acme.example", "c_login": "svc"}
    assert "This works." in pages.op.post(CHECK, data=same, headers=LINES).text
    assert [found.password for found in seen] == ["geheim-8"]
    text = pages.op.post(CHECK, data={**same, "c_host": "evil.example"}, headers=LINES).text
    assert "sent nowhere new" in text
    assert len(seen) == 1


def test_the_kept_connection_is_checked_on_a_page_of_its_own(pages: Pages) -> None:
    assert SUPPORT in pages.op.get(f"{CHECK}?done=created").text
    assert CLAIMS in pages.op.post(CHECK, data={"addresses": CLAIMS}).text


def test_the_plan_counts_each_mailbox_and_names_those_that_fail(pages: Pages, world: World) -> None:
    for number in range(3):
        world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"),
                               f"From: a@b.example\r\nMessage-ID: <{number}@x>\r\n\r\nHi".encode())  # fmt: skip

    def gone(operation: str, ids: Sequence[str]) -> None:
        if CLAIMS in ids:
            raise MailboxFault("there is no such mailbox", Reason("mailbox_not_found", "ErrorX", "Correct it."))

    world.exchange.fault = gone
    lines = pages.op.post(PLAN, headers=LINES).text.splitlines()

    assert "there is no such mailbox" in lines[0]
    assert '<td class="number" data-label="Emails">3</td>' in lines[1]
    assert "3 emails" in lines[2]
    assert "1 mailbox cannot be read" in lines[2]
    assert world.rows("SELECT 1 FROM comments") == world.rows("SELECT 1 FROM origins") == []


def test_a_plan_ends_with_the_remedy_where_the_log_in_is_refused(pages: Pages, world: World) -> None:
    def refuse(operation: str, ids: Sequence[str]) -> None:
        raise IntegrationFault("the server refused", Reason("invalid_exchange_credentials", "401", "Correct it."))

    world.exchange.fault = refuse
    text = pages.op.post(PLAN).text
    assert "Correct it." in text
    assert text.count("</html>") == 1


def test_what_fails_unforeseen_under_way_is_told_and_logged_without_its_text(
    pages: Pages, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def burst(operation: str, ids: Sequence[str]) -> None:
        raise KeyError("geheim-9")

    world.exchange.fault = burst
    text = pages.op.post(PLAN, headers=LINES).text
    assert "Its server's log tells where." in text.replace("&#39;", "'")
    assert "geheim-9" not in text + caplog.text
    assert "unexpected KeyError" in caplog.text


def test_few_ask_exchange_at_a_time_and_the_others_are_told(pages: Pages, seen: list[Any]) -> None:
    with ExitStack() as others:
        for _ in range(checking_lines.ASKING):
            others.enter_context(checking_lines.turn())
        assert "Others are asking Exchange just now" in pages.op.post(PLAN, headers=LINES).text
        assert seen == []
    assert "emails" in pages.op.post(PLAN, headers=LINES).text


def test_a_reader_who_goes_away_ends_the_check_and_frees_his_turn() -> None:
    closed = threading.Event()

    def endless() -> Iterator[str]:
        try:
            while True:
                yield "<tr></tr>\n"
        finally:
            closed.set()

    async def gone_after_a_line() -> None:
        answer = checking_lines.answer(asking, None, lines, "")  # type: ignore[arg-type]
        heard = anyio.Event()

        async def receive() -> dict[str, str]:
            await heard.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message.get("body"):
                heard.set()
                await anyio.sleep(0)

        await answer(asking.scope, receive, send)

    asking = Request({"type": "http", "headers": [(b"x-lines", b"1")], "asgi": {"spec_version": "2.3"}})
    lines = checking_lines.guarded(endless(), str)
    anyio.run(gone_after_a_line)
    assert closed.is_set()
    with ExitStack() as all_turns:
        for _ in range(checking_lines.ASKING):
            all_turns.enter_context(checking_lines.turn())


def test_a_viewer_tries_nothing(pages: Pages, seen: list[Any]) -> None:
    for path in ("/check", CHECK, PLAN):
        assert pages.viewer.post(path, data=FORM, headers=LINES).status_code == 403
    assert seen == []
