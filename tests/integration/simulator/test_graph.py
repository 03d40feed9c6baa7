"""The simulated mailbox as Microsoft Graph tells it. Every answer is held to the schema of Graph's mail."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from exchange_simulator.testing import Running

from tests.integration.simulator.conftest import ANNA
from tests.support.graph import IMMUTABLE, Graph, check, schema
from tests.support.mail import mail

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
INBOX = "/mailFolders/inbox/messages"
DELTA = f"{INBOX}/delta?$select=id,receivedDateTime"


@pytest.fixture
def graph(exchange: Running) -> Iterator[Graph]:
    if schema() is None:
        pytest.skip("the schema of Graph's mail is not here")
    made = Graph(exchange, ANNA, immutable=True)
    yield made
    made.session.close()


def deliver(exchange: Running, number: int, **more: object) -> str:
    """A mail in Anna's Inbox; its EWS id."""
    when = NOON + timedelta(minutes=number)
    return exchange.control.deliver(ANNA, mail(number), received=when, **more)[ANNA]  # type: ignore[arg-type]


def rest(key: str) -> str:
    return key.replace("/", "-").replace("+", "_")


# folders


def test_the_tree_is_walked_by_children_ten_a_page_and_hidden_folders_are_asked_for(exchange: Running, graph: Graph):
    for number in range(12):
        exchange.control.create_folder(ANNA, ("Posteingang", f"Ordner {number}"))
    inbox = graph.get("/mailFolders/inbox", "AnyMailFolder")
    assert (inbox["displayName"], inbox["childFolderCount"]) == ("Posteingang", 12)
    first = graph.get(f"/mailFolders/{inbox['id']}/childFolders", "MailFolderPage")
    assert len(first["value"]) == 10
    assert len(graph.all("/mailFolders/inbox/childFolders", "MailFolderPage")) == 12
    top = {one["displayName"] for one in graph.all("/mailFolders?$top=100", "MailFolderPage")}
    hidden = {
        one["displayName"] for one in graph.all("/mailFolders?$top=100&includeHiddenFolders=true", "MailFolderPage")
    }
    assert "Posteingang" in top
    assert hidden - top == {"Conversation Action Settings"}


def test_a_folder_is_known_by_its_ews_id_in_other_letters_and_by_its_well_known_name(exchange: Running, graph: Graph):
    key = next(one["folder_id"] for one in exchange.control.folders(ANNA) if one["role"] == "sentitems")
    assert graph.get("/mailFolders/SentItems", "AnyMailFolder")["id"] == rest(key)
    assert graph.get(f"/mailFolders/{rest(key)}", "AnyMailFolder")["displayName"] == "Gesendete Elemente"
    assert graph.error("/mailFolders/scheduled", 404) == "ErrorItemNotFound"


def test_class_and_marks_come_by_extended_properties_and_filter_by_class(exchange: Running, graph: Graph):
    expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x3613' or id eq 'SystemTime 0x670A')"
    found = {one["displayName"]: one for one in graph.all(f"/mailFolders?$top=100&{expand}", "MailFolderPage")}
    told = {one["id"]: one["value"] for one in found["Kalender"]["singleValueExtendedProperties"]}
    assert told["String 0x3613"] == "IPF.Appointment"
    assert told["SystemTime 0x670a"].endswith("Z")
    chosen = "$filter=singleValueExtendedProperties/any(ep:ep/id eq 'String 0x3613' and ep/value eq 'IPF.Appointment')"
    assert [one["displayName"] for one in graph.all(f"/mailFolders?{chosen}", "MailFolderPage")] == ["Kalender"]
    by_name = graph.all("/mailFolders?$filter=displayName eq 'Posteingang'", "MailFolderPage")
    assert len(by_name) == 1


# messages


