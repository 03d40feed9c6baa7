"""Ninety days of mail at Larkfield & Moss, an invented firm of insurance brokers with four mailboxes.

`generate` is pure and repeatable: the same `now` gives the same bytes, Message-IDs and times. A caller who truncates
`now` to the day therefore gets stable ids within a day. `fill` puts what `generate` yields into a store.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from exchange_simulator.seeds import bulk, oddities
from exchange_simulator.seeds.api import Folder, MailStore, SeedMail, SeedReport
from exchange_simulator.seeds.conversation import Conversation
from exchange_simulator.seeds.people import BILLING, MAILBOXES
from exchange_simulator.seeds.scenario import Scenario, scenarios

DAYS = 90
CONVERSATIONS = 335
_LANGUAGE_OF = {BILLING.address: "de"}
"""The accounts mailbox lives in the Hamburg office: its Sent Items are called "Gesendete Elemente"."""


def generate(now: datetime) -> Iterator[SeedMail]:
    """All emails, oldest first; none is later than `now` (aware)."""
    mails = [*_conversations(now), *_machines(now), *_oddities(now)]
    yield from sorted((mail for mail in mails if mail.received < now), key=lambda mail: mail.received)


def fill(store: MailStore, now: datetime) -> SeedReport:
    """Add the four mailboxes to the store and deliver everything; the store's errors pass through."""
    with store.transaction():
        for person in MAILBOXES.values():
            store.add_mailbox(person.address, person.name, language=_LANGUAGE_OF.get(person.address, "en"))
        return deliver_all(store, generate(now))


def deliver_all(store: MailStore, mails: Iterable[SeedMail]) -> SeedReport:
    """Deliver every copy of every email, making folders as needed."""
    report = SeedReport()
    folders: dict[tuple[str, Folder], str] = {}
    for mail in mails:
        deliver(store, mail, folders)
        report.count(mail)
    return report


def deliver(store: MailStore, mail: SeedMail, folders: dict[tuple[str, Folder], str]) -> list[str]:
    """Deliver the copies of one email and return their item ids; `folders` remembers the ids of folders."""
    ids = []
    for place in mail.placements:
        where = (place.address, place.folder)
        if where not in folders:
            folders[where] = store.ensure_folder(*where)
        item = store.deliver(
            place.address,
            folders[where],
            mail.mime,
            received=mail.received,
            draft=mail.draft,
            item_class=mail.item_class,
            sender_routing=mail.sender_routing,
            read=place.read,
            categories=mail.categories,
            importance=mail.importance,
        )
        ids.append(item)
    return ids


def weighted_scenario(rng: Random) -> Scenario:
    """One script, drawn by its weight."""
    choices = scenarios()
    return rng.choices(choices, [scenario.weight for scenario in choices])[0]


def office_hours(at: datetime, rng: Random) -> datetime:
    """The same moment, or one in the next working day's hours when it falls in a night or on a weekend."""
    while at.weekday() >= 5 or at.hour >= 18:
        at = (at + timedelta(days=1)).replace(hour=8, minute=rng.randrange(60))
    return at.replace(hour=8, minute=rng.randrange(60)) if at.hour < 7 else at


def _conversations(now: datetime) -> Iterator[SeedMail]:
    for number in range(CONVERSATIONS):
        # Each conversation has its own randomness: one that changes leaves the others as they are.
        rng = Random(f"conversation {number}")
        key = f"{now.isoformat()} conversation {number}"
        age = timedelta(days=DAYS * (1 - (number + rng.random()) / CONVERSATIONS))
        at = office_hours((now - age).astimezone(UTC).replace(microsecond=0), rng)
        yield from _play(weighted_scenario(rng), at, now, rng, key)


def _play(scenario: Scenario, at: datetime, now: datetime, rng: Random, key: str) -> Iterator[SeedMail]:
    conversation = Conversation(scenario, at, rng, key)
    folder = _filed(scenario, now - at, rng)
    while not conversation.done and at < now:
        yield conversation.next(at, folder, read=now - at > timedelta(days=2) or rng.random() < 0.4)
        if rng.random() < 0.05:
            reply = bulk.away(conversation.last, at + timedelta(seconds=40), f"{key} away {at.isoformat()}")
            if reply:
                yield reply
        at = office_hours((at + conversation.pause()).replace(microsecond=0), rng)


def _filed(scenario: Scenario, age: timedelta, rng: Random) -> Folder:
    """Where the team keeps the conversation: fresh ones in the Inbox, older ones mostly filed, a few thrown away."""
    if age < timedelta(days=7):
        return "inbox"
    place = rng.random()
    if place < 0.04:
        return "deleteditems"
    if place < 0.45:
        return "inbox"
    return scenario.folder if age < timedelta(days=30) else scenario.settled


def _machines(now: datetime) -> Iterator[SeedMail]:
    for day in range(DAYS, 0, -1):
        rng = Random(f"day {day}")
        morning = (now - timedelta(days=day)).astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
        key = f"{now.isoformat()} day {day}"
        if day % 7 == 3:
            yield bulk.newsletter(morning, 1400 - day // 7, rng, f"{key} newsletter")
        for number in range(rng.randrange(3)):
            yield bulk.notice(morning + timedelta(minutes=rng.randrange(600)), rng, f"{key} notice {number}")
        if rng.random() < 0.3:
            yield bulk.junk(morning + timedelta(minutes=rng.randrange(900)), rng, f"{key} junk")


def _oddities(now: datetime) -> Iterator[SeedMail]:
    rng = Random("oddities")
    for oddity, count in oddities.ALL:
        for number in range(count):
            at = office_hours(now.astimezone(UTC).replace(microsecond=0) - timedelta(days=rng.uniform(3, 85)), rng)
            yield oddity(at, f"{now.isoformat()} {oddity.__name__} {number}")
