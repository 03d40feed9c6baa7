"""A letter's text, plain and HTML, as its writer's mail program lays it out: body, signature, notices, history."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from random import Random

from exchange_simulator.seeds.languages import LANGUAGES
from exchange_simulator.seeds.people import FIRM, Person
from exchange_simulator.seeds.programs import PROGRAMS, Answered, Program

_BANNER = (
    "[EXTERNAL] This email came from outside Larkfield & Moss. "
    "Do not open links or attachments unless you know the sender."
)
_FIRM_NOTICE = (
    f"{FIRM} is a trading name of Larkfield & Moss Ltd, authorised and regulated by the Financial Conduct Authority. "
    "This email and any files sent with it are confidential and meant only for the addressee. If you have received it "
    "in error, please tell the sender and delete it. Cover is not in force until we have confirmed it in writing."
)
_NOTICES = {
    "en": "This message may contain privileged and confidential information. If you are not the intended recipient "
    "you must not copy, distribute or act on it. We accept no liability for any loss caused by viruses.",
    "de": "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie "
    "bitte den Absender und vernichten Sie diese E-Mail. Das unbefugte Kopieren ist nicht gestattet.",
    "fr": "Ce message et ses pièces jointes sont confidentiels et établis à l'intention exclusive de leurs "
    "destinataires. Si vous l'avez reçu par erreur, merci de le détruire et d'en avertir l'expéditeur.",
    "es": "Este mensaje puede contener información confidencial. Si no es usted el destinatario, le rogamos que lo "
    "comunique al remitente y lo elimine.",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A text in both forms: `plain` with the history, `html` as a fragment without the page around it."""

    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands around the paragraphs of one letter."""

    greeting: str
    closing: str
    signature: tuple[str, ...]
    notice: str = ""
    banner: bool = False
    logo: str = ""


def layout(writer: Person, reader: Person, language: str, rng: Random, *, logo: str, banner: bool) -> Layout:
    """Salutation, close and small print as this writer would set them; phone users sign with a first name."""
    words = LANGUAGES[language]
    greeting = rng.choice(words.greetings).format(first=reader.first, name=reader.signer)
    if PROGRAMS[writer.program].device:
        return Layout(greeting, words.closings[0], (writer.first,), banner=banner)
    lines = (writer.signer, writer.title, writer.company, f"T {writer.phone}", writer.address)
    # About a third of the companies add a legal notice to all their mail.
    notice = _FIRM_NOTICE if writer.inside else _NOTICES.get(language, "") if len(writer.company) % 3 == 0 else ""
    return Layout(greeting, rng.choice(words.closings), lines, notice, banner, logo if writer.inside else "")


def write(
    program_key: str,
    language: str,
    paragraphs: Sequence[str],
    around: Layout,
    quoted: Answered | None = None,
    *,
    program_language: str = "en",
) -> Letter:
    """The whole letter; `quoted` is the email it answers, which the program introduces in its own language."""
    program = PROGRAMS[program_key]
    history = program.quote(program_language, quoted) if quoted else ("", "")
    if quoted and program_key == "thunderbird" and len(paragraphs) % 2:
        # Below the quotation, as many users of this program write.
        return Letter(f"{history[0]}\n\n{_plain(program, language, paragraphs, around)}",
                      history[1] + _html(program, language, paragraphs, around))  # fmt: skip
    plain = _plain(program, language, paragraphs, around)
    html = _html(program, language, paragraphs, around)
    return Letter(f"{plain}\n\n{history[0]}" if quoted else plain, html + history[1])


def _mobile(program: Program, language: str) -> str:
    return LANGUAGES[language].mobile.format(device=program.device) if program.device else ""


def _plain(program: Program, language: str, paragraphs: Sequence[str], around: Layout) -> str:
    blocks = [_BANNER] if around.banner else []
    blocks += [around.greeting, *(_wrapped(paragraph, program.wrap) for paragraph in paragraphs), around.closing]
    signature = "\n".join(around.signature)
    blocks.append(f"{program.delimiter}\n{signature}" if program.delimiter else signature)
    if around.notice:
        blocks.append(_wrapped(around.notice, program.wrap))
    if program.device:
        blocks.append(_mobile(program, language))
    return "\n\n".join(blocks)


def _wrapped(text: str, width: int) -> str:
    if not width:
        return text
    return "\n".join(textwrap.fill(line, width, break_long_words=False) for line in text.split("\n"))


def _html(program: Program, language: str, paragraphs: Sequence[str], around: Layout) -> str:
    parts = []
    if around.banner:
        parts.append(
            '<table border="1" cellpadding="6" style="background:#FFEB9C;border-color:#9C6500"><tr><td>'
            f"<b>{escape(_BANNER)}</b></td></tr></table><br>"
        )
    texts = (around.greeting, *paragraphs, around.closing)
    parts += [program.paragraph.format(escape(text).replace("\n", "<br>")) for text in texts]
    parts.append(_html_signature(program, around))
    if around.notice:
        parts.append(f'<p style="font-size:8.0pt;color:gray">{escape(around.notice)}</p>')
    if program.device:
        parts.append(f'<div id="mobile-signature">{escape(_mobile(program, language))}</div>')
    return "".join(parts)


def _html_signature(program: Program, around: Layout) -> str:
    name, *rest = (escape(line) for line in around.signature)
    lines = "<br>".join([f'<b style="color:#186048">{name}</b>', *rest])
    image = f'<br><img src="cid:{around.logo}" alt="{escape(FIRM)}" width="64" height="16">' if around.logo else ""
    kind = {"Gmail": "gmail_signature", "Thunderbird": "moz-signature"}.get(program.title, "signature")
    return f'<div class="{kind}">{lines}{image}</div><br>'