def test_messages_come_newest_first_ten_a_page_and_are_counted(exchange: Running, graph: Graph):
    for number in range(25):
        deliver(exchange, number)
    assert len(graph.get(INBOX, "MessagePage")["value"]) == 10
    found = graph.all(f"{INBOX}?$select=internetMessageId", "MessagePage")
    assert [one["internetMessageId"] for one in found] == [f"<mail-{n}@client.example>" for n in reversed(range(25))]
    page = graph.get(f"{INBOX}?$top=5&$count=true&$skip=20", "MessagePage")
    assert (len(page["value"]), page["@odata.count"], "@odata.nextLink" in page) == (5, 25, False)
    assert graph.raw(f"{INBOX}/$count").text == "25"


def test_a_window_is_asked_by_filter_and_order_in_step(exchange: Running, graph: Graph):
    for number in range(6):
        deliver(exchange, number)
    low, high = "2026-11-02T12:01:00Z", "2026-11-02T13:04:00%2B01:00"
    ask = f"{INBOX}?$filter=receivedDateTime ge {low} and receivedDateTime lt {high}&$orderby=receivedDateTime"
    found = graph.all(f"{ask}&$select=receivedDateTime", "MessagePage")
    assert [one["receivedDateTime"][14:16] for one in found] == ["01", "02", "03"]
    assert graph.error(f"{INBOX}?$filter=isRead eq false&$orderby=receivedDateTime", 400) == "InefficientFilter"
    assert graph.error(f"{INBOX}?$search=x", 400) == "ErrorInvalidUrlQuery"
    assert graph.error(f"{INBOX}?$filter=receivedDateTime ge 2026-11-02T12:00:00", 400) == "ErrorInvalidUrlQuery"


def test_both_kinds_of_id_name_a_message_and_the_header_of_the_request_decides_what_is_told(
    exchange: Running, graph: Graph
):
    key = rest(deliver(exchange, 1))
    immutable = graph.get(f"/messages/{key}?$select=id", "AnyMessage")["id"]
    assert (len(immutable), len(key)) == (72, 152)
    assert graph.get(f"/messages/{immutable}?$select=id", "AnyMessage", Prefer="odata.maxpagesize=5")["id"] == key
    exchange.control.move(key.replace("-", "/").replace("_", "+"), "deleteditems")
    assert graph.error(f"/messages/{key}", 404) == "ErrorItemNotFound"
    moved = graph.get(f"/messages/{immutable}?$select=id,parentFolderId", "AnyMessage")
    assert moved["parentFolderId"] == graph.get("/mailFolders/deleteditems", "AnyMailFolder")["id"]
    assert graph.error("/messages/nonsense", 400) == "ErrorInvalidIdMalformed"


def test_the_deleted_answer_from_recoverable_items_and_the_purged_do_not(exchange: Running, graph: Graph):
    key = deliver(exchange, 1)
    immutable = graph.get(f"/messages/{rest(key)}?$select=id", "AnyMessage")["id"]
    key = exchange.control.move(key, "recoverableitemsdeletions")
    told = graph.get(f"/messages/{immutable}?$select=id,parentFolderId", "AnyMessage")
    folders = {one["id"] for one in graph.all("/mailFolders?$top=100", "MailFolderPage")}
    assert told["parentFolderId"] not in folders
    exchange.control.delete(key)
    assert graph.error(f"/messages/{immutable}", 404) == "ErrorItemNotFound"


def test_a_message_is_told_whole_with_headers_only_where_they_are_selected(exchange: Running, graph: Graph):
    key = rest(deliver(exchange, 1))
    found = graph.get(f"/messages/{key}", "AnyMessage")
    assert found["internetMessageId"] == "<mail-1@client.example>"
    assert "internetMessageHeaders" not in found
    assert found["body"]["contentType"] == "html"
    text = graph.get(f"/messages/{key}?$select=body", "AnyMessage", Prefer='outlook.body-content-type="text"')
    assert text["body"]["contentType"] == "text"
    headers = graph.get(f"/messages/{key}?$select=internetMessageHeaders", "AnyMessage")["internetMessageHeaders"]
    assert "Message-ID" in {one["name"] for one in headers}
    expand = "singleValueExtendedProperties($filter=id eq 'String 0x001A' or id eq 'Integer 0x0E08')"
    told = graph.get(f"/messages/{key}?$select=id&$expand={expand}", "AnyMessage")["singleValueExtendedProperties"]
    assert [one["id"] for one in told] == ["String 0x1a", "Integer 0xe08"]


