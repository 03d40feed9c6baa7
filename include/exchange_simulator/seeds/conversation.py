"""A script played by people: each turn becomes one email with the right headers, quoted history and copies."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha256
from random import Random

from exchange_simulator.seeds import documents
from exchange_simulator.seeds.api import Folder, Placement, SeedMail
from exchange_simulator.seeds.facts import cast, particulars
from exchange_simulator.seeds.letters import Letter, layout, write
from exchange_simulator.seeds.mime import Attachment, Encoding, address_list, body, finish
from exchange_simulator.seeds.people import DOMAIN, Person
from exchange_simulator.seeds.programs import PROGRAMS, Answered, answer_subject, message_id
from exchange_simulator.seeds.scenario import Enclosure, Paragraph, Scenario, Turn

_INLINE = re.compile(r'<br><img src="cid:[^>]*>')
_FILETIME_START = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a later email needs to know of an earlier one."""

    writer: Person
    to: tuple[Person, ...]
    copies: tuple[Person, ...]
    subject: str
    at: datetime
    message_id: str
    letter: Letter
    references: tuple[str, ...] = ()
    index: bytes = b""

    @property
    def people(self) -> frozenset[Person]:
        return frozenset((self.writer, *self.to, *self.copies))

    def quoted(self, zone: timezone) -> Answered:
        """The email as the one who answers it sees it, in his own zone."""
        names = (_names(self.to), _names(self.copies))
        sent = self.at.astimezone(zone)
        # A quotation drops the logo, as a reply does not carry the picture along.
        html = _INLINE.sub("", self.letter.html)
        return Answered(self.writer.name, self.writer.address, sent, *names, self.subject, self.letter.plain, html)


