"""Random histories of what people do to their mail, mixed with syncs, faults and resyncs, against a dictionary.

The dictionary knows, for each email, what every sync could see of it; afterwards comments, origins and Folders must
equal it. Great Expectations and the cleaning process are left out here (their cost is fixed, their part is proven
elsewhere); everything else is real.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clock import now_utc
from exchange_sync.errors import Retriable, StateExpired
from exchange_sync.model.config import BucketConfig, Configuration, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.identity import comment_id
from exchange_sync.pipeline import clean, enrich
from exchange_sync.store import integrations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import NOON, mail
from tests.support.memory_exchange import Item, MemoryExchange, MemorySource

BILLING = "billing@acme.example"  # in a bucket of its own
BOXES = {SUPPORT: "mail", CLAIMS: "mail", BILLING: "bills"}
TABLES = "comments, origins, folders, sync_states, batches, mailboxes, integrations, buckets, quarantine, blobs"


DENIES = Filters(domain_deny=("payroll.example",))
TWINS, NAMELESS, REFUSED = 1_000, 5_000, 9_000  # the numbers of odd emails begin here
_QUESTION = re.compile(rb"question number (\d+)")


def question(mime: bytes) -> str:
    """What an email asks tells it apart, whatever its Message-ID."""
    found = _QUESTION.search(mime)
    assert found is not None
    return found[1].decode()


def is_refused(mime: bytes) -> bool:
    """Whether the filter leaves it out."""
    return b"payroll" in mime


class Crash(BaseException):
    """The process died here."""


class History:
    """One history: what people do, and what the dictionary knows of it."""

    def __init__(self, world: World, page: int, synced: bool) -> None:
        self.world = world
        world.rows(f"TRUNCATE {TABLES} CASCADE; SELECT 1")
        world.exchange = MemoryExchange()
        for address in BOXES:
            world.exchange.add_mailbox(address)
            world.exchange.add_folder(address, ("Projects",))
        integrations.apply(
            world.db,
            Configuration(
                (BucketConfig("acme", "mail"), BucketConfig("acme", "bills")),
                (
                    IntegrationConfig(
                        "acme", "exchange", "x",
                        mailboxes=tuple(
                            MailboxConfig(a, "acme", b, filters=DENIES if a == CLAIMS else Filters())
                            for a, b in BOXES.items()
                        ),
                    ),
                ),
            ),
            now_utc(),
        )  # fmt: skip
        world.context.db.close()
        world.context = world.make_context(part_rows=3)
        world.context.source_factory = lambda name: MemorySource(world.exchange, page)
        world.context.sleep = lambda seconds: None
        self.delivered = 0
        self.old_marks: dict[str, str | None] = {}
        self.must: set[tuple[str, str]] = set()  # (bucket, Message-ID) that a sync must have brought
        self.appeared: dict[tuple[str, str], set[tuple[str, str]]] = {}  # where its last news was
        # what a sync that did not come to its end may have seen all the same: later news of it may be none
        self.maybe_seen: dict[str, set[tuple[str, str]]] = {address: set() for address in BOXES}
        self.synced_items: dict[str, dict[str, str]] = {address: {} for address in BOXES}  # item → folder, at last sync
        for address, numbers in ((SUPPORT, range(4)), (CLAIMS, range(2, 6)), (BILLING, range(2))):
            for number in numbers:  # something to act upon, some of it in two mailboxes
                world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mail(number))
        self.delivered = 6
        if synced:
            for address in BOXES:
                self.sync(address)

    def _box(self, address: str) -> Any:
        return self.world.exchange.boxes[address]

    def deliver(self, address: str, place: int, old: bool, draft: bool) -> None:
        """A new email, or one that other mailboxes have got already."""
        folders = [key for key, folder in self._box(address).folders.items() if folder.distinguished != "drafts"]
        number = place % max(1, self.delivered) if old and self.delivered else self.delivered
        self.delivered = max(self.delivered, number + 1)
        self.world.exchange.deliver(address, folders[place % len(folders)], mail(number), is_draft=draft and not old)

    def deliver_twin(self, address: str, place: int, day: int) -> None:
        """Another email under a Message-ID that is taken, by the same scanner, another day or in the same second."""
        number = place % max(1, self.delivered)
        text = f"This is question number {TWINS + 10 * number + day}, and no other.\n"
        sent = NOON + timedelta(days=day, minutes=number)
        mime = mail(number, body=text, subject=f"Question {number}", sent=sent)
        self.world.exchange.deliver(address, self.world.exchange.folder(address, "Inbox"), mime)

    def deliver_nameless(self, address: str, place: int) -> None:
        """One without a Message-ID; each copy of it is the same email."""
        mime = mail(NAMELESS + place, message_id=None)
        self.world.exchange.deliver(address, self.world.exchange.folder(address, "Inbox"), mime)

    def deliver_refused(self, place: int) -> None:
        """One that the filter of this mailbox leaves out, in an odd form."""
        mime = mail(REFUSED + place).replace(b"Ann Client <ann@client.example>", b"eve@payroll.example <a@b.example>")
        self.world.exchange.deliver(CLAIMS, self.world.exchange.folder(CLAIMS, "Inbox"), mime)

    def move(self, address: str, which: int, place: int) -> None:
        self._with(address, which, place, self.world.exchange.move)

    def copy(self, address: str, which: int, place: int) -> None:
        self._with(address, which, place, self.world.exchange.copy)

    def _with(self, address: str, which: int, place: int, act: Callable[[str, str, str], object]) -> None:
        items, folders = sorted(self._box(address).items), sorted(self._box(address).folders)
        folders = [key for key in folders if self._box(address).folders[key].distinguished != "drafts"]
        if items:
            act(address, items[which % len(items)], folders[place % len(folders)])

    def delete(self, address: str, which: int) -> None:
        items = sorted(self._box(address).items)
        if items:
            self.world.exchange.delete(address, items[which % len(items)])

    def edit(self, address: str, which: int) -> None:
        """Its subject is edited; a draft is sent."""
        items = sorted(self._box(address).items)
        if items:
            self.world.exchange.edit(address, items[which % len(items)], subject="edited", is_draft=False)

    def rename_folder(self, address: str, name: str) -> None:
        user = [key for key, folder in self._box(address).folders.items() if folder.distinguished is None]
        if user:
            self.world.exchange.rename_folder(address, user[0], (name,))

    def add_folder(self, address: str, place: int) -> None:
        if not any(folder.path == ("Inbox", f"F{place}") for folder in self._box(address).folders.values()):
            self.world.exchange.add_folder(address, ("Inbox", f"F{place}"))

    def delete_folder(self, address: str) -> None:
        user = [key for key, folder in self._box(address).folders.items() if folder.distinguished is None]
        if len(user) > 1:
            self.world.exchange.delete_folder(address, user[-1])

    def states_expire(self) -> None:
        self.world.exchange.expire_states()

    def watermark_is_deleted(self, address: str) -> None:
        self.world.rows("UPDATE mailboxes SET watermark = NULL WHERE address = %s RETURNING 1", address)

    def watermark_goes_back(self, address: str) -> None:
        """As when Airflow's database, or the product's, was restored: the Variable names an older generation."""
        text = self.old_marks.get(address)
        if text:
            self.world.rows("UPDATE mailboxes SET watermark = %s WHERE address = %s RETURNING 1", text, address)

    def sync_dies(self, address: str, after: int) -> None:
        """The process ends after so many requests and transactions."""
        left = [after]

        def die(*_: object) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

        self._failing(address, die)

    def server_is_busy(self, address: str, operation: str) -> None:
        def busy(asked: str, ids: object) -> None:
            if asked == operation:
                raise Retriable("busy", 300.0)

        self._failing(address, busy)

    def state_is_refused_once(self, address: str) -> None:
        left = [1]

        def refuse(asked: str, ids: object) -> None:
            if asked == "changes" and left[0]:
                left[0] = 0
                raise StateExpired("forgotten")

        self._waits_are_over()
        self.world.exchange.fault = refuse
        self.sync(address)
        self.world.exchange.fault = lambda operation, ids: None

    def _failing(self, address: str, fault: Callable[..., None]) -> None:
        self._waits_are_over()
        exchange, transaction = self.world.exchange, self.world.context.db.transaction

        def counted() -> Any:
            fault("transaction", ())
            return transaction()

        exchange.fault = fault
        self.world.context.db.transaction = counted  # type: ignore[method-assign]
        try:
            self.world.sync(address)
        except Crash:
            pass
        finally:
            exchange.fault = lambda operation, ids: None
            self.world.context.db.transaction = transaction  # type: ignore[method-assign]
        self._observe(address, certain=False)

    def sync_all(self) -> None:
        for address in BOXES:
            self.sync(address)

    def move_and_sync(self, address: str, which: int, place: int, n: int) -> None:
        """Moves, the last of which is seen: the commonest thing in the life of a mailbox."""
        for step in range(n):
            self.move(address, which + step, place + step)
        self.sync(address)

    def _waits_are_over(self) -> None:
        """Time passes between two syncs: whoever asked to be left alone may be asked again."""
        self.world.rows("UPDATE mailboxes SET not_before = NULL RETURNING id")
        self.world.rows("UPDATE integrations SET not_before = NULL RETURNING id")

    def sync(self, address: str) -> None:
        self._waits_are_over()
        self.old_marks[address] = self.world.context.mailbox(address)["watermark"]
        self.world.sync(address)
        self._observe(address, certain=True)

    def _observe(self, address: str, *, certain: bool) -> None:
        """What a sync of this mailbox could see, and, where it came to its end, must have seen."""
        before, now = self.synced_items[address], {}
        for item_id, item in self._box(address).items.items():
            if item.properties.is_draft or is_refused(item.mime):
                continue
            now[item_id] = item.folder
            email = (BOXES[address], question(item.mime))
            if certain:
                self.must.add(email)
            if before.get(item_id) != item.folder:
                news = self.appeared.setdefault(email, set())
                told_before = (item_id, item.folder) in self.maybe_seen[address]
                if certain and email not in self._uncertain(address) and not told_before:
                    news.clear()
                news.add((address, item_id))
                if not certain:
                    self.maybe_seen[address].add((item_id, item.folder))
        if certain:
            self.synced_items[address] = now
            self.maybe_seen[address].clear()

    def _uncertain(self, address: str) -> set[tuple[str, str]]:
        """Emails of which this same sync has told news already: several copies at once, any of them may be last."""
        fresh: dict[tuple[str, str], int] = {}
        for item_id, item in self._box(address).items.items():
            if self.synced_items[address].get(item_id) != item.folder:
                email = (BOXES[address], question(item.mime))
                fresh[email] = fresh.get(email, 0) + 1
        return {email for email, n in fresh.items() if n > 1}

    def check(self) -> None:
        """Sync all once more: all equals the dictionary, and a further sync changes nothing."""
        for address in BOXES:
            self.sync(address)
        self._origins_are_what_the_server_has()
        self._comments_are_what_was_seen()
        before = self.world.fingerprint()
        for address in BOXES:
            self.sync(address)
        assert self.world.fingerprint() == before

    def _origins_are_what_the_server_has(self) -> None:
        rows = self.world.rows(
            """SELECT m.address, o.item_id, f.key, o.state, o.reason FROM origins o JOIN mailboxes m
            ON m.id = o.mailbox_id JOIN folders f ON f.id = o.folder_id WHERE o.gone_at IS NULL"""
        )
        wanted = {
            (address, item_id): (
                item.folder,
                "skipped" if item.properties.is_draft or is_refused(item.mime) else "loaded",
            )
            for address in BOXES
            for item_id, item in self._box(address).items.items()
        }
        assert {(r["address"], r["item_id"]): (r["key"], r["state"]) for r in rows} == wanted

    @staticmethod
    def _is_left_out(item: Item) -> bool:
        return item.properties.is_draft or is_refused(item.mime)

    def _comments_are_what_was_seen(self) -> None:
        rows = self.world.rows(
            """SELECT b.name, c.id, c.message_id, c.messages -> 0 -> 'body' ->> 'text' AS text, c.deleted_at, o.item_id,
                o.gone_at AS origin_gone, f.path,
                c.user_properties ->> 'string:Folder' AS folder, c.user_properties ->> 'string:Mailbox' AS mailbox
            FROM comments c JOIN buckets b ON b.id = c.bucket_id JOIN origins o ON o.id = c.origin_id
            JOIN folders f ON f.id = o.folder_id"""
        )
        found = {(str(row["name"]), question(str(row["text"]).encode())): row for row in rows}
        assert len(found) == len(rows)  # one comment per email and bucket
        assert set(found) >= self.must
        for email, row in found.items():
            assert str(row["id"]).partition("-")[0] == comment_id(str(row["message_id"]))
            places = self._places(email)
            assert (row["deleted_at"] is not None) == (not places), email
            if row["origin_gone"] is None:  # the shown origin is there: its folder is shown as it is called now
                assert (row["mailbox"], row["folder"]) == places[str(row["item_id"])]
                assert row["folder"] == folder_text(row["path"])  # type: ignore[arg-type]
            assert not places or row["item_id"] in places, email  # a living copy, where one lives
            if len(self.appeared.get(email, ())) == 1:  # no doubt which was the last news
                [(address, item_id)] = self.appeared[email]
                if item_id in places or not places:
                    assert (row["mailbox"], row["item_id"]) == (address, item_id), email

    def _places(self, email: tuple[str, str]) -> dict[str, tuple[str, str]]:
        """Where the email lies now: item → (mailbox, folder path)."""
        return {
            item_id: (address, folder_text(self._box(address).folders[item.folder].path))
            for address, bucket in BOXES.items()
            if bucket == email[0]
            for item_id, item in self._box(address).items.items()
            if question(item.mime) == email[1] and not item.properties.is_draft
        }


_address = st.sampled_from(sorted(BOXES))
_which, _place = st.integers(0, 50), st.integers(0, 9)


def _act(method: str, /, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(method), st.fixed_dictionaries(arguments))


# as often as each stands here, weighted by how much it tells
ACTS = st.one_of(
    _act("deliver", address=_address, place=_place, old=st.booleans(), draft=st.sampled_from([False, False, True])),
    _act("deliver_twin", address=_address, place=_place, day=st.integers(0, 2)),
    _act("deliver_nameless", address=_address, place=st.integers(0, 2)),
    _act("deliver_refused", place=st.integers(0, 2)),
    _act("move", address=_address, which=_which, place=_place),
    _act("copy", address=_address, which=_which, place=_place),
    _act("delete", address=_address, which=_which),
    _act("edit", address=_address, which=_which),
    _act("rename_folder", address=_address, name=st.sampled_from(["Projects", "Done", "Alt/Neu"])),
    _act("add_folder", address=_address, place=st.integers(0, 3)),
    _act("delete_folder", address=_address),
    _act("states_expire"),
    _act("watermark_is_deleted", address=_address),
    _act("watermark_goes_back", address=_address),
    _act("sync_dies", address=_address, after=st.integers(1, 25)),
    _act("server_is_busy", address=_address, operation=st.sampled_from(["folders", "changes", "mimes"])),
    _act("state_is_refused_once", address=_address),
    _act("move_and_sync", address=_address, which=_which, place=_place, n=st.integers(1, 3)),
    _act("sync", address=_address),
    _act("sync_all"),
)


def check(world: World, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    for stage in (clean, enrich):
        monkeypatch.setattr(stage, "mark_failing", lambda *_: None)
    monkeypatch.setattr(clean, "clean_many", lambda mimes: ((key, clean_email(mime)) for key, mime in mimes))

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(page=st.sampled_from([1, 2, 3, 512]), synced=st.booleans(), acts=st.lists(ACTS, min_size=20, max_size=40))
    def histories(page: int, synced: bool, acts: list[tuple[str, dict[str, Any]]]) -> None:
        history = History(world, page, synced)
        for name, arguments in acts:
            getattr(history, name)(**arguments)
        history.check()

    histories()


@pytest.mark.parametrize(
    "count", [12, pytest.param(100, marks=pytest.mark.long), pytest.param(500, marks=pytest.mark.soak)]
)
def test_histories_equal_the_dictionary(world: World, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    check(world, monkeypatch, count)
