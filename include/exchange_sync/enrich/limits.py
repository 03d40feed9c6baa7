"""How much of an email a comment holds: the limits of the mirrored API (reference 2.2)."""

from __future__ import annotations

ADDRESS_LIMIT = 512
RECIPIENT_LIMIT = 2_048
ATTACHMENT_LIMIT = 128
THREAD_ID_LIMIT = 2_056
PROPERTY_LIMIT = 1_024  # characters of one property's text: our own choice
