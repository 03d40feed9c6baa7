"""Asking for many items at once so that no item goes unanswered and none spoils the others (reference 3.3).

Answers are keyed by item id. A batch that the server refuses whole is halved until the culprit is alone. Fewer
answers than ids: the missing ones are asked for once more. An item that fails only because the server is briefly
away, or refuses the request as such, is blamed only when others can be read: else it is the server's doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lxml import etree

from exchange_sync.errors import ExchangeSyncError, ItemFault, ItemGone
from exchange_sync.model.email import ItemProblem
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.answers import Message
from exchange_sync.source.ews.codes import rule_of
from exchange_sync.source.ews.codes.rule import Consequence
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, m, t
from exchange_sync.source.ews.pace import Pace
from exchange_sync.source.ews.transport import FaultAnswer, Transport, whole
from exchange_sync.source.ews.xml import Garbled

BATCH_BYTES = 8 * 1024 * 1024  # of mail; an answer is half as large again, and held twice while it is parsed
GUESSED_SIZE = 64 * 1024  # of an item whose size is not known
NO_ANSWER = "NoAnswer"
STOPPED = "ErrorBatchProcessingStopped"  # an item before this one stopped the server: this one was not looked at
GARBLED = "GarbledAnswer"
UNNAMED = "no-id:"  # how our own name begins of an item that was listed without an id
NO_ID = "NoItemId"

SUSPECTS = 4  # so many, and nothing read: do not ask for the rest one by one
_SUSPECT = (Consequence.TRANSIENT, Consequence.REQUEST)

Read = TypeVar("Read")
Reader = Callable[[str, etree._Element], Read]
"""Makes a value of an item's id and its element. Raises Unread for what it cannot read."""


def batches(ids: Sequence[str], pace: Pace, sizes: Mapping[str, int] | None = None) -> Iterator[list[str]]:
    """The ids, each once, in batches as the pace has it now; with sizes (bytes by id) also of at most 8 MiB."""
    batch: list[str] = []
    heavy = 0
    for one in dict.fromkeys(ids):
        size = 0 if sizes is None else sizes.get(one, GUESSED_SIZE)
        if batch and (len(batch) >= pace.limit or heavy + size > BATCH_BYTES):
            yield batch
            batch, heavy = [], 0
        batch.append(one)
        heavy += size
    if batch:
        yield batch


class Unread(ValueError):
    """A reader cannot make a value of an item. code: why, as ItemProblem says it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class _Round(Generic[Read]):
    """What is known of one batch so far. suspects: failures that may be the server's, not the items'."""

    done: dict[str, Read | ItemProblem] = field(default_factory=dict)
    read: int = 0
    suspects: list[ExchangeSyncError] = field(default_factory=list)

    def blame(self, one: str, error: ExchangeSyncError, code: str) -> None:
        """Answers for one item that failed alone. Raises when the failure is not the item's."""
        if rule_of(code).consequence in _SUSPECT:
            self.suspects.append(error)
            if len(self.suspects) >= SUSPECTS and not self.read:
                raise error
        elif not isinstance(error, ItemFault):
            raise error
        self.done[one] = ItemProblem(one, isinstance(error, ItemGone), code)

    def require_not_all_suspect(self) -> None:
        """Several items and every one a suspect: it was the server."""
        if len(self.done) > 1 and len(self.suspects) == len(self.done):
            raise self.suspects[0]


class ItemBatches(Generic[Read]):
    """GetItem with one shape and one reader."""

    def __init__(self, transport: Transport, shape: Callable[[], etree._Element], reader: Reader[Read]) -> None:
        self._transport, self._shape, self._reader = transport, shape, reader

    def answers(self, mailbox: str, batch: Sequence[str]) -> list[Read | ItemProblem]:
        """Exactly one answer per id of the batch, in its order."""
        state: _Round[Read] = _Round()
        self._fill(mailbox, list(batch), state, again=True)
        state.require_not_all_suspect()
        return [state.done[one] for one in batch]

    def _fill(self, mailbox: str, ids: list[str], state: _Round[Read], *, again: bool) -> None:
        try:
            messages = self._transport.ask(mailbox, queries.get_items(ids, self._shape()))
        except (FaultAnswer, Garbled) as failure:
            self._halve(mailbox, ids, failure, state)
            return
        self._sort(mailbox, ids, messages, state)
        missing = [one for one in ids if one not in state.done]
        if missing and again:
            stopped = any(message.code == STOPPED for message in messages)
            self._fill(mailbox, missing, state, again=stopped and len(missing) < len(ids))
        else:
            for one in missing:
                state.done[one] = ItemProblem(one, gone=False, code=NO_ANSWER)

    def _halve(self, mailbox: str, ids: list[str], failure: FaultAnswer | Garbled, state: _Round[Read]) -> None:
        code = failure.fault.code if isinstance(failure, FaultAnswer) else GARBLED
        if not _may_be_an_item(code):
            raise whole(failure, Where.MAILBOX, mailbox) from None
        if len(ids) > 1:
            middle = len(ids) // 2
            self._fill(mailbox, ids[:middle], state, again=True)
            self._fill(mailbox, ids[middle:], state, again=True)
        elif isinstance(failure, Garbled):
            state.done[ids[0]] = ItemProblem(ids[0], gone=False, code=GARBLED)
        else:
            state.blame(ids[0], whole(failure, Where.ITEM, mailbox), code)

    def _sort(self, mailbox: str, ids: list[str], messages: list[Message], state: _Round[Read]) -> None:
        """Puts each message to its id, good ones first. Position is trusted only where the counts agree."""
        wanted = set(ids)
        for place, message in sorted(enumerate(messages), key=lambda pair: not pair[1].ok):
            named, node = _item_of(message, wanted)
            by_place = ids[place] if len(messages) == len(ids) else None
            one = named if named in wanted else by_place
            if one is None or one in state.done or message.code == STOPPED:
                continue  # asked for again, as missing
            if message.ok and node is not None:
                self._take(one, node, state)
            elif not message.ok:
                state.blame(one, coded(message.code, Where.ITEM, mailbox, message.back_off), message.code)

    def _take(self, one: str, node: etree._Element, state: _Round[Read]) -> None:
        try:
            state.done[one] = self._reader(one, node)
            state.read += 1
        except Unread as error:
            state.done[one] = ItemProblem(one, gone=False, code=error.code)


def _may_be_an_item(code: str) -> bool:
    """Can one item in a batch bring about this failure of the whole? Busy servers and wrong set-ups cannot be."""
    rule = rule_of(code)
    if rule.consequence is Consequence.TRANSIENT:
        return code in ("ErrorInternalServerError", "ErrorBatchProcessingStopped", "ErrorResponseSchemaValidation")
    return rule.consequence in (
        Consequence.ITEM,
        Consequence.ITEM_GONE,
        Consequence.FOREIGN,
        Consequence.FOLDER,
        Consequence.DENIED,
        Consequence.REQUEST,
    )


def _item_of(message: Message, wanted: set[str]) -> tuple[str | None, etree._Element | None]:
    """The item in an answer with its id: one that was asked for, else one that has an id at all.

    Whatever else stands beside it, such as an error that the server wrote there, is no item. Where two elements bear
    the id, the fuller one is it.
    """
    named = [(key, node) for node in children(message.child(m("Items"))) if (key := _id_of(node))]
    return max(named, key=lambda pair: (pair[0] in wanted, len(pair[1])), default=(None, None))


def _id_of(node: etree._Element) -> str | None:
    found = node.find(t("ItemId"))
    return None if found is None else found.get("Id")
