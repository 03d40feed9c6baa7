"""What differs by language: names of days and months, money, salutations, and the words of a reply's header."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Language:
    """Words of one language; `labels` are From, Sent, To, Cc, Subject as Outlook writes them."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    day: str
    money: str
    labels: tuple[str, str, str, str, str]
    reply: str
    forward: str
    greetings: tuple[str, ...]
    closings: tuple[str, ...]
    mobile: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = Language(
    _words("January February March April May June July August September October November December"),
    _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "{weekday} {day} {month}",
    "£{}",
    ("From", "Sent", "To", "Cc", "Subject"),
    "RE: ",
    "FW: ",
    ("Hi {first},", "Hello {first},", "Dear {first},", "Dear {name},", "Good morning {first},", "Good afternoon,"),
    ("Kind regards,", "Best regards,", "Many thanks,", "Regards,", "Thanks,", "With best wishes,"),
    "Sent from my {device}",
)
LANGUAGES = {
    "en": ENGLISH,
    "de": Language(
        _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        _words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        "{day}. {month}",
        "{} €",
        ("Von", "Gesendet", "An", "Cc", "Betreff"),
        "AW: ",
        "WG: ",
        ("Guten Tag {name},", "Hallo {first},", "Sehr geehrte Damen und Herren,"),
        ("Mit freundlichen Grüßen", "Freundliche Grüße", "Beste Grüße"),
        "Von meinem {device} gesendet",
    ),
    "fr": Language(
        _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        _words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        "{day} {month}",
        "{} €",
        ("De", "Envoyé", "À", "Cc", "Objet"),
        "RE: ",
        "TR: ",
        ("Bonjour,", "Bonjour {first},", "Madame, Monsieur,"),
        ("Cordialement,", "Bien cordialement,", "Bien à vous,"),
        "Envoyé de mon {device}",
    ),
    "es": Language(
        _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        _words("lunes martes miércoles jueves viernes sábado domingo"),
        "{day} de {month}",
        "{} €",
        ("De", "Enviado", "Para", "CC", "Asunto"),
        "RE: ",
        "RV: ",
        ("Buenos días, {first}:", "Estimados señores:", "Hola, {first}:"),
        ("Un cordial saludo,", "Saludos,", "Atentamente,"),
        "Enviado desde mi {device}",
    ),
    "it": Language(
        _words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
        _words("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        "{day} {month}",
        "{} €",
        ("Da", "Inviato", "A", "Cc", "Oggetto"),
        "R: ",
        "I: ",
        ("Buongiorno {first},", "Gentile {name},", "Spettabile ufficio,"),
        ("Cordiali saluti,", "Un saluto,", "Distinti saluti,"),
        "Inviato da {device}",
    ),
    "nl": Language(
        _words("januari februari maart april mei juni juli augustus september oktober november december"),
        _words("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        "{day} {month}",
        "€ {}",
        ("Van", "Verzonden", "Aan", "CC", "Onderwerp"),
        "RE: ",
        "FW: ",
        ("Beste {first},", "Goedemorgen {first},", "Geachte heer, mevrouw,"),
        ("Met vriendelijke groet,", "Vriendelijke groeten,", "Groet,"),
        "Verstuurd vanaf mijn {device}",
    ),
    "pt": Language(
        _words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        _words("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"),
        "{day} de {month}",
        "{} €",
        ("De", "Enviado", "Para", "Cc", "Assunto"),
        "RE: ",
        "FW: ",
        ("Bom dia, {first},", "Exmos. Senhores,", "Boa tarde,"),
        ("Com os melhores cumprimentos,", "Cumprimentos,", "Obrigado e até breve,"),
        "Enviado do meu {device}",
    ),
    "pl": Language(
        _words("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
        _words("poniedziałek wtorek środa czwartek piątek sobota niedziela"),
        "{day} {month}",
        "{} EUR",
        ("Od", "Wysłano", "Do", "DW", "Temat"),
        "ODP: ",
        "PD: ",
        ("Dzień dobry,", "Szanowni Państwo,", "Dzień dobry, {first},"),
        ("Z poważaniem", "Pozdrawiam", "Z wyrazami szacunku"),
        "Wysłane z {device}",
    ),
}


def day_in_words(language: str, when: date) -> str:
    """A day as a letter names it: "Tuesday 3 November", "3. November", "3 de noviembre"."""
    words = LANGUAGES[language]
    return words.day.format(weekday=words.weekdays[when.weekday()], day=when.day, month=words.months[when.month - 1])


def money(language: str, amount: float) -> str:
    """An amount with the language's separators and currency."""
    english = f"{amount:,.2f}"
    figures = english if language == "en" else english.replace(",", " ").replace(".", ",").replace(" ", ".")
    return LANGUAGES[language].money.format(figures)


def outlook_sent(language: str, when: datetime) -> str:
    """The value of Outlook's "Sent:" line in its long form."""
    words = LANGUAGES[language]
    if language == "en":
        # As British settings have it.
        return f"{when.day:02d} {words.months[when.month - 1]} {when.year} {when:%H:%M}"
    weekday, month = words.weekdays[when.weekday()], words.months[when.month - 1]
    link = " de " if language in ("es", "pt") else ". " if language == "de" else " "
    return f"{weekday}, {when.day}{link}{month} {when.year} {when:%H:%M}"
