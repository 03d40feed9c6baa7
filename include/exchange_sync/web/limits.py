"""The rate limit: so many requests a minute for each token."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter


class RateLimit:
    """Counted in this process alone: several processes allow as many times more. per_minute: 0 for no limit."""

    def __init__(self, per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None

    def wait(self, token: str) -> int:
        """Count one request: 0 when it may go on, else the seconds after which to try again."""
        if self._item is None or self._limiter.hit(self._item, token):
            return 0
        until = self._limiter.get_window_stats(self._item, token).reset_time
        return max(1, math.ceil(until - time.time()))  # noqa: TID251 - the library's windows end by this very clock
