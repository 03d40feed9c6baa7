"""The stages between extract and load, watched: what strikes beside an email counts for its mailbox."""

from __future__ import annotations

from exchange_sync.pipeline import clean, enrich
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.failing import watched


def cleaned(context: Context, mailbox: str, ref: str) -> str:
    """The fetched parts of a mailbox's batch, cleaned; the reference of the result. Raises InternalFault, recorded."""
    with watched(context, mailbox):
        return clean.clean(context, ref)


def enriched(context: Context, mailbox: str, ref: str) -> str:
    """The cleaned parts as comments; the reference of the result. Raises InternalFault, recorded."""
    with watched(context, mailbox):
        return enrich.enrich(context, ref)
