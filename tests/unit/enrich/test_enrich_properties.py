"""The user properties, one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from exchange_sync.enrich.api import enrich
from exchange_sync.model.cleaned import AttachmentInfo, Person
from exchange_sync.model.email import Address

from tests.unit.enrich.facts_builder import RECEIVED, facts

NOBODY = Address()


def properties(**changes):
    return enrich(facts(**changes)).user_properties


def person(address: str) -> Person:
    return Person("", address)


def test_an_ordinary_email_has_these_properties():
    assert properties() == {
        "string:Folder": "Inbox/Claims",
        "string:Mailbox": "bob@firm.example",
        "string:Sender": "ann@example.com",
        "string:Sender Name": "Ann Lee",
        "string:Sender Domain": "example.com",
        "string:Recipient Domain": "firm.example",
        "number:Recipient Count": 1,
        "number:To Count": 1,
        "number:Cc Count": 0,
        "number:Bcc Count": 0,
        "string:Direction": "in",
        "string:Subject": "Claim 7",
        "string:Message ID": "<m1@example.com>",
        "string:Thread": "<m1@example.com>",
        "string:Has Attachments": "No",
        "number:Attachment Count": 0,
        "string:Has Signature": "No",
        "number:Body Length": 62,
        "string:Language": "en",
        "string:Automatic": "none",
        "string:Importance": "Normal",
        "string:Sensitivity": "Normal",
        "string:Received": "2025-06-02T10:00:05Z",
        "string:Timestamp Source": "date",
        "number:Size": 2_048,
    }


def test_moving_an_email_changes_its_folder_and_nothing_else():
    before, after = properties(), properties(folder=("Archive", "2025", "Claims"))
    assert {name for name in before if before[name] != after[name]} == {"string:Folder"}
    assert after["string:Folder"] == "Archive/2025/Claims"


@pytest.mark.parametrize("exchange", ["/O=FIRM/OU=EX/CN=RECIPIENTS/CN=ANN", "IMCEAEX-_O=FIRM_CN=ANN@firm.example"])
def test_an_exchange_sender_is_named_by_the_address_the_server_resolves(exchange):
    found = properties(sender=Person("Ann", exchange), server_sender=Address("Ann", "ann@firm.example"))
    assert (found["string:Sender"], found["string:Sender Domain"]) == ("ann@firm.example", "firm.example")


def test_an_exchange_sender_that_nobody_resolves_has_no_sender_address():
    found = properties(sender=Person("Ann", "/O=FIRM/CN=ANN"), server_sender=Address("Ann", "/O=FIRM/CN=ANN", "EX"))
    assert "string:Sender" not in found
    assert found["string:Sender Name"] == "Ann"


def test_a_sender_without_a_name_is_named_as_the_server_does():
    assert properties(sender=person("ann@example.com"))["string:Sender Name"] == "Lee, Ann"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@Example.COM", "example.com"),
        ("a@xn--mnchen-3ya.de", "münchen.de"),
        ("a@xn--\x80", "xn--\x80"),
        ("a@b@c.d.", "c.d"),
    ],
)
def test_a_domain_is_lower_case_and_legible(address, domain):
    assert properties(sender=person(address))["string:Sender Domain"] == domain


def test_recipients_are_counted_once_whatever_field_names_them():
    found = properties(to=(person("a@x.y"), person("b@z.y")), cc=(person("A@x.y"),), bcc=(person("c@x.y"),))
    assert found["string:Recipient Domain"] == "x.y, z.y"
    assert [found[f"number:{kind} Count"] for kind in ("Recipient", "To", "Cc", "Bcc")] == [3, 2, 1, 1]


@pytest.mark.parametrize(
    ("sender", "to", "mailbox", "direction"),
    [
        ("ann@example.com", "bob@firm.example", "bob@firm.example", "in"),
        ("bob@firm.example", "ann@example.com", "bob@firm.example", "out"),
        ("bob@firm.example", "eve@firm.example", "bob@firm.example", "internal"),
        ("bob@FIRM.example", "eve@eu.firm.example", "bob@firm.example", "internal"),
        ("eve@gmail.com", "bob@gmail.com", "bob@gmail.com", "in"),
        ("bob@gmail.com", "eve@gmail.com", "bob@gmail.com", "out"),
        ("", "bob@firm.example", "bob@firm.example", "in"),
        ("bob@notfirm.example", "bob@firm.example", "bob@firm.example", "in"),
    ],
)
def test_direction_is_seen_from_the_mailboxs_organisation(sender, to, mailbox, direction):
    found = properties(sender=person(sender), to=(person(to),), mailbox=mailbox, server_sender=NOBODY)
    assert found["string:Direction"] == direction


def test_one_outsider_among_the_recipients_makes_it_outgoing():
    found = properties(sender=person("bob@firm.example"), to=(person("eve@firm.example"),), cc=(person("x@y.z"),))
    assert found["string:Direction"] == "out"


def test_attached_files_count_and_pictures_in_the_text_do_not():
    files = (
        AttachmentInfo("offer.PDF", 1, "application/octet-stream"),
        AttachmentInfo("cells", 1, "application/pdf"),
        AttachmentInfo("list.xlsx", 1, "application/x"),
        AttachmentInfo("logo.png", 1, "image/png", inline=True),
    )
    found = properties(attachments=files)
    assert found["string:Has Attachments"] == "Yes"
    assert found["number:Attachment Count"] == 3
    assert found["string:Attachment Types"] == "pdf, xlsx"


def test_pictures_in_the_text_alone_are_no_attachments():
    found = properties(attachments=(AttachmentInfo("l.png", 1, "image/png", inline=True),), server_has_attachments=True)
    assert found["string:Has Attachments"] == "No"


def test_of_a_large_email_the_server_tells_whether_it_has_attachments():
    assert properties(server_has_attachments=True)["string:Has Attachments"] == "Yes"


def test_what_only_the_server_knows_is_taken_from_it():
    found = properties(server_importance="High", server_sensitivity="Private", server_categories=("Red", "Later"))
    assert found["string:Importance"] == "High"
    assert found["string:Sensitivity"] == "Private"
    assert found["string:Categories"] == "Red, Later"


def test_a_signature_and_the_length_of_the_body_are_told():
    found = properties(signature="Ann", body="Grüße")
    assert (found["string:Has Signature"], found["number:Body Length"]) == ("Yes", 5)


def test_there_is_no_read_flag_because_it_flaps():
    assert not any("read" in name.lower().split(":")[1].split() for name in properties())


@pytest.mark.parametrize(
    ("after_receipt", "kept"),
    [(0, True), (-30 * 86_400, True), (86_400, True), (-30 * 86_400 - 1, False), (86_401, False)],
)
def test_the_date_is_believed_within_a_day_after_and_thirty_days_before_the_receipt(after_receipt, kept):
    sent = RECEIVED + timedelta(seconds=after_receipt)
    comment = enrich(facts(sent=sent))
    assert comment.timestamp == (sent if kept else RECEIVED)
    assert comment.user_properties["string:Timestamp Source"] == ("date" if kept else "received")
    assert ("timestamp_not_from_date" in comment.problems) is not kept
    assert comment.messages[0]["sent_at"] == sent.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_without_a_date_the_receipt_is_the_timestamp():
    assert enrich(facts(sent=None)).timestamp == RECEIVED


def test_without_a_receipt_the_date_and_then_the_servers_sent_time_serve():
    assert enrich(facts(server_received=None)).timestamp == facts().cleaned.sent
    comment = enrich(facts(server_received=None, sent=None, server_sent=RECEIVED))
    assert (comment.timestamp, comment.user_properties["string:Timestamp Source"]) == (RECEIVED, "server")


def test_an_email_without_any_time_is_still_a_comment():
    comment = enrich(facts(server_received=None, sent=None))
    assert (comment.timestamp.year, comment.user_properties["string:Timestamp Source"]) == (1970, "unknown")
    assert "string:Received" not in comment.user_properties
