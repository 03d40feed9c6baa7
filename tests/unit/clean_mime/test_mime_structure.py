"""Which part of a message is its text, whatever the program that wrote it made of MIME."""

from __future__ import annotations

import pytest

from tests.unit.clean_mime.mime_builder import HTML, TEXT, base64_part, cleaned, mail, message, multipart, part


def test_of_two_alternatives_the_html_is_read():
    email = cleaned(message(multipart("alternative", part(TEXT, b"plain form"), part(HTML, b"<p>rich form</p>"))))
    assert email.body == "rich form"


def test_an_html_without_text_gives_way_to_the_plain_alternative():
    email = cleaned(message(multipart("alternative", part(TEXT, b"plain form"), part(HTML, b"<img src=x>"))))
    assert email.body == "plain form"


@pytest.mark.parametrize("stub", [b"", b"   \r\n", b"Your program cannot show this message."])
def test_a_stub_beside_real_html_is_not_the_text(stub):
    email = cleaned(message(multipart("alternative", part(TEXT, stub), part(HTML, b"<p>the offer</p>"))))
    assert email.body == "the offer"


def test_a_long_plain_text_beside_a_stub_of_html_is_the_text():
    plain = b"The contract has many clauses. " * 40
    email = cleaned(message(multipart("alternative", part(TEXT, plain), part(HTML, b"<p>see text</p>"))))
    assert email.body.startswith("The contract has many clauses.")


def test_an_html_interrupted_by_a_file_is_one_text():
    file = base64_part("application/pdf", b"%PDF", "inline", name="a.pdf")
    rich = multipart("mixed", part(HTML, b"<p></p>"), file, part(HTML, b"<p>below the file</p>"), boundary="b1")
    email = cleaned(message(multipart("alternative", part(TEXT, b"below the file, plainly"), rich)))
    assert email.body == "below the file"
    assert [file.name for file in email.attachments] == ["a.pdf"]


def test_pictures_and_files_around_the_alternatives_do_not_hide_the_text():
    related = multipart(
        "related",
        multipart("alternative", part(TEXT, b"plain"), part(HTML, b"<p>hello</p>"), boundary="b2"),
        base64_part("image/png", b"pixels", "inline"),
        boundary="b1",
    )
    email = cleaned(message(multipart("mixed", related, base64_part("application/pdf", b"%PDF", name="a.pdf"))))
    assert email.body == "hello"
    assert [(file.content_type, file.inline) for file in email.attachments] == [
        ("image/png", True),
        ("application/pdf", False),
    ]


def test_texts_before_and_behind_a_picture_are_both_the_body():
    email = cleaned(
        message(
            multipart(
                "mixed", part(TEXT, b"part one"), base64_part("image/png", b"x", "inline"), part(TEXT, b"part two")
            )
        )
    )
    assert email.body == "part one\n\npart two"


def test_the_same_text_sent_as_plain_and_html_without_alternative_counts_once():
    email = cleaned(message(multipart("mixed", part(TEXT, b"one offer"), part(HTML, b"<p>one offer</p>"))))
    assert email.body == "one offer"


def test_the_footer_a_list_adds_as_a_part_is_no_part_of_the_body():
    footer = b"_______________\r\nlist mailing list\r\nlist@example.org"
    email = cleaned(message(multipart("mixed", part(TEXT, b"My question."), part(TEXT, footer))))
    assert email.body == "My question."
    assert "list mailing list" in email.signature


def test_an_attached_text_file_is_no_text_of_the_mail():
    log = part(TEXT + "\r\nContent-Disposition: attachment; filename=log.txt", b"error 5")
    email = cleaned(message(multipart("mixed", part(TEXT, b"see the log"), log)))
    assert email.body == "see the log"
    assert [file.name for file in email.attachments] == ["log.txt"]


