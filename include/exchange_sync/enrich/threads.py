"""Which conversation an email belongs to (design decision 7 and issue 8): by ids, never by subject."""

from __future__ import annotations

import base64
import binascii
import uuid

from exchange_sync.model.comment import EmailFacts

_HEAD, _GUID = 6, 16  # Thread-Index: 6 bytes of time, then the conversation's GUID (MS-OXOMSG 2.2.1.3)


def thread_candidates(facts: EmailFacts) -> tuple[str, ...]:
    """Message-IDs of the emails this one answers, nearest first, the conversation's root last; never its own."""
    cleaned = facts.cleaned
    nearest_first = (*reversed(cleaned.references[1:]), *cleaned.in_reply_to, *cleaned.references[:1])
    return tuple(dict.fromkeys(known for known in nearest_first if known != facts.message_id))


def own_thread_id(facts: EmailFacts) -> str:
    """The thread this email opens when none of its candidates is known.

    The root of References, else the email it answers, else the GUID of Thread-Index, else its own Message-ID.
    """
    cleaned = facts.cleaned
    for root in (*cleaned.references[:1], *cleaned.in_reply_to[:1]):
        if root != facts.message_id:
            return root
    return thread_guid(cleaned.thread_index) or facts.message_id


def thread_guid(thread_index: str | None) -> str | None:
    """The conversation's GUID inside a Thread-Index header, or None if it holds none."""
    try:
        raw = base64.b64decode("".join((thread_index or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) < _HEAD + _GUID:
        return None
    return str(uuid.UUID(bytes=raw[_HEAD : _HEAD + _GUID]))
