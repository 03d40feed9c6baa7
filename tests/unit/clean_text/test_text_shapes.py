"""What Outlook, gateways and phones write: closing formulas, signatures, banners, rules, own text."""

from __future__ import annotations

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.calendar import read_invitation
from exchange_sync.clean.split.closings import is_closing
from exchange_sync.clean.split.footers import is_device_line
from exchange_sync.clean.text import split_html, split_plain
from exchange_sync.model.cleaned import CleanedEmail

NAME = "Ann Lee\nHead of Sales"
LONG = {
    "seat": "Sitz der Gesellschaft: Köln | Registergericht: Amtsgericht Köln HRB 54321 | Geschäftsführerin: Eva Klar",
    "office": "Fabrikam plc, registered in Scotland no. 7654321, registered office 2 Low Street, Glasgow, G1 1AA",
    "capital": "Fabrikam SAS au capital de 10 000 euros, siège social 3 rue de la Paix, RCS Paris 123 456 789",
    "fields": "Ann Lee | Ventas | Fabrikam S.A. | Calle Mayor 1, 28013 Madrid | T +34 91 123 45 67 | M +34 600 123 456",
    "privacy": "Hoe wij met uw gegevens omgaan leest u op www.fabrikam.example/privacy. Wij sturen het u graag toe.",
    "picture": "[A blue and white sign with letters on it, description automatically generated with low confidence]",
    "fair": "Besuchen Sie uns auf der Messe in Hannover vom 3. bis 7. Juni, wir freuen uns auf Ihren Besuch am Stand.",
}


def mail(text: str, subject: str = "Office hours", *fields: str) -> CleanedEmail:
    head = [
        "From: Ann Lee <ann@a.example>",
        f"Subject: {subject}",
        *fields,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return clean_email("\n".join([*head, "", text]).encode())


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("closing", ["Kind regards,", "Mit freundlichen Grüßen", "Un saludo,", "Bien cordialement"])
def test_a_signature_below_a_formula_ends_where_the_mail_ends_whatever_its_lines(closing, name):
    parts = split_plain(f"That works for us.\n\n{closing}\n\n{NAME}\n\n{LONG[name]}\n")
    assert parts.body == "That works for us."
    assert parts.signature.endswith(LONG[name])


@pytest.mark.parametrize(
    "rest",
    [
        "P.S. The new price list, which Bob and I made last week, is attached as you wanted it to be, with all items.",
        "Dear Bob,\nthis is the text that I want to send to him, and I would like to hear what you think of it.",
        "Could you also tell me whether the room that we had last time is free on the tenth of June from nine on?",
        "I have just seen that the meeting was moved to the second week of July, so please do not book any room yet.",
    ],
)
def test_what_goes_on_below_a_signature_is_the_message(rest):
    assert rest.splitlines()[-1] in split_plain(f"Yes.\n\nKind regards,\nAnn Lee\nT +44 20 7946 0000\n\n{rest}").body


@pytest.mark.parametrize(
    "line",
    [
        *("Viele Grüße Max", "Beste Grüße aus Berlin", "Sonnige Grüße", "Danke und viele Grüße", "Liebe Grüße, Eva"),
        *(
            "Met vriendelijke groet / Kind regards,",
            "Regards/Saludos",
            "With my warmest regards",
            "Kind regards Ann Lee",
        ),
        *("Thanks & best regards", "Cordialement, Anne", "Salutations distinguées", "Saludos desde Madrid", "Mvh Lars"),
        *(
            "Med vänliga hälsningar från Lund",
            "Serdecznie pozdrawiam",
            "С уважением, Иван",
            "З повагою",
            "مع أطيب التحيات،",
        ),
        *(
            "以上、よろしくお願いいたします。",
            "何卒よろしくお願い申し上げます。",
            "今後ともよろしくお願いいたします",
            "敬具",
        ),
    ],
)
def test_a_formula_is_known_with_a_name_a_second_one_or_a_tail(line):
    assert is_closing(line)


@pytest.mark.parametrize(
    "line",
    [
        *("Thanks for the file", "Please give Bob my regards", "Best of all is the new one", "Danke für die Datei"),
        *(
            "Grüße bitte Eva von mir und allen anderen hier",
            "Merci de votre retour",
            "よろしくお願いしますと言われました。",
        ),
    ],
)
def test_prose_that_begins_like_a_formula_is_none(line):
    assert not is_closing(line)


@pytest.mark.parametrize(
    "banner",
    [
        "ATTENTION : Ce message provient de l’extérieur de l’organisation. Ne cliquez pas sur les liens.",
        "Achtung: Diese E-Mail wurde von außerhalb des Unternehmens gesendet. Öffnen Sie keine Anhänge.",
        "Warning: this e-mail is from outside the organization. Do not click links or open attachments.",
        "This sender is from outside your company. Please take care.",
        "Du får inte ofta e-post från x@y.example. [Läs om varför](https://aka.ms/LearnAboutSenderIdentification)",
        "ОСТОРОЖНО: это письмо отправлено извне организации. Не переходите по ссылкам и не открывайте вложения.",
        "주의: 이 메일은 조직 외부에서 발송되었습니다. 링크를 클릭하거나 첨부 파일을 열지 마십시오.",
        "注意：此邮件来自组织外部，请勿点击链接或打开附件。",
        "Pozor: tento e-mail pochádza z prostredia mimo organizácie. Neklikajte na odkazy.",
    ],
)
def test_a_gateways_banner_is_no_part_of_the_message(banner):
    parts = split_plain(f"{banner}\n\nYes, that works.")
    assert (parts.body, parts.quoted) == ("Yes, that works.", banner)


@pytest.mark.parametrize(
    "text",
    [
        "Attention: the link to the meeting is new.",
        "Achtung, morgen kommen externe Prüfer.",
        "Hinweis: diese Woche ist das Büro zu.",
        "Diese Nachricht kommt etwas spät, entschuldige.",
        "注意：会议改到周五。",
    ],
)
def test_an_authors_own_warning_is_the_message(text):
    assert split_plain(f"{text}\n\nSee you on Friday then.").body.startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "MEMO\n\nTo: All staff\nFrom: Ann Lee\nDate: 4 June 2025\nSubject: Hours\n\nThe office closes at 4.",
        "Flight:\n\nFrom: MUC\nTo: OSL\nDate: 12 June 2025, 10:15\n\nShall I book it?",
        "Ticket 12\n\nFrom: ann@c.example\nTo: desk@c.example\nSubject: Printer\n\nIt is broken.",
        "Neues Formular\n\nDatum: 04.06.2025 10:12\nVon: MFP-04\nAn: ann@c.example\nSeiten: 3\n\nAuflösung: 300",
        "Your message\n\n   To: Roe, Bob\n   Subject: Budget\n   Sent: 4 June 2025 10:12\n\nwas read on 4 June 2025.",
    ],
)
def test_labels_in_a_mail_that_answers_nothing_are_its_text(text):
    email = mail(text)
    assert (email.body.split(), email.quoted) == (text.split(), "")


