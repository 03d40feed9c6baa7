"""Journal reports as Exchange writes them, around a mail."""

from __future__ import annotations

MARK = "X-MS-Journal-Report: \r\n"


def report_text(mail_id: str, *, sender: str = "ann@client.example", more: str = "") -> str:
    """The text of a report of today."""
    return (
        f"Sender: {sender}\r\nSubject: Claim\r\nMessage-Id: {mail_id}\r\n"
        "To: support@acme.example, Expanded: all@acme.example\r\nBcc: law@acme.example\r\n"
    ) + more


def journal_report(
    *parts: bytes,
    text: str,
    mark: str = MARK,
    number: int = 1,
    kind: str = "plain",
    date: str = "Mon, 02 Mar 2026 12:30:00 +0000",
) -> bytes:
    """A report: its text, then parts with their own headers (``attached``). mark: the header that says so, or ""."""
    head = (
        "From: Microsoft Exchange <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.example>\r\n"
        f"To: journal@archive.example\r\nSubject: Claim\r\nDate: {date}\r\n"
        f"Message-ID: <report-{number}@journal.report.generator>\r\n{mark}MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="=_{number}"\r\n\r\n'
    )
    whole = head.encode() + f"--=_{number}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{text}\r\n".encode()
    for part in parts:
        whole += f"--=_{number}\r\n".encode() + part + b"\r\n"
    return whole + f"--=_{number}--\r\n".encode()


def attached(mail: bytes) -> bytes:
    """A mail as a part of a report."""
    return b"Content-Type: message/rfc822\r\n\r\n" + mail
