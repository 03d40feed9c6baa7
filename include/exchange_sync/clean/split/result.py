"""The three parts of one email's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SplitText:
    """One email's text in three parts, each normalised and at most TEXT_LIMIT characters.

    body: the newest message. signature: its author's, with disclaimers. quoted: the history, headers included.
    """

    body: str
    signature: str
    quoted: str