@pytest.mark.parametrize("fields", [("In-Reply-To: <1@a.example>",), ("References: <1@a.example>",)])
def test_the_same_labels_in_an_answer_are_history(fields):
    head = "From: ann@c.example\nTo: desk@c.example\nSubject: Printer"
    assert mail(f"Done.\n\n{head}\n\nIt is broken.", "Printer", *fields).body == "Done."


def test_a_bounce_keeps_its_reason():
    text = (
        "Your message did not reach some of the recipients.\n\n   Subject:\tBudget\n   Sent:\t4 June 2025\n\n"
        "The following recipient(s) could not be reached:\n\n      bob@b.example on 4 June 2025\n      550 no such user"
    )
    assert "no such user" in mail(text, "Undeliverable: Budget").body


@pytest.mark.parametrize(
    "text",
    [
        "Order:\n\nBolts 10,00\nNuts   5,00\n-----------\nTotal 15,00",
        "Agenda\n======\n\nBudget\nStaff",
        "Minutes\n#######\n\nBudget\nStaff",
        "News of the week\n\n***\n\nCanteen: new menu\nParking: closed",
        "Look:\n\n```\n# a comment\n####\nmore code\n```\n\nThat is all.",
        "The contact you asked for is below.\n\nBob Roe\nbob@b.example\n+44 20 7946 0001",
        "Die Kontaktdaten stehen unten.\n\nEva Klar\neva@b.example\n+49 89 123456",
    ],
)
def test_a_rule_or_a_block_without_evidence_of_a_signature_is_the_message(text):
    parts = split_plain(text)
    assert (parts.body, parts.signature) == (text, "")


