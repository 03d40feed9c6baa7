"""What is told of attachments, and how their content is decoded however it was damaged."""

from __future__ import annotations

import hashlib
from binascii import b2a_uu

import pytest
from exchange_sync.clean.problems import Problems
from exchange_sync.clean.transfer import decode_base64, decode_transfer, decode_uu
from tnefparse import TNEF

from tests.unit.clean_mime.mime_builder import TEXT, base64_part, cleaned, mail, message, multipart, part


def test_an_attachment_is_told_by_name_size_type_and_hash_of_its_decoded_content():
    pdf = base64_part("application/pdf", b"%PDF-1", name="a.pdf")
    email = cleaned(message(multipart("mixed", part(TEXT, b"see"), pdf)))
    (file,) = email.attachments
    assert (file.name, file.size, file.content_type, file.inline) == ("a.pdf", 6, "application/pdf", False)
    assert file.sha256 == hashlib.sha256(b"%PDF-1").hexdigest()


@pytest.mark.parametrize(
    ("headers", "inline"),
    [
        ("Content-Disposition: inline", True),
        ("Content-Disposition: attachment\r\nContent-ID: <p1>", False),
        ("Content-ID: <p1>", True),
        ("X-Other: 1", False),
    ],
)
def test_a_picture_is_inline_as_the_mail_says(headers, inline):
    email = cleaned(message(multipart("mixed", part(TEXT, b"x"), part(f"Content-Type: image/png\r\n{headers}", b"p"))))
    assert email.attachments[0].inline is inline


def test_a_message_attached_to_a_message_is_one_attachment_and_no_text():
    inner = b"Subject: old\r\n\r\nold words"
    attached = part("Content-Type: message/rfc822", inner)
    email = cleaned(message(multipart("mixed", part(TEXT, b"see the old one"), attached)))
    assert email.body == "see the old one"
    assert [(file.name, file.content_type, file.size) for file in email.attachments] == [
        ("old.eml", "message/rfc822", len(inner))
    ]


def test_a_mail_that_only_carries_another_shows_that_ones_text():
    email = cleaned(message(multipart("mixed", part("Content-Type: message/rfc822", b"Subject: old\r\n\r\nold words"))))
    assert email.body == "old\n\nold words"


def test_messages_nested_two_hundred_deep_are_not_followed_to_the_end():
    inner = b"Subject: last\r\n\r\nhello"
    for _ in range(200):
        inner = b"Subject: n\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    assert len(cleaned(inner).attachments) == 1


def test_a_uuencoded_file_inside_the_text_becomes_an_attachment():
    block = b"begin 644 a.bin\r\n" + b2a_uu(b"content") + b"`\r\nend\r\n"
    email = cleaned(mail(b"Content-Type: text/plain", b"Before\r\n" + block + b"After"))
    assert email.body.split() == ["Before", "After"]
    assert [(file.name, file.size) for file in email.attachments] == [("a.bin", 7)]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 not one\r\nlike this, ümlaut\r\nend",
        "begin 644 cut.bin\r\n#86)C",
        "to begin with",
        "begin 644 a\r\nend",
    ],
)
def test_text_that_only_looks_like_uuencode_stays(text):
    email = cleaned(mail(b"Content-Type: text/plain; charset=utf-8", text.encode()))
    assert email.body.split() == text.split()
    assert email.attachments == ()


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b"aGVsbG8gd29ybGQ=", b"hello world"),
        (b"aGVsbG8g\r\nd29ybGQ=\r\n", b"hello world"),
        (b"aGVsbG8gd29ybG", b"hello worl"),
        (b"aGVsbG8gd29ybGQ=\r\n____\r\nour list footer", b"hello world\n____\nour list footer"),
        (b"aGVsbG8g!!##\r\nd29ybGQ=", b"hello world"),
        (b"aGVsbG8g\r\n\r\n d29ybGQ=", b"hello world"),
        (b"aGVsbG8=d29ybGQ=", b"helloworld"),
        (b"aGVsbG8= ignored", b"hello\nignored"),
        (b"this was never base64 at all", b"this was never base64 at all"),
        (b"a", b""),
        (b"", b""),
    ],
)
def test_base64_is_read_however_it_was_cut_or_decorated(raw, content):
    assert decode_base64(raw, Problems()) == content


@pytest.mark.parametrize(
    ("encoding", "raw", "content"),
    [
        ("quoted-printable", b"a=3Db =\r\nc=ZZ", b"a=b c=ZZ"),
        ("quoted-printable", b"soft= \t\r\nbreak =G1 100%", b"softbreak =G1 100%"),
        ("BASE64 ", b"aGk=", b"hi"),
        ("base64 (a comment)", b"aGk=", b"hi"),
        ("8bit", b"\xfc", b"\xfc"),
        ("x-unheard-of", b"as is", b"as is"),
    ],
)
def test_a_transfer_encoding_is_undone_or_left_alone(encoding, raw, content):
    assert decode_transfer(raw, encoding, Problems()) == content


def test_damaged_uuencode_gives_what_can_be_read():
    whole = b"".join(b2a_uu(bytes(range(start, start + 45))) for start in (0, 45))
    damaged = whole.replace(b"\n", b"xx\n", 1)
    assert decode_uu(damaged, Problems())[45:] == bytes(range(45, 90))


def winmail(body: bytes, name: bytes, content: bytes) -> bytes:
    """A winmail.dat (MS-OXTNEF) with a text and one file."""

    def attribute(level: int, tag: int, kind: int, data: bytes) -> bytes:
        head = bytes([level]) + (kind << 16 | tag).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    return (
        (0x223E9F78).to_bytes(4, "little")
        + b"\x01\x00"
        + attribute(1, TNEF.ATTTNEFVERSION, 8, (0x10000).to_bytes(4, "little"))
        + attribute(1, TNEF.ATTOEMCODEPAGE, 6, (1252).to_bytes(4, "little") + bytes(4))
        + attribute(1, TNEF.ATTBODY, 2, body + b"\0")
        + attribute(2, TNEF.ATTATTACHRENDDATA, 6, bytes(14))
        + attribute(2, TNEF.ATTATTACHTITLE, 1, name + b"\0")
        + attribute(2, TNEF.ATTATTACHDATA, 6, content)
    )


def test_the_files_inside_a_winmail_dat_are_the_attachments():
    packed = base64_part("application/ms-tnef", winmail(b"packed text", b"a.xls", b"cells"), name="winmail.dat")
    email = cleaned(message(multipart("mixed", part(TEXT, b"see"), packed)))
    assert email.body == "see"
    assert [(file.name, file.size, file.content_type) for file in email.attachments] == [
        ("a.xls", 5, "application/vnd.ms-excel")
    ]


def test_the_text_inside_a_winmail_dat_is_read_where_there_is_no_other():
    packed = base64_part("application/ms-tnef", winmail(b"packed text", b"a.xls", b"cells"), name="winmail.dat")
    assert cleaned(message(multipart("mixed", part(TEXT, b""), packed))).body == "packed text"


@pytest.mark.parametrize("content", [b"", b"\x78\x9f\x3e\x22garbage", b"no tnef", b"\x78\x9f\x3e\x22" + b"\xff" * 500])
def test_a_broken_winmail_dat_stays_an_attachment_and_is_named(content):
    packed = base64_part("application/ms-tnef", content, name="winmail.dat")
    email = cleaned(message(multipart("mixed", part(TEXT, b"see"), packed)))
    assert [file.name for file in email.attachments] == ["winmail.dat"]
    assert "tnef_broken" in email.problems
