"""Single emails of the kinds that trip readers: one function each, all listed in ALL at the end.

Each takes the time, and a key from which its Message-ID and boundaries are made.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.mime.message import MIMEMessage
from email.utils import format_datetime
from random import Random

from exchange_simulator.seeds import documents
from exchange_simulator.seeds.api import Folder, Placement, SeedMail
from exchange_simulator.seeds.conversation import received
from exchange_simulator.seeds.mime import Attachment, Encoding, address_list, body, container, finish, text_part
from exchange_simulator.seeds.people import BILLING, BROKER, CLAIMS, CLIENTS, DOMAIN, EXPERTS, SUPPORT, Person
from exchange_simulator.seeds.programs import message_id

Oddity = Callable[[datetime, str], SeedMail]
_UTF8 = Encoding("utf-8", "qp")
_POSTMASTER = Person("Mail Delivery System", f"postmaster@{DOMAIN}", "", "en", "outlook", "Postmaster", "", "")


def _mail(
    kind: str, content: Message, sender: Person, to: tuple[Person, ...], subject: str, at: datetime, key: str, *,
    folder: Folder = "inbox", item_class: str = "IPM.Note", language: str = "en", draft: bool = False,
    with_id: bool = True, extra: tuple[tuple[str, str], ...] = (), program: str = "",
) -> SeedMail:  # fmt: skip
    mail_id = message_id(sender.program, sender.address, key) if with_id else None
    headers = [
        *received(sender, at, key),
        ("From", address_list([sender])),
        ("To", address_list(to)),
        ("Subject", subject),
    ]
    headers += [("Date", format_datetime(at)), *extra]
    headers += [("Message-ID", mail_id)] if mail_id else []
    mime = finish(content, [*headers, ("MIME-Version", "1.0")], key)
    holders = (sender,) if folder in ("drafts", "sentitems", "calendar", "contacts") else to
    placements = tuple(Placement(person.address, folder) for person in holders if person.inside)
    routing = "EX" if sender.inside and sender is not _POSTMASTER else "SMTP"
    return SeedMail(
        kind, mime, at, placements, mail_id, language, program or sender.program, draft, item_class, routing
    )


def _plain(text: str) -> Message:
    return body(text, "", (), _UTF8)


def bounce(at: datetime, key: str) -> SeedMail:
    """A delivery report (RFC 3464) on a reminder to an address that is gone."""
    reader = "accounts@frithroofing.example"
    told = (
        f"Your message to {reader} could not be delivered.\n\nThe address does not exist at the recipient's "
        "organisation. Check the spelling, remove any old entry from your address book, and send it again."
    )
    report = Message()
    report["Content-Type"] = "message/delivery-status"
    fields, recipient = Message(), Message()
    fields["Reporting-MTA"] = f"dns; mx1.{DOMAIN}"
    recipient["Final-Recipient"] = f"rfc822; {reader}"
    recipient["Action"] = "failed"
    recipient["Status"] = "5.1.1"
    recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 User unknown"
    report.set_payload([fields, recipient])
    lost = message_from_bytes(
        finish(
            _plain("Please find attached your statement of account."),
            [("From", address_list([BILLING])), ("To", reader), ("Subject", "Statement of account"),
             ("Date", format_datetime(at)), ("Message-ID", message_id("outlook", BILLING.address, key + "lost"))],
            key + "lost",
        )
    )  # fmt: skip
    parts = [text_part(told, "plain", _UTF8), report, MIMEMessage(lost)]
    whole = container("report", parts, **{"report-type": "delivery-status"})
    extra = (("Auto-Submitted", "auto-replied"), ("X-MS-Exchange-Message-Is-Ndr", "yes"))
    return _mail(
        "bounce", whole, _POSTMASTER, (BILLING,), "Undeliverable: Statement of account", at, key,
        item_class="REPORT.IPM.Note.NDR", extra=extra,
    )  # fmt: skip


def meeting_request(at: datetime, key: str) -> SeedMail:
    """An invitation: text beside text/calendar, and Exchange's meeting class."""
    start = (at + timedelta(days=5)).replace(hour=10, minute=0, second=0, microsecond=0)
    subject = "Claims review: open files over 60 days"
    calendar = documents.meeting(
        message_id("outlook", BROKER.address, key + "uid")[1:-1], BROKER, (CLAIMS, SUPPORT), subject, start
    )
    invite = text_part(calendar.replace("\r\n", "\n"), "calendar", _UTF8, method="REQUEST")
    text = "Let us go through the list together. Please bring the files where we wait for an insurer."
    whole = container("alternative", [text_part(text, "plain", _UTF8), invite])
    return _mail(
        "meeting request", whole, BROKER, (CLAIMS, SUPPORT), subject, at, key,
        item_class="IPM.Schedule.Meeting.Request",
    )  # fmt: skip


