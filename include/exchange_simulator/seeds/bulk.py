"""Mail that nobody wrote by hand: newsletters, notices of machines, junk, and replies of people who are away."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

from exchange_simulator.seeds.api import Folder, Placement, SeedMail
from exchange_simulator.seeds.conversation import Sent, received
from exchange_simulator.seeds.languages import LANGUAGES, day_in_words, money
from exchange_simulator.seeds.mime import Encoding, address_list, body, finish
from exchange_simulator.seeds.people import BILLING, BROKER, CLAIMS, SUPPORT, Person
from exchange_simulator.seeds.programs import message_id

_UTF8 = Encoding("utf-8", "qp")


def _machine(name: str, address: str) -> Person:
    return Person(name, address, "", "en", "gmail", "The team", "", "")


WEEKLY = _machine("Insurance Market Weekly", "editor@marketweekly.example")
PORTAL = _machine("Northmark Extranet", "no-reply@extranet.northmark.example")
BANK = _machine("Harrowgate Bank", "payments@harrowgatebank.example")
SCANNER = _machine("Office scanner 2", "scanner@larkfieldmoss.example")
_STORIES = (
    "Flood models are being rewritten after a wet autumn", "Cyber rates fall for the third quarter in a row",
    "Motor repair costs: why a bumper now costs as much as a gearbox", "The regulator looks at premium finance",
    "Underinsurance: one in three buildings is valued too low", "Brokers and the four-day week: what clients say",
    "Lithium batteries in warehouses: new guidance for surveyors", "Parametric cover comes to the high street",
    "What the courts said about late notification this month", "Insurers queue up for renewable energy risks",
)  # fmt: skip
_JUNK = (
    ("Your parcel could not be delivered", "A fee of 1.99 is outstanding. Confirm your address within 24 hours."),
    ("You have 1 new voice message", "Duration 00:42. Press play to listen to the message from an unknown caller."),
    ("Congratulations, your business loan is pre-approved", "Up to 250,000 with no paperwork. Offer ends tonight!"),
    ("Mailbox almost full", "Your mailbox has used 98% of its storage. Upgrade now to keep receiving mail."),
    ("Первая страница Google за неделю", "Здравствуйте! Продвижение сайтов с гарантией. Ответьте на это письмо."),
    ("恭喜您中奖了", "尊敬的客户，您已获得大奖，请尽快与我们联系。"),
    ("🔥 80% off designer watches 🔥", "Only today. Everyone will admire you. Unsubscribe at the bottom."),
    ("Re: your outstanding invoice", "Please see the updated bank details and pay today to avoid penalties."),
)
_AWAY = {
    "en": ("Automatic reply: ", "Thank you for your email. I am out of the office until {day} with limited access to "
           "email. For anything urgent please ring the office."),
    "de": ("Automatische Antwort: ", "Vielen Dank für Ihre Nachricht. Ich bin bis zum {day} nicht im Büro. Ihre E-Mail "
           "wird nicht weitergeleitet."),
    "fr": ("Réponse automatique : ", "Bonjour, je suis absent du bureau jusqu'au {day} inclus. "
           "Je vous répondrai dès mon retour."),
    "es": ("Respuesta automática: ", "Estaré fuera de la oficina hasta el {day}. Responderé a mi regreso."),
    "it": ("Risposta automatica: ", "Sono fuori ufficio fino al {day}. Risponderò al mio rientro."),
    "nl": ("Automatisch antwoord: ", "Ik ben afwezig tot {day}. Uw bericht wordt niet doorgestuurd."),
    "pt": ("Resposta automática: ", "Estarei ausente até {day}. Responderei assim que possível."),
    "pl": ("Automatyczna odpowiedź: ", "Jestem poza biurem do {day}. Odpowiem po powrocie."),
}  # fmt: skip


def _head(sender: Person, to: Person, subject: str, at: datetime, mail_id: str) -> list[tuple[str, str]]:
    return [
        *received(sender, at, mail_id),
        ("From", address_list([sender])),
        ("To", address_list([to])),
        ("Subject", subject),
        ("Date", format_datetime(at)),
        ("Message-ID", mail_id),
        ("MIME-Version", "1.0"),
    ]


def machine_mail(
    kind: str, sender: Person, to: Person, subject: str, plain: str, html: str, at: datetime, key: str,
    folder: Folder = "inbox", extra: tuple[tuple[str, str], ...] = (),
) -> SeedMail:  # fmt: skip
    """One email of a machine to one mailbox; `html` is a whole page or empty."""
    mail_id = message_id("thunderbird", sender.address, key)
    mime = finish(body(plain, html, (), _UTF8), [*_head(sender, to, subject, at, mail_id), *extra], key)
    return SeedMail(kind, mime, at, (Placement(to.address, folder),), mail_id, program="machine")


def newsletter(at: datetime, number: int, rng: Random, key: str) -> SeedMail:
    """A weekly paper in table-built HTML; some are thrown away unread."""
    stories = rng.sample(_STORIES, 3)
    page = f"https://www.marketweekly.example/{number}"
    rows = "".join(
        f'<tr><td style="padding:12px"><h2 style="color:#0b3d66">{story}</h2><p>Our reporter looks at what it '
        f'means for brokers this winter. <a href="{page}/{place}">Read on</a></p></td></tr>'
        for place, story in enumerate(stories, 1)
    )
    html = (
        '<html><body style="background:#eee"><div style="display:none">This week: ' + stories[0] + "</div>"
        '<table align="center" width="600" bgcolor="#ffffff"><tr><td><h1>Insurance Market Weekly</h1></td></tr>'
        f'{rows}<tr><td style="font-size:11px">You receive this because you subscribed. '
        '<a href="https://www.marketweekly.example/off">Unsubscribe</a></td></tr></table></body></html>'
    )
    plain = (
        "Insurance Market Weekly\n\n" + "\n\n".join(f"* {story}" for story in stories) + "\n\nUnsubscribe: see the web."
    )
    extra = (("List-Unsubscribe", "<https://www.marketweekly.example/off>"), ("Precedence", "bulk"))
    folder: Folder = ("inbox", "Newsletters") if rng.random() < 0.7 else "deleteditems"
    return machine_mail(
        "newsletter", WEEKLY, BROKER, f"Issue {number}: {stories[0]}", plain, html, at, key, folder, extra
    )


def notice(at: datetime, rng: Random, key: str) -> SeedMail:
    """A notice of the bank, an insurer's extranet or the scanner."""
    choice = rng.randrange(4)
    number = rng.randrange(10_000, 99_999)
    auto = (("Auto-Submitted", "auto-generated"),)
    if choice == 0:
        paid, invoice = money("en", rng.randrange(90, 7000)), f"INV-26-0{number % 9000 + 1000}"
        text = f"A payment of {paid} was credited today.\nReference: {invoice}"
        return machine_mail("notice", BANK, BILLING, "Payment received", text, "", at, key, ("inbox", "Bank"), auto)
    if choice == 1:
        text = f"A document has been scanned for you: SCAN-{number}, {rng.randrange(1, 9)} pages.\nPlease do not reply."
        return machine_mail("notice", SCANNER, rng.choice((CLAIMS, SUPPORT)), f"Scan {number}", text, "", at, key)
    to = rng.choice((SUPPORT, CLAIMS))
    text = f"Quotation N-{number} will lapse in 7 days unless it is accepted on the extranet."
    html = f"<html><body><p>{text}</p><p><b>Northmark Mutual</b> - this mailbox is not read.</p></body></html>"
    return machine_mail("notice", PORTAL, to, f"Reminder: quotation N-{number}", "", html, at, key, "inbox", auto)


