"""Attachments' content (reference 2.10)."""

from __future__ import annotations

from pydantic import Field

from exchange_sync.web.api.models.comments import HASH
from exchange_sync.web.api.models.common import Ok


class ContentHash(Ok):
    """The SHA-256 of what was added."""

    content_hash: str = Field(pattern=HASH)