def appointment(at: datetime, key: str) -> SeedMail:
    text = "Annual lunch with the underwriters of Northmark. Table for six, under the firm's name."
    return _mail(
        "appointment", _plain(text), BROKER, (BROKER,), "Lunch with Northmark", at, key, folder="calendar",
        item_class="IPM.Appointment",
    )  # fmt: skip


def contact(at: datetime, key: str) -> SeedMail:
    person = CLIENTS[sum(key.encode()) % len(CLIENTS)]
    text = f"{person.name}\n{person.title}, {person.company}\n{person.phone}\n{person.address}"
    return _mail(
        "contact", _plain(text), BROKER, (BROKER,), person.name, at, key, folder="contacts",
        item_class="IPM.Contact",
    )  # fmt: skip


def draft(at: datetime, key: str) -> SeedMail:
    client = CLIENTS[sum(key.encode()) % len(CLIENTS)]
    writer = (BROKER, CLAIMS, SUPPORT, BILLING)[sum(key.encode()) % 4]
    text = f"Dear {client.first},\n\nfurther to our call I have now looked at the wording, and"
    subject = f"Your question about the policy wording - {client.company}"
    return _mail("draft", _plain(text), writer, (client,), subject, at, key, folder="drafts", draft=True)


def mislabelled(at: datetime, key: str) -> SeedMail:
    """Windows-1252 bytes that call themselves UTF-8."""
    part = text_part("x", "plain", Encoding("utf-8", "8bit"))
    text = (
        "Hello,\n\nthe café’s new address is 7 Priory Street – please update the policy. "
        "Premium: £1,240 or €1,450?\n\nFrançoise\n"
    )
    part.replace_header("Content-Transfer-Encoding", "8bit")
    part.set_payload(text.encode("cp1252").decode("ascii", "surrogateescape"))
    return _mail("broken charset", part, CLIENTS[1], (SUPPORT,), "New address of the cafe", at, key)


def unknown_charset(at: datetime, key: str) -> SeedMail:
    """Latin-1 bytes under the label unknown-8bit (RFC 1428)."""
    part = text_part("x", "plain", Encoding("utf-8", "8bit"))
    part.set_param("charset", "unknown-8bit")
    part.replace_header("Content-Transfer-Encoding", "8bit")
    text = "Guten Tag,\n\nanbei die Schadenübersicht für Köln und Düsseldorf.\n\nMit freundlichen Grüßen\nA. Köhler\n"
    part.set_payload(text.encode("latin-1").decode("ascii", "surrogateescape"))
    return _mail("broken charset", part, CLIENTS[21], (CLAIMS,), "Schadenuebersicht", at, key, language="de")


def raw_headers(at: datetime, key: str) -> SeedMail:
    """Names and subject as bare Latin-1 bytes in the headers, as old web forms send them."""
    mail = _mail("raw header bytes", _plain("Contact form: please call me back about my claim."), CLIENTS[24],
                 (SUPPORT,), "SUBJECT-HERE", at, key, language="es")  # fmt: skip
    subject = "Subject: Petición de información – página web".replace("–", "-").encode("latin-1")
    mime = mail.mime.replace(b"Subject: SUBJECT-HERE", subject)
    return SeedMail(mail.kind, mime, at, mail.placements, mail.message_id, "es", mail.program)


def right_to_left(at: datetime, key: str) -> SeedMail:
    """Hebrew text with numbers and Latin words in it, HTML marked dir=rtl."""
    text = "שלום נדיה,\n\nקיבלתי את הצעת הביטוח CC-4471902. האם הפרמיה כוללת כיסוי סייבר?\n\nתודה רבה,\nיעל ברק"
    html = f'<html><body><div dir="rtl">{text.replace(chr(10), "<br>")}</div></body></html>'
    sender = Person(
        "יעל ברק", "yael.barak@barakshipping.example", "Barak Shipping", "en", "gmail", "יעל ברק", "", "", 2
    )
    content = body(text, html, (), Encoding("utf-8", "base64"))
    return _mail("right to left", content, sender, (BROKER,), "שאלה על הצעת הביטוח", at, key,
                 folder=("inbox", "לקוחות"), language="he")  # fmt: skip


def arabic(at: datetime, key: str) -> SeedMail:
    text = "السيدة نادية المحترمة،\n\nنرجو إرسال شهادة التأمين الخاصة بالشحنة رقم 20417.\n\nمع خالص التحية،\nسامر حداد"
    sender = Person(
        "سامر حداد", "samer.haddad@haddadtrading.example", "Haddad Trading", "en", "apple", "سامر", "", "", 3
    )
    return _mail("right to left", _plain(text), sender, (BROKER,), "شهادة التأمين", at, key, language="ar")


