"""The model's values as JSON and back: what staging files hold. Times in ISO 8601 with zone."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from exchange_sync.model.cleaned import AttachmentInfo, CleanedEmail, Person
from exchange_sync.model.email import Address, ItemProperties


def to_json(value: Any) -> str:
    """A dataclass of the model as JSON."""
    return json.dumps(asdict(value), default=_default, ensure_ascii=False)


def cleaned_to_json(value: CleanedEmail) -> str:
    """A cleaned email as JSON, without its envelope: what that decides has been decided."""
    values = asdict(value)
    del values["envelope"]
    return json.dumps(values, default=_default, ensure_ascii=False)


def properties_from_json(text: str) -> ItemProperties:
    """The small properties of an item, as to_json wrote them."""
    return properties_from(json.loads(text))


def properties_from(found: dict[str, Any]) -> ItemProperties:
    """The same, from JSON that was parsed already."""
    values = dict(found)
    values["sender"] = Address(**values["sender"])
    values["categories"] = tuple(values["categories"])
    for name in ("received", "sent"):
        values[name] = _time(values[name])
    return ItemProperties(**values)


def cleaned_from_json(text: str) -> CleanedEmail:
    """A cleaned email, as cleaned_to_json wrote it."""
    values = json.loads(text)
    known = {field.name for field in fields(CleanedEmail)}
    values = {name: value for name, value in values.items() if name in known}
    values["sender"] = Person(**values["sender"]) if values["sender"] else None
    for name in ("to", "cc", "bcc"):
        values[name] = tuple(Person(**person) for person in values[name])
    values["attachments"] = tuple(AttachmentInfo(**item) for item in values["attachments"])
    for name in ("in_reply_to", "references", "problems", "journal_recipients"):
        values[name] = tuple(values.get(name, ()))
    values["sent"] = _time(values["sent"])
    return CleanedEmail(**values)


def _default(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong in a staging file")


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
