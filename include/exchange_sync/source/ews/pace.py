"""Pace: how many items are asked for at once. A busy server is asked for fewer, a willing one for more again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exchange_sync.errors import Retriable

MOST, FEWEST = 50, 5  # items a request: reference 3.2 found 20 to 50 best; below 5 requests cost more than they spare
WELL_FOR = 3  # answers in a row before more is asked for


class Pace:
    """One connection's. limit: items a request may name now."""

    def __init__(self) -> None:
        self.limit = MOST
        self._well = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around each request: halved when the server is busy or times out, doubled again after good answers."""
        try:
            yield
        except Retriable:
            self.limit = max(FEWEST, self.limit // 2)
            self._well = 0
            raise
        self._well += 1
        if self._well >= WELL_FOR:
            self.limit = min(MOST, self.limit * 2)
            self._well = 0
