"""What the demo firm's mail promises: repeatable, complete, readable, and threaded as mail programs thread."""

import email
import re
import zipfile
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from exchange_simulator.seeds import firm, oddities
from exchange_simulator.seeds.__main__ import tables
from exchange_simulator.seeds.api import SeedMail
from exchange_simulator.seeds.people import MAILBOXES
from exchange_simulator.seeds.scenario import scenarios

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def mails() -> list[SeedMail]:
    return list(firm.generate(NOW))


@pytest.fixture(scope="module")
def parsed(mails: list[SeedMail]) -> list[tuple[SeedMail, EmailMessage]]:
    return [(mail, email.message_from_bytes(mail.mime, policy=policy.default)) for mail in mails]


def header(message: EmailMessage, name: str) -> str:
    return "".join(str(message.get(name, "")).split("\r\n"))


def test_the_same_day_gives_the_same_bytes(mails):
    assert list(firm.generate(NOW)) == mails


def test_another_day_gives_other_message_ids(mails):
    tomorrow = {mail.message_id for mail in firm.generate(NOW + timedelta(days=1))}
    assert not {mail.message_id for mail in mails if mail.message_id} & tomorrow


def test_about_1500_emails_of_the_last_90_days_come_oldest_first(mails):
    assert 1400 <= len(mails) <= 1600
    times = [mail.received for mail in mails]
    assert times == sorted(times)
    assert NOW - timedelta(days=91) < times[0] < times[-1] < NOW


def test_every_special_kind_is_there_as_often_as_listed(mails):
    kinds = Counter(mail.kind for mail in mails)
    assert kinds["automatic reply"] >= 15
    assert kinds["newsletter"] >= 10
    assert kinds["junk"] >= 15
    made = Counter()
    for oddity, count in oddities.ALL:
        made[oddity(NOW - timedelta(days=9), "key").kind] += count
    assert {kind: kinds[kind] for kind in made} == dict(made)


def test_all_languages_and_mail_programs_occur(mails):
    assert {mail.language for mail in mails} >= {"en", "de", "fr", "es", "it", "nl", "pt", "pl", "he", "ar"}
    replies = {mail.program for mail in mails if mail.kind == "reply"}
    assert replies >= {"outlook", "original", "gmail", "apple", "thunderbird", "notes", "iphone", "android"}


def test_message_ids_are_unique_but_for_the_emails_without(mails):
    ids = Counter(mail.message_id for mail in mails)
    assert ids.pop(None) == 2
    assert set(ids.values()) == {1}


def test_what_a_seed_says_of_its_message_id_stands_in_its_bytes(parsed):
    for mail, message in parsed:
        assert header(message, "Message-ID").strip() == (mail.message_id or "")


def test_every_seed_parses_into_text_with_sender_and_date(parsed):
    for mail, message in parsed:
        assert message["From"].addresses[0].domain, mail.kind
        assert message["Date"], mail.kind
        texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        assert texts, mail.kind
        for part in texts:
            if mail.kind != "broken charset":
                assert "\ufffd" not in part.get_content(), mail.kind


def test_no_structure_is_broken_and_no_header_doubled(parsed):
    for mail, message in parsed:
        assert not [part.defects for part in message.walk() if part.defects], mail.kind
        names = Counter(name.lower() for name in message.keys())  # noqa: SIM118 - a message is no dict
        assert names["mime-version"] == names["content-type"] == names["subject"] == 1, mail.kind


def test_a_reply_names_its_parent_and_all_before_it(parsed):
    chains = {}
    replies = 0
    for mail, message in parsed:
        if mail.kind not in ("new", "reply"):
            continue
        references = header(message, "References").split()
        if references:
            parent = references[-1]
            assert header(message, "In-Reply-To").strip() == parent
            assert references == [*chains[parent], parent]
            replies += 1
        chains[mail.message_id] = references
    assert replies > 800


