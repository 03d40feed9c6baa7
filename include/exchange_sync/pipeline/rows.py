"""What a reference that tasks hand on says."""

from __future__ import annotations


def batch_of(ref: str) -> str:
    """The batch (as staging names it) of a reference ``<batch>/<stage>``."""
    return ref.rsplit("/", 1)[0]
