"""Invitations, bounces, automatic replies, signed and encrypted mail, format=flowed."""

from __future__ import annotations

import pytest
from exchange_sync.clean.flowed import unflow

from tests.unit.clean_mime.mime_builder import HTML, TEXT, base64_part, cleaned, mail, message, multipart, part

INVITATION = b"""BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
SUMMARY:Claims\\, weekly\r
DTSTART;TZID=Europe/Berlin:20250602T100000\r
DTEND:20250602T090000Z\r
LOCATION:Room 4\r
DESCRIPTION:Bring the\r
  list\\nand the keys\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_an_invitation_with_a_text_shows_the_text_and_carries_the_calendar_part():
    calendar = part("Content-Type: text/calendar; method=REQUEST", INVITATION)
    email = cleaned(message(multipart("alternative", part(TEXT, b"x"), part(HTML, b"<p>Please come</p>"), calendar)))
    assert email.body == "Please come"
    assert [file.content_type for file in email.attachments] == ["text/calendar"]


def test_an_invitation_without_a_text_is_read_from_its_calendar_part():
    email = cleaned(mail(b"Content-Type: text/calendar; method=REQUEST", INVITATION))
    assert email.body.splitlines() == [
        "Claims, weekly",
        "Start: 2025-06-02 10:00 Europe/Berlin",
        "End: 2025-06-02 09:00 UTC",
        "Location: Room 4",
        "",
        "Bring the list",
        "and the keys",
    ]


def test_of_a_calendar_with_several_events_the_first_is_read():
    events = b"BEGIN:VEVENT\nSUMMARY:One\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Two\nLOCATION:Room 9\nEND:VEVENT\n"
    assert cleaned(mail(b"Content-Type: text/calendar", b"BEGIN:VCALENDAR\n" + events)).body == "One"


@pytest.mark.parametrize("returned_as", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_says_why_and_keeps_what_came_back_apart(returned_as):
    status = part("Content-Type: message/delivery-status", b"Reporting-MTA: dns; x\r\n\r\nStatus: 5.1.1")
    returned = part(f"Content-Type: {returned_as}", b"Subject: my offer\r\n\r\nmy words")
    report = multipart("report; report-type=delivery-status", part(TEXT, b"Undeliverable"), status, returned)
    email = cleaned(message(report))
    assert email.body == "Undeliverable"
    assert "my offer" in email.quoted
    assert "delivery-status" in email.headers["content-type"]


def test_a_bounce_without_words_shows_its_status():
    status = part("Content-Type: message/delivery-status", b"Status: 5.1.1")
    assert cleaned(message(multipart("report", part(TEXT, b""), status))).body == "Status: 5.1.1"


def test_an_automatic_reply_keeps_the_headers_that_tell_it():
    email = cleaned(mail(b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All", b"I am away"))
    assert email.headers["auto-submitted"] == "auto-replied"
    assert email.body == "I am away"


@pytest.mark.parametrize(
    "kind", ["application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"]
)
def test_of_a_signed_mail_the_text_is_read_and_the_signature_is_no_attachment(kind):
    email = cleaned(message(multipart("signed", part(TEXT, b"signed text"), base64_part(kind, b"\x30\x80", name="s"))))
    assert email.body == "signed text"
    assert email.attachments == ()


def test_of_a_text_signed_inside_itself_the_frame_is_taken_away():
    frame = b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nIt is ready.\r\n- -- \r\nAnn Lee\r\n"
    frame += b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n"
    email = cleaned(mail(b"Content-Type: text/plain", frame))
    assert (email.body, email.signature) == ("It is ready.", "--\nAnn Lee")


def test_a_signature_frame_that_a_mail_only_talks_about_stays():
    text = b"What does -----BEGIN PGP SIGNED MESSAGE----- mean in your mails?"
    assert cleaned(mail(b"Content-Type: text/plain", text)).body == text.decode()


def der(tag: int, content: bytes) -> bytes:
    """One element in DER."""
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + content


def signed_data(content: bytes) -> bytes:
    """A CMS SignedData with its content inside (RFC 5652), without certificates."""
    octets = der(0x24, der(0x04, content[:10]) + der(0x04, content[10:]))
    inner = der(0x30, der(0x06, bytes.fromhex("2a864886f70d010701")) + der(0xA0, octets))
    signed = der(0x30, der(0x02, b"\x01") + der(0x31, b"") + inner + der(0x31, b""))
    return der(0x30, der(0x06, bytes.fromhex("2a864886f70d010702")) + der(0xA0, signed))


def test_a_text_wrapped_in_its_signature_is_unwrapped():
    content = multipart("mixed", part(TEXT, b"wrapped text"), base64_part("image/png", b"x", name="p.png"))
    wrapped = base64_part("application/pkcs7-mime; smime-type=signed-data", signed_data(content), name="smime.p7m")
    email = cleaned(message(wrapped))
    assert email.body == "wrapped text"
    assert [file.name for file in email.attachments] == ["p.png"]
    assert "encrypted" not in email.problems


@pytest.mark.parametrize(
    "content",
    [
        base64_part("application/pkcs7-mime; smime-type=enveloped-data", b"\x30\x80\x06\x09\x2a", name="smime.p7m"),
        multipart(
            "encrypted; protocol=application/pgp-encrypted",
            part("Content-Type: application/pgp-encrypted", b"Version: 1"),
            part("Content-Type: application/octet-stream; name=encrypted.asc", b"-----BEGIN PGP MESSAGE-----"),
        ),
    ],
)
def test_an_encrypted_mail_has_no_text_and_says_so(content):
    email = cleaned(message(content))
    assert email.body == ""
    assert "encrypted" in email.problems


def test_a_mail_under_rights_management_says_so():
    protected = base64_part("application/x-microsoft-rpmsg-message", b"\x76\xe8", name="message.rpmsg")
    email = cleaned(message(multipart("mixed", part(TEXT, b"This message is protected."), protected)))
    assert "encrypted" in email.problems
    assert [file.name for file in email.attachments] == ["message.rpmsg"]


def test_a_mail_encrypted_inside_its_text_says_so():
    assert "encrypted" in cleaned(mail(b"Content-Type: text/plain", b"-----BEGIN PGP MESSAGE-----\r\nhQ")).problems


@pytest.mark.parametrize(
    ("text", "delete_space", "expected"),
    [
        ("one \ntwo", False, "one two"),
        ("one \ntwo", True, "onetwo"),
        ("one\ntwo", False, "one\ntwo"),
        ("> quoted \n> more\nmine", False, "> quoted more\nmine"),
        ("> quoted \nmine", False, "> quoted \nmine"),
        (" >not quoted", False, ">not quoted"),
        ("bye\n-- \nAnn", False, "bye\n-- \nAnn"),
        ("bye \n-- \nAnn", False, "bye \n-- \nAnn"),
        ("", False, ""),
    ],
)
def test_flowed_lines_are_joined_within_one_quote_depth(text, delete_space, expected):
    assert unflow(text, delete_space=delete_space) == expected


def test_a_flowed_mail_is_read_in_whole_paragraphs():
    email = cleaned(mail(b"Content-Type: text/plain; format=flowed; delsp=yes", b"A long  \r\nsentence.\r\n"))
    assert email.body == "A long sentence."
