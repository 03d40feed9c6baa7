"""Mailboxes are added many at once, found, changed and taken out; a thousand make no slow page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from exchange_sync.errors import Retriable
from exchange_sync.model.folder_path import folder_path, folder_text
from exchange_sync.web.pages.editing.mailbox_fields import pasted

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.memory_exchange import MemorySource
from tests.web.pages.conftest import Pages

LIST = "/integrations/acme/exchange/edit/mailboxes"
ONE = f"/integrations/acme/exchange/mailboxes/{SUPPORT}"


@pytest.fixture
def pages(world: World) -> Iterator[Pages]:
    """The integration's Exchange is the world's."""
    found = Pages(world, open_source=lambda connection: MemorySource(world.exchange))
    fields = {"host": "mail.acme.example", "login": "svc", "password": "pw", "extra": {}}
    found.connections.kept["exchange_acme"] = fields
    yield found
    found.pool.close()


def read_at(pages: Pages) -> str:
    found = re.search(r'name="updated_at" value="([^"]*)"', pages.op.get(LIST).text)
    assert found is not None
    return found[1]


def send(pages: Pages, path: str, **data: Any) -> Any:
    return pages.op.post(path, data={"updated_at": read_at(pages), **data}, follow_redirects=False)


def boxes(pages: Pages) -> dict[str, dict[str, Any]]:
    rows = pages.world.rows("SELECT * FROM mailboxes WHERE removed_at IS NULL ORDER BY address")
    return {str(row["address"]): row for row in rows}


def test_what_is_pasted_is_read_by_line_comma_and_name() -> None:
    found = pasted("Ann <Ann@acme.example>, bob@acme.example;\n\ncarl@acme.example")
    assert found.addresses == ("ann@acme.example", "bob@acme.example", "carl@acme.example")
    assert found.problems == ()


def test_what_is_misspelt_or_doubled_is_told_by_its_line() -> None:
    found = pasted("ann@acme.example\nnobody, ANN@acme.example")
    assert [problem.split(":")[0] for problem in found.problems] == ["line 2", "line 2"]
    assert "nobody" in found.problems[0]
    assert "line 1" in found.problems[1]


@pytest.mark.parametrize("path", [("Inbox",), ("Inbox", "A/B"), ("Back\\slash", "x", "/")])
def test_a_folders_path_is_read_as_it_is_written(path: tuple[str, ...]) -> None:
    assert folder_path(folder_text(path)) == path


@pytest.mark.parametrize("wrong", ["/", "Inbox/ /x", "Inbox\\"])
def test_what_is_no_path_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="Inbox/Claims"):
        folder_path(wrong)


def test_many_are_added_with_the_same_options_and_the_others_stay(pages: Pages) -> None:
    answer = send(pages, LIST, addresses="ann@acme.example, bob@acme.example", bucket="acme/new", keep_mime="1",
                  attachments="all", archive="1", participant_deny="boss@acme.example")  # fmt: skip
    assert answer.status_code == 303
    found = boxes(pages)
    assert set(found) == {SUPPORT, CLAIMS, "ann@acme.example", "bob@acme.example"}
    assert found["bob@acme.example"]["filters"] == {"archive": True, "participant_deny": ["boss@acme.example"]}
    [trail] = pages.world.rows("SELECT details FROM audit WHERE action = 'mailboxes added'")
    assert trail["details"] == {"count": 2, "mailboxes": ["ann@acme.example", "bob@acme.example"]}


def test_one_wrong_address_and_none_is_added(pages: Pages) -> None:
    answer = send(pages, LIST, addresses=f"ann@acme.example\nno one\n{SUPPORT}", bucket="acme/new")
    assert answer.status_code == 422
    assert "line 2" in answer.text
    assert f"{SUPPORT} is a mailbox of this integration already" in answer.text
    assert "ann@acme.example\nno one" in answer.text
    assert set(boxes(pages)) == {SUPPORT, CLAIMS}
    assert pages.world.rows("SELECT 1 FROM buckets WHERE name = 'new'") == []


def test_a_stale_form_adds_nothing(pages: Pages) -> None:
    old = "2020-01-01T00:00:00+00:00"
    assert send(pages, LIST, addresses="a@acme.example", bucket="acme/mail", updated_at=old).status_code == 409
    assert set(boxes(pages)) == {SUPPORT, CLAIMS}


def test_those_that_are_ticked_are_changed_and_keep_the_rest(pages: Pages) -> None:
    send(pages, f"{ONE}/edit", attachments="all", folder_deny="Inbox/Private")
    assert send(pages, f"{LIST}/change", address=[SUPPORT, CLAIMS], set_archive="1", archive="1").status_code == 303
    found = boxes(pages)
    assert found[SUPPORT]["filters"] == {"archive": True, "folder_deny": [["Inbox", "Private"]]}
    assert (found[SUPPORT]["attachments"], found[CLAIMS]["attachments"]) == ("all", "none")
    assert found[CLAIMS]["filters"] == {"archive": True}


def test_one_is_edited_and_a_mistake_is_told_beside_its_field(pages: Pages) -> None:
    wrong = send(pages, f"{ONE}/edit", attachments="all", participant_allow="no address")
    assert wrong.status_code == 422
    assert 'id="participant_allow-fault"' in wrong.text
    right = send(
        pages, f"{ONE}/edit", attachments="all", start_time="2026-02-03T04:05", folder_allow="Inbox\nSent Items/x"
    )
    assert right.status_code == 303
    found = boxes(pages)[SUPPORT]
    assert str(found["start_time"]) == "2026-02-03 04:05:00+00:00"
    assert found["filters"] == {"folder_allow": [["Inbox"], ["Sent Items", "x"]]}


def test_a_domain_of_a_filter_is_kept_in_the_form_that_is_compared_or_refused(pages: Pages) -> None:
    wrong = send(pages, f"{ONE}/edit", attachments="all", domain_deny="payroll.*")
    assert wrong.status_code == 422
    assert "is not a domain: expected a domain such as acme.example" in wrong.text
    forms = "@payroll.example\n*.payroll.example\npayroll.example.\nexämple.de"
    assert send(pages, f"{ONE}/edit", attachments="all", domain_deny=forms).status_code == 303
    assert boxes(pages)[SUPPORT]["filters"] == {"domain_deny": ["payroll.example", "xn--exmple-cua.de"]}


@pytest.mark.parametrize("address", ["почта@пример.рф", "ann\x07@acme.example", "a..b@acme.example", "a@b@c"])
def test_a_mailbox_that_exchange_cannot_have_is_refused_with_its_line(pages: Pages, address: str) -> None:
    answer = send(pages, LIST, addresses=f"ann@acme.example\n{address}", bucket="acme/new")
    assert answer.status_code == 422
    assert "Line 2: mailbox address" in answer.text
    assert set(boxes(pages)) == {SUPPORT, CLAIMS}


def test_the_real_folders_are_shown_with_counts_and_what_is_listed_is_ticked(pages: Pages) -> None:
    exchange = pages.world.exchange
    inbox = exchange.folder(SUPPORT, "Inbox")
    exchange.add_folder(SUPPORT, ("Inbox", "A/B"))
    exchange.add_folder(SUPPORT, ("Calendar",), folder_class="IPF.Appointment")
    exchange.deliver(SUPPORT, inbox, b"From: a@b.example\r\nMessage-ID: <1@x>\r\n\r\nHi")
    send(pages, f"{ONE}/edit", attachments="none", folder_deny="inbox/a\\/b")

    text = pages.op.get(f"{ONE}/folders").text

    assert "Calendar" not in text
    assert "not synced: drafts" in text
    assert re.search(r'name="folder_deny" value="Inbox/A\\/B"[^>]* checked', text)
    assert not re.search(r'name="folder_allow" [^>]* checked', text)
    assert '<td class="number">1</td>' in text


def test_without_exchange_paths_can_still_be_typed(pages: Pages) -> None:
    def away(*_: Any) -> None:
        raise Retriable("the server cannot be reached", 5.0)

    pages.world.exchange.fault = away
    answer = pages.op.get(f"{ONE}/folders")
    assert answer.status_code == 200
    assert "the server cannot be reached" in answer.text
    assert "typed" in answer.text


def test_taking_out_tells_what_stays_and_leaves_the_comments(pages: Pages) -> None:
    pages.world.exchange.deliver(SUPPORT, pages.world.exchange.folder(SUPPORT, "Inbox"),
                                 b"From: a@b.example\r\nMessage-ID: <1@x>\r\n\r\nHi")  # fmt: skip
    pages.world.sync()
    assert "1 comment that it brought stays" in pages.op.get(f"{ONE}/remove").text
    assert SUPPORT in send(pages, f"{LIST}/remove", address=[SUPPORT]).text
    assert SUPPORT in boxes(pages)
    assert send(pages, f"{LIST}/remove", address=[SUPPORT], confirmed="1").status_code == 303
    assert set(boxes(pages)) == {CLAIMS}
    assert len(pages.world.rows("SELECT 1 FROM comments")) == 1


def test_a_thousand_mailboxes_are_listed_by_pages_each_within_a_tenth_of_a_second(pages: Pages) -> None:
    many = "\n".join(f"box{number:04}@acme.example" for number in range(1000))
    assert send(pages, LIST, addresses=many, bucket="acme/mail").status_code == 303
    for path in (LIST, f"{LIST}?q=box09", f"{LIST}?after=box0500@acme.example", "/integrations/acme/exchange/edit"):
        pages.op.get(path)
        started = time.process_time()
        text = pages.op.get(path).text
        assert time.process_time() - started < 0.1
        assert text.count('name="address"') <= 50
    assert "box0501@acme.example" in pages.op.get(f"{LIST}?after=box0500@acme.example").text
    assert "100 of 1,002 mailboxes" in pages.op.get(f"{LIST}?q=box09").text
