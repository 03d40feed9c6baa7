"""Shapes of mail that Outlook, OWA, phones and gateways write: each is cut as its index says is right.

What must be the body is stated whole; of banners, blocks and app lines, where they must stand.
"""

from __future__ import annotations

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.model.cleaned import CleanedEmail

from tests.conftest import shared_folder

SHAPES = shared_folder() / "shapes"

# the whole body
BODIES = {
    "01-msonormal-double-spacing": (
        "Dear Bob,\nthe order has three items:\nBolt M8\nBolt M10\nNut M8\nPlease confirm."
    ),
    "02-sig-noclosing-mailautosig": "Yes, that works for us.",
    "03-sig-pflichtangaben-long": "Ja, das passt.",
    "04-sig-registered-office-en": "Yes, that works.",
    "05-sig-18-lines": "Ja, das passt.",
    "06-sig-closing-nl": "Ja, dat komt goed uit.",
    "08-closing-name-same-line": "Das passt so.",
    "10-closing-tail": "Das passt so.",
    "12-closing-ja-comma": "はい、それで結構です。",
    "14-sig-star-ja-plain": "はい、それで結構です。",
    "16-banner-fr": "Oui, cela nous convient.",
    "17-banner-fr2": "Oui, cela nous convient.",
    "19-banner-it": "Sì, per noi va bene.",
    "21-banner-pl2": "Tak, to nam odpowiada.",
    "23-banner-cs": "Ano, to nám vyhovuje.",
    "24-banner-ja": "はい、それで結構です。",
    "26-banner-ar": "نعم، هذا مناسب لنا.",
    "27-banner-en3": "Yes, that works for us.",
    "29-banner-en8": "Yes, that works for us.",
    "31-teams-invite-plain": "Let us go through the budget.",
    "44-ios-ja": "はい、それで結構です。",
    "46-ios-cs": "Ano, vyhovuje.",
    "48-attribution-de-name-first": "Ja.",
    "50-samsung-flattened-de": "Welches Dokument?",
    "52-outlook2003-class": "Yes, that works for us.",
    "55-safelinks-china": "See https://www.contoso.example/a please.",
    "57-sig-logo-alt": "Yes.",
    "59-sig-wide-line": "Yes.",
    "60-sig-privacy-line": "Ja.",
}
# nothing is cut
WHOLE = (
    "38-own-form",
    "40-fax-scan",
    "41-rule-heading-underlined",
    "43-rule-in-code-block",
    "63-own-memo",
    "64-own-flight",
    "66-own-ticket",
    "68-rule-sum",
    "69-rule-section-stars",
    "71-contact-asked-for",
    "34-read-receipt-en",
)
# part of the comment, what it holds
HOLDS = {
    "12-closing-ja-comma": ("signature", "以上、よろしくお願いいたします。\n山田"),
    "14-sig-star-ja-plain": ("signature", "山田 太郎\nTEL 03-1234-5678\n＊＊＊"),
    "16-banner-fr": ("quoted", "Ce courriel provient"),
    "17-banner-fr2": ("quoted", "obtenez pas souvent"),
    "29-banner-en8": ("quoted", "ZjQcmQRYFpfptBannerEnd"),
    "30-invite-calendar-only": ("body", "Start: 2025-06-10 10:00 W. Europe Standard Time"),
    "33-invite-plain-when-where-de": ("body", "Wir gehen das Budget durch."),
    "34-read-receipt-en": ("body", "was read on"),
    "36-desktop-forward-bare-sig": ("body", "Could we meet?"),
    "44-ios-ja": ("signature", "iPhoneから送信"),
    "46-ios-cs": ("signature", "Odesláno z iPhonu"),
}
# what the body does not hold
LACKS = {
    "30-invite-calendar-only": "1601",
    "36-desktop-forward-bare-sig": "Head of Sales",
    "54-cid-plain": "cid:",
}


def cleaned(name: str) -> CleanedEmail:
    path = SHAPES / f"{name}.eml"
    if not path.is_file():
        pytest.skip("the shapes (shared/shapes) are not here")
    return clean_email(path.read_bytes())


def test_every_shape_is_looked_at():
    if not SHAPES.is_dir():
        pytest.skip("the shapes (shared/shapes) are not here")
    assert {path.stem for path in SHAPES.glob("*.eml")} == {*BODIES, *WHOLE, *HOLDS, *LACKS}


@pytest.mark.parametrize("name", BODIES)
def test_the_body_is_the_message_alone(name):
    assert cleaned(name).body == BODIES[name]


@pytest.mark.parametrize("name", WHOLE)
def test_a_message_that_answers_nothing_stays_whole(name):
    email = cleaned(name)
    assert email.body
    assert (email.signature, email.quoted) == ("", "")


@pytest.mark.parametrize("name", HOLDS)
def test_each_part_stands_where_it_belongs(name):
    part, text = HOLDS[name]
    assert text in getattr(cleaned(name), part)


@pytest.mark.parametrize("name", LACKS)
def test_what_is_no_message_is_not_in_it(name):
    assert LACKS[name] not in cleaned(name).body
