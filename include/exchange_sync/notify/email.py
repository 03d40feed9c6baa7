"""E-mail by SMTP, as Airflow's SMTP connection describes the server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from exchange_sync.notify.api import Message, NotSent


@dataclass(frozen=True)
class SmtpServer:
    """tls: "ssl" from the start, "starttls", or "none". sender: the From address. timeout: seconds."""

    host: str
    port: int
    sender: str
    login: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    timeout: float = 20.0


def send(server: SmtpServer, recipient: str, message: Message) -> None:
    """One mail to one address. Raises NotSent."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = server.sender, recipient, message.title
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="exchange-sync.invalid")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    mail.set_content(message.text)
    try:
        with _connected(server) as smtp:
            if server.login:
                smtp.login(server.login, server.password)
            smtp.send_message(mail)
    except smtplib.SMTPResponseException as refused:
        raise NotSent(f"the SMTP server answered {refused.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"the SMTP server cannot be used: {type(error).__name__}") from None


def _connected(server: SmtpServer) -> smtplib.SMTP:
    if server.tls == "ssl":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    if server.tls == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp
