"""No pattern takes more than linear time (decision 110): proved of each, and tried with hostile text."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from tests.support.linear import more_than_linear
from tests.support.linear.automaton import automaton
from tests.support.linear.found import Found, Unproved, patterns

ROOT = Path(__file__).resolve().parents[3] / "include"
PRODUCT = ROOT / "exchange_sync"
SIMULATOR = ROOT / "exchange_simulator"
INPUTS, LENGTH, SECONDS = 10_000, 20_000, 1.0


@pytest.mark.parametrize("folder", [PRODUCT, SIMULATOR], ids=lambda folder: folder.name)
def test_every_pattern_is_linear(folder: Path) -> None:
    told = []
    for one in patterns(ROOT, folder):
        if isinstance(one, Unproved):
            told.append(f"{one.where}: compile it at the module's level, where its time can be proved")
        elif why := more_than_linear(one.pattern, one.flags, search=one.search, whole=one.whole):
            told.append(f"{one.where}: {why}")
    assert told == []


def test_patterns_are_found() -> None:
    """The walk sees those in tables, those in functions, and how each is used."""
    found = {one.where: one for one in patterns(ROOT, PRODUCT) if isinstance(one, Found)}
    assert len(found) > 150
    names = {where.partition(": ")[2] for where in found}
    assert {"_SCRIPTS", "_PREFIX", "_TOKEN", "_BETWEEN"} <= names
    [language] = [one for where, one in found.items() if where.endswith("enrich/language.py: _NOISE")]
    assert language.uses == {"sub"}


@pytest.mark.parametrize(
    ("pattern", "search"),
    [
        (r"\w+", True), (r"^\s+", True), (r"(?<!\w)\w+x", True), (r"\b\w+x", True), (r"<[^<>]*>", True),
        (r".*x", False),
        (r"\bfoo\w{0,200}x", True), (r"x\s*+\s*y", False), (r"(?:\W+\w+)*z", False), (r"\d+(?:\.\d+)?", True),
        (r"(a+)+", False), (r"(?:re\s?\s?:)+", False), (r"[^\n]+(?:\n[ \t][^\n]*)*", True),
    ],
)  # fmt: skip
def test_what_is_linear_passes(pattern: str, search: bool) -> None:
    assert more_than_linear(pattern, search=search) == ""


@pytest.mark.parametrize(
    ("pattern", "search", "why"),
    [
        (r"(a*)*b", False, "exponential"),
        (r"(a|a)*b", False, "exponential"),
        (r"(?:\W*\w+)*z", False, "exponential"),
        (r"(?:[a-z]+\s?)+!", False, "exponential"),
        (r"a*a*b", False, "polynomial"),
        (r"x\s*\s*y", False, "polynomial"),
        (r"[0-9][0-9, ]*\s*kb", False, "polynomial"),
        (r"<[^>]*>", True, "quadratic"),
        (r"\s+$", True, "quadratic"),
        (r".*x", True, "quadratic"),
        (r"(?:ab)*c", True, "quadratic"),
        (r"(?=\w+)x", True, "quadratic"),
        (r"a[^x]*x|a", True, "quadratic"),
        (r"[^\s<>]+@[^\s<>]+\.[^\s<>]+", True, "quadratic"),
        (r"(.)\1*", True, "cannot be judged"),
    ],
)
def test_what_is_not_is_told(pattern: str, search: bool, why: str) -> None:
    assert why in more_than_linear(pattern, search=search)


@pytest.mark.long
def test_ten_thousand_hostile_texts_take_each_pattern_no_time() -> None:
    found = [one for one in patterns(ROOT, ROOT) if isinstance(one, Found)]
    each = -(-INPUTS // len(found))
    slow = []
    for one in found:
        compiled = re.compile(one.pattern, one.flags)
        for text in _hostile(one.pattern, one.flags, each, LENGTH):
            given = text.encode("latin-1", "replace") if isinstance(one.pattern, bytes) else text
            for method in one.uses or ("finditer",):
                if _spent(compiled, method, given) > SECONDS:
                    slow.append(f"{one.where}: {method} of {text[:40]!r}")
    assert slow == []


def _hostile(pattern: str | bytes, flags: int, count: int, length: int) -> list[str]:
    """Texts of the pattern's own letters: short words, repeated, so that every loop goes round."""
    drawn = random.Random(f"{pattern!r}")
    machine = automaton(pattern, flags, search=True)
    texts = []
    for _ in range(count):
        word = "".join(drawn.choice(machine.alphabet) for _ in range(drawn.randint(1, 4)))
        head = "".join(drawn.choice(machine.alphabet) for _ in range(drawn.randint(0, 6)))
        texts.append((head + word * length)[:length])
    return texts


def _spent(compiled: re.Pattern[str] | re.Pattern[bytes], method: str, text: str | bytes) -> float:
    """Seconds of the processor."""
    begun = time.process_time()
    if method in ("sub", "subn"):
        compiled.sub(text[:0], text)  # type: ignore[arg-type]
    elif method == "finditer":
        for _ in compiled.finditer(text):  # type: ignore[arg-type]
            pass
    else:
        getattr(compiled, method)(text)
    return time.process_time() - begun