def test_a_reply_quotes_the_text_of_its_parent(parsed):
    texts = {}
    quoted = 0
    for mail, message in parsed:
        body = message.get_body(("plain", "html"))
        content = body.get_content() if body and mail.kind in ("new", "reply") else ""
        parent = header(message, "In-Reply-To").strip()
        if parent in texts and mail.kind == "reply" and body.get_content_type() == "text/plain":
            lines = [line.strip("> ") for line in content.split("\n")]
            assert [line for line in texts[parent] if line and line not in " ".join(lines)] == []
            quoted += 1
        if body and body.get_content_type() == "text/plain":
            texts[mail.message_id] = [line.strip("> ") for line in content.split("\n")]
    assert quoted > 700


MARKS = {
    "outlook": ("From: ", "border-top:solid #E1E1E1"),
    "original": ("-----Original Message-----", None),
    "gmail": (" wrote:\n\n> ", "gmail_quote"),
    "apple": ("\n> On ", '<blockquote type="cite">'),
    "thunderbird": (" wrote:\n> ", None),
    "notes": ("From:        ", "<hr noshade>"),
    "iphone": ("Sent from my iPhone\n\n> On ", '<blockquote type="cite">'),
    "android": (None, "divRplyFwdMsg"),
}


@pytest.mark.parametrize("program", MARKS)
def test_each_mail_program_marks_what_it_quotes_in_its_own_way(program, parsed):
    plain_mark, html_mark = MARKS[program]
    replies = [m for mail, m in parsed if (mail.kind, mail.program, mail.language) == ("reply", program, "en")]
    assert len(replies) >= 5
    for message in replies:
        for kind, mark in (("plain", plain_mark), ("html", html_mark)):
            body = message.get_body((kind,))
            assert (body is not None) == (mark is not None)
            if body:
                assert mark in body.get_content().replace("\r\n", "\n")


def test_thread_index_grows_by_five_bytes_a_reply_and_keeps_its_root(parsed):
    indexes = {}
    grown = 0
    for mail, message in parsed:
        if "Thread-Index" not in message:
            continue
        index = b64decode(header(message, "Thread-Index"))
        assert index[0] == 1
        assert (len(index) - 22) % 5 == 0
        parent = header(message, "In-Reply-To").strip()
        if parent in indexes:
            assert index[:-5] == indexes[parent]
            grown += 1
        else:
            assert len(index) == 22
        indexes[mail.message_id] = index
    assert grown > 300


def test_a_copy_goes_to_every_mailbox_among_the_recipients(parsed):
    ours = {person.address for person in MAILBOXES.values()}
    shared = 0
    for mail, message in parsed:
        if mail.kind not in ("new", "reply") or not mail.placements:
            continue
        named = [
            a.addr_spec for name in ("From", "To", "Cc") for a in (message[name].addresses if message[name] else ())
        ]
        assert {place.address for place in mail.placements} == ours.intersection(named)
        shared += len(mail.placements) > 1
    assert shared > 100


def test_item_classes_and_folders_fit_the_kind(mails):
    def places(kind: str) -> set:
        return {
            (mail.item_class, mail.draft, place.folder)
            for mail in mails
            if mail.kind == kind
            for place in mail.placements
        }

    assert places("appointment") == {("IPM.Appointment", False, "calendar")}
    assert places("contact") == {("IPM.Contact", False, "contacts")}
    assert places("draft") == {("IPM.Note", True, "drafts")}
    assert places("bounce") == {("REPORT.IPM.Note.NDR", False, "inbox")}
    assert places("meeting request") == {("IPM.Schedule.Meeting.Request", False, "inbox")}
    assert places("junk") == {("IPM.Note", False, "junkemail")}


def test_every_mailbox_has_a_folder_tree_with_names_beyond_ascii(mails):
    folders = {(place.address, place.folder) for mail in mails for place in mail.placements}
    for person in MAILBOXES.values():
        assert (person.address, "sentitems") in folders
        assert any(isinstance(folder, tuple) for address, folder in folders if address == person.address)
    paths = [folder for _, folder in folders if isinstance(folder, tuple)]
    assert max(map(len, paths)) >= 4
    assert sum(not "".join(path).isascii() for path in paths) >= 6


