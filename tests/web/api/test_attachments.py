"""Attachments by reference: the same bytes, in part where asked for, never opened by a browser (reference 2.10)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from email.message import EmailMessage

import pytest

from tests.integration.pipeline.conftest import BOTH, SUPPORT
from tests.web.api.conftest import Api, bad, good
from tests.web.api.test_streams import fetch, make

CONTENT = bytes(range(256)) * 2_000


@pytest.fixture
def reference(api: Api) -> str:
    """Of an attachment of a synced mail, as a stream's result shows it."""
    boxes = (replace(BOTH.mailboxes[0], attachments="all"), BOTH.mailboxes[1])
    api.world.configure(replace(BOTH, mailboxes=boxes))
    make(api, start="beginning")
    message = EmailMessage()
    message["Message-ID"] = "<with-file@client.example>"
    message["From"] = "ann@client.example"
    message["Date"] = "Mon, 02 Mar 2026 12:00:00 +0000"
    message.set_content("See the file.")
    message.add_attachment(CONTENT, maintype="application", subtype="pdf", filename='Beleg „Ä".pdf')
    api.world.exchange.deliver(SUPPORT, api.world.exchange.folder(SUPPORT, "Inbox"), message.as_bytes())
    api.world.sync()
    [attachment] = fetch(api)["results"][0]["comment"]["attachments"]
    assert (attachment["size"], attachment["content_type"]) == (len(CONTENT), "application/pdf")
    return str(attachment["attachment_reference"])


def test_a_stream_results_attachment_downloads_the_same_bytes(api: Api, reference: str) -> None:
    response = api.viewer.get(f"/api/v1/attachments/{reference}")

    assert response.status_code == 200
    assert response.content == CONTENT
    headers = response.headers
    assert headers["content-type"] == "application/octet-stream"  # whatever the mail says: no browser runs it
    assert headers["content-disposition"].startswith("attachment; filename*=UTF-8''Beleg%20")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-length"] == str(len(CONTENT))


def test_a_part_is_what_the_range_says(api: Api, reference: str) -> None:
    path = f"/api/v1/attachments/{reference}"
    size = len(CONTENT)
    cases = {
        "bytes=0-9": (0, 10),
        "bytes=100-": (100, size),
        "bytes=-7": (size - 7, size),
        f"bytes=5-{size * 2}": (5, size),
    }

    for asked, (start, end) in cases.items():
        response = api.viewer.get(path, headers={"Range": asked})
        assert response.status_code == 206, asked
        assert response.content == CONTENT[start:end], asked
        assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"


def test_a_range_that_lies_outside_is_416_and_one_that_is_none_is_passed_over(api: Api, reference: str) -> None:
    path = f"/api/v1/attachments/{reference}"

    beyond = api.viewer.get(path, headers={"Range": f"bytes={len(CONTENT)}-"})
    bad(beyond, 416)
    assert beyond.headers["content-range"] == f"bytes */{len(CONTENT)}"
    for nonsense in ("bytes=9-2", "bytes=a-b", "lines=1-2", "bytes=-", "bytes=0-1,3-4"):
        assert api.viewer.get(path, headers={"Range": nonsense}).status_code == 200, nonsense
    stale = api.viewer.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert stale.status_code == 200


def test_an_unknown_reference_is_told_in_json(api: Api) -> None:
    bad(api.viewer.get("/api/v1/attachments/" + "A" * 43), 404)


def test_a_reference_is_worth_nothing_to_those_who_may_not_view_its_owners_sources(api: Api, reference: str) -> None:
    known = bad(api.nobody.get(f"/api/v1/attachments/{reference}"), 404)

    assert known == bad(api.nobody.get("/api/v1/attachments/" + "A" * 43), 404)


def test_content_that_a_program_adds_is_read_by_a_reference_of_its_own(api: Api) -> None:
    attachment = {"name": "a.txt", "size": 0, "content_type": "text/plain"}
    comment = {"id": "one", "timestamp": "2026-03-02T12:00:00Z", "messages": [{"body": {"text": "x"}}]}
    good(api.op.post("/api/v1/sources/acme%2Fmail/sync", json={"comments": [{**comment, "attachments": [attachment]}]}))
    path = "/api/_private/sources/acme%2Fmail/comments/one/attachments/0"
    references = []

    for content in (b"first", CONTENT):
        added = good(api.op.put(path, files={"file": content}))
        [shown] = good(api.viewer.get("/api/v1/sources/acme%2Fmail/comments/one"))["comment"]["attachments"]
        assert added["content_hash"] == shown["content_hash"] == hashlib.sha256(content).hexdigest()
        assert shown["size"] == len(content)
        references.append(shown["attachment_reference"])
        assert api.viewer.get(f"/api/v1/attachments/{references[-1]}").content == content

    bad(api.viewer.get(f"/api/v1/attachments/{references[0]}"), 404)
    bad(api.op.put(path.replace("/0", "/1"), files={"file": b"x"}), 404)
    bad(api.op.put(path.replace("/one/", "/two/"), files={"file": b"x"}), 404)
    bad(api.op.put(path.replace("/0", "/128"), files={"file": b"x"}), 422)


def test_a_raw_emails_attachment_is_added_by_its_message_id(api: Api, reference: str) -> None:
    path = "/api/_private/buckets/acme%2Fmail/emails/%3Cwith-file%40client.example%3E/attachments/0"

    good(api.op.put(path, files={"file": b"mended"}))

    [attachment] = fetch(api)["results"][0]["comment"]["attachments"]
    assert api.viewer.get(f"/api/v1/attachments/{attachment['attachment_reference']}").content == b"mended"
