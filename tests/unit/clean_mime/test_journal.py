"""A journal report is the mail that was journaled: its text, people, files and identity (decision 130)."""

from __future__ import annotations

import pytest
from exchange_sync.clean.contents import attachment_contents
from exchange_sync.model.cleaned import JOURNALED, REPORT_ONLY

from tests.support.journal import attached, journal_report, report_text
from tests.support.mail import mail
from tests.unit.clean_mime.mime_builder import base64_part, cleaned
from tests.unit.clean_mime.test_mime_attachments import winmail

MAIL = mail(1, body="The roof leaks.\n\nBest regards\nAnn Client\n")
ID = "<mail-1@client.example>"
TEXT = report_text(ID)
OLD_TEXT = (
    'Sender: "Ann Client" <smtp:ann@client.example>\r\nMessage-ID:\r\n <mail-1@client.example>\r\nRecipients:\r\n'
    '"Support" <smtp:support@acme.example>\r\n"Law" <smtp:law@acme.example>\r\n'
)
HTML_TEXT = f"<html><body>{TEXT.replace(ID, '&lt;mail-1@client.example&gt;')}</body></html>".replace("\r\n", "<br>")
INNER = journal_report(attached(MAIL), text=TEXT)
NO_ID = MAIL.replace(b"Message-ID: <mail-1@client.example>\n", b"")
SECRET = (
    b"From: ann@client.example\r\nMessage-ID: " + ID.encode() + b"\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="s"\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\nprotected\r\n--s\r\n'
    b"Content-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\r\n\r\nxx\r\n--s--\r\n"
)


@pytest.mark.parametrize(
    "report",
    [
        journal_report(attached(MAIL), text=TEXT),
        journal_report(attached(MAIL), text=OLD_TEXT, mark="Content-Identifer: ExJournalReport\r\n"),
        journal_report(attached(MAIL), text=TEXT, mark=""),
        journal_report(attached(MAIL), text=HTML_TEXT, mark="", kind="html"),
        journal_report(attached(NO_ID), text=TEXT),
        journal_report(attached(SECRET), attached(MAIL), text=TEXT),
        journal_report(attached(INNER), text=report_text("<report-1@journal.report.generator>"), number=2),
        journal_report(base64_part("message/rfc822", MAIL, ""), text=TEXT),
    ],
    ids=["today", "2003", "header lost", "html, header lost", "no id", "encrypted copy", "report of report", "base64"],
)
def test_the_comment_is_the_mail_that_was_journaled(report: bytes) -> None:
    email = cleaned(report)
    assert (email.body, email.signature) == ("The roof leaks.", "Best regards\nAnn Client")
    assert email.journal == JOURNALED
    assert "law@acme.example" in email.journal_recipients
    assert email.sender is not None
    assert email.sender.address == "ann@client.example"
    assert email.message_id == email.envelope.message_id == ID
    assert email.sent is not None
    assert email.sent.hour == 12
    assert email.sent.minute == 1
    assert not email.quoted


def test_blind_copies_are_shown_and_a_filter_sees_everybody() -> None:
    email = cleaned(journal_report(attached(MAIL), text=TEXT))
    assert [person.address for person in email.bcc] == ["law@acme.example"]
    assert email.journal_recipients == ("support@acme.example", "all@acme.example", "law@acme.example")
    assert {"ann@client.example", "support@acme.example", "law@acme.example"} <= set(email.envelope.people)
    assert "journal@archive.example" not in email.envelope.people  # it takes no part
    assert "journal@archive.example" in email.envelope.seen  # a deny list heeds it
    assert not email.envelope.unreadable
    ex = TEXT + "To: /o=Acme/ou=x/cn=Recipients/cn=bob\r\n"
    assert cleaned(journal_report(attached(MAIL), text=ex)).envelope.unreadable


@pytest.mark.parametrize(
    "mime",
    [
        mail(1, body="Look at this."),
        journal_report(attached(MAIL), text="Dear all,\r\n\r\nplease see the mail below.\r\n", mark=""),
        journal_report(attached(MAIL), text=report_text("<another@x>"), mark=""),
        journal_report(attached(MAIL), text=TEXT + "\r\nPlease pay at once.\r\n", mark=""),
        journal_report(text="Hello", mark="X-MS-Journal-Report:\r\n"),
    ],
    ids=["plain", "a forward", "another id", "words beside it", "a mark alone"],
)
def test_other_mail_stays_what_it_is(mime: bytes) -> None:
    email = cleaned(mime)
    assert email.journal == ""
    assert not email.envelope.journaled


def test_what_else_a_report_says_and_carries_is_kept() -> None:
    more = mail(2, body="Another one.\n")
    mime = journal_report(attached(MAIL), attached(more), text=TEXT + "\r\nScanned by Acme.\r\n")
    email = cleaned(mime)
    assert email.quoted == "Scanned by Acme."
    assert [file.name for file in email.attachments] == ["Question 2.eml"]
    contents = dict(attachment_contents(mime))
    assert len(contents) == 1
    assert b"Another one." in contents[0]


@pytest.mark.parametrize("parts", [(), (base64_part("application/ms-tnef", b"broken"),)], ids=["bare", "broken"])
def test_a_report_without_a_mail_says_so_and_keeps_its_text(parts: tuple[bytes, ...]) -> None:
    email = cleaned(journal_report(*parts, text=TEXT))
    assert email.journal == REPORT_ONLY
    assert "Message-Id: " + ID in email.body
    assert not email.envelope.journaled


def test_an_encrypted_mail_is_the_mail_as_far_as_it_can_be_read() -> None:
    email = cleaned(journal_report(attached(SECRET), text=TEXT))
    assert (email.journal, email.body, email.message_id) == (JOURNALED, "protected", ID)
    assert "encrypted" in email.problems


def test_a_mail_that_came_as_winmail_dat_alone_takes_its_headers_from_the_report() -> None:
    packed = winmail(b"The roof leaks.", b"roof.txt", b"wet")
    mime = journal_report(base64_part("application/ms-tnef", packed, name="winmail.dat"), text=TEXT)
    email = cleaned(mime)
    assert (email.journal, email.body, email.subject) == (JOURNALED, "The roof leaks.", "Claim")
    assert email.sender is not None
    assert email.sender.address == "ann@client.example"
    assert email.envelope.message_id == email.message_id == ID
    assert [person.address for person in email.to] == ["support@acme.example", "all@acme.example"]
    assert [person.address for person in email.bcc] == ["law@acme.example"]
    assert [file.name for file in email.attachments] == ["roof.txt"]
    assert dict(attachment_contents(mime)) == {0: b"wet"}