def test_the_mime_comes_in_chunks_as_text(exchange: Running, graph: Graph):
    answer = graph.raw(f"/messages/{rest(deliver(exchange, 1))}/$value")
    assert b"Message-ID: <mail-1@client.example>" in answer.content
    assert "content-length" not in answer.headers
    assert answer.headers["content-type"].startswith("text/plain")
    encrypted = rest(deliver(exchange, 2, item_class="IPM.Note.SMIME"))
    told = graph.raw(f"/messages/{encrypted}/$value")
    assert (told.status_code, told.json()["error"]["code"]) == (500, "ErrorMimeContentConversionFailed")
    assert graph.get(f"/messages/{encrypted}", "AnyMessage")["id"]


def test_attachments_bring_their_content_unless_it_is_left_out(exchange: Running, graph: Graph):
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "a@b.example", "files", "<f@b.example>"
    made.set_content("see")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    inner = EmailMessage()
    inner["Subject"] = "inside"
    inner.set_content("x")
    made.add_attachment(inner)
    key = rest(exchange.control.deliver(ANNA, made.as_bytes())[ANNA])
    file, item = graph.get(f"/messages/{key}/attachments", "AttachmentPage")["value"]
    assert base64.b64decode(file["contentBytes"]) == b"%PDF"
    assert (item["@odata.type"], item["contentType"]) == ("#microsoft.graph.itemAttachment", None)
    select = "$select=id,name,size,microsoft.graph.fileAttachment/contentId"
    file, item = graph.get(f"/messages/{key}/attachments?{select}", "AttachmentPage")["value"]
    assert "contentBytes" not in file
    assert graph.raw(f"/messages/{key}/attachments/{file['id']}/$value").content == b"%PDF"
    assert b"Subject: inside" in graph.raw(f"/messages/{key}/attachments/{item['id']}/$value").content
    assert graph.error(f"/messages/{key}/attachments/x", 404) == "ErrorItemNotFound"


# delta


def test_a_first_round_lists_all_and_the_next_what_changed(exchange: Running, graph: Graph):
    for number in range(23):
        deliver(exchange, number)
    entries, link = graph.round(DELTA)
    assert len({one["id"] for one in entries}) == len(entries) == 23
    assert graph.round(link)[0] == []
    new = deliver(exchange, 30)
    changed, link = graph.round(link)
    assert [set(one) for one in changed] == [{"@odata.etag", "id", "receivedDateTime"}]
    exchange.control.mark_read(new)
    assert graph.round(link)[0] == []  # isRead was not selected
    exchange.control.delete(new)
    removed, _ = graph.round(link)
    assert removed == [{"id": changed[0]["id"], "@removed": {"reason": "deleted"}}]


@pytest.mark.parametrize("form", ["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"])
@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_delta_is_written_in_four_ways(exchange: Running, graph: Graph, form: str, version: str):
    deliver(exchange, 1)
    url = f"{graph.user.replace('v1.0', version)}{INBOX}/{form}?select=id"
    assert len(graph.round(url)[0]) == 1


def test_who_left_and_came_back_between_two_rounds_is_told_as_removed_and_never_again(exchange: Running, graph: Graph):
    key = deliver(exchange, 1)
    (known,), link = graph.round(DELTA)
    exchange.control.move(exchange.control.move(key, "deleteditems"), "inbox")
    entries, link = graph.round(link)
    assert entries == [{"id": known["id"], "@removed": {"reason": "deleted"}}]
    assert graph.round(link)[0] == []
    assert graph.get(f"/messages/{known['id']}?$select=id", "AnyMessage")["id"] == known["id"]


