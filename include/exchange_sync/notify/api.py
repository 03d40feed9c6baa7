"""What a channel is given, and how it says that it could not deliver."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_sync.errors import ExchangeSyncError


@dataclass(frozen=True)
class Message:
    """title: one line. text: the whole message, plain. Neither holds mail content or a secret."""

    title: str
    text: str


class NotSent(ExchangeSyncError):
    """The channel did not take the message. The text says why, without address or secret; it is tried again."""
