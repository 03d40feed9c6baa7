"""Mail programs: how each names its messages, which bodies it sends, and how it marks the mail that it answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape

from exchange_simulator.seeds.languages import LANGUAGES, outlook_sent


@dataclass(frozen=True, slots=True)
class Answered:
    """The email that a reply quotes. `sent` is in the zone of the one who answers; html is a fragment."""

    name: str
    address: str
    sent: datetime
    to: str
    cc: str
    subject: str
    plain: str
    html: str


Quote = Callable[[str, Answered], tuple[str, str]]
"""(language of the one who answers, the email) to (plain, html) of the quoted history."""


@dataclass(frozen=True, slots=True)
class Program:
    """A mail program. `bodies` is plain, html or both; `encoding` the charset and transfer encoding it prefers."""

    title: str
    mailer: tuple[str, str] | None
    bodies: str
    encoding: tuple[str, str]
    message_id: str
    quote: Quote
    paragraph: str
    page: str
    exchange: bool = False
    reply: str = "Re: "
    device: str = ""
    delimiter: str = ""
    wrap: int = 0


def _block(language: str, mail: Answered, *, rule: str) -> str:
    labels, colon = LANGUAGES[language].labels, " :" if language == "fr" else ":"
    values = (f"{mail.name} <{mail.address}>", outlook_sent(language, mail.sent), mail.to, mail.cc, mail.subject)
    lines = [f"{label}{colon} {value}" for label, value in zip(labels, values, strict=True) if value]
    return "\n".join([rule, *lines] if rule else lines) + "\n\n" + mail.plain


def _html_block(language: str, mail: Answered) -> str:
    labels, colon = LANGUAGES[language].labels, " :" if language == "fr" else ":"
    values = (f"{mail.name} <{mail.address}>", outlook_sent(language, mail.sent), mail.to, mail.cc, mail.subject)
    rows = "<br>".join(
        f"<b>{label}{colon}</b> {escape(value)}" for label, value in zip(labels, values, strict=True) if value
    )
    return (
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{rows}<o:p></o:p></p></div></div>'
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{mail.html}'
    )


def outlook(language: str, mail: Answered) -> tuple[str, str]:
    return _block(language, mail, rule=""), _html_block(language, mail)


def outlook_original(language: str, mail: Answered) -> tuple[str, str]:
    words = {"en": "Original Message", "de": "Ursprüngliche Nachricht", "fr": "Message d'origine"}
    rule = f"-----{words.get(language, 'Original Message')}-----"
    return _block(language, mail, rule=rule), rule + "<br>" + _html_block(language, mail)


def outlook_mobile(language: str, mail: Answered) -> tuple[str, str]:
    rule = "________________________________"
    html = '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{}</div>'
    return _block(language, mail, rule=rule), html.format(_html_block(language, mail))


_GMAIL = {
    "en": "On {weekday}, {month} {day}, {year} at {time} {name} <{address}> wrote:",
    "de": "Am {weekday}., {day}. {month}. {year} um {time} Uhr schrieb {name} <{address}>:",
    "fr": "Le {weekday}. {day} {month}. {year} à {time}, {name} <{address}> a écrit :",
    "es": "El {weekday}, {day} {month} {year} a las {time}, {name} (<{address}>) escribió:",
    "it": "Il giorno {weekday} {day} {month} {year} alle ore {time} {name} <{address}> ha scritto:",
    "nl": "Op {weekday} {day} {month} {year} om {time} schreef {name} <{address}>:",
    "pt": "{name} <{address}> escreveu no dia {weekday}, {day}/{number}/{year} à(s) {time}:",
    "pl": "{weekday}., {day} {month} {year} o {time} {name} <{address}> napisał(a):",
}
_APPLE = {
    "en": "On {day} {month} {year}, at {time}, {name} <{address}> wrote:",
    "de": "Am {day}.{number}.{year} um {time} schrieb {name} <{address}>:",
    "fr": "Le {day} {month} {year} à {time}, {name} <{address}> a écrit :",
    "es": "El {day} {month} {year}, a las {time}, {name} <{address}> escribió:",
    "it": "Il giorno {day} {month} {year}, alle ore {time}, {name} <{address}> ha scritto:",
    "nl": "Op {day} {month} {year}, om {time} heeft {name} <{address}> het volgende geschreven:",
    "pt": "No dia {day}/{number}/{year}, às {time}, {name} <{address}> escreveu:",
    "pl": "Wiadomość napisana przez {name} <{address}> w dniu {day} {month} {year}, o godz. {time}:",
}
_THUNDERBIRD = {
    "en": "On {day:02d}/{number}/{year} {time}, {name} wrote:",
    "de": "Am {day:02d}.{number}.{year} um {time} schrieb {name}:",
    "fr": "Le {day:02d}/{number}/{year} à {time}, {name} a écrit :",
}


def _opening(words: dict[str, str], language: str, mail: Answered) -> str:
    names, sent = LANGUAGES[language], mail.sent
    return words.get(language, words["en"]).format(
        weekday=names.weekdays[sent.weekday()][:3],
        day=sent.day,
        month=names.months[sent.month - 1][:3],
        number=f"{sent.month:02d}",
        year=sent.year,
        time=f"{sent:%H:%M}",
        name=mail.name,
        address=mail.address,
    )


def _angled(text: str) -> str:
    return "\n".join(">" + line if line.startswith(">") else f"> {line}".rstrip() for line in text.split("\n"))


def gmail(language: str, mail: Answered) -> tuple[str, str]:
    opening = _opening(_GMAIL, language, mail)
    html = (
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{escape(opening)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{mail.html}</blockquote></div>'
    )
    return f"{opening}\n\n{_angled(mail.plain)}", html


def apple(language: str, mail: Answered) -> tuple[str, str]:
    opening = _opening(_APPLE, language, mail)
    html = f'<div><br><blockquote type="cite"><div>{escape(opening)}</div><br>{mail.html}</blockquote></div>'
    return f"> {opening}\n> \n{_angled(mail.plain)}", html


def iphone(language: str, mail: Answered) -> tuple[str, str]:
    opening = _opening(_APPLE, language, mail)
    html = f'<div dir="ltr"><br><blockquote type="cite">{escape(opening)}<br><br></blockquote></div>'
    return f"> {opening}\n> \n{_angled(mail.plain)}", html + f'<blockquote type="cite">{mail.html}</blockquote>'


def thunderbird(language: str, mail: Answered) -> tuple[str, str]:
    opening = _opening(_THUNDERBIRD, language, mail)
    html = f'<div class="moz-cite-prefix">{escape(opening)}<br></div><blockquote type="cite">{mail.html}</blockquote>'
    return f"{opening}\n{_angled(mail.plain)}", html


def notes(_language: str, mail: Answered) -> tuple[str, str]:
    lines = (
        f"From:        {mail.name} <{mail.address}>",
        f"To:        {mail.to}",
        f"Date:        {mail.sent:%d/%m/%Y %H:%M}",
        f"Subject:        {mail.subject}",
    )
    html = "<br>".join(f'<font size=1 color=#5f5f5f face="sans-serif">{escape(line)}</font>' for line in lines)
    return "\n".join(lines) + "\n\n\n" + mail.plain, f"<br><br>{html}<br><hr noshade><br>{mail.html}"


_WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv="Content-Type" '
    'content="text/html; charset={charset}"><meta name="Generator" content="Microsoft Word 15 (filtered medium)">'
    '<style><!-- p.MsoNormal {{margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;}} --></style></head>'
    '<body lang="{language}" link="#0563C1"><div class="WordSection1">{body}</div></body></html>'
)
_HEAD = '<html><head><meta http-equiv="content-type" content="text/html; charset={charset}"></head>'
_MSO = '<p class="MsoNormal">{}<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
_OUTLOOK = ("X-Mailer", "Microsoft Outlook 16.0")
_MAC = ("X-Mailer", "Apple Mail (2.3826.300.87.4.3)")
PROGRAMS = {
    "outlook": Program(
        "Outlook", None, "both", ("cp1252", "qp"), "DB9PR07MB{id:.24}@{domain}", outlook, _MSO, _WORD,
        exchange=True, reply="",
    ),
    "original": Program(
        "Outlook, plain text", _OUTLOOK, "plain", ("cp1252", "qp"), "{id:.8}${id:.6}$@{domain}", outlook_original,
        _MSO, _WORD, exchange=True, reply="",
    ),
    "gmail": Program(
        "Gmail", None, "both", ("utf-8", "qp"), "CAF{id:.36}@mail.gmail.example", gmail,
        "<div>{}</div><div><br></div>", '<div dir="ltr">{body}</div>',
    ),
    "apple": Program(
        "Apple Mail", _MAC, "both", ("utf-8", "qp"), "{id:.8}-{id:.4}-4C1A-9B21-{id:.12}@{domain}", apple,
        "<div>{}</div><div><br></div>", _HEAD + '<body style="overflow-wrap: break-word;">{body}</body></html>',
    ),
    "thunderbird": Program(
        "Thunderbird", ("User-Agent", "Mozilla Thunderbird"), "plain", ("utf-8", "8bit"), "{id:.32}@{domain}",
        thunderbird, "<p>{}</p>", _HEAD + "<body>{body}</body></html>", delimiter="-- ", wrap=72,
    ),
    "notes": Program(
        "Lotus Notes", ("X-Mailer", "Lotus Notes Release 9.0.1FP10"), "both", ("iso-8859-1", "qp"),
        "OF{id:.8}.{id:.8}-ON80258A3F@{domain}", notes, '<font size=2 face="sans-serif">{}</font><br><br>', "{body}",
        wrap=76,
    ),
    "iphone": Program(
        "iPhone", ("X-Mailer", "iPhone Mail (22B91)"), "both", ("utf-8", "qp"), "{id:.8}-1F0D-4E6B-{id:.12}@{domain}",
        iphone, "<div>{}</div><div><br></div>", _HEAD + '<body dir="auto">{body}</body></html>', device="iPhone",
    ),
    "android": Program(
        "Outlook for Android", None, "html", ("utf-8", "base64"), "AM0PR05MB{id:.28}@{domain}", outlook_mobile,
        "<div>{}</div><div><br></div>", _HEAD + "<body>{body}</body></html>", device="Galaxy",
    ),
}  # fmt: skip


def message_id(program: str, address: str, key: str) -> str:
    """A Message-ID in the program's manner that depends on `key` alone."""
    text = PROGRAMS[program].message_id.format(id=_Digits(key), domain=address.rpartition("@")[2])
    return f"<{text}>"


class _Digits:
    """Hex digits that may be sliced in a format string, each slice another part of a digest."""

    def __init__(self, key: str) -> None:
        self._digits = sha256(key.encode()).hexdigest().upper()
        self._used = 0

    def __format__(self, spec: str) -> str:
        length = int(spec[1:])
        start, self._used = self._used, self._used + length
        return self._digits[start : start + length]


_PREFIX = re.compile(r"^(?:(?:re|aw|odp|r|sv|fw|fwd|wg|tr|rv|pd|i)\s?:\s*)+", re.IGNORECASE)


def answer_subject(program: str, language: str, subject: str, *, forward: bool) -> str:
    """The subject of a reply or forward: one prefix, in the manner of the program and language."""
    bare = _PREFIX.sub("", subject)
    if forward:
        return LANGUAGES[language].forward + bare
    return (PROGRAMS[program].reply or LANGUAGES[language].reply) + bare
