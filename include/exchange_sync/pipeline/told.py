"""What is kept of a quarantined email beside the reason: enough for people to tell which it is."""

from __future__ import annotations

from exchange_sync.model.email import ItemProperties

_LONGEST = 500  # characters of each


def told_of(item: ItemProperties | None) -> dict[str, str] | None:
    """Subject, sender and Message-ID as the server told them; None where it told nothing."""
    if item is None:
        return None
    sender = f"{item.sender.name} <{item.sender.address}>" if item.sender.name else item.sender.address
    told = {"subject": item.subject, "sender": sender, "message_id": item.message_id or ""}
    return {name: _storable(value) for name, value in told.items() if value}


def _storable(value: str) -> str:
    """Without what PostgreSQL's JSON cannot hold: NUL and half surrogates."""
    return value[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
