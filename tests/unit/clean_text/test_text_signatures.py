"""Signatures, disclaimers, list footers, app lines and banners stand apart from the message, and none is lost."""

from __future__ import annotations

import pytest
from exchange_sync.clean.split.vocabulary import read
from exchange_sync.clean.text import split_plain

BODY = "We would like to order ten of the blue ones, to be delivered next week."
CLOSINGS, APPS = read("closings"), read("apps")


@pytest.mark.parametrize(
    "signature",
    [
        "--\nAnn Lee\nSales",
        "-- \nAnn",
        "---\nAnn",
        "- ann",
        "-Ann.",
        "Thanks!\nAnn",
        "Thanks, Ann",
        "Many thanks in advance\n\nBest regards,\n\nAnn Lee\nHead of Sales\n+1 555 123 4567",
        "Best regards\nAnn\n-- \nAnn Lee | Sales",
        "Ann Lee\nann@example.com\n(555) 123-4567\nwww.example.com",
        "Ann Lee\nvia mobile",
        "Regards\nAnn\n\nSent from my iPhone",
        "________________\n\nAnn Lee\n\nt. 555-123-4567\n\nhttps://example.com/",
    ],
)
def test_a_signature_stands_apart(signature):
    parts = split_plain(f"Hello Bo,\n\n{BODY}\n\n{signature}")
    assert parts.body == f"Hello Bo,\n\n{BODY}"
    assert parts.signature == "\n".join(line.rstrip() for line in signature.splitlines())


@pytest.mark.parametrize(("language", "columns"), CLOSINGS, ids=[language for language, _ in CLOSINGS])
def test_a_closing_formula_with_a_name_begins_the_signature_in(language, columns):
    for formula in columns[0]:
        parts = split_plain(f"{BODY}\n\n{formula.capitalize()},\nAnn Lee")
        assert parts.body == BODY, formula
        assert parts.signature == f"{formula.capitalize()},\nAnn Lee"


@pytest.mark.parametrize(("language", "columns"), APPS, ids=[language for language, _ in APPS])
def test_the_line_of_a_mail_app_is_no_text_in(language, columns):
    for start in columns[0]:
        line = f"{start.capitalize()} iPhone"
        assert split_plain(f"{BODY}\n\n{line}").signature == line, line


@pytest.mark.parametrize(
    "text",
    [
        "Hello\n\nSent from my desk, is much easier than my mobile phone.",
        "Two boxes were\n\nSent from the warehouse",
        "Please look:\n--> one\n--> two\nand say yes",
        "I write because of:\n-- first point\n-- second point\nCan you check it?",
        "Item         Due\n----------------\nOne   27 June 2025\n\nIf you have questions, please reply to this mail.",
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n-- removed\n+added",
        "Small fix.\n\n---\n x.c | 2 +-\n\ndiff --git a/x.c b/x.c\n+added",
        "The function:\n\n  begin\n    --\n    now();\n  end;",
        "we sell:\n- apples\n- pears",
        "Please send it.\n\nThanks!",
        "Thanks for your attention.",
        "1 L Male\n1 M Male\n\nto 111 Oak ST Springfield XX 94133\n\nThat'd be awesome!",
        "Prices:\n\nGas  1.92   1.97\nOil  2.14   2.19",
    ],
)
def test_what_only_looks_like_a_signature_stays(text):
    assert split_plain(text).signature == ""


def test_a_salutation_alone_is_no_message():
    assert split_plain("Hi Bo,\nthanks!\nAnn").body == "Hi Bo,\nthanks!\nAnn"


def test_a_signature_never_is_the_whole_message():
    assert split_plain("Thanks,\nAnn").body.startswith("Thanks")
    assert split_plain("Regards\n\nAnn").body


DISCLAIMERS = [
    "This e-mail and any attachments are confidential and intended solely for the addressee.",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie.",
    "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention de ses destinataires.",
    "Le informazioni contenute in questo messaggio sono riservate e per uso esclusivo del destinatario.",
    "CONFIDENTIALITY NOTICE: if you received this in error, notify the sender and delete it.",
]


@pytest.mark.parametrize("notice", DISCLAIMERS)
def test_a_disclaimer_is_no_text(notice):
    parts = split_plain(f"{BODY}\n\nRegards\nAnn\n\n{notice}")
    assert (parts.body, parts.signature) == (BODY, f"Regards\nAnn\n\n{notice}")


@pytest.mark.parametrize("rule", ["_______________________________________________", "__", "--", "—"])
def test_the_footer_of_a_list_is_no_text(rule):
    footer = f"{rule}\nUsers mailing list\nusers@lists.example.com\nhttps://lists.example.com/mailman/listinfo/users"
    parts = split_plain(f"{BODY}\n\n{footer}")
    assert (parts.body, parts.signature) == (BODY, footer)


def test_a_signature_below_the_quote_is_found_too():
    parts = split_plain(f"{BODY}\n\nOn 2/6/2025 7:10, Ann wrote:\n> old\n> words\n\n-- \nBo")
    assert (parts.body, parts.signature) == (BODY, "--\nBo")


BANNERS = [
    "[EXTERNAL] This email originated from outside of the organization. Do not click links or open attachments.",
    "CAUTION: This email originated from outside the organization.\nDo not click links unless you know the sender.",
    "You don't often get email from ann@example.com. Learn why this is important<https://aka.ms/x>",
    "ACHTUNG: Diese E-Mail kommt von einem externen Absender. Öffnen Sie keine Anhänge.",
    "Ce message provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens.",
]


@pytest.mark.parametrize("banner", BANNERS)
def test_a_gateways_banner_is_no_text_and_kept_with_the_history(banner):
    parts = split_plain(f"{banner}\n\n{BODY}")
    assert (parts.body, parts.quoted) == (BODY, banner)


def test_an_author_may_write_of_caution():
    text = "Caution is a virtue, and so I ask you to wait.\n\nAnn"
    assert split_plain(text).body == text
