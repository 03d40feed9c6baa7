"""Opaque tokens: where a page ended. URL-safe base64 of a small JSON object, tagged by what it continues."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from exchange_sync.web.protocol import ApiError


def write(kind: str, *values: Any) -> str:
    """A token for these values (texts and numbers)."""
    data = json.dumps([kind, *values], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(kind: str, token: str, types: tuple[type, ...], name: str = "continuation") -> list[Any]:
    """Its values. Raises 400 when it is none of this kind, or not one of ours at all."""
    try:
        data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        found = json.loads(data)
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if (
        not isinstance(found, list)
        or len(found) != len(types) + 1
        or found[0] != kind
        or not all(type(value) is wanted for value, wanted in zip(found[1:], types, strict=True))
        or any("\x00" in value for value in found if isinstance(value, str))
    ):
        raise ApiError(400, f"{name} is not one that this server gave for this request: leave it out to start anew")
    return found[1:]