def without_id(at: datetime, key: str) -> SeedMail:
    """An alarm panel's email, which has no Message-ID at all."""
    text = f"ALARM PANEL 4471 - {at:%Y-%m-%d %H:%M} - zone 3 (rear yard) - reset by key holder"
    panel = Person("Alarm panel 4471", "panel4471@oseisecurity.example", "", "en", "original", "Panel", "", "")
    return _mail("no Message-ID", _plain(text), panel, (SUPPORT,), "Alarm report zone 3", at, key, with_id=False)


def forwarded(at: datetime, key: str) -> SeedMail:
    """A forward as attachment (message/rfc822) that itself holds a PDF."""
    invoice = Attachment("Towing invoice.pdf", "application/pdf", documents.pdf(["Towing invoice", "Total: 286.50"]))
    inner = finish(
        body("Please find the towing invoice attached.\n\nWendy", "", [invoice], _UTF8),
        [("From", address_list([EXPERTS[3]])), ("To", address_list([CLIENTS[2]])), ("Subject", "Towing invoice"),
         ("Date", format_datetime(at - timedelta(hours=3))), ("MIME-Version", "1.0"),
         ("Message-ID", message_id("android", EXPERTS[3].address, key + "inner"))],
        key + "inner",
    )  # fmt: skip
    text = "Forwarding the towing company's email as it is. Is that covered too?\n\nSam"
    whole = container("mixed", [text_part(text, "plain", _UTF8), MIMEMessage(message_from_bytes(inner))])
    return _mail("forwarded email", whole, CLIENTS[2], (CLAIMS,), "FW: Towing invoice", at, key)


def large(at: datetime, key: str) -> SeedMail:
    """About 7 MB: one uncompressed picture of 1,320 by 1,320 points."""
    noise = Random(key)
    rows = b"".join(b"\0" + noise.randbytes(1320 * 3) for _ in range(1320))
    picture = documents.png_of_rows(1320, 1320, rows, level=0)
    content = body(
        "The drone picture of the roof, in full size as you asked. Sorry for the megabytes.\n\nCallum", "",
        [Attachment("Roof from above.png", "image/png", picture)], _UTF8,
    )  # fmt: skip
    return _mail("large", content, CLIENTS[10], (CLAIMS,), "Roof from above", at, key)


def rich_text(at: datetime, key: str) -> SeedMail:
    """Outlook's rich text format: the enclosure sits in winmail.dat."""
    data = documents.winmail("Stock list.txt", b"12 pallets of flour\r\n4 pallets of sugar\r\n")
    content = body(
        "The stock list is attached.\n\nSophie", "", [Attachment("winmail.dat", "application/ms-tnef", data)], _UTF8
    )
    return _mail("winmail.dat", content, CLIENTS[5], (CLAIMS,), "Stock list", at, key)


def emoji(at: datetime, key: str) -> SeedMail:
    text = "Hi Nadia 👋\n\nWe got the keys today!! 🎉🏠 Thanks for the cover 🙏🏽\n\nBeth & the 👩‍👩‍👧 team"
    html = f'<div dir="ltr">{text.replace(chr(10), "<br>")}</div>'
    return _mail("emoji", body(text, html, (), _UTF8), CLIENTS[9], (BROKER,), "We got the keys! 🎉🔑", at, key)


def empty(at: datetime, key: str) -> SeedMail:
    """No text at all, a scan only."""
    scan = Attachment("Scan_0001.pdf", "application/pdf", documents.pdf(["Signed proposal form"]))
    return _mail("no text", body(" ", "", [scan], _UTF8), CLIENTS[8], (SUPPORT,), "", at, key)


def no_zone(at: datetime, key: str) -> SeedMail:
    """A Date header that no standard allows."""
    text = _plain("Backup of the franking machine finished.")
    mail = _mail("odd date", text, EXPERTS[0], (BILLING,), "Franking machine", at, key)
    wrong = f"Date: {at.astimezone(UTC):%d/%m/%Y %H:%M}".encode()
    mime = mail.mime.replace(b"Date: " + format_datetime(at).encode(), wrong)
    return SeedMail(mail.kind, mime, at, mail.placements, mail.message_id, program=mail.program)


ALL: tuple[tuple[Oddity, int], ...] = (
    (bounce, 3), (meeting_request, 6), (appointment, 8), (contact, 12), (draft, 8), (mislabelled, 2),
    (unknown_charset, 2), (raw_headers, 2), (right_to_left, 2), (arabic, 1), (without_id, 2), (forwarded, 2),
    (large, 1), (rich_text, 2), (emoji, 2), (empty, 2), (no_zone, 1),
)  # fmt: skip
"""Each oddity with how many of it the ninety days hold."""
