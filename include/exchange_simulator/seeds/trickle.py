"""Mail that keeps arriving: new conversations, answers to recent ones, and now and then a mail that is filed."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from exchange_simulator.seeds.api import Folder, MailStore, SeedMail
from exchange_simulator.seeds.conversation import Conversation
from exchange_simulator.seeds.firm import deliver, weighted_scenario
from exchange_simulator.store import FolderId, MailboxStore

Clock = Callable[[], datetime]
Move = Callable[[str, str], object]
"""(item id, folder id of the same mailbox) moves the item."""

_LIVE = 12
_ANSWERS, _MOVES = 0.6, 0.1
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def run(store: MailStore, interval: float, stop: threading.Event, clock: Clock = _now) -> int:
    """Deliver about one email each `interval` seconds until `stop` is set; return how many.

    The mailboxes are those of the firm, which must exist (`firm.fill`). Message-IDs contain the starting second, so
    that a restart does not repeat them. The store's errors pass through.
    """
    trickle = Trickle(store, clock, Random(f"trickle {clock().isoformat()}"))
    while not stop.wait(interval):
        trickle.step()
    return trickle.delivered


class Trickle:
    """What arrives next. One step delivers one email and sometimes files an earlier one."""

    def __init__(self, store: MailStore, clock: Clock, rng: Random) -> None:
        self._store = store
        self._clock = clock
        self._rng = rng
        self._key = f"trickle {clock().isoformat(timespec='seconds')}"
        self._live: list[Conversation] = []
        self._started = 0
        self._inbox: list[tuple[str, str, Conversation]] = []
        self._folders: dict[tuple[str, Folder], str] = {}
        self._move = mover(store)
        self.delivered = 0
        self.moved = 0

    def step(self) -> SeedMail:
        """Deliver one email at the clock's time."""
        conversation = self._pick()
        mail = conversation.next(self._clock().replace(microsecond=0), read=False)
        with self._store.transaction():
            ids = deliver(self._store, mail, self._folders)
        self.delivered += 1
        self._live = [c for c in self._live if not c.done]
        for place, item in zip(mail.placements, ids, strict=True):
            if place.folder == "inbox" and place.address == conversation.people["firm"].address:
                self._inbox.append((place.address, item, conversation))
        if self._move and self._inbox and self._rng.random() < _MOVES:
            self._file(self._move)
        _log.info("delivered one email to %s", ", ".join(place.address for place in mail.placements))
        return mail

    def _pick(self) -> Conversation:
        if self._live and (len(self._live) >= _LIVE or self._rng.random() < _ANSWERS):
            return self._rng.choice(self._live)
        self._started += 1
        key = f"{self._key} {self._started}"
        conversation = Conversation(weighted_scenario(self._rng), self._clock(), self._rng, key)
        self._live.append(conversation)
        return conversation

    def _file(self, move: Move) -> None:
        address, item, conversation = self._inbox.pop(self._rng.randrange(len(self._inbox)))
        move(item, self._store.ensure_folder(address, conversation.scenario.folder))
        self.moved += 1


def mover(store: MailStore) -> Move | None:
    """How to move an item in this store, or None when it offers no way; an item that is gone by then is left alone."""
    if not isinstance(store, MailboxStore):
        return None

    def move(item_id: str, folder_id: str) -> None:
        with store.transaction():
            item, folder = store.items.get(item_id), store.folders.by_key(FolderId(folder_id))
            if item is not None and folder is not None:
                store.items.move(item, folder)

    return move
