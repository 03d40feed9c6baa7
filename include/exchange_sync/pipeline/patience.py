"""Patience: a run waits a little for a busy server, and no longer (design decision 3)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from exchange_sync.errors import Retriable

log = logging.getLogger("exchange_sync.extract")

T = TypeVar("T")
MOST_SECONDS = 20.0  # that one run of one mailbox waits in all; anything longer is a row


class Patience:
    """Asks again while what the server wants to wait still fits; sleep is given, so that tests need not."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._left = MOST_SECONDS

    def ask(self, call: Callable[[], T]) -> T:
        """The call's result. Raises Retriable once the wait does not fit any more, and what else the call raises."""
        while True:
            try:
                return call()
            except Retriable as busy:
                if busy.after > self._left or busy.whole_server:
                    raise
                self._left -= max(busy.after, 1.0)
                log.info("the server asks to wait %g s: waiting", busy.after)
                self._sleep(busy.after)
