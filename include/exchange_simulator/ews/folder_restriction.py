"""FindFolder's restrictions as a test of a folder: by its class and its name. What is not supported is refused."""

from __future__ import annotations

from collections.abc import Callable

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.xml import Element, attribute, children, find, local, schema_fault
from exchange_simulator.store import Folder

Test = Callable[[Folder], bool]

_CONTAINS: dict[str, Callable[[str, str], bool]] = {
    "FullString": str.__eq__, "Prefixed": str.startswith, "Substring": str.__contains__
}  # fmt: skip


def folder_test(element: Element) -> Test:
    """What an expression of a Restriction says of a folder. Case does not matter. Raises EwsError."""
    name = local(element)
    if name in ("And", "Or"):
        parts = [folder_test(child) for child in children(element)]
        every = all if name == "And" else any
        return lambda folder: every(part(folder) for part in parts)
    if name == "Not":
        inner = folder_test(children(element)[0])
        return lambda folder: not inner(folder)
    if name not in ("Exists", "IsEqualTo", "IsNotEqualTo", "Contains"):
        raise _unsupported(f"The restriction {name} is not supported in FindFolder.")
    value = _value(children(element)[0])
    if name == "Exists":
        return lambda folder: bool(value(folder))
    wanted = _constant(element).lower()
    if name == "Contains":
        mode = element.get("ContainmentMode", "FullString")
        if mode not in _CONTAINS:
            raise _unsupported(f"The containment {mode} is not supported.")
        return lambda folder: _CONTAINS[mode](value(folder), wanted)
    return lambda folder: (value(folder) == wanted) == (name == "IsEqualTo")


def _value(path: Element) -> Callable[[Folder], str]:
    if local(path) == "ExtendedFieldURI":
        try:
            uri = {0x3613: "folder:FolderClass", 0x3001: "folder:DisplayName"}.get(int(path.get("PropertyTag", "0"), 0))
        except ValueError:
            raise schema_fault("the PropertyTag is invalid.") from None
    else:
        uri = attribute(path, "FieldURI")
    if uri == "folder:FolderClass":
        return lambda folder: (folder.folder_class or "").lower()
    if uri == "folder:DisplayName":
        return lambda folder: folder.name.lower()
    raise EwsError("ErrorUnsupportedPathForQuery", "The property can't be used with this query.", fault=True)


def _constant(element: Element) -> str:
    holder = find(element, "FieldURIOrConstant")
    constant = find(element if holder is None else holder, "Constant")
    if constant is None:
        raise _unsupported("Properties are compared with constants only.")
    return attribute(constant, "Value")


def _unsupported(told: str) -> EwsError:
    return EwsError("ErrorUnsupportedQueryFilter", told, fault=True)
