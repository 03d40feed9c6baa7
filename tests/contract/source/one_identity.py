"""The contract of identity: an email without a Message-ID is the same, however its source was asked for it.

In a file of its own beside suite.py, which says all else that a source must do.
"""

from __future__ import annotations

import json

import pytest
from exchange_simulator.client import Control
from exchange_sync.clean.api import clean_email
from exchange_sync.model.email import ItemMime, ItemProperties, LargeItem
from exchange_sync.model.identity import usable_message_id
from exchange_sync.pipeline.identify import identified
from exchange_sync.source.api import MailSource

from tests.contract.source.suite import BOX

DATE = b"Date: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
HEAD = b"From: Bob <bob@x.example>\r\nTo: anna@firm.example\r\nSubject: no id\r\n" + DATE
PDF = b"Content-Type: application/pdf%s\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"
MIXED = HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
TEXT = b"--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n"
BOTH = (
    b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\n"
    b"plain words\r\n"
    b"--c\r\nContent-Type: text/html\r\n\r\n<html><head><title>t</title></head><p>rich <b>words</b> &amp; more</p>\r\n"
    b"--c--\r\n"
)
FORMS = {
    "plain": HEAD + b"\r\nHello there.",
    "unnamed file": MIXED + TEXT + b"--b\r\n" + PDF % b"\r\nContent-Disposition: attachment" + b"--b--\r\n",
    "named file": MIXED + TEXT + b"--b\r\n" + PDF % b'; name="scan 1.pdf"' + b"--b--\r\n",
    "encoded name": MIXED + TEXT + b"--b\r\n" + PDF % b'; name="=?utf-8?Q?Gr=C3=B6=C3=9Fe.pdf?="' + b"--b--\r\n",
    "file alone": HEAD + PDF % b"; name=a.pdf",
    "plain and HTML": MIXED + BOTH + b"--b--\r\n",
    "plain and HTML, file": MIXED + BOTH + b"--b\r\n" + PDF % b"; name=a.pdf" + b"--b--\r\n",
    "attached message": MIXED
    + TEXT
    + b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\n",
    "picture in the text": MIXED
    + BOTH
    + b"--b\r\nContent-Type: image/png; name=i.png\r\nContent-ID: <i>\r\n\r\nx\r\n--b--\r\n",
    "cut word": HEAD.replace(b"no id", b"=?utf-8?B?SW52b2ljZ?=") + b"\r\nHello there.",
    "odd charset": HEAD + b"Content-Type: text/plain; charset=idna\r\n\r\nHello",
    "address as name": HEAD.replace(b"Bob <", b"bob@x.example <") + b"\r\nHello",
    "no date": HEAD.replace(DATE, b"") + b"\r\nHello",
    "no text": HEAD + b"\r\n",
}


class OneIdentityContract:
    """Run by each source beside MailSourceContract."""

    @pytest.mark.parametrize("form", FORMS)
    def test_without_message_id_an_email_is_the_same_read_whole_or_in_parts(
        self, source: MailSource, control: Control, form: str
    ) -> None:
        item = control.deliver(BOX, FORMS[form])[BOX]
        [told] = source.properties(BOX, [item])
        [whole] = source.mimes(BOX, [item])
        parts = source.large(BOX, item)
        assert isinstance(told, ItemProperties)
        assert isinstance(whole, ItemMime)
        assert isinstance(parts, LargeItem)
        listed = json.dumps([vars(one) for one in parts.attachments])
        assert _identity(told, whole.mime, None) == _identity(told, parts.mime, listed)


def _identity(told: ItemProperties, mime: bytes, attachments: str | None) -> str:
    row = {
        "message_id": usable_message_id(told.message_id) or "", "comment_id": "", "action": "new", "filters": None,
        "attachments": attachments, "sender": told.sender.address, "sent_at": told.sent,
    }  # fmt: skip
    return str(identified(row, clean_email(mime).envelope)["message_id"])
