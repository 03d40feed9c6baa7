"""Ask Exchange now, from the page that tells why a mail is (not) here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from exchange_sync.errors import IntegrationFault, Reason
from exchange_sync.source.credentials import ExchangeConnection

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemorySource
from tests.web.pages.conftest import Pages
from tests.web.pages.test_comments import deliver

NAME, ASK = "<mail-1@client.example>", "/integrations/acme/exchange/ask"


@pytest.fixture
def pages(world: World) -> Iterator[Pages]:
    def open_source(connection: ExchangeConnection) -> MemorySource:
        return MemorySource(world.exchange)

    found = Pages(world, open_source=open_source)
    found.connections.kept["exchange_acme"] = {
        "host": "mail.acme.example",
        "login": "svc",
        "password": "x",
        "extra": {},
    }
    yield found
    found.pool.close()


def ask(pages: Pages, asked: str = NAME) -> str:
    return pages.op.post(ASK, data={"id": asked}).text


def test_each_mailbox_answers_beside_what_is_recorded(pages: Pages) -> None:
    deliver(pages, mail(1))
    pages.world.exchange.deliver(CLAIMS, pages.world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    text = ask(pages)
    assert "Exchange has it in Inbox, and it was loaded from there: both agree." in text
    assert "nothing is recorded of it here: it came after the last listing" in text
    assert "differ</strong> in 1 of 2 mailboxes" in text
    assert "does not have it in this mailbox" in ask(pages, "<never@client.example>")


def test_the_page_of_a_mail_leads_there_for_those_who_may(pages: Pages) -> None:
    deliver(pages, mail(1))
    for asked in (NAME, "<never@client.example>"):
        assert "Ask the mailboxes of acme/exchange" in pages.op.get("/why", params={"id": asked}).text
        assert "Ask the mailboxes" not in pages.viewer.get("/why", params={"id": asked}).text
    assert pages.viewer.post(ASK, data={"id": NAME}).status_code == 403


def test_what_was_asked_for_is_not_put_down_but_that_somebody_asked_is(pages: Pages) -> None:
    ask(pages)
    [trail] = pages.world.rows("SELECT subject, details FROM audit WHERE action = 'email asked for'")
    assert trail == {"subject": "acme/exchange", "details": {}}


def test_a_failing_integration_is_not_asked_and_a_refused_log_in_is_told(pages: Pages, world: World) -> None:
    def refuse(operation: str, ids: Sequence[str]) -> None:
        raise IntegrationFault("the server refused", Reason("invalid_exchange_credentials", "401", "Correct it."))

    world.exchange.fault = refuse
    assert "the server refused. Correct it." in ask(pages)
    world.rows("UPDATE integrations SET enabled = false, disabled_reason = 'sync_error' RETURNING 1")
    before = len(world.exchange.calls)
    assert "Mend and check it first" in ask(pages)
    assert len(world.exchange.calls) == before


@pytest.mark.parametrize("wrong", ["", "<>", "x" * 600, "a\x01b"])
def test_what_cannot_be_a_message_id_is_refused(pages: Pages, wrong: str) -> None:
    answer = pages.op.post(ASK, data={"id": wrong})
    assert answer.status_code == 422
    assert "cannot be a Message-ID" in answer.text


def test_a_hostile_id_is_shown_as_text(pages: Pages) -> None:
    assert "<script>alert" not in ask(pages, "<script>alert(1)</script>@x")


def test_nobody_asks_more_mailboxes_than_the_bound(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange_sync.pipeline.asking.MAILBOXES", 1)
    text = ask(pages)
    assert "1 more mailboxes were not asked" in text
    assert SUPPORT not in text.split("</table>")[0] or CLAIMS not in text.split("</table>")[0]
