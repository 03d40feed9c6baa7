"""A head behind a frame on one line, as Samsung's and Yahoo's programs flatten it, whatever the frame's words."""

from __future__ import annotations

import pytest
from exchange_sync.clean.text import split_plain

HEADS = {
    "sk": "Od: Bob Roe <bob@b.example> Dátum: 4. 6. 2025 10:12 (GMT+01:00) Komu: Ann Predmet: Budget",
    "el": "Από: Bob Roe <bob@b.example> Ημερομηνία: 4/6/25 10:12 π.μ. (GMT+02:00) Προς: Ann Θέμα: Budget",
    "he": "מאת: Bob Roe <bob@b.example> תאריך: 4.6.2025 10:12 (GMT+02:00) אל: Ann נושא: Budget",
    "ar": "من: Bob Roe <bob@b.example> التاريخ: ٤‏/٦‏/٢٠٢٥ ١٠:١٢ ص (GMT+03:00) إلى: Ann الموضوع: Budget",
    "th": "จาก: Bob Roe <bob@b.example> วันที่: 4/6/68 10:12 (GMT+07:00) ถึง: Ann เรื่อง: Budget",
    "da": "Fra: Bob Roe <bob@b.example> Dato: 04.06.2025 10.12 (GMT+01:00) Til: Ann Emne: Budget",
}
FRAMES = ("-------- Words of no table --------", "-------- Vorherige Nachricht --------", "----- 原始邮件 -----")


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("language", HEADS)
def test_below_it_all_is_history(language, frame):
    for between in ("", "\n"):
        text = f"Yes.\n\n{frame}{between}{HEADS[language]}\n\nCould we meet?"
        assert split_plain(text).body == "Yes."


def test_words_in_dashes_before_prose_are_the_message():
    text = "Plan:\n\n---- Part one ---- From here on we go by bus at 10:12, says ann@a.example."
    assert split_plain(text).body == text
