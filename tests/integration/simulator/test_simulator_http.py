"""What real clients demand of the HTTP face, and who may see what."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import requests
from exchange_simulator.ews.dispatch import OPERATIONS
from exchange_simulator.testing import Running, running

from tests.support.mail import mail
from tests.support.soap import M, S, Soap, T, folder_id

ANNA = "anna@firm.example"
BEN = "ben@firm.example"
ID_ONLY = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"


def _get_folder(soap: Soap, *folders: str) -> list[str]:
    ids = "".join(folders)
    return soap.ask(f"<m:GetFolder>{ID_ONLY}<m:FolderIds>{ids}</m:FolderIds></m:GetFolder>").codes()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_anonymous_call_is_challenged(exchange: Running, method: str) -> None:
    answer = requests.request(method, exchange.ews_url, verify=exchange.ca_file, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_the_certificate_is_no_ones_but_the_own_authoritys(exchange: Running) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(exchange.ews_url, timeout=10)


def test_the_path_is_found_in_any_case_and_no_other_is(exchange: Running, anna: Soap) -> None:
    for path, status in (("/ews/exchange.asmx", 200), ("/EWS/EXCHANGE.ASMX", 200), ("/EWS/Other.asmx", 404)):
        url = exchange.ews_url.replace("/EWS/Exchange.asmx", path)
        assert anna.http.get(url, timeout=10).status_code == status


def test_an_answer_is_what_strict_clients_want(anna: Soap) -> None:
    answer = anna.sync("inbox")
    assert answer.http.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.http.content.startswith(b"<?xml")
    info = answer.xml.find(f"{S}Header/{T}ServerVersionInfo")
    for name in ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber"):
        assert info.get(name).isdigit()


def test_a_fault_comes_with_500(anna: Soap) -> None:
    for raw in (b"", b"<nonsense", b"<a/>", f'<s:Envelope xmlns:s="{S[1:-1]}"><s:Body/></s:Envelope>'.encode()):
        answer = anna.post(raw)
        assert answer.http.status_code == 500
        assert answer.codes() == ["ErrorSchemaValidation"]
        assert answer.payload.tag == f"{S}Fault"


def test_requests_are_read_by_namespace_whatever_the_prefix(anna: Soap) -> None:
    answer = anna.post(
        f'<x:Envelope xmlns:x="{S[1:-1]}"><x:Header><RequestServerVersion xmlns="{T[1:-1]}" Version="Exchange2013"/>'
        f'<a:ExchangeImpersonation xmlns:a="{T[1:-1]}"><a:ConnectingSID><a:SmtpAddress>{ANNA}</a:SmtpAddress>'
        f'</a:ConnectingSID></a:ExchangeImpersonation></x:Header><x:Body><GetFolder xmlns="{M[1:-1]}"><FolderShape>'
        f'<BaseShape xmlns="{T[1:-1]}">IdOnly</BaseShape></FolderShape><FolderIds>'
        f'<q:DistinguishedFolderId xmlns:q="{T[1:-1]}" Id="inbox"/></FolderIds></GetFolder></x:Body>'
        "</x:Envelope>".encode()
    )
    assert answer.codes() == ["NoError"]


def test_entities_are_not_expanded(anna: Soap) -> None:
    answer = anna.post(
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><s:Envelope xmlns:s="{S[1:-1]}"><s:Body>'
        f'<ResolveNames xmlns="{M[1:-1]}" ReturnFullContactData="false"><UnresolvedEntry>&e;</UnresolvedEntry>'
        "</ResolveNames></s:Body></s:Envelope>".encode()
    )
    assert answer.codes() == ["ErrorNameResolutionNoResults"]


def test_an_answer_is_compressed_only_when_asked(exchange: Running, anna: Soap) -> None:
    for number in range(5):
        exchange.control.deliver(ANNA, mail(number))
    assert anna.sync("inbox").http.headers["Content-Encoding"] == "gzip"
    anna.http.headers["Accept-Encoding"] = "identity"
    assert "Content-Encoding" not in anna.sync("inbox").http.headers


def test_times_are_utc_to_the_second(exchange: Running, anna: Soap) -> None:
    exchange.control.deliver(ANNA, mail(1))
    texts = anna.sync("inbox", shape="AllProperties").texts("DateTimeReceived")
    assert [bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text or "")) for text in texts] == [True]


@pytest.mark.parametrize(
    "operation",
    [
        "CreateItem",
        "UpdateItem",
        "DeleteItem",
        "MoveItem",
        "SendItem",
        "EmptyFolder",
        "UpdateFolder",
        "Subscribe",
        "UploadItems",
        "MarkAllItemsAsRead",
        "Nonsense",
    ],
)
def test_whatever_writes_is_refused_and_recorded(exchange: Running, anna: Soap, operation: str) -> None:
    answer = anna.ask(f"<m:{operation}/>")
    assert answer.http.status_code == 500
    assert answer.codes() == ["ErrorAccessDenied"]
    assert exchange.control.counts()["refused"] == {operation: 1}
    assert operation not in OPERATIONS


def test_the_call_log_tells_who_asked_what(exchange: Running, anna: Soap) -> None:
    item = exchange.control.deliver(ANNA, mail(1))[ANNA]
    anna.http.headers["User-Agent"] = "test/1"
    size = len(anna.get(item, item).http.content)
    (call,) = exchange.control.calls()
    assert (call["operation"], call["mailboxes"], call["ids"], call["status"]) == ("GetItem", [ANNA], 2, 200)
    assert (call["codes"], call["user_agent"], call["account"]) == (["NoError"], "test/1", exchange.username)
    assert 0 < call["sent"] <= size
    exchange.control.clear_calls()
    assert exchange.control.calls() == []
    assert exchange.control.counts()["calls"] == 0


def test_log_ins_are_counted_and_a_changed_password_counts_at_once(exchange: Running, anna: Soap) -> None:
    anna.sync("inbox")
    exchange.control.set_account(exchange.username, "another")
    assert anna.sync("inbox").http.status_code == 401
    requests.post(exchange.ews_url, verify=exchange.ca_file, timeout=10)
    told = exchange.control.authentication()
    assert (told["attempts"], told["failures"], told["anonymous"]) == (2, 1, 1)
    assert told["failures_by_user"] == {exchange.username: 1}


def test_impersonation_needs_the_right_and_the_mailbox(exchange: Running) -> None:
    exchange.control.add_mailbox(BEN)
    exchange.control.set_impersonation(exchange.username, BEN, allowed=False)
    for who, code in (
        (ANNA, "NoError"),
        (BEN, "ErrorImpersonateUserDenied"),
        ("no@x.example", "ErrorNonExistentMailbox"),
    ):
        answer = Soap(exchange, who).sync("inbox")
        assert answer.codes() == [code]
        assert answer.http.status_code == (200 if code == "NoError" else 500)
    assert Soap(exchange, " ").sync("inbox").codes() == ["ErrorInvalidExchangeImpersonationHeaderData"]


def test_one_who_impersonates_sees_that_mailbox_alone(exchange: Running, anna: Soap) -> None:
    exchange.control.add_mailbox(BEN)
    bens = exchange.control.deliver(BEN, mail(1))[BEN]
    assert anna.get(bens).codes() == ["ErrorAccessDenied"]
    assert _get_folder(anna, folder_id("inbox", BEN)) == ["ErrorAccessDenied"]


def test_a_delegate_reads_what_its_rights_say(exchange: Running) -> None:
    control = exchange.control
    delegate = Soap(exchange)
    claims = control.create_folder(ANNA, ("inbox", "Claims"))
    secret = control.create_folder(ANNA, ("inbox", "Secret"))
    item = control.deliver(ANNA, mail(1), folder=claims)[ANNA]
    assert _get_folder(delegate, folder_id("inbox", ANNA), folder_id(claims)) == ["NoError", "NoError"]
    assert _get_folder(delegate, folder_id("inbox", "no@x.example")) == ["ErrorNonExistentMailbox"]
    assert _get_folder(delegate, folder_id("inbox")) == ["ErrorNonExistentMailbox"]

    control.set_rights(exchange.username, ANNA, access="visible", folder=claims)
    control.set_rights(exchange.username, ANNA, access="none", folder=secret)
    assert _get_folder(delegate, folder_id(claims), folder_id(secret)) == ["ErrorAccessDenied", "ErrorFolderNotFound"]
    assert delegate.sync(claims).codes() == ["ErrorAccessDenied"]
    assert delegate.get(item).codes() == ["ErrorAccessDenied"]
    root = folder_id("msgfolderroot", ANNA)
    tree = delegate.ask(
        f'<m:FindFolder Traversal="Deep">{ID_ONLY}<m:ParentFolderIds>{root}</m:ParentFolderIds></m:FindFolder>'
    ).ids("FolderId")
    assert claims in tree
    assert secret not in tree

    control.set_rights(exchange.username, ANNA, access="none")
    assert _get_folder(delegate, folder_id("msgfolderroot", ANNA)) == ["ErrorAccessDenied"]


def test_a_folder_that_is_hidden_or_shown_appears_in_the_next_hierarchy_sync(exchange: Running) -> None:
    control, delegate = exchange.control, Soap(exchange)
    claims = control.create_folder(ANNA, ("inbox", "Claims"))
    root = folder_id("msgfolderroot", ANNA)

    def sync(state: str) -> tuple[str, dict[str, list[str]]]:
        told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        answer = delegate.ask(
            f"<m:SyncFolderHierarchy>{ID_ONLY}<m:SyncFolderId>{root}</m:SyncFolderId>{told}</m:SyncFolderHierarchy>"
        )
        kinds = {
            kind: [next(change.iter(f"{T}FolderId")).get("Id") for change in answer.xml.iter(f"{T}{kind}")]
            for kind in ("Create", "Update", "Delete")
        }
        return answer.texts("SyncState")[0] or "", kinds

    state, kinds = sync("")
    assert claims in kinds["Create"]
    control.set_rights(exchange.username, ANNA, access="none", folder=claims)
    state, kinds = sync(state)
    assert kinds == {"Create": [], "Update": [], "Delete": [claims]}
    control.set_rights(exchange.username, ANNA, access=None, folder=claims)
    state, kinds = sync(state)
    assert kinds == {"Create": [], "Update": [claims], "Delete": []}
    control.rename_folder(ANNA, claims, "Damages")
    state, kinds = sync(state)
    assert kinds == {"Create": [], "Update": [claims], "Delete": []}
    control.delete_folder(ANNA, claims)
    state, kinds = sync(state)
    assert kinds == {"Create": [], "Update": [], "Delete": [claims]}
    assert delegate.sync(claims).codes() == ["ErrorSyncFolderNotFound"]


def test_an_account_with_a_mailbox_reads_it_without_further_rights(exchange: Running) -> None:
    exchange.control.set_account("anna", "secret", address=ANNA)
    soap = Soap(exchange)
    soap.http.auth = ("FIRM\\anna", "secret")
    assert _get_folder(soap, folder_id("inbox")) == ["NoError"]
    exchange.control.add_mailbox(BEN)
    assert _get_folder(soap, folder_id("inbox", BEN)) == ["ErrorAccessDenied"]


def test_folders_before_2013_know_fewer_distinguished_ids(exchange: Running) -> None:
    for version, code in (("Exchange2010_SP2", "ErrorSchemaValidation"), ("Exchange2013", "NoError")):
        assert _get_folder(Soap(exchange, ANNA, version), folder_id("syncissues")) == [code]
    assert _get_folder(Soap(exchange, ANNA), folder_id("archive")) == ["ErrorSchemaValidation"]
    assert _get_folder(Soap(exchange, ANNA), folder_id("archivemsgfolderroot")) == ["ErrorFolderNotFound"]
    exchange.control.enable_archive(ANNA)
    assert _get_folder(Soap(exchange, ANNA), folder_id("archivemsgfolderroot")) == ["NoError"]


def test_an_exchange_before_2010_sp2_lists_oldest_first() -> None:
    for generation, version, expected in (
        ("2010-sp1", "Exchange2010_SP1", [1, 2]),
        ("2010", "Exchange2010_SP2", [2, 1]),
    ):
        with running(exchange=generation) as old:
            old.control.add_mailbox(ANNA)
            for number in (1, 2):
                received = datetime(2026, 3, number, tzinfo=UTC)
                old.control.deliver(ANNA, mail(number), received=received)
            soap = Soap(old, ANNA, version)
            told = soap.sync("inbox", shape="Default").texts("Subject")
            assert told == [f"Question {number}" for number in expected]
            soap.close()


def test_ignored_items_are_left_out_of_a_sync(exchange: Running, anna: Soap) -> None:
    first, second = (exchange.control.deliver(ANNA, mail(number))[ANNA] for number in range(2))
    answer = anna.ask(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{folder_id('inbox')}</m:SyncFolderId><m:Ignore><t:ItemId Id='{first}'/></m:Ignore>"
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    assert answer.ids() == [second]


def test_ids_are_case_sensitive(exchange: Running, anna: Soap) -> None:
    items = [exchange.control.deliver(ANNA, mail(number))[ANNA] for number in range(6)]
    twins = [(a, b) for a in items for b in items if a < b and a.lower() == b.lower()]
    assert twins
    for first, second in twins:
        answer = anna.get(first, second)
        assert answer.ids() == [first, second]
        assert len(set(answer.texts("InternetMessageId"))) == 2
    assert anna.get(items[0].swapcase()).codes()[0] in ("ErrorItemNotFound", "ErrorInvalidIdMalformed")


def test_search_folders_cannot_be_synchronised(exchange: Running, anna: Soap) -> None:
    (search,) = [folder["folder_id"] for folder in exchange.control.folders(ANNA) if folder["kind"] == "search"]
    assert anna.sync(search).codes() == ["ErrorInvalidFolderTypeForOperation"]
