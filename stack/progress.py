"""What is going on, with the seconds since the start: whoever waits sees that something moves."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Says things, each with the elapsed seconds, and remembers how long each named step took."""

    write: Callable[[str], None] = print
    clock: Callable[[], float] = time.monotonic
    steps: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self._begun

    def say(self, text: str) -> None:
        """One line; steps that run side by side do not mix theirs."""
        with self._lock:
            self.write(f"[{self.elapsed():4.0f} s] {text}")

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say ``name`` when the step is done, with the seconds that it took."""
        begun = self.clock()
        yield
        self.steps[name] = self.clock() - begun
        self.say(f"{name} ({self.steps[name]:.1f} s)")
