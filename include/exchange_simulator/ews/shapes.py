"""What a request wants to see of each item or folder."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_simulator.ews.xml import Element, attribute, children, find, local, need, schema_fault


@dataclass(frozen=True)
class ExtendedField:
    """An extended property asked for. tag: its MAPI tag, None for a named one. element: as the client wrote it."""

    tag: int | None
    kind: str
    element: Element


@dataclass(frozen=True)
class Shape:
    """A parsed ItemShape, FolderShape or AttachmentShape.

    base: IdOnly, Default or AllProperties. fields: names such as ``Subject``. headers: internet headers by name.
    body: Best, HTML or Text.
    """

    base: str
    fields: frozenset[str]
    headers: tuple[str, ...]
    extended: tuple[ExtendedField, ...]
    mime: bool
    body: str

    def wants(self, default: frozenset[str]) -> frozenset[str] | None:
        """The names to tell; None for everything."""
        if self.base == "AllProperties":
            return None
        return self.fields | default if self.base == "Default" else self.fields


def parse(element: Element | None) -> Shape:
    """Read a shape; None reads as the empty AttachmentShape. Raises the schema fault for what is none."""
    if element is None:
        return Shape("IdOnly", frozenset(), (), (), mime=False, body="Best")
    base = find(element, "BaseShape")
    if base is None and local(element) != "AttachmentShape":
        need(element, "BaseShape")
    kind = "IdOnly" if base is None else (base.text or "").strip()
    if kind not in ("IdOnly", "Default", "AllProperties"):
        raise schema_fault(f"the BaseShape '{kind}' fails the Enumeration constraint.")
    more = find(element, "AdditionalProperties")
    fields: set[str] = set()
    headers: list[str] = []
    extended: list[ExtendedField] = []
    for path in children(more) if more is not None else ():
        if local(path) == "FieldURI":
            fields.add(attribute(path, "FieldURI").partition(":")[2])
        elif local(path) == "IndexedFieldURI" and path.get("FieldURI") == "item:InternetMessageHeader":
            headers.append(attribute(path, "FieldIndex"))
        elif local(path) == "ExtendedFieldURI":
            extended.append(_extended(path))
    mime = _true(find(element, "IncludeMimeContent")) or "MimeContent" in fields
    body = find(element, "BodyType")
    return Shape(
        kind, frozenset(fields), tuple(headers), tuple(extended), mime, "Best" if body is None else str(body.text)
    )


def _extended(path: Element) -> ExtendedField:
    tag = path.get("PropertyTag")
    try:
        number = None if tag is None else int(tag, 0)
    except ValueError:
        raise schema_fault(f"the PropertyTag '{tag}' is invalid.") from None
    return ExtendedField(number, attribute(path, "PropertyType"), path)


def _true(element: Element | None) -> bool:
    return element is not None and (element.text or "").strip() in ("true", "1")
