"""Who takes part in an email, for the filters: everybody whom its headers name, and more rather than less.

A filter that misses one address lets a mail through that nobody may see here. So beside the people whom the comment
shows, whatever looks like an address counts: in a display name, in a comment, inside an encoded word, with blanks
around its @. What may be an address and cannot be read as one is said (``unreadable``), and a deny list then refuses.
Linear: around each @ a bounded number of characters is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode_plainly
from exchange_sync.clean.headers import Headers, decode_words
from exchange_sync.clean.people import read_people
from exchange_sync.clean.problems import Problems
from exchange_sync.model.addresses import address_key

SHOWN = ("from", "sender", "to", "cc", "bcc")
_MORE = ("reply-to", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc")
_REACH = 400  # characters on each side of an @; an address has 320 at most
_STOP = frozenset(' \t\r\n<>,;:"()[]\\')
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_BLANK_AT = re.compile(r"[ \t]{0,50}@[ \t]{0,50}")
_BLANK_DOT = re.compile(r"[ \t]{1,50}\.[ \t]{0,50}|\.[ \t]{1,50}")
_SEPARATOR = re.compile(r"[,;]")
_EX = re.compile(r"/o=[^/]{1,200}/", re.IGNORECASE)
_BROKEN = "\ufffd"


@dataclass(frozen=True)
class Participants:
    """people, seen, unreadable: as model.envelope.Envelope has them."""

    people: tuple[str, ...]
    seen: tuple[str, ...]
    unreadable: bool


def read_participants(headers: Headers) -> Participants:
    """Of one message's header block. Never raises."""
    problems = Problems()
    people: dict[str, None] = {}
    seen: dict[str, None] = {}
    unreadable = len(headers.fields) >= limits.HEADER_COUNT
    for name in (*SHOWN, *_MORE):
        for raw in headers.all(name):
            unreadable = unreadable or len(raw) >= limits.HEADER_VALUE_BYTES
            if name in SHOWN:
                for person in read_people([raw], problems):
                    _keep(people, person.address)
            found, doubtful = _scan(raw)
            seen.update(found)
            unreadable = unreadable or doubtful
    return Participants(tuple(people), tuple(one for one in seen if one not in people), unreadable)


def _keep(people: dict[str, None], address: str) -> None:
    if found := _comparable(address):
        people[found] = None


def _comparable(text: str) -> str:
    """An address in the form that filters compare; "" where a half of it is missing or cannot be read."""
    local, at, domain = address_key(text).rpartition("@")
    return f"{local}@{domain}" if at and local and domain and _BROKEN not in domain else ""


def _scan(raw: bytes) -> tuple[dict[str, None], bool]:
    """Everything in a field that looks like an address, and whether anything might be one that cannot be read."""
    problems = Problems()
    plain = decode_plainly(raw, None)
    decoded = decode_words(plain, problems, decode_plainly)
    found: dict[str, None] = {}
    doubtful = False
    for text in dict.fromkeys((plain, decoded)):
        visible = _visible(text)
        tight = _BLANK_DOT.sub(".", _BLANK_AT.sub("@", _COMMENT.sub("", visible)))
        for form in dict.fromkeys((visible, tight)):
            for address in _addresses(form):
                if key := _comparable(address):
                    found[key] = None
                elif form == tight and text == decoded:
                    doubtful = True
    return found, doubtful or _hides(decoded) or _is_capped(raw)


def _is_capped(raw: bytes) -> bool:
    return raw.count(b"@") > limits.PEOPLE


def _hides(decoded: str) -> bool:
    """An entry without any address that holds what is left of an encoded word, broken letters, or a directory name."""
    for entry in _SEPARATOR.split(decoded):
        if "@" not in entry and ("=?" in entry or _BROKEN in entry or _EX.search(entry)):
            return True
    return False


def _visible(text: str) -> str:
    """Compatibility forms (a full-width @) as what they look like, and nothing that cannot be seen."""
    normal = unicodedata.normalize("NFKC", text)
    return normal if normal.isascii() else "".join(char for char in normal if unicodedata.category(char) != "Cf")


def _addresses(text: str) -> Iterable[str]:
    """What stands around each @, up to the next sign that no address holds; halves of one are told as such."""
    at = text.find("@")
    for _ in range(limits.PEOPLE):
        if at < 0:
            return
        start = at
        if text[at - 1 : at] == '"':  # a quoted local part
            quote = text.rfind('"', max(0, at - _REACH), at - 1)
            start = quote if quote >= 0 else at
        else:
            while start > max(0, at - _REACH) and text[start - 1] not in _STOP and text[start - 1] != "@":
                start -= 1
        end = at + 1
        if text[end : end + 1] == "[":
            end = min(text.find("]", end, end + _REACH) + 1 or end, len(text))
        while end < min(len(text), at + _REACH) and text[end] not in _STOP and text[end] != "@":
            end += 1
        yield text[start:end].strip("'`")
        at = text.find("@", at + 1)