@pytest.mark.parametrize("rule", ["＊" * 20, "━" * 20, "=" * 30, "*" * 30, "-" * 30])
def test_a_box_of_rules_around_contacts_is_a_signature(rule):
    parts = split_plain(f"はい。\n\n{rule}\n株式会社コントソ\n山田 太郎\nTEL 03-1234-5678\n{rule}")
    assert parts.body == "はい。"


@pytest.mark.parametrize("line", ["iPhoneから送信", "Odesláno z iPhonu", "Wysłano z iPhone'a", "Sent from my iPad"])
def test_a_maker_is_known_in_scripts_without_spaces_and_declined(line):
    assert is_device_line(line)


@pytest.mark.parametrize(
    "head",
    [
        '-------- Ursprüngliche Nachricht --------Von: "S" <s@c.example> Datum: 07.08.24 An: x@y.example Betreff: I',
        '-------- Original message --------From: "S" <s@c.example> Date: 07/08/24 18:46 To: x@y.example Subject: I',
        '-------- Message d\'origine --------De : "S" <s@c.example> Date : 07/08/24 18:46 À : x@y.example Objet : I',
    ],
)
def test_a_head_on_one_line_is_a_head(head):
    assert split_plain(f"Which one?\n\n{head}\n\nHello, old words.").body == "Which one?"


def test_an_attribution_may_begin_with_the_name():
    parts = split_plain("Ja.\n\nMax Muster schrieb am Do. 20. Juni 2024 um 14:49:\n\n> alt")
    assert parts.body == "Ja."


@pytest.mark.parametrize("subject", ["FW: Budget", "WG: Budget", "TR : Budget", "转发：Budget"])
def test_below_an_automatic_signature_a_forward_is_the_message(subject):
    head = "From: Roe, Bob\nSent: Wednesday, June 4, 2025 10:12 AM\nTo: Lee, Ann\nSubject: Budget"
    email = mail(f"Kind regards,\nAnn Lee\nT +44 20 7946 0000\n\n{head}\n\nCould we meet?", subject)
    assert email.body.endswith("Could we meet?")
    assert email.signature.startswith("Kind regards")


@pytest.mark.parametrize("link", ["https://teams.microsoft.com/l/meetup-join/19", "https://fabrikam.zoom.us/j/123"])
def test_the_block_by_which_people_join_a_meeting_is_not_the_message(link):
    rule = "_" * 80
    parts = split_plain(f"Let us talk.\n\n{rule}\nMeeting\nClick here<{link}>\nMeeting ID: 123 456\n{rule}\n")
    assert parts.body == "Let us talk."


def test_an_invitations_times_are_those_of_its_event():
    zone = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:16010101T030000\nEND:STANDARD\nEND:VTIMEZONE\n"
    alarm = "BEGIN:VALARM\nDESCRIPTION:REMINDER\nEND:VALARM\n"
    event = f"BEGIN:VEVENT\n{alarm}SUMMARY:Round\nDTSTART;TZID=X:20250610T100000\nDESCRIPTION:Agenda\nEND:VEVENT\n"
    assert read_invitation(f"BEGIN:VCALENDAR\n{zone}{event}END:VCALENDAR") == (
        "Round\nStart: 2025-06-10 10:00 X\n\nAgenda"
    )


@pytest.mark.parametrize(
    "host", ["chn02.safelinks.protection.partner.outlook.cn", "usg01.safelinks.protection.office365.us"]
)
def test_safe_links_of_every_cloud_are_unwrapped(host):
    text = f"See https://{host}/?url=https%3A%2F%2Fwww.c.example%2Fa&data=05 please."
    assert split_plain(text).body == "See https://www.c.example/a please."


def test_the_name_of_an_embedded_picture_is_no_text():
    assert split_plain("Chart:\n\n[cid:image001.png@01DB1234.ABCD]\n\nSee?").body.split() == ["Chart:", "See?"]


def test_a_banner_in_a_table_of_its_own_is_no_part_of_the_message():
    box = (
        "<table><tr><td style='background:#EAEAEA'>Non ricevi spesso e-mail. <a href='{}'>Perché</a></td></tr></table>"
    )
    page = box.format("https://aka.ms/LearnAboutSenderIdentification") + "<p class=MsoNormal>Va bene.</p>"
    assert split_html(page).body == "Va bene."