class Conversation:
    """One conversation on its way through its script. `key` makes its Message-IDs; `rng` all choices."""

    def __init__(self, scenario: Scenario, started: datetime, rng: Random, key: str) -> None:
        self.scenario = scenario
        self._rng = rng
        self._key = key
        self.people: Mapping[str, Person] = cast(scenario, rng)
        self._facts = particulars(scenario, self.people, started, rng)
        self._history: list[Sent] = []
        subject = rng.choice(scenario.subjects).format_map(self._facts)
        outside = not self.people[scenario.turns[0].role].inside
        self._subject = f"[EXTERNAL] {subject}" if outside and rng.random() < 0.12 else subject
        self._path = rng.randrange(12)
        self._length = max(1, len(scenario.turns) - (rng.randrange(3) if rng.random() < 0.4 else 0))

    @property
    def done(self) -> bool:
        return len(self._history) >= self._length

    @property
    def last(self) -> Sent:
        """The newest email; IndexError before the first."""
        return self._history[-1]

    def next(self, sent: datetime, inbox: Folder = "inbox", *, read: bool = True) -> SeedMail:
        """The next email, sent (and received) at `sent` (aware); the team's copy lies in `inbox`."""
        turn = self.scenario.turns[len(self._history)]
        writer = self.people[turn.role]
        to = tuple(self.people[role] for role in turn.to)
        copies = tuple(p for p in (self.people[role] for role in turn.copies) if p not in (*to, writer))
        answered = self._answered(writer, to[0])
        mail_id = message_id(writer.program, writer.address, f"{self._key}/{len(self._history)}")
        subject = self._subject_of(writer, to, answered)
        letter, attachments = self._letter(turn, writer, to, answered, mail_id)
        references = (*answered.references, answered.message_id) if answered else ()
        index = self._index(sent, answered) if PROGRAMS[writer.program].exchange else b""
        this = Sent(writer, to, copies, subject, sent, mail_id, letter, references, index)
        mime = self._mime(this, turn, attachments)
        self._history.append(this)
        return SeedMail(
            kind="reply" if answered else "new",
            mime=mime,
            received=sent.astimezone(UTC),
            placements=self._placements(this, inbox, read),
            message_id=mail_id,
            language=self.scenario.language,
            program=writer.program,
            sender_routing="EX" if writer.inside else "SMTP",
            categories=self._categories(turn),
            importance="High" if turn.urgent else "Normal",
        )

    def pause(self) -> timedelta:
        """How long the next writer takes: some minutes to some days, mostly hours."""
        return timedelta(minutes=min(4000, 8 + self._rng.lognormvariate(5.0, 1.2)))

    def _answered(self, writer: Person, reader: Person) -> Sent | None:
        """The newest email between the two, else the newest that the writer has (and forwards), else none."""
        known = [earlier for earlier in self._history if writer in earlier.people]
        shared = [earlier for earlier in known if reader in earlier.people]
        candidates = shared or known
        return candidates[-1] if candidates else None

    def _subject_of(self, writer: Person, to: tuple[Person, ...], answered: Sent | None) -> str:
        if answered is None:
            return self._subject
        # Software inside the firm is English, whatever the conversation's language.
        language = "en" if writer.inside else writer.language
        return answer_subject(writer.program, language, answered.subject, forward=to[0] not in answered.people)

    def _letter(
        self, turn: Turn, writer: Person, to: tuple[Person, ...], answered: Sent | None, mail_id: str
    ) -> tuple[Letter, list[Attachment]]:
        rng, facts = self._rng, self._facts
        paragraphs = [self._wording(paragraph).format_map(facts) for paragraph in turn.paragraphs]
        cid = f"logo.{mail_id[1:9]}@{DOMAIN}" if writer.inside and PROGRAMS[writer.program].bodies == "both" else ""
        cid = cid if rng.random() < 0.2 else ""
        banner = not writer.inside and to[0].inside and rng.random() < 0.3
        around = layout(writer, to[0], self.scenario.language, rng, logo=cid, banner=banner)
        quoted = answered.quoted(_zone(writer)) if answered else None
        own = "en" if writer.inside else writer.language
        letter = write(writer.program, self.scenario.language, paragraphs, around, quoted, program_language=own)
        attachments = [_enclosed(e, facts, rng) for e in turn.enclosures if rng.random() < 0.75]
        if cid:
            attachments.append(Attachment("image001.png", "image/png", documents.logo(), cid))
        return letter, attachments

    def _wording(self, paragraph: Paragraph) -> str:
        if paragraph.linked:
            return paragraph.wordings[self._path % len(paragraph.wordings)]
        return self._rng.choice(paragraph.wordings)

    def _mime(self, this: Sent, turn: Turn, attachments: list[Attachment]) -> bytes:
        program = PROGRAMS[this.writer.program]
        encoding = Encoding(*program.encoding)
        plain = this.letter.plain if program.bodies != "html" else ""
        html = this.letter.html if program.bodies != "plain" else ""
        charset = encoding.fitting(html).charset.replace("cp1252", "Windows-1252")
        page = program.page.format(body="{body}", charset=charset, language=self.scenario.language)
        content = body(plain, page.replace("{body}", html) if html else "", attachments, encoding)
        return finish(content, self._headers(this, turn), f"{self._key}/{len(self._history)}")

    def _headers(self, this: Sent, turn: Turn) -> list[tuple[str, str]]:
        program = PROGRAMS[this.writer.program]
        date = format_datetime(this.at.astimezone(_zone(this.writer)))
        headers = received(this.writer, this.at, self._key) + [
            ("From", address_list([this.writer])),
            ("To", address_list(this.to)),
        ]
        if this.copies:
            headers.append(("Cc", address_list(this.copies)))
        headers += [("Subject", this.subject), ("Date", date), ("Message-ID", this.message_id), ("MIME-Version", "1.0")]
        if this.references:
            headers += [("In-Reply-To", this.references[-1]), ("References", " ".join(this.references))]
        if this.index:
            headers += [("Thread-Topic", self._subject), ("Thread-Index", b64encode(this.index).decode())]
            headers.append(("X-MS-Has-Attach", "yes" if turn.enclosures else ""))
        if program.mailer:
            headers.append(program.mailer)
        if turn.urgent:
            headers += [("Importance", "high"), ("X-Priority", "1")]
        return [(name, value) for name, value in headers if value]

    def _index(self, at: datetime, answered: Sent | None) -> bytes:
        if answered and answered.index:
            return answered.index + _index_child(answered.index, at, len(self._history))
        return _index_root(at, f"{self._key}/{len(self._history)}")

    def _placements(self, this: Sent, inbox: Folder, read: bool) -> tuple[Placement, ...]:
        placements = [Placement(this.writer.address, "sentitems")] if this.writer.inside else []
        for person in dict.fromkeys((*this.to, *this.copies)):
            if person.inside and person != this.writer:
                mine = person == self.people["firm"]
                placements.append(Placement(person.address, inbox if mine else "inbox", read))
        # A mail between outsiders of which the firm gets no copy would be no mail of the firm's.
        return tuple(placements) or (Placement(self.people["firm"].address, inbox, read),)

    def _categories(self, turn: Turn) -> tuple[str, ...]:
        if turn.urgent:
            return ("Urgent",)
        return (("Key client",), ())[self._rng.random() > 0.06]


