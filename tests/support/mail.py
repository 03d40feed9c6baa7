"""Small emails for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def mail(
    number: int,
    *,
    message_id: str | None = "",
    sender: str = "ann@client.example",
    subject: str | None = None,
    sent: datetime | None = None,
    body: str = "",
    reply_to: str | None = None,
) -> bytes:
    """Email number so-and-so: each a minute after the one before. message_id None leaves the header out."""
    message = EmailMessage()
    if message_id is not None:
        message["Message-ID"] = message_id or f"<mail-{number}@client.example>"
    message["From"] = f"Ann Client <{sender}>"
    message["To"] = "support@acme.example"
    message["Date"] = format_datetime(sent or NOON + timedelta(minutes=number))
    message["Subject"] = subject or f"Question {number}"
    if reply_to:
        message["In-Reply-To"] = message["References"] = reply_to
    message.set_content(body or f"Hello,\n\nthis is question number {number}.\n")
    return message.as_bytes()
