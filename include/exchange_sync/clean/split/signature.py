"""Finds where a signature begins."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.clean.split.line import Line


def signature_start(lines: Sequence[Line], *, whole: bool) -> int:
    """Index of the first line of the signature, or len(lines)."""
    for index, line in enumerate(lines):
        if line.text == "--":
            return index
    return len(lines)