def received(writer: Person, at: datetime, key: str) -> list[tuple[str, str]]:
    """The Received header of the firm's server, for mail from outside; the top one carries the time of receipt."""
    if writer.inside:
        return []
    domain = writer.address.rpartition("@")[2]
    mark = sha256(f"{key} {at.isoformat()}".encode()).hexdigest()[:12].upper()
    stamp = format_datetime(at.astimezone(UTC))
    value = f"from mail.{domain} (203.0.113.{len(domain)}) by mx1.{DOMAIN} (192.0.2.25) with ESMTPS id {mark}; {stamp}"
    return [("Received", value)]


def _names(people: tuple[Person, ...]) -> str:
    return "; ".join(f"{person.name} <{person.address}>" for person in people)


def _zone(person: Person) -> timezone:
    return timezone(timedelta(hours=person.utc))


def _enclosed(enclosure: Enclosure, facts: Mapping[str, str], rng: Random) -> Attachment:
    title = enclosure.title.format_map(facts)
    name = "".join(letter for letter in title if letter not in '/\\:*?"<>|,')
    if enclosure.kind == "photo":
        red, green = rng.randrange(90, 200), rng.randrange(90, 160)
        data = documents.png(48, 36, lambda x, y: (red, (green + 3 * y) % 256, (5 * x) % 256))
        return Attachment(f"IMG_{rng.randrange(1000, 9999)}.png", "image/png", data)
    lines = [(f"Position {number}", float(rng.randrange(40, 900))) for number in range(1, 6)]
    if enclosure.kind == "xlsx":
        rows: list[tuple[str | float, ...]] = [(title,), ("Item", "Amount"), *lines]
        return Attachment(f"{name}.xlsx", documents.XLSX_TYPE, documents.xlsx(rows))
    text = [title, *(f"{label}:  {value:.2f}" for label, value in lines)]
    text += [f"Policy: {facts['policy']}   Reference: {facts['claim']}", facts["company"]]
    return Attachment(f"{name}.pdf", "application/pdf", documents.pdf(text))


def _filetime(at: datetime) -> int:
    return int((at - _FILETIME_START) / timedelta(microseconds=1)) * 10


def _index_root(started: datetime, key: str) -> bytes:
    """The 22 bytes of a new thread (MS-OXOMSG 2.2.1.3): the top six bytes of the time, whose first is 1, and a GUID."""
    return (_filetime(started) >> 16).to_bytes(6, "big") + sha256(key.encode()).digest()[:16]


def _index_child(index: bytes, at: datetime, number: int) -> bytes:
    """Five bytes more for a reply: the time since the thread began in steps of 2^18 (of 100 ns), and its number."""
    began = int.from_bytes(index[:6], "big") << 16
    steps = ((_filetime(at) - began) >> 18) & 0x7FFFFFFF
    return steps.to_bytes(4, "big") + bytes([number & 0xFF])
