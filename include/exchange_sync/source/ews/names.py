"""The namespaces of EWS, and short ways to build and read its XML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
NSMAP = {"s": SOAP, "m": MESSAGES, "t": TYPES}


def s(name: str) -> str:
    """The qualified name of an element of SOAP."""
    return f"{{{SOAP}}}{name}"


def m(name: str) -> str:
    """The qualified name of an element of the messages namespace."""
    return f"{{{MESSAGES}}}{name}"


def t(name: str) -> str:
    """The qualified name of an element of the types namespace."""
    return f"{{{TYPES}}}{name}"


def element(tag: str, *children: etree._Element, text: str | None = None, **attributes: str) -> etree._Element:
    """An element with children, text and attributes (in the order given: the schema is a sequence)."""
    made = etree.Element(tag, attributes, nsmap=NSMAP)
    made.text = text
    made.extend(children)
    return made


def text_of(parent: etree._Element | None, *path: str) -> str | None:
    """The text at path below parent, or None where an element of the path is missing."""
    here = parent
    for tag in path:
        if here is None:
            return None
        here = here.find(tag)
    return None if here is None else (here.text or "")


def flag(text: str | None) -> bool:
    """An xs:boolean; absent is False."""
    return text is not None and text.strip() in ("true", "1")


def number(text: str | None) -> int:
    """An xs:int; absent or unreadable is 0."""
    try:
        return int(text or 0)
    except ValueError:
        return 0


def moment(text: str | None) -> datetime | None:
    """An xs:dateTime as aware UTC, whole seconds; None where absent or unreadable (a year outside 1…9999 is)."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read
    try:
        return aware.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None


def as_utc(when: datetime) -> str:
    """A moment as EWS writes it, in UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def up_to_second(when: datetime) -> datetime:
    """The next whole second, or the moment itself if it is one."""
    return when if when.microsecond == 0 else when.replace(microsecond=0) + timedelta(seconds=1)


def children(parent: etree._Element | None) -> Iterator[etree._Element]:
    """The element children, without comments and processing instructions."""
    if parent is not None:
        yield from parent.iterchildren(tag=etree.Element)
