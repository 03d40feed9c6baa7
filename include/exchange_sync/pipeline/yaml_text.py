"""YAML files before they are loaded: a file of a few lines may stand for more than memory holds."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from exchange_sync.errors import BadInput

BYTES = 4 * 1024 * 1024  # some twenty thousand mailboxes
DEPTH = 20
VALUES = 1_000_000  # once every alias stands for what it repeats


def bounded(path: Path) -> str:
    """The text of a YAML file that is small, flat and stands for no more than VALUES values.

    Raises BadInput naming the file, the line and the bound; OSError, UnicodeDecodeError and YAMLError as reading does.
    """
    with path.open("rb") as file:
        raw = file.read(BYTES + 1)
    if len(raw) > BYTES:
        raise BadInput(
            f"{path}: larger than {BYTES // 1024**2} MiB: split it; files may be applied one after the other"
        )
    text = raw.decode("utf-8")
    _walk(path, text)
    return text


def _walk(path: Path, text: str) -> None:
    """Over the file's events: nothing is built meanwhile."""
    open_: list[tuple[str | None, int]] = []  # of each collection that is open its anchor, and the values before it
    repeated: dict[str, int] = {}  # anchor → how many values it stands for
    values = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            if event.anchor not in repeated:
                raise BadInput(f"{path}:{line}: this alias repeats what holds it, or what is not there")
            values += repeated[event.anchor]
        elif isinstance(event, SequenceStartEvent | MappingStartEvent):
            open_.append((event.anchor, values))
            values += 1
            if len(open_) > DEPTH:
                raise BadInput(f"{path}:{line}: nested more than {DEPTH} deep; nothing in such a file is")
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            anchor, before = open_.pop()
            if anchor:
                repeated[anchor] = values - before
        elif isinstance(event, ScalarEvent):
            values += 1
            if event.anchor:
                repeated[event.anchor] = 1
        if values > VALUES:
            raise BadInput(f"{path}:{line}: its aliases stand for more than {VALUES:,} values: write less of them")
