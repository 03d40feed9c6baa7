"""The conversation that the email names by itself; the comment's thread_id is resolved when it is loaded.

Source: References, In-Reply-To, Thread-Index, or its own id.
"""

from __future__ import annotations

from exchange_sync.enrich.threads import own_thread_id
from exchange_sync.model.comment import EmailFacts

NAME = "string:Thread"


def value(facts: EmailFacts) -> str:
    """A Message-ID or a GUID."""
    return own_thread_id(facts)
