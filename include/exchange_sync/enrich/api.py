"""Enriching: what was cleaned and what the mailbox knows become one comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exchange_sync.enrich.addresses import sender_address
from exchange_sync.enrich.limits import (
    ADDRESS_LIMIT,
    ATTACHMENT_LIMIT,
    PROPERTY_LIMIT,
    RECIPIENT_LIMIT,
    THREAD_ID_LIMIT,
)
from exchange_sync.enrich.moment import DATE, timestamp, to_iso
from exchange_sync.enrich.properties import PROPERTIES
from exchange_sync.enrich.threads import own_thread_id, thread_candidates
from exchange_sync.model.cleaned import TEXT_LIMIT, Person
from exchange_sync.model.comment import Comment, EmailFacts
from exchange_sync.model.identity import comment_id

TIMESTAMP_NOT_FROM_DATE = "timestamp_not_from_date"


def enrich(facts: EmailFacts) -> Comment:
    """The comment of one email. Pure: the same facts give the same comment."""
    moment, source = timestamp(facts)
    cleaned = facts.cleaned
    properties = _properties(facts)
    marks = () if source == DATE else (TIMESTAMP_NOT_FROM_DATE,)
    return Comment(
        id=comment_id(facts.message_id),
        message_id=facts.message_id,
        timestamp=moment,
        user_properties=properties,
        messages=(_message(facts, properties.get("string:Language")),),
        attachments=cleaned.attachments[:ATTACHMENT_LIMIT],
        thread_candidates=thread_candidates(facts),
        thread_id=own_thread_id(facts)[:THREAD_ID_LIMIT],
        quoted=cleaned.quoted,
        clean_version=cleaned.version,
        problems=(*cleaned.problems, *marks),
    )


def _properties(facts: EmailFacts) -> Mapping[str, str | int | float]:
    found: dict[str, str | int | float] = {}
    for prop in PROPERTIES:
        value = prop.value(facts)
        if value is not None:
            found[prop.NAME] = value[:PROPERTY_LIMIT] if isinstance(value, str) else value
    return found


def _message(facts: EmailFacts, language: str | int | float | None) -> Mapping[str, Any]:
    """The one message of a comment in the API's shape; what is not known is left out, the body never."""
    cleaned = facts.cleaned
    message: dict[str, Any] = {
        "to": _addresses(cleaned.to),
        "cc": _addresses(cleaned.cc),
        "bcc": _addresses(cleaned.bcc),
        "subject": {"text": cleaned.subject[:TEXT_LIMIT]},
        "body": {"text": cleaned.body[:TEXT_LIMIT]},
    }
    sender = sender_address(facts) or (cleaned.sender.name if cleaned.sender else "") or facts.properties.sender.name
    if sender:
        message["from"] = sender[:ADDRESS_LIMIT]
    if sent := cleaned.sent or facts.properties.sent:
        message["sent_at"] = to_iso(sent)
    if language:
        message["language"] = language
    if cleaned.signature:
        message["signature"] = {"text": cleaned.signature[:TEXT_LIMIT]}
    return message


def _addresses(people: Iterable[Person]) -> list[str]:
    """Each person by address, or by name where the mail gives no address."""
    known = dict.fromkeys((person.address or person.name)[:ADDRESS_LIMIT] for person in people)
    return [address for address in known if address][:RECIPIENT_LIMIT]
