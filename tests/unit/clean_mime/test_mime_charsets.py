"""Bytes to text: the declared charset, then UTF-8, then detection, then Windows-1252."""

from __future__ import annotations

import pytest
from exchange_sync.clean.charset import decode
from exchange_sync.clean.problems import Problems

from tests.unit.clean_mime.mime_builder import cleaned, mail


def read(raw: bytes, declared: str | None) -> tuple[str, tuple[str, ...]]:
    problems = Problems()
    return decode(raw, declared, problems), problems.names()


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Grüße", "utf-8", "utf-8"),
        ("Grüße", "utf-8", "UTF8"),
        ("Grüße – ‚so‘ €", "cp1252", "iso-8859-1"),
        ("Привет, как дела", "koi8-r", "koi8-r"),
        ("你好，世界", "gb18030", "gb2312"),
        ("こんにちは", "iso2022_jp", "iso-2022-jp"),
        ("こんにちは①", "cp932", "shift_jis"),
        ("안녕하세요", "cp949", "ks_c_5601-1987"),
        ("Dzień dobry", "iso8859-2", "iso-8859-2"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("İyi günler, şu", "cp1254", "iso-8859-9"),
        ("café", "cp850", "CP-850"),
        ("Привет", "cp1251", "win-1251"),
        ("Привет", "cp1251", "'windows-1251';"),
        ("hello wörld", "utf-16", "utf-16"),
    ],
)
def test_the_declared_charset_is_read_as_mail_programs_mean_it(text, codec, label):
    assert read(text.encode(codec), label) == (text, ())


def test_utf_8_bytes_win_over_a_wrong_single_byte_label():
    assert read("Grüße aus Köln".encode(), "iso-8859-1") == ("Grüße aus Köln", ("charset_wrong",))


def test_latin_bytes_labelled_utf_8_are_still_read():
    text, problems = read("Le café est fermé à Noël".encode("latin-1"), "utf-8")
    assert text == "Le café est fermé à Noël"
    assert "charset_guessed" in problems


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Dzień dobry, proszę o przesłanie faktury", "iso8859-2"),
        ("Dobrý den, prosím o zaslání faktury", "cp1250"),
        ("Здравствуйте, пришлите счёт", "koi8-r"),
        ("Спасибо, RE: invoice 123 for March", "cp1251"),
        ("Καλημέρα, στείλτε μου το τιμολόγιο", "cp1253"),
        ("Merhaba, geçen ayın faturasını gönderir misiniz?", "cp1254"),
        ("İyi günler, teşekkürler", "iso8859-9"),
        ("שלום, נא לשלוח חשבונית", "cp1255"),
        ("你好，请把发票发给我", "gb18030"),
        ("請把上個月的發票寄給我，謝謝", "big5"),
        ("明日の会議", "cp932"),
        ("明日の会議の資料です", "euc_jp"),
        ("안녕하세요 송장을 보내 주세요", "cp949"),
        ("Le café est fermé à Noël", "cp1252"),
        ("Mañana será otro día, ¿vale?", "cp1252"),
        ("It’s fine – really", "cp1252"),
        ("café", "latin-1"),
    ],
)
@pytest.mark.parametrize("label", [None, "utf-8", "us-ascii", "unknown-8bit"])
def test_without_a_true_label_the_charset_is_detected_even_in_short_texts(text, codec, label):
    assert read(text.encode(codec), label) == (text, ("charset_guessed",))


def test_bytes_that_no_charset_knows_are_kept_as_browsers_keep_them():
    text, problems = read(b"He said \x93stop\x94 \x9d to all", None)
    assert (text, problems) == ("He said “stop” \x9d to all", ("charset_guessed",))


def test_a_charset_nobody_knows_is_named_and_the_text_guessed():
    text, problems = read("Grüße".encode(), "x-bogus-9")
    assert text == "Grüße"
    assert problems == ("charset_unknown",)


@pytest.mark.parametrize("label", ["unicode_escape", "punycode", "idna", "base64", "zlib", "rot13", "undefined"])
def test_codecs_that_are_no_charsets_are_refused(label):
    text, problems = read(b"\\x41 b", label)
    assert text == "\\x41 b"
    assert problems == ("charset_unknown",)


def test_one_broken_character_does_not_turn_utf_8_into_something_else():
    raw = "Grüße aus Köln, schöne Größe, für über dünn".encode() + b"\xc3"
    text, problems = read(raw, "utf-8")
    assert text.startswith("Grüße aus Köln")
    assert problems == ("charset_broken",)


def test_japanese_escapes_are_read_even_when_labelled_ascii():
    assert read("日本語のメール".encode("iso2022_jp"), "us-ascii")[0] == "日本語のメール"


def test_text_encoded_twice_is_repaired():
    text, problems = read("Grüße – über".encode().decode("cp1252").encode(), "utf-8")
    assert text == "Grüße – über"
    assert "text_repaired" in problems


def test_utf_7_is_decoded():
    assert read(b"+AGE-bc", "utf-7")[0] == "abc"


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert read(b"\xef\xbb\xbfhello", "utf-8")[0] == "hello"


@pytest.mark.parametrize("label", ["utf-16", "utf-7", "iso-2022-jp", "utf-8", "gb2312", None])
@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00\xd8", b"+2AA-", b"\x1b$B", b"\xed\xa0\x80", bytes(range(256)), b"\x00" * 9]
)
def test_no_bytes_raise_and_no_unpaired_surrogate_comes_out(raw, label):
    read(raw, label)[0].encode("utf-8")


def test_html_without_a_declared_charset_is_read_by_its_meta_tag():
    html = '<html><head><meta charset="windows-1250"></head><body>Dear Mr Ivić</body></html>'.encode("cp1250")
    email = cleaned(mail(b"Content-Type: text/html", html))
    assert (email.body, email.problems) == ("Dear Mr Ivić", ())
