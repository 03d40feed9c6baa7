"""What Graph lets an application do: so many requests at once and in a time, and no delta of a full mailbox."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass

from exchange_simulator.graph.errors import GraphError


@dataclass
class Limits:
    """May be changed while the simulator runs.

    at_once: requests of one application under way. requests: of one application to one mailbox in seconds.
    retry_after: what a refusal tells to wait. delta_bytes: by which each delta call makes the mailbox larger.
    quota: bytes that a mailbox may hold, None for no bound.
    """

    at_once: int = 4
    requests: int = 10_000
    seconds: float = 600.0
    retry_after: str = "2.128"
    delta_bytes: int = 0
    quota: int | None = None


class Throttle:
    """Counts, by application and mailbox. Thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._asked: dict[tuple[str, str], deque[float]] = {}
        self._grown: Counter[str] = Counter()
        self.most_at_once = 0

    def enter(self, application: str) -> None:
        """A request begins. Raises GraphError 429."""
        with self._lock:
            if self._under_way[application] >= self.limits.at_once:
                raise self._refusal("Application is over its MailboxConcurrency limit.")
            self._under_way[application] += 1
            self.most_at_once = max(self.most_at_once, self._under_way[application])

    def leave(self, application: str) -> None:
        """It has ended."""
        with self._lock:
            self._under_way[application] -= 1

    def ask(self, application: str, mailbox: str) -> None:
        """One question, alone or in a batch. Raises GraphError 429."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault((application, mailbox), deque())
            while asked and asked[0] <= now - self.limits.seconds:
                asked.popleft()
            if len(asked) >= self.limits.requests:
                raise self._refusal("Application is over its RequestCount limit.")
            asked.append(now)

    def delta(self, mailbox: str, size: int) -> None:
        """A delta call, whose state is kept in the mailbox. size: bytes of its mail. Raises GraphError 403."""
        with self._lock:
            if self.limits.quota is not None and size + self._grown[mailbox] >= self.limits.quota:
                raise GraphError(403, "ErrorQuotaExceeded", "Mailbox has exceeded maximum mailbox size.")
            self._grown[mailbox] += self.limits.delta_bytes

    def _refusal(self, message: str) -> GraphError:
        return GraphError(429, "ApplicationThrottled", message, {"Retry-After": self.limits.retry_after})
