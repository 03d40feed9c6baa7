"""Read-only is enforced, not promised (design decision 11): only reading operations pass to the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from lxml import etree

from exchange_sync.source.ews.names import MESSAGES, s

READING = frozenset(
    {
        "ConvertId",
        "GetFolder",
        "FindFolder",
        "SyncFolderHierarchy",
        "SyncFolderItems",
        "FindItem",
        "GetItem",
        "GetAttachment",
        "ResolveNames",
        "GetServerTimeZones",
    }
)


class NotReading(PermissionError):
    """A request that is not one of the reading operations was stopped before the wire."""


class Mode(Enum):
    """What the guard does with an operation that is not on the list."""

    REFUSE = "stop it"
    RECORD = "let it pass and record it, for tests of the server's own refusal"


@dataclass
class ReadOnlyGuard:
    """Looks at every request body. seen: the operations in the order asked, refused ones included."""

    mode: Mode = Mode.REFUSE
    seen: list[str] = field(default_factory=list)
    keep: int = 10_000

    def check(self, body: bytes | str | None) -> str:
        """The operation of a request body. Raises NotReading for one that is not on the list, or not legible."""
        operation = operation_of(body)
        if len(self.seen) < self.keep:
            self.seen.append(operation)
        if operation not in READING and self.mode is Mode.REFUSE:
            raise NotReading(f"{operation}: not a reading operation; it was stopped before the wire")
        return operation


def operation_of(body: bytes | str | None) -> str:
    """The local name of the only element in soap:Body. A body with none, with several, of another namespace or that
    is no XML gives "?" with the reason, which is on no list."""
    if not body:
        return "? empty"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body.encode() if isinstance(body, str) else body, parser)
    except etree.XMLSyntaxError:
        return "? not XML"
    bodies = root.findall(s("Body"))
    if len(bodies) != 1 or len(bodies[0]) != 1:
        return "? not one operation"
    name = etree.QName(bodies[0][0])
    return name.localname if name.namespace == MESSAGES else f"? {name.localname}"
