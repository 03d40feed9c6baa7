"""Which email is which (design decision 6). Frozen: a change here would make new comments of old mail.

Identity is the Message-ID, never the item id. Where an email has none that can be used, a substitute is made of
what every copy of it shares, whichever mailbox or protocol it was read by. Golden vectors in the tests hold the
results of IDENTITY_VERSION for ever. Nothing here uses the cleaner, which may change.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

IDENTITY_VERSION = 1
MESSAGE_ID_LIMIT = 512  # bytes; twice that is the mirrored API's limit of an id (reference 2.1)
_TEXT_LIMIT = 2_000  # letters and digits that enter a substitute
_CONFLICT_DIGITS = 16
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")


def usable_message_id(value: str | None) -> str | None:
    """The Message-ID as it identifies an email: unfolded, brackets and case kept; None where it cannot serve.

    It cannot serve when it is absent or empty, longer than 512 bytes, not UTF-8 (lone surrogates), or holds
    control characters.
    """
    if value is None:
        return None
    folded = _SPACE.sub(" ", value).strip()
    try:
        size = len(folded.encode("utf-8"))
    except UnicodeEncodeError:
        return None
    if not folded or folded == "<>" or size > MESSAGE_ID_LIMIT or _CONTROL.search(folded):
        return None
    return folded


def substitute_message_id(
    *, sender: str, sent: datetime | None, subject: str, attachment_names: Iterable[str], text: str
) -> str:
    """``<sha256@no-message-id>`` over what every copy of the email shares.

    sender: SMTP address. sent: aware, taken to the second in UTC. text: the plain text, of which the first 2,000
    letters and digits count, so that white space and quoting marks do not.
    """
    parts = [
        sender.strip().casefold(),
        "" if sent is None else sent.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        _folded(subject),
        *sorted(_folded(name) for name in attachment_names),
        _letters_and_digits(text),
    ]
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "backslashreplace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return f"<{digest.hexdigest()}@no-message-id>"


def comment_id(message_id: str) -> str:
    """Lower-case hex of the Message-ID's UTF-8 bytes."""
    return message_id.encode("utf-8").hex()


def conflict_id(message_id: str, *, sender: str, sent: datetime | None) -> str:
    """The id of another email that bears a Message-ID already taken: the id, ``-`` and 16 hex digits.

    The same impostor gets the same id whenever it is met.
    """
    when = "" if sent is None else sent.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    suffix = hashlib.sha256(f"{sender.strip().casefold()}\n{when}".encode("utf-8", "backslashreplace")).hexdigest()
    base = comment_id(message_id)
    if len(base) + 1 + _CONFLICT_DIGITS > 2 * MESSAGE_ID_LIMIT:  # the whole must stay within the API's 1,024
        base = hashlib.sha256(message_id.encode("utf-8")).hexdigest()
    return f"{base}-{suffix[:_CONFLICT_DIGITS]}"


def same_email(*, sender: str, sent: datetime | None, other_sender: str, other_sent: datetime | None) -> bool:
    """Whether two emails of one Message-ID are the same: sender address or sent second agree.

    Where neither can be compared (each lacks a side), they count as the same.
    """
    senders = (sender.strip().casefold(), other_sender.strip().casefold())
    if all(senders) and senders[0] == senders[1]:
        return True
    if sent is not None and other_sent is not None:
        return sent.replace(microsecond=0) == other_sent.replace(microsecond=0)
    return not all(senders)


def _folded(value: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", value)).strip().casefold()


def _letters_and_digits(text: str) -> str:
    kept = (char for char in unicodedata.normalize("NFKC", text[: 40 * _TEXT_LIMIT]) if char.isalnum())
    return "".join(char for _, char in zip(range(_TEXT_LIMIT), kept, strict=False)).casefold()