def junk(at: datetime, rng: Random, key: str) -> SeedMail:
    """What the filter put aside."""
    subject, text = rng.choice(_JUNK)
    sender = _machine("Customer Care", f"care{rng.randrange(99)}@bulk{rng.randrange(9)}.example")
    link = f"http://bulk.example/{rng.randrange(999)}"
    html = f'<html><body><p>{text}</p><p><a href="{link}">Click here</a></p></body></html>'
    to = rng.choice((SUPPORT, CLAIMS, BILLING, BROKER))
    extra = (("X-Spam-Flag", "YES"), ("X-MS-Exchange-Organization-SCL", "6"))
    return machine_mail(
        "junk", sender, to, subject, text if rng.random() < 0.5 else "", html, at, key, "junkemail", extra
    )


def away(sent: Sent, at: datetime, key: str) -> SeedMail | None:
    """The automatic reply of whoever the firm's email went to, or None when a colleague or another program answers."""
    reader = sent.to[0]
    if reader.inside or not sent.writer.inside:
        return None
    prefix, text = _AWAY[reader.language]
    back = day_in_words(reader.language, at + timedelta(days=4))
    closing = LANGUAGES[reader.language].closings[0]
    plain = f"{text.format(day=back)}\n\n{closing}\n{reader.signer}\n{reader.company}"
    extra = (
        ("In-Reply-To", sent.message_id), ("References", sent.message_id), ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"), ("Precedence", "auto_reply"),
    )  # fmt: skip
    mail = machine_mail(
        "automatic reply", reader, sent.writer, prefix + sent.subject, plain, "", at.astimezone(UTC), key, extra=extra
    )
    return SeedMail(
        mail.kind, mail.mime, mail.received, mail.placements, mail.message_id, reader.language, reader.program
    )