def test_a_move_is_removed_here_and_new_there_under_one_id(exchange: Running, graph: Graph):
    key = deliver(exchange, 1)
    (known,), here = graph.round(DELTA)
    _, there = graph.round(DELTA.replace("inbox", "deleteditems"))
    exchange.control.move(key, "deleteditems")
    assert graph.round(here)[0][0]["@removed"]
    assert [one["id"] for one in graph.round(there)[0]] == [known["id"]]


def test_a_request_without_the_header_speaks_other_ids(exchange: Running, graph: Graph):
    for number in range(12):
        deliver(exchange, number)
    page = graph.get(DELTA, "MessageDeltaPage")
    other = graph.get(page["@odata.nextLink"], "MessageDeltaPage", Prefer="odata.maxpagesize=10")
    assert {len(one["id"]) for one in page["value"]} == {72}
    assert {len(one["id"]) for one in other["value"]} == {152}


def test_states_are_lost_in_a_round_and_between_rounds_and_nonsense_is_refused(exchange: Running, graph: Graph):
    for number in range(12):
        deliver(exchange, number)
    half = graph.get(DELTA, "MessageDeltaPage")["@odata.nextLink"]
    _, link = graph.round(DELTA)
    exchange.control.expire_states(ANNA)
    assert (graph.error(half, 410), graph.error(link, 410)) == ("SyncStateNotFound", "SyncStateNotFound")
    assert graph.error(f"{INBOX}/delta?$deltatoken=nonsense", 400) == "BadRequest"
    assert len(graph.round(DELTA)[0]) == 12


def test_a_filtered_delta_takes_one_filter(exchange: Running, graph: Graph):
    for number in range(6):
        deliver(exchange, number)
    entries, _ = graph.round(f"{DELTA}&$filter=receivedDateTime ge 2026-11-02T12:03:00Z")
    assert len(entries) == 3
    assert graph.error(f"{DELTA}&$filter=isRead eq true", 400) == "ErrorInvalidUrlQuery"


# batches


def test_a_batch_answers_each_for_itself_in_any_order(exchange: Running, graph: Graph):
    key = rest(deliver(exchange, 1))
    base = f"/users/{ANNA}"
    found = graph.batch(f"{base}/messages/{key}?$select=id", f"{graph.user}/mailFolders/inbox", f"{base}/messages/x",
                        f"{base}/messages/{key}/$value", Prefer=IMMUTABLE)  # fmt: skip
    assert [found[str(place)]["status"] for place in range(4)] == [200, 200, 400, 200]
    assert len(found["0"]["body"]["id"]) == 72
    assert b"Message-ID" in base64.b64decode(found["3"]["body"])
    assert graph.session.post(f"{graph.root}/$batch", json={"requests": []}).status_code == 400
    twice = {"requests": [{"id": "1", "method": "GET", "url": base}] * 2}
    assert graph.session.post(f"{graph.root}/$batch", json=twice).status_code == 400


# rights, limits, faults


def test_who_may_not_is_refused_and_nobody_writes(exchange: Running, graph: Graph):
    exchange.control.set_impersonation(exchange.username, ANNA, allowed=False)
    exchange.control.set_rights(exchange.username, ANNA, access="none")
    assert graph.error("/messages", 403) == "ErrorAccessDenied"
    assert graph.error(f"{graph.root}/users/nobody@firm.example/messages", 404) == "ErrorInvalidUser"
    assert graph.session.post(f"{graph.user}/messages", json={"subject": "x"}).status_code == 403
    assert graph.session.delete(f"{graph.user}/messages/x").status_code == 403
    assert sum(exchange.control.counts()["refused"].values()) == 2
    graph.session.headers["Authorization"] = "Bearer never"
    assert graph.error("/messages", 401) == "InvalidAuthenticationToken"


def test_the_archive_is_not_there(exchange: Running, graph: Graph):
    exchange.control.enable_archive(ANNA)
    key = exchange.control.move(deliver(exchange, 1), ("archivemsgfolderroot",))
    assert graph.error(f"/messages/{rest(key)}", 404) == "ErrorItemNotFound"
    archive = next(one["folder_id"] for one in exchange.control.folders(ANNA) if one["role"] == "archivemsgfolderroot")
    assert graph.error(f"/mailFolders/{rest(archive)}", 404) == "ErrorItemNotFound"
    assert graph.all("/messages", "MessagePage") == []


