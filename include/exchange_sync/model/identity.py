"""Which email is which (design decision 6). Frozen: a change here would make new comments of old mail.

Identity is the Message-ID, never the item id. Where an email has none that can be used, a substitute is made of
what every copy of it shares, whichever mailbox or protocol it was read by: its envelope, which the cleaner's child
process reads (clean/envelope.py). Golden vectors in the tests hold the results of IDENTITY_VERSION for ever, on every
Python (decision 63).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from exchange_sync.model.envelope import Envelope

IDENTITY_VERSION = 2
MESSAGE_ID_LIMIT = 512  # bytes; twice that is the mirrored API's limit of an id (reference 2.1)
LETTERS = 2_000  # letters and digits of a text that enter a substitute
_NAME_LETTERS = 200
_CONFLICT_DIGITS = 16
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")
_UNICODE = unicodedata.ucd_3_2_0


class _Kept(dict[int, int | None]):
    """For str.translate: letters and digits as they are, nothing else; what has been looked up is remembered."""

    def __missing__(self, code: int) -> int | None:
        kept = code if _UNICODE.category(chr(code))[0] in "LN" else None
        self[code] = kept
        return kept


_KEPT = _Kept()
_MADE_UP = re.compile(r"(?:att\d+|attachment|noname|unnamed|untitled|unbenannt)[a-z0-9]{0,5}")


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


def substitute_message_id(envelope: Envelope, file_names: Iterable[str] = ()) -> str:
    """``<sha256@no-message-id>`` over what every copy of the email shares, however it was read.

    file_names: those of attachments that a server lists beside a MIME that came without them.
    """
    names = {*envelope.file_names, *(name for one in file_names if (name := file_name(one)))}
    digest = hashlib.sha256(f"exchange-sync identity {IDENTITY_VERSION}".encode())
    for part in (envelope.sender, _second(envelope.sent), envelope.subject, *sorted(names), envelope.text):
        data = part.encode("utf-8", "backslashreplace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return f"<{digest.hexdigest()}@no-message-id>"


def letters(text: str, limit: int = LETTERS) -> str:
    """The first letters and digits of a text, folded: what neither white space, marks of quoting nor a server's
    rewriting change. By the character tables of Unicode 3.2, which every Python has: later letters do not count."""
    normal = text[: 40 * limit]
    if not normal.isascii():
        normal = _UNICODE.normalize("NFKC", normal)
    kept = ""
    for start in range(0, len(normal), 2 * limit):
        kept += normal[start : start + 2 * limit].translate(_KEPT)
        if len(kept) >= limit:
            break
    return kept[:limit].casefold()


def text_mark(text: str) -> str:
    """A short digest of a text's letters and digits; "" where it has none."""
    found = letters(text)
    return hashlib.sha256(found.encode()).hexdigest()[:_CONFLICT_DIGITS] if found else ""


def file_name(name: str) -> str:
    """A file's name as it identifies: letters and digits. "" for names that a server makes up for files without one."""
    found = letters(name, _NAME_LETTERS)
    return "" if _MADE_UP.fullmatch(found) else found


def comment_id(message_id: str) -> str:
    """Lower-case hex of the Message-ID's UTF-8 bytes."""
    return message_id.encode("utf-8").hex()


def conflict_id(message_id: str, mark: str) -> str:
    """The id of another email that bears a Message-ID already taken: the id, ``-`` and 16 hex digits.

    mark: the email's substitute, so that the same email gets the same id whenever it is met.
    """
    suffix = hashlib.sha256(mark.encode("utf-8", "backslashreplace")).hexdigest()
    base = comment_id(message_id)
    if len(base) + 1 + _CONFLICT_DIGITS > 2 * MESSAGE_ID_LIMIT:  # the whole must stay within the API's 1,024
        base = hashlib.sha256(message_id.encode("utf-8")).hexdigest()
    return f"{base}-{suffix[:_CONFLICT_DIGITS]}"


def _second(when: datetime | None) -> str:
    return "" if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
