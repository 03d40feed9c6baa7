"""The control API does what users and administrators do, and its refusals say why."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
import requests
from exchange_simulator.client import Control, ControlError
from exchange_simulator.testing import Running

from tests.support.mail import mail
from tests.support.soap import Soap

ANNA = "anna@firm.example"
BEN = "ben@firm.example"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_mail_is_delivered_to_several_mailboxes_with_ids_of_their_own(exchange: Running) -> None:
    exchange.control.add_mailbox(BEN, "Ben", language="fr")
    ids = exchange.control.deliver([ANNA, BEN], mail(1), received=NOON, categories=["Red"], read=True)
    assert set(ids) == {ANNA, BEN}
    assert len(set(ids.values())) == 2
    (anna,) = exchange.control.items(ANNA)
    (ben,) = exchange.control.items(BEN)
    assert anna["message_id"] == ben["message_id"] == "<mail-1@client.example>"
    assert (anna["folder_role"], anna["folder_path"], ben["folder_path"]) == (
        "inbox", ["Posteingang"], ["Boîte de réception"]
    )  # fmt: skip
    assert (anna["received"], anna["read"]) == ("2026-03-02T12:00:00Z", True)
    assert exchange.control.mime(ids[ANNA]) != exchange.control.mime(ids[BEN])


def test_a_delivery_that_fails_for_one_mailbox_reaches_none(exchange: Running) -> None:
    with pytest.raises(ControlError, match="no mailbox nobody@firm.example"):
        exchange.control.deliver([ANNA, "nobody@firm.example"], mail(1))
    assert exchange.control.items(ANNA) == []


def test_a_draft_that_is_sent_leaves_drafts_and_arrives(exchange: Running) -> None:
    exchange.control.add_mailbox(BEN)
    message = EmailMessage()
    message["From"], message["To"], message["Cc"] = ANNA, f"Ben <{BEN}>, out@x.example", ANNA
    message["Subject"], message["Message-ID"] = "offer", "<offer@firm.example>"
    message.set_content("x")
    draft = exchange.control.draft(ANNA, message.as_bytes(), received=NOON)
    (told,) = exchange.control.items(ANNA)
    assert (told["draft"], told["folder_role"]) == (True, "drafts")
    sent = exchange.control.send(draft, sent=NOON)
    assert set(sent.delivered) == {ANNA, BEN}
    told_all = {(i["folder_role"], i["item_id"], i["draft"]) for i in exchange.control.items(ANNA)}
    assert told_all == {("sentitems", sent.item_id, False), ("inbox", sent.delivered[ANNA], False)}
    with pytest.raises(ControlError, match="no draft"):
        exchange.control.send(sent.item_id)


def test_items_are_moved_copied_edited_and_deleted(exchange: Running, anna: Soap) -> None:
    control = exchange.control
    key = control.deliver(ANNA, mail(1))[ANNA]
    copy = control.copy(key, "junkemail")
    moved = control.move(key, ("Projects", "2026")) if control.create_folder(ANNA, ("Projects", "2026")) else ""
    control.edit(moved, subject="changed", categories=["Blue"])
    control.mark_read(moved)
    soft = control.delete(moved, soft=True)
    assert soft is not None
    assert control.delete(copy) is None
    (told,) = control.items(ANNA)
    assert (told["item_id"], told["folder_role"], told["subject"], told["read"]) == (
        soft,
        "deleteditems",
        "changed",
        True,
    )
    assert anna.get(key, moved, copy).codes() == ["ErrorItemNotFound"] * 3
    with pytest.raises(ControlError, match="no item with this id"):
        control.mark_read(key)


def test_an_item_can_go_to_another_mailbox(exchange: Running) -> None:
    exchange.control.add_mailbox(BEN)
    key = exchange.control.deliver(ANNA, mail(1))[ANNA]
    exchange.control.move(key, "inbox", mailbox=BEN)
    assert exchange.control.items(ANNA) == []
    assert [item["mailbox"] for item in exchange.control.items(BEN, "inbox")] == [BEN]


def test_folders_are_made_renamed_moved_and_deleted(exchange: Running) -> None:
    control = exchange.control
    claims = control.create_folder(ANNA, ("inbox", "Claims"))
    control.deliver(ANNA, mail(1), folder=("inbox", "Claims"))
    control.rename_folder(ANNA, claims, "Damages")
    control.move_folder(ANNA, claims, "msgfolderroot")
    assert [f["path"] for f in control.folders(ANNA) if f["folder_id"] == claims] == [["Damages"]]
    control.delete_folder(ANNA, claims, soft=True)
    (told,) = control.items(ANNA)
    assert told["folder_path"] == ["Gelöschte Elemente", "Damages"]
    control.delete_folder(ANNA, claims)
    assert control.items(ANNA) == []


def test_mailboxes_come_and_go(exchange: Running, anna: Soap) -> None:
    exchange.control.deliver(ANNA, mail(1))
    exchange.control.remove_mailbox(ANNA)
    assert anna.sync("inbox").codes() == ["ErrorNonExistentMailbox"]
    assert exchange.control.mailboxes() == []
    exchange.control.add_mailbox(ANNA, archive=True)
    assert exchange.control.mailboxes()[0]["archive"] is True
    assert anna.sync("inbox").ids() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/deliver", {}, 422, "mailboxes: Field required"),
        ("/deliver", {"mailboxes": [ANNA], "mime": "!"}, 422, "mime"),
        ("/deliver", {"mailboxes": [ANNA], "mime": "eA==", "flder": "inbox"}, 422, "flder: Extra inputs"),
        ("/deliver", {"mailboxes": [ANNA], "mime": "eA==", "received": "2026-01-01T00:00:00"}, 422, "received"),
        (
            "/deliver",
            {"mailboxes": [ANNA], "mime": "eA==", "folder": "Posteingang"},
            400,
            "expected a distinguished id",
        ),
        ("/mailboxes", {"address": ANNA}, 400, "exists already"),
        ("/mailboxes", {"address": "x@y.example", "language": "xx"}, 400, "expected one of en, de, fr"),
        ("/rights", {"username": "x", "access": "half"}, 400, "expected one of full, visible, none"),
        ("/nowhere", {}, 404, "Not Found"),
    ],
)
def test_a_refusal_is_json_that_names_the_thing(
    exchange: Running, path: str, body: dict[str, object], status: int, reason: str
) -> None:  # fmt: skip
    simulator = exchange.simulator
    headers = {"Authorization": f"Bearer {simulator.token}"}
    answer = requests.post(simulator.control_url + path, json=body, headers=headers, timeout=10)
    assert answer.status_code == status
    assert reason in answer.json().get("error", answer.json().get("detail", ""))


def test_without_the_token_nothing_is_told_or_done(exchange: Running) -> None:
    stranger = Control(exchange.simulator.control_url, "wrong")
    with pytest.raises(ControlError, match="control token") as refused:
        stranger.remove_mailbox(ANNA)
    assert refused.value.status == 401
    assert len(exchange.control.mailboxes()) == 1
    stranger.close()