def test_attachments_are_files_that_their_programs_open(parsed):
    seen = Counter()
    for _, message in parsed:
        for part in message.walk():
            name, data = part.get_filename() or "", part.get_payload(decode=True) or b""
            if name.endswith(".pdf"):
                assert data.startswith(b"%PDF-1.4")
                start = int(data.split(b"startxref\n")[1].split(b"\n")[0])
                assert data[start : start + 4] == b"xref"
                seen["pdf"] += 1
            elif name.endswith(".xlsx"):
                assert zipfile.ZipFile(BytesIO(data)).testzip() is None
                seen["xlsx"] += 1
            elif name.endswith(".png"):
                assert data.startswith(b"\x89PNG")
                seen["inline" if part["Content-ID"] else "png"] += 1
    assert seen["pdf"] > 100
    assert seen["xlsx"] > 20
    assert seen["png"] > 20
    assert seen["inline"] > 20


def test_no_html_shows_an_inline_image_that_did_not_come_with_it(parsed):
    for _, message in parsed:
        html = message.get_body(("html",))
        carried = {str(part["Content-ID"]).strip("<> ") for part in message.walk() if part["Content-ID"]}
        assert set(re.findall('src="cid:([^"]+)"', html.get_content() if html else "")) == carried


def test_the_large_email_has_about_seven_megabytes(mails):
    sizes = [len(mail.mime) for mail in mails if mail.kind == "large"]
    assert len(sizes) == 1
    assert 6.5e6 < sizes[0] < 7.5e6
    assert max(len(mail.mime) for mail in mails if mail.kind != "large") < 1e6


def test_winmail_dat_opens_with_a_tnef_reader(parsed):
    tnefparse = pytest.importorskip("tnefparse", reason="tnefparse is not installed")
    (winmail, *_) = [p for mail, m in parsed if mail.kind == "winmail.dat" for p in m.walk() if p.get_filename()]
    tnef = tnefparse.TNEF(winmail.get_payload(decode=True))
    assert [(a.name, bytes(a.data[:10])) for a in tnef.attachments] == [("Stock list.txt", b"12 pallets")]


def test_senders_inside_the_firm_have_exchange_addresses_and_those_outside_do_not(parsed):
    ours = {person.address for person in MAILBOXES.values()}
    for mail, message in parsed:
        inside = message["From"].addresses[0].addr_spec in ours
        assert (mail.sender_routing == "EX") == inside, mail.kind


def test_all_addresses_are_of_reserved_domains(parsed):
    for _, message in parsed:
        for name in ("From", "To", "Cc"):
            for address in message[name].addresses if message[name] else ():
                assert address.domain.endswith(".example")


def test_every_script_is_played(parsed):
    subjects = "\n".join(header(message, "Subject") for _, message in parsed)
    for script in scenarios():
        openings = [subject.split("{")[0].strip() for subject in script.subjects if not subject.startswith("{")]
        assert any(opening and opening in subjects for opening in openings), script.key


def test_no_name_in_a_script_was_left_unfilled(parsed):
    for mail, message in parsed:
        if mail.kind in ("new", "reply"):
            text = header(message, "Subject") + message.get_body(("plain", "html")).get_content()
            assert "{" not in text.split("<style>")[0], mail.kind
            assert "||" not in text


def test_the_reference_page_shows_what_the_generator_makes():
    page = (Path(__file__).resolve().parents[3] / "docs/reference/demo-mail.md").read_text(encoding="utf-8")
    shown = page.split("<!-- counts -->\n")[1].split("<!-- /counts -->")[0]
    assert shown == tables(NOW), "run: python -m exchange_simulator.seeds 2026-11-24, and put the tables into the page"
