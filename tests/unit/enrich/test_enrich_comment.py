"""The comment that enriching makes: its shape, its limits, and that it is pure."""

from __future__ import annotations

from exchange_sync.enrich.api import enrich
from exchange_sync.model.cleaned import AttachmentInfo, Person

from tests.unit.enrich.facts_builder import OWN_ID, SENT, facts


def test_the_comment_of_an_email_has_the_shape_of_the_mirrored_api():
    comment = enrich(facts(signature="Ann", quoted="> old", cc=(Person("Cy", "cy@c.example"),)))
    assert bytes.fromhex(comment.id).decode() == comment.message_id == OWN_ID
    assert comment.timestamp == SENT
    assert comment.messages == (
        {
            "from": "ann@example.com",
            "to": ["bob@firm.example"],
            "cc": ["cy@c.example"],
            "bcc": [],
            "sent_at": "2025-06-02T10:00:00Z",
            "language": "en",
            "subject": {"text": "Claim 7"},
            "body": {"text": "The roof of the warehouse was damaged by the storm last night."},
            "signature": {"text": "Ann"},
        },
    )
    assert comment.quoted == "> old"
    assert comment.clean_version == 1


def test_every_property_has_a_type_in_its_name_and_a_value_of_that_type():
    for name, value in enrich(facts()).user_properties.items():
        kind, _, rest = name.partition(":")
        assert rest
        assert isinstance(value, str if kind == "string" else int), name
        assert kind in ("string", "number")


def test_what_is_not_known_is_left_out():
    comment = enrich(facts(sender=None, sent=None, body="", server_sender=type(facts().properties.sender)()))
    (message,) = comment.messages
    assert {"from", "sent_at", "language", "signature"}.isdisjoint(message)
    assert message["body"] == {"text": ""}
    assert "string:Sender" not in comment.user_properties


def test_the_limits_of_the_api_hold():
    many = tuple(Person("", f"u{number}@x.example") for number in range(3_000))
    files = tuple(AttachmentInfo(f"{number}.txt", 1, "text/plain") for number in range(200))
    long = "x" * 70_000
    comment = enrich(facts(to=many, cc=(Person("", "a" * 600 + "@x"),), attachments=files, body=long, subject=long))
    (message,) = comment.messages
    assert len(message["to"]) == 2_048
    assert len(message["cc"][0]) == 512
    assert len(message["body"]["text"]) == len(message["subject"]["text"]) == 65_536
    assert len(comment.attachments) == 128
    assert all(len(value) <= 1_024 for value in comment.user_properties.values() if isinstance(value, str))


def test_people_without_an_address_are_named_and_nobody_is_listed_twice():
    comment = enrich(facts(to=(Person("Postmaster", ""), Person("A", "a@b.c"), Person("B", "a@b.c"), Person("", ""))))
    assert comment.messages[0]["to"] == ["Postmaster", "a@b.c"]


def test_the_same_facts_give_the_same_comment():
    assert enrich(facts()) == enrich(facts())


def test_the_problems_of_cleaning_stay_with_the_comment():
    assert enrich(facts(problems=("base64_broken",))).problems == ("base64_broken",)
