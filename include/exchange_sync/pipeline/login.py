"""The one log-in of a run (design decision 2): wrong credentials cost one attempt a run, never one a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from exchange_sync.errors import BadInput, IntegrationFault, Retriable
from exchange_sync.pipeline import failing
from exchange_sync.pipeline.context import Context
from exchange_sync.source.api import MailSource
from exchange_sync.store import integrations


@contextmanager
def logged_in(context: Context, mailbox: str) -> Iterator[MailSource]:
    """A source that has got in with one cheap read of this mailbox, for a gate: before it maps any.

    Raises IntegrationFault and BadInput, recorded as one more failed run; Retriable, recorded as the integration's
    wait; MailboxFault where the log-in worked but this mailbox is wrong: that is for its own task to tell.
    """
    try:
        with closing(context.source()) as source:
            source.probe(mailbox)
            yield source
    except Retriable as busy:
        until = context.clock() + timedelta(seconds=busy.after)
        integrations.integration_waits(context.db, context.row["id"], until)
        raise
    except IntegrationFault as fault:
        failing.gate_failed(context, fault)
        raise
    except BadInput as wrong:  # the connection is missing, or its fields do not fit
        failing.gate_failed(context, failing.unusable(wrong))
        raise
