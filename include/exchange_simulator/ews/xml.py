"""Names and small helpers for EWS's XML. Requests are read by namespace, never by prefix."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lxml import etree

from exchange_simulator.errors import EwsError

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
_NSMAP = {"s": SOAP, "m": MESSAGES, "t": TYPES}
# What XML 1.0 cannot carry. Exchange strips it too, save where it has a bug (the fault "control_characters").
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = etree._Element


def t(name: str, *children: Element | str | None, **attributes: str) -> Element:
    """An element of the types namespace. None children are left out; a string becomes the text."""
    return _element(TYPES, name, children, attributes)


def m(name: str, *children: Element | str | None, **attributes: str) -> Element:
    """An element of the messages namespace."""
    return _element(MESSAGES, name, children, attributes)


def s(name: str, *children: Element | str | None, **attributes: str) -> Element:
    """An element of the SOAP namespace."""
    return _element(SOAP, name, children, attributes)


def _element(
    namespace: str, name: str, children: tuple[Element | str | None, ...], attributes: dict[str, str]
) -> Element:
    element = etree.Element(f"{{{namespace}}}{name}", attributes, nsmap=_NSMAP)
    for child in children:
        if isinstance(child, str):
            element.text = fit(child)
        elif child is not None:
            element.append(child)
    return element


def fit(text: str) -> str:
    """The text without what XML cannot carry."""
    return _UNFIT.sub("", text)


def boolean(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def when(seconds: int) -> str:
    """A UTC time to the second, as EWS writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_when(text: str) -> int:
    """Seconds since the epoch of an xs:dateTime; one without a zone is UTC. Raises EwsError for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise EwsError("ErrorInvalidValueForProperty", "The specified value is invalid for property.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def local(element: Element) -> str:
    """The name without its namespace."""
    return etree.QName(element).localname


def find(element: Element, name: str) -> Element | None:
    """The first child of this name in the messages or types namespace."""
    found = element.find(f"{{{MESSAGES}}}{name}")
    return element.find(f"{{{TYPES}}}{name}") if found is None else found


def need(element: Element, name: str) -> Element:
    """The child of this name. Raises the schema fault when it is missing."""
    found = find(element, name)
    if found is None:
        raise schema_fault(f"The element '{local(element)}' has incomplete content: '{name}' is expected.")
    return found


def children(element: Element) -> list[Element]:
    """The child elements, without comments."""
    return [child for child in element if isinstance(child.tag, str)]


def attribute(element: Element, name: str) -> str:
    """An attribute. Raises the schema fault when it is missing."""
    value = element.get(name)
    if value is None:
        raise schema_fault(f"The required attribute '{name}' is missing.")
    return value


def integer(text: str | None) -> int:
    """A whole number. Raises the schema fault for anything else."""
    try:
        return int((text or "").strip())
    except ValueError:
        raise schema_fault("The value is invalid according to its datatype: a whole number is expected.") from None


def schema_fault(detail: str) -> EwsError:
    """How Exchange refuses a request that does not fit its schema."""
    return EwsError("ErrorSchemaValidation", f"The request failed schema validation: {detail}", fault=True)
