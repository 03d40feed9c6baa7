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


GMAIL = {
    "ar": "في الاثنين، 2 يونيو 2025 في 10:10 ص تمت كتابة ما يلي بواسطة ‪Ann‬‏ <‪ann@example.com‬‏>:",
    "bg": "На пн, 2.06.2025 г. в 10:10 ч. Ann <ann@example.com> написа:",
    "ca": "Missatge de Ann <ann@example.com> del dia dl., 2 de juny 2025 a les 10:10:",
    "cs": "po 2. 6. 2025 v 10:10 odesílatel Ann <ann@example.com> napsal:",
    "da": "Den man. 2. jun. 2025 kl. 10.10 skrev Ann <ann@example.com>:",
    "de": "Ann <ann@example.com> schrieb am Mo., 2. Juni 2025, 10:10:",
    "el": "Στις Δευ 2 Ιουν 2025 στις 10:10 π.μ., ο χρήστης Ann <ann@example.com> έγραψε:",
    "en": "On Mon, Jun 2, 2025 at 10:10 AM Ann <ann@example.com> wrote:",
    "es": "El lun, 2 jun 2025 a las 10:10, Ann (<ann@example.com>) escribió:",
    "et": "Kuupäev E, 2. juuni 2025 kell 10:10 kirjutas Ann <ann@example.com>:",
    "fa": "در تاریخ دوشنبه ۲ ژوئن ۲۰۲۵،‏ ۱۰:۱۰ ‪Ann‬‏ <‪ann@example.com‬‏> نوشت:",
    "fi": "ma 2. kesäk. 2025 klo 10.10 Ann (ann@example.com) kirjoitti:",
    "fr": "Le lun. 2 juin 2025 à 10:10, Ann <ann@example.com> a écrit :",
    "he": "‫בתאריך יום ב׳, 2 ביוני 2025 ב-10:10 מאת ‪Ann‬‏ <‪ann@example.com‬‏>:‬",
    "hi": "सोम, 2 जून 2025 को 10:10 am बजे को Ann <ann@example.com> ने लिखा:",
    "hr": "pon, 2. lip 2025. u 10:10 Ann <ann@example.com> napisao je:",
    "hu": "Ann <ann@example.com> ezt írta (időpont: 2025. jún. 2., H, 10:10):",
    "id": "Pada tanggal Sen, 2 Jun 2025 pukul 10.10 Ann <ann@example.com> menulis:",
    "it": "Il giorno lun 2 giu 2025 alle ore 10:10 Ann <ann@example.com> ha scritto:",
    "ja": "2025年6月2日(月) 10:10 Ann <ann@example.com>:",
    "ko": "2025년 6월 2일 (월) 오전 10:10, Ann <ann@example.com>님이 작성:",
    "lt": "2025-06-02, pr, 10:10 Ann <ann@example.com> rašė:",
    "lv": "pirmd., 2025. g. 2. jūn., plkst. 10:10 — lietotājs Ann (<ann@example.com>) rakstīja:",
    "nl": "Op ma 2 jun 2025 om 10:10 schreef Ann <ann@example.com>:",
    "no": "man. 2. juni 2025 kl. 10:10 skrev Ann <ann@example.com>:",
    "pl": "pon., 2 cze 2025 o 10:10 Ann <ann@example.com> napisał(a):",
    "pt": "Ann <ann@example.com> escreveu (segunda, 2/06/2025 à(s) 10:10):",
    "pt-BR": "Em seg., 2 de jun. de 2025 às 10:10, Ann <ann@example.com> escreveu:",
    "ro": "În lun., 2 iun. 2025 la 10:10, Ann <ann@example.com> a scris:",
    "ru": "пн, 2 июн. 2025 г. в 10:10, Ann <ann@example.com>:",
    "sk": "po 2. 6. 2025 o 10:10 Ann <ann@example.com> napísal(a):",
    "sl": "V V pon., 2. jun. 2025 ob 10:10 je oseba Ann <ann@example.com> napisala:",
    "sr": "пон, 2. јун 2025. у 10:10 Ann <ann@example.com> је написао/ла:",
    "sv": "Den mån 2 juni 2025 kl 10:10 skrev Ann <ann@example.com>:",
    "th": "ในวันที่ จ. 2 มิ.ย. 2025 เวลา 10:10 Ann <ann@example.com> เขียนว่า:",
    "tr": "Ann <ann@example.com>, 2 Haz 2025 Pzt, 10:10 tarihinde şunu yazdı:",
    "uk": "пн, 2 черв. 2025 р. о 10:10 Ann <ann@example.com> пише:",
    "vi": "Vào Th 2, 2 thg 6, 2025 vào lúc 10:10 Ann <ann@example.com> đã viết:",
    "zh": "Ann <ann@example.com> 于2025年6月2日周一 10:10写道：",
    "zh-TW": "Ann <ann@example.com> 於 2025年6月2日 週一 上午10:10寫道：",
}


@pytest.mark.parametrize("language", GMAIL)
def test_gmails_attribution_is_known_in(language):
    line = GMAIL[language]
    assert split_plain(f"my words\n\n{line}\n\nolder words").body == "my words"
    first, _, last = line.rpartition(" ")
    assert split_plain(f"my words\n\n{first}\n{last}\n\n> older words").body == "my words"


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
        "On 3/4/2025 here is what they said:\nno.",
        "<bo@example.com>: host mx.example.com said:\nno such user",
        "2025-06-02 14:30\n01/15/2025 at 2:30 PM\nare the dates.",
    ],
)
def test_sentences_that_look_like_attributions_stay(own):
    assert split_plain(f"Hello\n\n{own}\nAnd more.").quoted == ""


def test_the_authors_line_right_above_an_attribution_stays():
    for own in ("In short: yes", "A few notes", "Write to bo@example.com", "On the whole I agree"):
        head = "On Mon, Jun 2, 2025 at 9:10 AM Ann <ann@example.com> wrote:"
        parts = split_plain(f"Hello,\n{own}\n{head}\n> old\n> words")
        assert parts.body == f"Hello,\n{own}"
