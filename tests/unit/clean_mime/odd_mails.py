"""Odd mails without a usable Message-ID, and the substitutes that they have for ever (identity version 2).

Run with any Python that can import the product's pure modules, it prints the substitutes, a line each: so the tests
hold them on every Python.
"""

from __future__ import annotations

from exchange_sync.clean.envelope import read_envelope
from exchange_sync.clean.mime import parse
from exchange_sync.clean.problems import Problems
from exchange_sync.model.identity import substitute_message_id

_FROM = (
    "Bob <bob@x.example>", "bob@x.example", '"Doe, Bob" <bob@x.example>', '"Doe, Bob" bob@x.example',
    "bob@x.example <bob@x.example>", "<bob@x.example>", "Bob <BOB@X.Example>", "bob@x.example (Bob)",
    "Bob bob@x.example;", "=?utf-8?B?Qm9i?= <bob@x.example>", "=?utf-8?B?SW52b2ljZ?= <bob@x.example>",
    "Bob <bob@x.example>, Eve <eve@y.example>", "Bob", "", "undisclosed-recipients:;", "Bob <bob @ x.example>",
    '"bob"@x.example', "Bob <bob@exämple.de>", "Bob <bob@xn--exmple-cua.de>", "<@relay.example:bob@x.example>",
    "/O=FIRM/OU=X/CN=RECIPIENTS/CN=BOB", "Bob <bob@x.example> <b2@x.example>", "mailto:bob@x.example",
    "'bob@x.example'",
)  # fmt: skip
_DATES = (
    "Mon, 02 Nov 2026 09:00:00 +0000", "2 Nov 26 9:00 GMT", "Mon Nov  2 09:00:00 2026 +0100", "2026-11-02T09:00:00Z",
    "Mon, 02 Nov 2026 09:00:00 (CET)", "yesterday", "Mon, 32 Nov 2026 09:00:00 +0000",
)  # fmt: skip
_SUBJECTS = (
    "=?utf-8?B?SW52b2ljZ?=", "=?bogus?Q?x?=", "=?utf-8?Q?=F0=9F=98?= =?utf-8?Q?=81?=", "Über\tuns", "=?x", "½ Ⅷ ﬁ ß ǆ",
    "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "=?gb2312?B?1tDOxA==?=",
)  # fmt: skip
_BODIES = (
    b"Content-Type: text/plain; charset=idna\r\n\r\nHello", b"Content-Type: text/plain; charset=punycode\r\n\r\nHello",
    b"Content-Type: text/plain; charset=latin-1\r\n\r\nGr\xfc\xdfe",
    b"Content-Type: text/plain\r\n\r\nGr\xc3\xbc\xc3\x9fe",
    b"Content-Type: text/html\r\n\r\n<style>x</style><p>Hello<!-- no --> &amp; &#228;&#99999999999; <b>you</b>",
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<p>rich</p>\r\n--b--",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee attached.\r\n--b\r\n"
    b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF\r\n--b--",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
    b'Content-Type: application/pdf; name="a b.pdf"\r\n\r\n%PDF\r\n--b--',
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8g",
    b"\r\n\xff\xfe\x00",
)  # fmt: skip


def odd_mails() -> list[bytes]:
    """Each odd form in a mail that is else plain."""
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello there."
    found = [_mail(sender=sender) + plain for sender in _FROM]
    found += [_mail(date=date) + plain for date in _DATES]
    found += [_mail(subject=subject) + plain for subject in _SUBJECTS]
    return found + [_mail() + body for body in _BODIES]


def _mail(
    sender: str = "Bob <bob@x.example>", date: str = "Mon, 02 Nov 2026 09:00:00 +0000", subject: str = "s"
) -> bytes:
    return f"From: {sender}\r\nTo: anna@firm.example\r\nSubject: {subject}\r\nDate: {date}\r\n".encode()


def substitute(mime: bytes) -> str:
    """As cleaning makes it of a whole mail."""
    return substitute_message_id(read_envelope(parse(mime, Problems())))


if __name__ == "__main__":
    for one in odd_mails():
        print(substitute(one))
