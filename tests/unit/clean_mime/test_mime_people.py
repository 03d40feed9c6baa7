"""Address lists, as standards and as programs write them."""

from __future__ import annotations

import pytest
from exchange_sync.clean.people import read_people
from exchange_sync.clean.problems import Problems
from exchange_sync.model.cleaned import Person

from tests.unit.clean_mime.mime_builder import cleaned


def people(raw: bytes) -> list[tuple[str, str]]:
    return [(person.name, person.address) for person in read_people([raw], Problems())]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"ann@example.com", [("", "ann@example.com")]),
        (b"Ann Lee <ann@example.com>", [("Ann Lee", "ann@example.com")]),
        (b'"Lee, Ann" <ann@example.com>, bob@example.org', [("Lee, Ann", "ann@example.com"), ("", "bob@example.org")]),
        (b"Lee, Ann <ann@example.com>, bob@example.org", [("Lee, Ann", "ann@example.com"), ("", "bob@example.org")]),
        (b"ann@example.com (Ann Lee)", [("Ann Lee", "ann@example.com")]),
        (b"=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@example.de>", [("Müller, Jörg", "j@example.de")]),
        ("Jörg Müller <j@example.de>".encode("latin-1"), [("Jörg Müller", "j@example.de")]),
        (b"Team: ann@example.com, bob@example.org;", [("", "ann@example.com"), ("", "bob@example.org")]),
        (b"undisclosed-recipients:;", []),
        (b"<Undisclosed-Recipient:;>", []),
        (b"a@b.c; d@e.f", [("", "a@b.c"), ("", "d@e.f")]),
        (b"a@b.c d@e.f", [("", "a@b.c"), ("", "d@e.f")]),
        (b"Bob <bob@b.c> Eve <eve@e.f>", [("Bob", "bob@b.c"), ("Eve", "eve@e.f")]),
        (b"'Ann' <mailto:ann@example.com>", [("Ann", "ann@example.com")]),
        (b"Kim O'Neil' <kim@example.com>", [("Kim O'Neil'", "kim@example.com")]),
        (b"<@relay.example,@b.example:ann@example.com>", [("", "ann@example.com")]),
        (b'"odd name"@example.com', [("", '"odd name"@example.com')]),
        (b"Ann </O=FIRM/OU=X/CN=RECIPIENTS/CN=ANN>", [("Ann", "/O=FIRM/OU=X/CN=RECIPIENTS/CN=ANN")]),
        (b"ann@example.com <ann@example.com>", [("", "ann@example.com")]),
        (b"Postmaster", [("Postmaster", "")]),
        (b"ann@example.com, ann@example.com", [("", "ann@example.com")]),
        (b"Ann (sales (north)) Lee <ann@example.com>", [("Ann  Lee".replace("  ", " "), "ann@example.com")]),
        (b"Ann (never closed <ann@example.com>", [("Ann (never closed", "ann@example.com")]),
        (b'"never closed <ann@example.com>', [("never closed", "ann@example.com")]),
        (b"", []),
        (b",;,<>,", []),
    ],
)
def test_an_address_list_is_read(raw, expected):
    assert people(raw) == expected


def test_a_mail_knows_its_sender_and_all_kinds_of_recipients():
    email = cleaned(b"From: Ann <ann@a.example>\nTo: b@b.example\nCc: c@c.example\nBcc: d@d.example\n\nx")
    assert email.sender == Person("Ann", "ann@a.example")
    assert (email.to, email.cc, email.bcc) == (
        (Person("", "b@b.example"),),
        (Person("", "c@c.example"),),
        (Person("", "d@d.example"),),
    )


def test_a_name_or_address_has_a_bounded_length():
    assert people(b"x" * 50_000 + b" <" + b"y" * 50_000 + b"@z>") == [("x" * 1_000, "y" * 1_000)]


def test_without_from_the_sender_field_names_the_sender():
    assert cleaned(b"Sender: ann@a.example\n\nx").sender == Person("", "ann@a.example")


def test_recipients_of_repeated_fields_are_all_kept():
    assert len(cleaned(b"To: a@b.c\nTo: d@e.f\n\nx").to) == 2


def test_more_recipients_than_the_limit_are_cut_and_that_is_said():
    values = [
        b", ".join(b"u%d@x" % number for number in range(start, start + 1_000)) for start in range(0, 5_000, 1_000)
    ]
    email = cleaned(b"".join(b"To: " + value + b"\n" for value in values) + b"\nx")
    assert len(email.to) == 4_096
    assert "people_limit" in email.problems
