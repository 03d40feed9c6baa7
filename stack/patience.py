"""How long to wait for something: by the work that is done meanwhile, since a busy machine outruns a clock alone.

What is waited for costs processor time, and a machine that has other things to do gives less of it in a minute. So a
wait is in vain only when those who work at it have had their time and nothing came of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

LAST = 20  # times the seconds: the end even for those that do nothing at all


@dataclass
class Patience:
    """One wait. ``over`` tells when it is in vain.

    seconds: what it takes at least, on a machine with nothing else to do. worked: the processor seconds that those who
    are waited for have used so far; they get as many as ``seconds``. Each sign of progress begins the wait anew.
    """

    seconds: float
    worked: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    _sign: object = None
    _begun: float = field(init=False)
    _work: float = field(init=False)

    def __post_init__(self) -> None:
        self._again()

    def over(self, sign: object = None) -> bool:
        """Whether to give up. sign: what is seen of the progress so far, compared with the last time's."""
        if sign != self._sign:
            self._sign = sign
            self._again()
        passed = self.clock() - self._begun
        if passed < self.seconds:
            return False
        return passed >= self.seconds * LAST or self.worked() - self._work >= self.seconds

    def spent(self) -> str:
        """What the wait has cost since the last sign of progress, in words."""
        passed, work = self.clock() - self._begun, self.worked() - self._work
        return f"{passed:.0f} s without progress, {work:.0f} s of them at work"

    def _again(self) -> None:
        self._begun, self._work = self.clock(), self.worked()
