"""Language, bare subject, and what no person wrote."""

from __future__ import annotations

import pytest
from exchange_sync.enrich.api import enrich
from exchange_sync.enrich.language import language_of
from exchange_sync.enrich.subject import without_prefixes
from exchange_sync.model.cleaned import AttachmentInfo, Person

from tests.unit.enrich.facts_builder import facts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please send me the invoice for last month.", "en"),
        ("Bitte senden Sie mir die Rechnung vom letzten Monat.", "de"),
        ("Veuillez m'envoyer la facture du mois dernier.", "fr"),
        ("Por favor, envíeme la factura del mes pasado.", "es"),
        ("Per favore mi invii la fattura del mese scorso.", "it"),
        ("Stuur mij alstublieft de factuur van vorige maand.", "nl"),
        ("Proszę o przesłanie faktury za zeszły miesiąc.", "pl"),
        ("Пришлите, пожалуйста, счёт за прошлый месяц.", "ru"),
        ("先月の請求書を送ってください。", "ja"),
        ("ありがとう", "ja"),
        ("감사합니다", "ko"),
        ("Ευχαριστώ πολύ", "el"),
        ("请把上个月的发票发给我。", "zh"),
        ("Bitte um Rückruf", "de"),
        ("Sounds good", "en"),
        ("Grazie mille", "it"),
        ("Tack så mycket", "sv"),
        ("Adjuntem la factura del mes passat i us demanem que ens la torneu signada abans de divendres.", "ca"),
    ],
)
def test_the_language_is_told(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "FYI", "12345 67890", "https://example.com/a/b?c=d", "+++ --- ***", "x" * 5_000]
)
def test_where_the_language_cannot_be_told_nothing_is_said(text):
    assert language_of(text) is None


def test_links_addresses_and_numbers_do_not_sway_the_language():
    assert (
        language_of("Siehe https://example.com/the/best/of/all/things 2024-01-01 the@best.com für die Übersicht")
        == "de"
    )


def test_a_short_text_is_judged_together_with_its_subject():
    found = enrich(facts(subject="Rechnung für den letzten Monat fehlt noch", body="Siehe oben")).user_properties
    assert found["string:Language"] == "de"


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Claim 7", "Claim 7"),
        ("Re: Claim 7", "Claim 7"),
        ("RE: FW: Re[2]: Fwd: Claim 7", "Claim 7"),
        ("AW: WG: Schaden 7", "Schaden 7"),
        ("SV: VS: VB: Sak 7", "Sak 7"),
        ("TR : RE : Sinistre 7", "Sinistre 7"),
        ("RV: RES: ENC: Caso 7", "Caso 7"),
        ("Odp: PD: Szkoda 7", "Szkoda 7"),
        ("回复：答复: 合同", "合同"),
        ("[EXTERNAL] Re: Claim 7", "Claim 7"),
        ("Re: [list] Claim 7", "[list] Claim 7"),
        ("Re^3: Claim 7", "Claim 7"),
        ("Reply to all: read this", "Reply to all: read this"),
        ("Regarding: Claim 7", "Regarding: Claim 7"),
        ("Re:", "Re:"),
        ("", ""),
    ],
)
def test_a_subject_loses_its_reply_forward_and_warning_marks(subject, bare):
    assert without_prefixes(subject) == bare


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "none"),
        ({"headers": {"auto-submitted": "no"}}, "none"),
        ({"headers": {"auto-submitted": "auto-replied (vacation)"}}, "auto-reply"),
        ({"headers": {"precedence": "auto_reply"}}, "auto-reply"),
        ({"headers": {"x-autoreply": "yes"}}, "auto-reply"),
        ({"subject": "Automatic reply: Claim 7"}, "auto-reply"),
        ({"subject": "Automatische Antwort: Schaden 7"}, "auto-reply"),
        ({"subject": "Automatic reply machines: our offer"}, "none"),
        ({"server_item_class": "IPM.Note.Rules.OofTemplate.Microsoft"}, "auto-reply"),
        ({"server_item_class": "REPORT.IPM.Note.IPNRN"}, "auto-reply"),
        ({"server_item_class": "REPORT.IPM.Note.NDR"}, "bounce"),
        ({"headers": {"content-type": 'multipart/report; report-type="delivery-status"; boundary=b'}}, "bounce"),
        ({"headers": {"content-type": "multipart/report; report-type=disposition-notification"}}, "auto-reply"),
        ({"headers": {"x-failed-recipients": "x@y.z"}}, "bounce"),
        ({"sender": Person("", "MAILER-DAEMON@mx.example")}, "bounce"),
        ({"sender": Person("MAILER-DAEMON", "")}, "bounce"),
        ({"sender": None, "subject": "failure notice"}, "bounce"),
        ({"headers": {"return-path": "<>"}, "subject": "Unzustellbar: Angebot"}, "bounce"),
        ({"subject": "Undeliverable parcels: our offer"}, "none"),
        ({"headers": {"list-id": "<l.example>"}}, "bulk"),
        ({"headers": {"list-unsubscribe": "<mailto:u@x>"}}, "bulk"),
        ({"headers": {"precedence": "Bulk"}}, "bulk"),
        ({"headers": {"auto-submitted": "auto-generated"}}, "bulk"),
        ({"server_item_class": "IPM.Schedule.Meeting.Request"}, "calendar"),
        ({"attachments": (AttachmentInfo("", 1, "text/calendar"),)}, "calendar"),
        ({"headers": {"auto-submitted": "auto-replied", "precedence": "bulk"}}, "auto-reply"),
    ],
)
def test_what_no_person_wrote_is_marked(changes, kind):
    assert enrich(facts(**changes)).user_properties["string:Automatic"] == kind
