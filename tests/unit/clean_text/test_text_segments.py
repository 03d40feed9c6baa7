"""What is the author's and what is history: top, bottom and interleaved replies, forwards, delimiters."""

from __future__ import annotations

import pytest
from exchange_sync.clean.split.vocabulary import read
from exchange_sync.clean.text import split_plain

DELIMITERS = read("delimiters")


@pytest.mark.parametrize(("language", "columns"), DELIMITERS, ids=[language for language, _ in DELIMITERS])
def test_words_between_dashes_end_the_message_in(language, columns):
    for phrase in columns[0] + columns[1]:
        for line in (f"-----{phrase.title()}-----", f"---------- {phrase} ---------"):
            assert split_plain(f"my words\n\n{line}\n\nolder").body == "my words", line


@pytest.mark.parametrize(("language", "columns"), DELIMITERS, ids=[language for language, _ in DELIMITERS])
def test_words_of_a_forward_stand_alone_with_a_colon_in(language, columns):
    for phrase in columns[1]:
        parts = split_plain(
            f"see below\n\n{phrase.capitalize()}:\n\n> From: Ann <a@example.com>\n> Subject: x\n>\n> text"
        )
        assert parts.body == "see below", phrase


def test_a_bare_forward_is_its_own_message():
    text = "---------- Forwarded message ---------\nFrom: Ann <ann@example.com>\nSubject: s\n\nall there is"
    assert split_plain(text).body == text


def test_a_forward_below_a_signature_only_is_the_message_and_the_signature_stays_apart():
    parts = split_plain("\n-- \nBo\n\n-----Original Message-----\nFrom: ann@example.com\nSent: 2 June 2025\n\nfor you")
    assert parts.body.startswith("-----Original Message-----")
    assert parts.signature == "--\nBo"


def test_a_lotus_notes_forward_is_history_below_a_comment():
    text = "FYI\n------------ Forwarded by Ann Lee/HOU on 06/02/2025\n10:06 AM ---------------------------\n\nold"
    assert split_plain(text).body == "FYI"


def test_a_delimiter_may_share_the_line_of_the_answer():
    parts = split_plain("thanks -----Original Message-----\nFrom: ann@example.com\n\nold")
    assert (parts.body, parts.quoted[:5]) == ("thanks", "-----")


def test_text_below_a_quote_is_the_authors():
    assert split_plain("On 2/6/2025 7:10, Ann wrote:\n\n> old\n> words\nmy words").body == "my words"
    assert split_plain("above\n\nOn 2/6/2025 7:10, Ann wrote:\n> old\n\nbelow it").body == "above\n\nbelow it"


def test_an_interleaved_reply_stays_whole():
    text = "On 2/6/2025 7:10, Ann wrote:\n> first question?\n\nYes.\n\n> second question?\n> really?\n\nNo."
    assert split_plain(text).body == text


def test_history_below_an_interleaved_reply_is_still_cut():
    inner = "> one?\n> or?\n\nYes.\n\n> two?\n> or?\n\nNo."
    assert split_plain(f"{inner}\n\n-----Original Message-----\nFrom: ann@example.com\n\nold").body.endswith("No.")


def test_what_wrapping_left_of_a_quoted_line_is_no_answer():
    quote = "> a quoted line that is so long that some program on its way has wrapped\nit here\n> and it goes on"
    parts = split_plain(f"mine\n\nOn 2/6/2025 7:10, Ann wrote:\n{quote}\n> the end")
    assert parts.body == "mine"


def test_one_line_that_begins_with_a_greater_than_sign_is_no_quote():
    assert split_plain("Price > 5 and\n> 3 items\nwe say >= 2").quoted == ""


def test_lines_of_quotes_without_a_head_are_history():
    parts = split_plain("mine\n\n> one\n> two\n\nalso mine")
    assert (parts.body, parts.quoted) == ("mine\n\nalso mine", "> one\n> two")


def test_an_arrow_frame_is_no_quote():
    assert split_plain("look\n>>> www.example.com <<<\nand see").quoted == ""


def test_prose_below_the_line_of_a_mail_app_is_history():
    parts = split_plain(
        "my words\n\nSent from my iPhone\n\nDear Bo,\n\nwould you please answer by tomorrow noon at the latest?"
    )
    assert parts.body == "my words"
    assert parts.signature == "Sent from my iPhone"
    assert parts.quoted.startswith("Dear Bo")


@pytest.mark.parametrize("text", ["", "  \n \n", "\n\n\n"])
def test_no_text_gives_no_parts(text):
    parts = split_plain(text)
    assert (parts.body.strip(), parts.signature, parts.quoted) == ("", "", "")


@pytest.mark.parametrize(
    "text", ["> only\n> a quote", "-- \nAnn", "On 2/6/2025 7:10, Ann wrote:\n> x", "-----Original Message-----"]
)
def test_a_message_that_had_text_is_never_empty(text):
    assert split_plain(text).body.strip()


@pytest.mark.parametrize("prefix", ["AL>", "Ann>", "|", "#"])
def test_below_an_attribution_other_marks_may_quote(prefix):
    head = "Monday, June 2, 2025, 11:00:42 PM, you wrote:"
    quotes = [f"{prefix} shall we?\n{prefix} today?", f"{prefix} or tomorrow?\n{prefix} late?"]
    text = f"Hi,\n\n{head}\n\n{quotes[0]}\n\nYes.\n\n{quotes[1]}\n\nNo."
    assert split_plain(text).body == text
    parts = split_plain(f"Yes.\n\n{head}\n{prefix} shall we?\n{prefix} today?\n\n-- \nBo")
    assert (parts.body, parts.signature) == ("Yes.", "--\nBo")


def test_a_prompt_is_no_quote():
    text = "Try this:\n\nsql> select 1;\nsql> select 2;\n\nDoes it work?"
    assert split_plain(text).body == text


def test_what_is_quoted_below_the_last_answer_is_history():
    text = "> one?\n> or?\n\nYes.\n\n> two.\n>\n> Regards\n> Ann"
    parts = split_plain(text)
    assert parts.body == "> one?\n> or?\n\nYes."
    assert parts.quoted == "> two.\n>\n> Regards\n> Ann"


def test_a_closing_formula_inside_a_quote_begins_no_signature():
    text = "> one?\n>\n> Regards\n> Ann\n\nYes.\n\n> PS: two?\n> or?\n\nNo."
    assert split_plain(text).body == text


def test_an_answer_right_below_a_question_is_no_wrapped_line():
    text = "> Shall we meet on Tuesday at ten in the big room up there?\nYes.\n> Where shall we eat?\n> At noon?\nNo."
    assert split_plain(text).body == text


def test_capital_letters_may_begin_what_wrapping_left():
    quote = "> please send the signed contract to our new office in\nSpringfield, and a copy\n> to me as well\n> today"
    assert split_plain(f"done\n\nOn 2/6/2025 7:10, Ann wrote:\n{quote}").body == "done"


def test_a_quote_with_a_head_of_its_own_is_no_part_of_an_interleaved_reply():
    text = "> a stray line\n\nmy words\n\n> -----Original Message-----\n> From: ann@example.com\n>\n> old"
    assert split_plain(text).quoted.startswith("> -----Original")