def test_a_mail_that_is_nothing_but_an_attached_text_shows_it():
    email = cleaned(mail(b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=n.txt", b"the note"))
    assert email.body == "the note"
    assert len(email.attachments) == 1


def test_html_that_calls_itself_plain_is_read_as_html():
    email = cleaned(mail(b"Content-Type: text/plain", b"<html><body><p>hello</p></body></html>"))
    assert email.body == "hello"


@pytest.mark.parametrize("content_type", ["plain", "text", "", "a/b/c d", "/", ";charset=utf-8"])
def test_a_type_that_is_none_counts_as_plain_text(content_type):
    assert cleaned(mail(f"Content-Type: {content_type}".encode(), b"hello")).body == "hello"


def test_enriched_text_loses_its_commands_but_not_its_angle_brackets():
    email = cleaned(mail(b"Content-Type: text/enriched", b"<bold>Now</bold> a <<b"))
    assert email.body == "Now a <b"


@pytest.mark.parametrize("ending", [b"", b"\r\n--b0--trailing", b"\r\n--b0-- "])
def test_a_missing_or_garbled_closing_boundary_loses_nothing(ending):
    body = b"--b0\r\n" + part(TEXT, b"hello") + ending
    assert cleaned(mail(b"Content-Type: multipart/mixed; boundary=b0", body)).body.startswith("hello")


def test_a_multipart_without_a_boundary_parameter_is_split_by_the_boundary_it_uses():
    body = b"--xyz\r\n" + part(TEXT, b"hello") + b"\r\n--xyz\r\n" + base64_part("image/png", b"x") + b"\r\n--xyz--\r\n"
    email = cleaned(mail(b"Content-Type: multipart/mixed", body))
    assert email.body == "hello"
    assert "boundary_missing" in email.problems
    assert [file.content_type for file in email.attachments] == ["image/png"]


def test_even_a_single_boundary_that_no_header_names_is_found():
    body = b"--xyz\r\n" + base64_part("text/html", b"<p>hello</p>", disposition="")
    assert cleaned(mail(b"Content-Type: multipart/mixed; boundary=other", body)).body == "hello"


def test_a_part_that_opens_with_the_boundary_it_names_is_a_multipart_whatever_it_calls_itself():
    content = multipart("mixed", part(HTML, b"<p>hello</p>")).replace(b"multipart/mixed", b"text/html")
    assert cleaned(message(content)).body == "hello"


def test_a_multipart_that_holds_no_parts_is_text():
    email = cleaned(mail(b"Content-Type: multipart/mixed; boundary=b0", b"just words"))
    assert email.body == "just words"


def test_a_boundary_that_begins_like_another_is_told_apart():
    inner = multipart("alternative", part(TEXT, b"plain"), part(HTML, b"<p>rich</p>"), boundary="b0-inner")
    email = cleaned(message(multipart("mixed", inner, base64_part("image/png", b"x"))))
    assert email.body == "rich"
    assert len(email.attachments) == 1


def test_an_outer_boundary_ends_an_inner_multipart_that_was_never_closed():
    inner = b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n' + part(TEXT, b"hello")
    email = cleaned(message(multipart("mixed", inner, base64_part("image/png", b"x"))))
    assert email.body == "hello"
    assert len(email.attachments) == 1


def test_multiparts_nested_deeper_than_any_stack_still_give_their_text():
    depth = 900
    head = b"".join(f"Content-Type: multipart/mixed; boundary=n{i}\r\n\r\n--n{i}\r\n".encode() for i in range(depth))
    assert cleaned(message(head + part(TEXT, b"hello deep"))).body == "hello deep"


def test_a_text_longer_than_is_read_is_cut_and_that_is_said():
    email = cleaned(mail(b"Content-Type: text/plain", b"word " * 300_000))
    assert email.body.startswith("word word")
    assert "text_truncated" in email.problems


def test_files_embedded_in_html_do_not_count_as_its_length():
    html = b'<p>before</p><img src="data:image/png;base64,' + b"QUFB" * 800_000 + b'"><p>behind</p>'
    email = cleaned(mail(b"Content-Type: text/html", html))
    assert "before" in email.body
    assert "behind" in email.body
    assert "text_truncated" not in email.problems


def test_more_parts_than_anyone_sends_are_not_all_read_and_that_is_said():
    email = cleaned(message(multipart("mixed", *([part(TEXT, b"x")] * 1_100))))
    assert "parts_limit" in email.problems
    assert email.body.startswith("x")


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"])
def test_any_kind_of_line_end_is_understood(newline):
    mime = message(multipart("mixed", part(TEXT, b"one\r\ntwo"))).replace(b"\r\n", newline)
    email = cleaned(mime)
    assert email.body == "one\ntwo"
    assert email.subject == "Claim 7"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"From ann@example.com Mon Jun  2 10:00:00 2025\n"])
def test_what_stands_before_the_first_header_does_not_matter(before):
    assert cleaned(before + mail(b"X-A: b", b"hello")).subject == "Claim 7"


def test_bytes_without_any_header_are_text():
    assert cleaned(b"hello there\nhow are you").body == "hello there\nhow are you"


def test_an_empty_message_is_empty_and_says_so():
    email = cleaned(b"")
    assert (email.body, email.subject, email.sender) == ("", "", None)
    assert email.problems == ("empty_message",)


def test_the_same_bytes_give_the_same_email():
    mime = message(multipart("alternative", part(TEXT, b"plain"), part(HTML, b"<p>rich</p>")))
    assert cleaned(mime) == cleaned(mime)
