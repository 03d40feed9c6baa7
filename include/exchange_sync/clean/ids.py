"""Message-IDs of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exchange_sync.clean import limits

_BRACKETED = re.compile(r"<[^<>]{1,998}>")
_BARE = re.compile(r"[^\s<>@,;\"()]{1,250}@[^\s<>@,;\"()]{1,250}")
_SPACES = re.compile(r"\s+")


def read_ids(values: Iterable[str]) -> tuple[str, ...]:
    """The ids of a field, each once, brackets kept, folds made one blank as identity does; at most REFERENCES of them.

    Of a longer chain the first (the root) and the nearest are kept. Ids without brackets get them.
    """
    found: dict[str, None] = {}
    for value in values:
        for identifier in _BRACKETED.findall(value):
            found[_SPACES.sub(" ", identifier)] = None
        if not found:
            for identifier in _BARE.findall(value[:4096]):
                found[f"<{identifier}>"] = None
    ids = tuple(found)
    if len(ids) > limits.REFERENCES:
        ids = (ids[0], *ids[1 - limits.REFERENCES :])
    return ids
