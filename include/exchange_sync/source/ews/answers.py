"""An answer of EWS, opened: its fault, or its response messages with their codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from exchange_sync.source.ews.names import ERRORS, TYPES, children, m, s, text_of

BACK_OFF = "BackOffMilliseconds"


@dataclass(frozen=True)
class Message:
    """One response message. code: its ResponseCode. ok: it carries a result (a warning may). back_off: seconds."""

    code: str
    ok: bool
    node: etree._Element
    back_off: float | None = None

    def child(self, *path: str) -> etree._Element | None:
        """The element at path below the message, or None."""
        here: etree._Element | None = self.node
        for tag in path:
            here = None if here is None else here.find(tag)
        return here


@dataclass(frozen=True)
class Fault:
    """A SOAP fault: the whole request failed. code: the EWS response code, or SOAP's own."""

    code: str
    back_off: float | None = None


def fault_of(body: etree._Element) -> Fault | None:
    """The fault in a soap:Body, if it is one. Its detail and children may or may not have a namespace."""
    found = body.find(s("Fault"))
    if found is None:
        return None
    code = ""
    for node in found.iter(f"{{{ERRORS}}}ResponseCode", m("ResponseCode"), "ResponseCode"):
        code = (node.text or "").strip()
    soap_code = (text_of(found, "faultcode") or text_of(found, s("faultcode")) or "").strip().split(":")[-1]
    return Fault(code or soap_code or "SOAPFault", _back_off(found))


def messages_of(body: etree._Element) -> list[Message] | None:
    """The response messages in a soap:Body, in their order; None when the body holds no response."""
    response = next(children(body), None)
    if response is None or not etree.QName(response).localname.endswith("Response"):
        return None
    listed = response.find(m("ResponseMessages"))
    nodes = [response] if listed is None else list(children(listed))
    return [_message(node) for node in nodes]


def _message(node: etree._Element) -> Message:
    code = (text_of(node, m("ResponseCode")) or "").strip()
    ok = node.get("ResponseClass") != "Error" and code in ("NoError", "")
    return Message(code or ("NoError" if ok else "NoResponseCode"), ok, node, None if ok else _back_off(node))


def _back_off(node: etree._Element) -> float | None:
    """Seconds of BackOffMilliseconds, wherever the detail or MessageXml carries it. exchangelib reads faults only."""
    for value in _values(node):
        if value.get("Name") == BACK_OFF:
            try:
                return max(0.0, float(value.text or "") / 1000.0)
            except ValueError:
                return None
    return None


def _values(node: etree._Element) -> Iterator[etree._Element]:
    yield from node.iter(f"{{{TYPES}}}Value")
    yield from node.iter(f"{{{ERRORS}}}Value")
