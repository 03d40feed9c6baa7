"""FindItem's restrictions and sort orders as SQL. What this server cannot do it refuses; it never passes over it."""

from __future__ import annotations

from collections.abc import Callable

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.xml import Element, attribute, children, find, local, parse_when, schema_fault

Sql = tuple[str, tuple[object, ...]]

_COMPARE = {
    "IsEqualTo": "=", "IsNotEqualTo": "<>", "IsGreaterThan": ">", "IsGreaterThanOrEqualTo": ">=", "IsLessThan": "<",
    "IsLessThanOrEqualTo": "<=",
}  # fmt: skip


def _truth(text: str) -> object:
    if text not in ("true", "false", "1", "0"):
        raise EwsError("ErrorInvalidValueForProperty", "The specified value is invalid for property.")
    return text in ("true", "1")


_TEXT: Callable[[str], object] = str
_COLUMNS: dict[str, tuple[str, Callable[[str], object]]] = {
    "item:DateTimeReceived": ("received", parse_when),
    "item:DateTimeSent": ("sent", parse_when),
    "item:DateTimeCreated": ("created", parse_when),
    "item:LastModifiedTime": ("modified", parse_when),
    "item:Subject": ("subject", _TEXT),
    "item:ItemClass": ("item_class", _TEXT),
    "item:Size": ("size", int),
    "item:Importance": ("importance", _TEXT),
    "item:HasAttachments": ("has_attachments", _truth),
    "item:IsDraft": ("is_draft", _truth),
    "item:InReplyTo": ("in_reply_to", _TEXT),
    "message:IsRead": ("is_read", _truth),
    "message:InternetMessageId": ("message_id", _TEXT),
}
_ARTICLE = "article number"
_COLUMNS[_ARTICLE] = ("row", int)  # PidTagInternetArticleNumber: grows with each arrival in a folder
_TAGS = {0x0E23: _ARTICLE, 0x1035: "message:InternetMessageId", 0x0037: "item:Subject", 0x001A: "item:ItemClass",
         0x0E06: "item:DateTimeReceived", 0x0039: "item:DateTimeSent", 0x3007: "item:DateTimeCreated",
         0x3008: "item:LastModifiedTime", 0x0E08: "item:Size"}  # fmt: skip


def where(restriction: Element | None) -> Sql:
    """The condition of a Restriction; everything without one. Raises EwsError for what is not supported."""
    if restriction is None:
        return "1", ()
    parts = children(restriction)
    if len(parts) != 1:
        raise schema_fault("a Restriction holds exactly one expression.")
    return _expression(parts[0])


def _expression(element: Element) -> Sql:
    name = local(element)
    if name in ("And", "Or"):
        parts = [_expression(child) for child in children(element)]
        sql = f" {name.upper()} ".join(f"({part})" for part, _ in parts)
        return sql, tuple(value for _, values in parts for value in values)
    if name == "Not":
        sql, values = _expression(children(element)[0])
        return f"NOT coalesce(({sql}), 0)", values
    if name in _COMPARE:
        return _comparison(element, _COMPARE[name])
    if name == "Exists":
        path = children(element)[0]
        if local(path) == "ExtendedFieldURI" and _tagged(path) not in _COLUMNS:
            return "0", ()  # a property that nobody ever set, as named ones of clients are here
        column, _ = _column(path)
        return f"{column} IS NOT NULL AND {column} <> ''", ()
    if name == "Contains":
        return _contains(element)
    raise EwsError("ErrorUnsupportedQueryFilter", f"The restriction {name} is not supported.", fault=True)


def _comparison(element: Element, operator: str) -> Sql:
    column, read = _column(children(element)[0])
    holder = find(element, "FieldURIOrConstant")
    constant = None if holder is None else find(holder, "Constant")
    if constant is None:
        raise EwsError("ErrorUnsupportedQueryFilter", "Properties are compared with constants only.", fault=True)
    try:
        value = read(attribute(constant, "Value"))
    except ValueError:
        raise EwsError("ErrorInvalidValueForProperty", "The specified value is invalid for property.") from None
    collate = " COLLATE NOCASE" if read is _TEXT else ""
    return f"{column} {operator} ?{collate}", (value,)


def _contains(element: Element) -> Sql:
    column, read = _column(children(element)[0])
    constant = find(element, "Constant")
    if constant is None or read is not _TEXT:
        raise EwsError("ErrorUnsupportedQueryFilter", "Contains looks for a constant in a text only.", fault=True)
    wanted = attribute(constant, "Value").lower()
    mode = element.get("ContainmentMode", "FullString")
    if mode == "FullString":
        return f"lower({column}) = ?", (wanted,)
    if mode == "Prefixed":
        return f"substr(lower({column}), 1, length(?)) = ?", (wanted, wanted)
    if mode == "Substring":
        return f"instr(lower({column}), ?) > 0", (wanted,)
    raise EwsError("ErrorUnsupportedQueryFilter", f"The containment {mode} is not supported.", fault=True)


def _column(path: Element) -> tuple[str, Callable[[str], object]]:
    uri = _tagged(path) if local(path) == "ExtendedFieldURI" else attribute(path, "FieldURI")
    if uri not in _COLUMNS:
        raise EwsError("ErrorUnsupportedPathForQuery", "The property can't be used with this query.", fault=True)
    return _COLUMNS[uri]


def _tagged(path: Element) -> str:
    """The property that an extended one is another name of; "" for any else."""
    try:
        return _TAGS.get(int(path.get("PropertyTag", "0"), 0), "")
    except ValueError:
        raise schema_fault("the PropertyTag is invalid.") from None


def order_by(order: Element | None) -> str:
    """The ORDER BY of a SortOrder; newest first without one. The row ends every tie, so pages never overlap."""
    terms = []
    for field in children(order) if order is not None else ():
        column, _ = _column(children(field)[0])
        terms.append(f"{column} {'DESC' if attribute(field, 'Order') == 'Descending' else 'ASC'}")
    last = "DESC" if not terms or terms[-1].endswith("DESC") else "ASC"
    return ", ".join([*(terms or ["received DESC"]), f"row {last}"])
