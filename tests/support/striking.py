"""Strikes: an exception at one call of the pipeline into another package, found by walking the code.

``sites`` reads the pipeline's own files: every call that stands in them. ``Striker`` runs them under Python's profiler,
which is told of each call as it is made: it knows which of them led into another package, and raises there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import exchange_sync

ROOT = Path(exchange_sync.__file__).parent
INTO = ("source", "clean", "enrich", "quality", "store")
SOURCES = ("memory_exchange.py",)  # the source of these tests


class Struck(Exception):
    """Nobody expected this one. Its text stands for mail: it must not be found anywhere."""


SECRET = "the text of a mail"


@dataclass(frozen=True, order=True)
class Site:
    """One call in the pipeline's code. file: relative to the package; the lines that the call's expression spans."""

    file: str
    first: int
    last: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.name}"


def sites(*folders: str) -> list[Site]:
    """Every call that stands in the code of these folders, in order."""
    found = set()
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            renamed = {one.asname: one.name for node in imports for one in node.names if one.asname}
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    name = renamed.get(name, name)
                    file = str(path.relative_to(ROOT))
                    found.add(Site(file, node.lineno, node.end_lineno or node.lineno, name))
    return sorted(found)


class Striker:
    """Watches calls from the pipeline into the other packages."""

    def __init__(self, known: list[Site]) -> None:
        self._by_file: dict[str, list[Site]] = {}
        for site in known:
            self._by_file.setdefault(site.file, []).append(site)
        self.reached: set[Site] = set()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Which sites lead into another package while this lasts."""

        def seen(frame: FrameType, event: str, _: object) -> None:
            if event == "call" and (site := self._site(frame)):
                self.reached.add(site)

        sys.setprofile(seen)
        try:
            yield
        finally:
            sys.setprofile(None)

    @contextmanager
    def striking(self, target: Site, times: int) -> Iterator[list[int]]:
        """Raise at this site, so many times at most; yields a list that counts the strikes."""
        struck = [0]

        def strike(frame: FrameType, event: str, _: object) -> None:
            if event == "call" and struck[0] < times and self._site(frame) == target:
                struck[0] += 1
                raise Struck(SECRET)

        def watch(frame: FrameType, event: str, arg: object) -> None:
            try:
                strike(frame, event, arg)
            finally:
                if sys.getprofile() is not watch and struck[0] < times:
                    sys.setprofile(watch)  # Python drops a profiler that raises

        sys.setprofile(watch)
        try:
            yield struck
        finally:
            sys.setprofile(None)

    def _site(self, frame: FrameType) -> Site | None:
        """The call of the pipeline that made this frame, if the frame is another package's."""
        caller = frame.f_back
        if caller is None or not _is_into(frame.f_code.co_filename):
            return None
        file = caller.f_code.co_filename
        if not file.startswith(f"{ROOT}/pipeline/"):
            return None
        name = frame.f_code.co_name
        here = [
            site
            for site in self._by_file.get(str(Path(file).relative_to(ROOT)), ())
            if site.first <= caller.f_lineno <= site.last and name in (site.name, "__init__", "transaction")
        ]
        return min(here, key=lambda site: site.last - site.first, default=None)


def _is_into(file: str) -> bool:
    if file.endswith(SOURCES):
        return True
    return any(file.startswith(f"{ROOT}/{package}/") for package in INTO)