def test_a_full_mailbox_refuses_delta_and_nothing_else(exchange: Running, graph: Graph):
    deliver(exchange, 1)
    exchange.control.set_graph_limits(delta_bytes=1_000_000, quota=2_500_000)
    for _ in range(3):
        graph.get(DELTA, "MessageDeltaPage")
    assert graph.error(DELTA, 403) == "ErrorQuotaExceeded"
    assert len(graph.all(INBOX, "MessagePage")) == 1


def test_too_many_requests_are_put_off_with_a_fraction_of_a_second(exchange: Running, graph: Graph):
    exchange.control.set_graph_limits(requests=2)
    for _ in range(2):
        graph.get("/mailFolders/inbox", "AnyMailFolder")
    answer = graph.raw("/mailFolders/inbox")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2.128")
    inside = graph.batch(f"/users/{ANNA}/mailFolders/inbox")["0"]
    assert (inside["status"], inside["headers"]["Retry-After"]) == (429, "2.128")


def test_scripted_faults(exchange: Running, graph: Graph):
    poison = deliver(exchange, 1)
    for number in range(2, 13):
        deliver(exchange, number)
    add = exchange.control.add_fault
    add("graph_error", operation="GET messages", status=503, code="ErrorServerBusy", retry_after="7")
    answer = graph.raw(INBOX)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    add("item_error", item_id=poison, times=None, code="ErrorContentConversionFailed")
    assert graph.error(f"{INBOX}?$top=50", 500) == "InternalServerError"
    assert graph.error(f"/messages/{rest(poison)}", 500) == "ErrorContentConversionFailed"
    exchange.control.remove_faults()
    add("graph_link_elsewhere", operation="GET messages/delta", host="evil.example")
    assert graph.get(DELTA, "MessageDeltaPage")["@odata.nextLink"].startswith("https://evil.example/v1.0/")
    add("expired_state", operation="GET messages/delta")
    half = graph.get(DELTA, "MessageDeltaPage")["@odata.nextLink"]
    assert graph.error(half, 410) == "SyncStateNotFound"


def test_the_call_log_tells_what_was_asked_and_preferred(exchange: Running, graph: Graph):
    exchange.control.clear_calls()
    graph.get(DELTA, "MessageDeltaPage")
    graph.batch(f"/users/{ANNA}/mailFolders/inbox")
    first, second = exchange.control.calls()
    assert (first["operation"], first["prefer"], first["mailboxes"]) == ("GET messages/delta", IMMUTABLE, [ANNA])
    assert "select=id" in first["detail"]
    assert second["operation"] == "POST $batch"


def test_no_more_than_four_are_answered_at_once(exchange: Running, graph: Graph):
    exchange.control.set_graph_limits(at_once=0)
    told = graph.raw("/mailFolders/inbox")
    assert (told.status_code, told.json()["error"]["code"]) == (429, "ApplicationThrottled")
    exchange.control.set_graph_limits(at_once=4)
    graph.get("/mailFolders/inbox", "AnyMailFolder")
    assert exchange.control.graph_limits()["most_at_once"] == 1


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"scope": "Mail.Read"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_the_token_endpoint_refuses_in_microsofts_words(
    exchange: Running, graph: Graph, form: dict[str, str], status: int, error: str, number: int
):
    right = {"grant_type": "client_credentials", "client_id": exchange.username, "client_secret": exchange.password,
             "scope": "https://graph.microsoft.com/.default"}  # fmt: skip
    url = f"{exchange.simulator.graph_url}/firm/oauth2/v2.0/token"
    answer = graph.session.post(url, data={**right, **form})
    check(answer.json(), "TokenError")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [number])
    exchange.control.set_directory(tenant="other", expired=[exchange.username])
    assert graph.session.post(url, data=right).json()["error_codes"] == [90002]
    assert graph.session.post(url.replace("firm", "other"), data=right).json()["error_codes"] == [7000222]
