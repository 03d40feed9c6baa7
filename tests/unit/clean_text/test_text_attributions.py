"""Attribution lines ("On <date>, <name> wrote:") head history, in many languages and wrapped as programs wrap them."""

from __future__ import annotations

import pytest
from exchange_sync.clean.split.vocabulary import read
from exchange_sync.clean.text import split_plain

ROWS = [(language, columns[0], columns[1]) for language, columns in read("attributions")]


@pytest.mark.parametrize(("language", "openers", "verbs"), ROWS, ids=[row[0] for row in ROWS])
def test_an_attribution_heads_a_quote_in(language, openers, verbs):
    opener = openers[0].capitalize() if openers else ""
    for verb in verbs:
        line = f"{opener} 2.6.2025 10:15, Ann Lee <ann@example.com> {verb}:".strip()
        assert split_plain(f"my words\n\n{line}\n> older words").body == "my words", line
        assert split_plain(f"my words\n\n{line}\n\nolder words").quoted == f"{line}\n\nolder words", line


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, Jun 2, 2025 at 9:10 AM Ann Lee <ann@example.com>\nwrote:",
        "On Jun 2, 2025,\nat 10:18,\nAnn Lee <ann@example.com> wrote:",
        "On 2 Jun 2025, at 10:18, Ann Lee <\nann@example.com> wrote:",
        "On Mon, Jun 2, 2025 at 9:10 AM Ann Lee\n\n<\nmailto:Ann Lee <ann@example.com>\n> wrote:",
        "2025-06-02 11:28 GMT+03:00 Ann Lee <ann@example.com>:",
        '02.06.2025, 18.30, "Ann Lee" <ann@example.com>:',
        '11:00 AM, June 2, 2025, "Ann Lee" <ann@example.com>:',
        "Monday, 2 June 2025, 3:32 PM +0300 from Ann <ann@example.com>:",
        "tir. 3. juni 2025 kl. 13:09 skrev Ann Lee <ann@example.com\n>:",
        "Am 02.06.2025 um 21:11 schrieb Ann Lee:",
        "Op 2-6-2025 om 19:05 schreef Ann Lee:",
        "ср, 4 июн. 2025 г. в 15:19, Ann <ann@example.com>:",
        "2025年6月2日(月) 15:19 田中 <tanaka@example.com>:",
        "---- On Mon, 02 Jun 2025 14:02:50 +0530 ann@example.com wrote ----",
        "------On 06/02/2025 17:32 PM, Ann Lee wrote-----",
        "---- Ann Lee wrote ----",
    ],
)
def test_an_attribution_without_quote_marks_ends_the_message(attribution):
    parts = split_plain(f"my words\n\n{attribution}\n\nolder words")
    assert parts.body == "my words"
    assert parts.quoted == f"{attribution}\n\nolder words"


def test_an_attribution_without_date_or_address_needs_a_quote_below_it():
    assert split_plain("yes\n\nAnn Lee wrote:\n> shall we?\n> today?").body == "yes"
    assert split_plain("As the poet\nAnn Lee wrote:\nroses are red").quoted == ""


def test_an_attribution_may_share_the_line_of_the_answer():
    parts = split_plain("yes, do! On Mon, Jun 2, 2025 at 3:59 PM, ann@example.com wrote:\n> shall we?")
    assert parts.body == "yes, do!"
    assert parts.quoted.startswith("On Mon")


@pytest.mark.parametrize(
    "own",
    [
        "On the other hand, it works.\nOn Monday we ship:\n- one\n- two",
        "In 2019 we wrote three papers:\none, two and three.",
        "On 12/05 she sent the following documents:\na plan.",
        "2025-06-02 14:30\n01/15/2025 at 2:30 PM\nare the dates.",
    ],
)
def test_sentences_that_look_like_attributions_stay(own):
    assert split_plain(f"Hello\n\n{own}\nAnd more.").quoted == ""
