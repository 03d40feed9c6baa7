"""exchangelib, the client the product uses, finds a real Exchange here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import exchangelib
import pytest
from exchange_simulator.testing import Running
from exchangelib.errors import ErrorAccessDenied, ErrorInvalidSyncStateData, ErrorItemNotFound, UnauthorizedError
from exchangelib.properties import AlternateId

from tests.support.mail import mail

ANNA = "anna@firm.example"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
Login = Callable[..., Any]


@pytest.fixture
def login(exchange: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Login]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", exchange.ca_file)
    accounts = []

    def account(address: str = ANNA, *, password: str = "", access: str = exchangelib.IMPERSONATION) -> Any:
        credentials = exchangelib.Credentials(exchange.username, password or exchange.password)
        config = exchangelib.Configuration(
            service_endpoint=exchange.ews_url, credentials=credentials, retry_policy=exchangelib.FailFast()
        )
        made = exchangelib.Account(address, config=config, autodiscover=False, access_type=access)
        accounts.append(made)
        return made

    yield account
    for made in accounts:
        made.protocol.close()


def _sync(folder: Any, state: str | None) -> tuple[list[tuple[str, Any]], str]:
    folder.item_sync_state = state
    changes = list(folder.sync_items(only_fields=["message_id", "datetime_received", "size", "item_class", "is_draft"]))
    return changes, folder.item_sync_state


def test_it_finds_out_version_and_log_in_by_itself(login: Login) -> None:
    account = login()
    assert str(account.version.build) == "15.1.2507.39"
    assert account.version.api_version == "Exchange2016"
    assert account.protocol.auth_type == "basic"


def test_it_walks_the_folder_tree_by_distinguished_id_in_any_language(exchange: Running, login: Login) -> None:
    exchange.control.create_folder(ANNA, ("inbox", "Schäden", "2026"))
    account = login()
    assert account.inbox.name == "Posteingang"
    assert (account.inbox / "Schäden" / "2026").folder_class == "IPF.Note"
    assert {type(f).__name__ for f in (account.calendar, account.contacts, account.tasks, account.drafts)} == {
        "Calendar", "Contacts", "Tasks", "Drafts"
    }  # fmt: skip
    names = {folder.name for folder in account.msg_folder_root.walk()}
    assert {"Gesendete Elemente", "Serverfehler", "2026"} <= names
    assert "Deletions" not in names


def test_a_delegate_reaches_the_mailbox_too(exchange: Running, login: Login) -> None:
    exchange.control.deliver(ANNA, mail(1))
    assert login(access=exchangelib.DELEGATE).inbox.total_count == 1


def test_it_syncs_every_change_once(exchange: Running, login: Login) -> None:
    control, inbox = exchange.control, login().inbox
    items = [control.deliver(ANNA, mail(n), received=START + timedelta(minutes=n))[ANNA] for n in range(250)]
    changes, state = _sync(inbox, None)
    assert [(kind, item.id) for kind, item in changes] == [("create", key) for key in reversed(items)]
    assert [item.message_id for _, item in changes][:2] == ["<mail-249@client.example>", "<mail-248@client.example>"]

    moved = control.move(items[0], "junkemail")
    control.mark_read(items[1])
    control.edit(items[2], subject="edited")
    control.delete(items[3])
    new = control.deliver(ANNA, mail(999))[ANNA]
    changes, state = _sync(inbox, state)
    told = [(kind, what[0].id if isinstance(what, tuple) else what.id) for kind, what in _flat(changes)]
    assert sorted(told) == sorted(
        [
            ("delete", items[0]),
            ("read_flag_change", items[1]),
            ("update", items[2]),
            ("delete", items[3]),
            ("create", new),
        ]
    )
    assert _sync(inbox, state)[0] == []
    (gone,) = inbox.account.fetch([(items[0], None)])
    assert isinstance(gone, ErrorItemNotFound)
    (back,) = inbox.account.fetch([(moved, None)], only_fields=["message_id"])
    assert back.message_id == "<mail-0@client.example>"


def _flat(changes: list[Any]) -> list[tuple[str, Any]]:
    return [(change[0], change[1]) for change in changes]


def test_an_expired_state_is_the_error_it_knows(exchange: Running, login: Login) -> None:
    inbox = login().inbox
    _, state = _sync(inbox, None)
    exchange.control.expire_states(ANNA)
    with pytest.raises(ErrorInvalidSyncStateData):
        _sync(inbox, state)


def test_it_fetches_mime_properties_and_attachments(exchange: Running, login: Login) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Bea <bea@x.example>", ANNA, "Grüße"
    message["Message-ID"], message["Date"] = "<rich@x.example>", "Sun, 01 Mar 2026 09:00:00 +0100"
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    message.add_attachment(b"%PDF" * 1000, maintype="application", subtype="pdf", filename="Übersicht.pdf")
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "inner", "otto@x.example"
    inner.set_content("deep")
    message.add_attachment(inner)
    key = exchange.control.deliver(ANNA, message.as_bytes(), received=START, sender_routing="EX")[ANNA]
    (item,) = login().fetch([(key, None)])
    assert (item.subject, item.message_id, item.datetime_received) == ("Grüße", "<rich@x.example>", START)
    assert item.body == "<p>rich</p>\n"
    assert item.text_body == "plain\n"
    assert item.sender.routing_type == "EX"
    assert item.sender.email_address.startswith("/O=")
    kinds = {type(attachment).__name__: attachment for attachment in item.attachments}
    file, attached = kinds["FileAttachment"], kinds["ItemAttachment"]
    assert (file.name, attached.name) == ("Übersicht.pdf", "inner")
    assert file.content == b"%PDF" * 1000
    with file.fp as stream:
        assert stream.read() == b"%PDF" * 1000
    assert (attached.item.subject, attached.item.body) == ("inner", "deep\n")
    (mime,) = login().fetch([(key, None)], only_fields=["mime_content"])
    assert b"Message-ID: <rich@x.example>" in mime.mime_content
    (person, _), *_ = login().protocol.resolve_names([item.sender.email_address], return_full_contact_data=True)
    assert person.email_address == "bea@x.example"


def test_it_finds_by_received_time(exchange: Running, login: Login) -> None:
    for number in range(6):
        exchange.control.deliver(ANNA, mail(number), received=START + timedelta(hours=number))
    since, until = START + timedelta(hours=2), START + timedelta(hours=5)
    found = (
        login().inbox.filter(datetime_received__gte=since, datetime_received__lt=until).order_by("datetime_received")
    )
    assert [item.subject for item in found.only("subject")] == ["Question 2", "Question 3", "Question 4"]


def test_it_cannot_write(exchange: Running, login: Login) -> None:
    account = login()
    key = exchange.control.deliver(ANNA, mail(1))[ANNA]
    (item,) = account.fetch([(key, None)])
    with pytest.raises(ErrorAccessDenied):
        exchangelib.Message(account=account, folder=account.drafts, subject="x").save()
    with pytest.raises(ErrorAccessDenied):
        item.delete()
    assert exchange.control.counts()["refused"] == {"CreateItem": 1, "DeleteItem": 1}
    assert [told["item_id"] for told in exchange.control.items(ANNA)] == [key]


def test_a_wrong_password_is_one_failed_attempt(exchange: Running, login: Login) -> None:
    with pytest.raises(UnauthorizedError):
        login(password="wrong").inbox.refresh()
    assert exchange.control.authentication()["failures"] >= 1


def test_ids_can_be_converted(exchange: Running, login: Login) -> None:
    key = exchange.control.deliver(ANNA, mail(1))[ANNA]
    account = login()
    assert account.version.api_version == "Exchange2016"  # exchangelib converts no ids before it knows the version
    protocol = account.protocol
    (entry,) = protocol.convert_ids(
        [AlternateId(id=key, format="EwsId", mailbox=ANNA)], destination_format="HexEntryId"
    )
    (back,) = protocol.convert_ids([entry], destination_format="EwsId")
    assert entry.id != key
    assert back.id == key
