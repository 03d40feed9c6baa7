"""What clients asked: the last calls one by one, and counts of all since the log was cleared."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Call:
    """One call. mailboxes: whose it touched. ids: how many ids it named or was told. status: the HTTP status.

    codes: the response codes of its messages, each once. received, sent: bytes of the bodies. fault: the name of a
    scripted fault that met it, or an empty string. milliseconds: how long the answer took to make. detail, prefer: of
    Graph's calls, path and options, and the Prefer headers joined.
    """

    number: int
    time: str
    operation: str
    mailboxes: tuple[str, ...]
    ids: int
    status: int
    codes: tuple[str, ...]
    received: int
    sent: int
    user_agent: str
    account: str
    anchor: str
    fault: str
    milliseconds: float
    detail: str = ""
    prefer: str = ""

    def as_json(self) -> dict[str, Any]:
        """The call as JSON."""
        return asdict(self)


class CallLog:
    """A bounded log with unbounded counts. Thread-safe."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=kept)
        self._number = 0
        self._operations: Counter[str] = Counter()
        self._ids: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def add(self, *, refused: bool, **values: Any) -> None:
        """Note a call; values: those of Call, without its number. refused: an operation that would have written."""
        with self._lock:
            self._number += 1
            call = Call(number=self._number, **values)
            self._calls.append(call)
            self._operations[call.operation] += 1
            self._ids[call.operation] += call.ids
            self._codes.update(call.codes)
            if refused:
                self._refused[call.operation] += 1

    def calls(self, *, operation: str | None = None, mailbox: str | None = None, since: int = 0) -> Sequence[Call]:
        """The calls still kept, oldest first: of one operation, of one mailbox, after a number."""
        with self._lock:
            kept = list(self._calls)
        return [
            call
            for call in kept
            if call.number > since
            and operation in (None, call.operation)
            and (mailbox is None or mailbox.casefold() in (m.casefold() for m in call.mailboxes))
        ]

    def counts(self) -> dict[str, Any]:
        """Totals since the log was cleared: calls, calls and ids by operation, response codes, refused operations."""
        with self._lock:
            return {
                "calls": sum(self._operations.values()),
                "operations": dict(self._operations),
                "ids": dict(self._ids),
                "codes": dict(self._codes),
                "refused": dict(self._refused),
            }

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._calls.clear()
            for counter in (self._operations, self._ids, self._codes, self._refused):
                counter.clear()
