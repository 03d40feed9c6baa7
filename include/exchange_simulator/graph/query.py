"""A request's OData options, with and without the dollar sign, and its preferences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exchange_simulator.graph.errors import bad_query
from exchange_simulator.graph.ids import IdKind

PAGE, MOST = 10, 1_000
_KNOWN = frozenset(
    ("select", "top", "filter", "orderby", "expand", "count", "skip", "skiptoken", "deltatoken", "changetype",
     "includehiddenfolders")
)  # fmt: skip
_EXTENDED = re.compile(r"singlevalueextendedproperties\(\$?filter=([^()]{1,4000})\)", re.IGNORECASE)
_PROPERTY = re.compile(r"id eq '(?P<kind>[A-Za-z]{1,20}) 0x(?P<tag>[0-9A-Fa-f]{1,4})'", re.IGNORECASE)


@dataclass(frozen=True)
class Extended:
    """A MAPI property by tag. kind: such as ``String``, as it was asked for."""

    kind: str
    tag: int


@dataclass(frozen=True)
class Query:
    """What is asked beside the path. options: by lower-case name without the dollar sign."""

    options: Mapping[str, str] = field(default_factory=dict)
    id_kind: IdKind = IdKind.ORDINARY
    page_size: int | None = None
    body_type: str = "html"

    @property
    def select(self) -> tuple[str, ...]:
        """The properties to tell; none means the usual ones."""
        return tuple(name.strip() for name in self.options.get("select", "").split(",") if name.strip())

    @property
    def top(self) -> int | None:
        """Items a page, by ``$top``. Raises GraphError 400."""
        return self._number("top", 1, MOST)

    @property
    def skip(self) -> int:
        """Items passed over."""
        return self._number("skip", 0, 2**31) or 0

    @property
    def counts(self) -> bool:
        """Whether the number of all is wanted."""
        return self.options.get("count", "").lower() == "true"

    @property
    def extended(self) -> tuple[Extended, ...]:
        """The MAPI properties that ``$expand`` asks for. Raises GraphError 400 for any other expansion."""
        text = self.options.get("expand", "").strip()
        if not text:
            return ()
        found = _EXTENDED.fullmatch(text)
        if found is None:
            raise bad_query("The query specified in the URI is not valid: $expand.")
        terms = [_PROPERTY.fullmatch(term.strip()) for term in re.split(r" or ", found[1])]
        if any(term is None for term in terms):
            raise bad_query("The extended property filter is not valid.")
        return tuple(Extended(term["kind"], int(term["tag"], 16)) for term in terms if term is not None)

    def _number(self, name: str, low: int, high: int) -> int | None:
        text = self.options.get(name)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise bad_query(f"Invalid value '{text}' for ${name}: expected {low} to {high}.")
        return int(text)


def read(parameters: Iterable[tuple[str, str]], prefer: Iterable[str]) -> Query:
    """The options of a URL and the Prefer headers, one or several lines. Raises GraphError 400 for unknown options."""
    options: dict[str, str] = {}
    for name, value in parameters:
        key = name.removeprefix("$").lower()
        if key not in _KNOWN:
            raise bad_query(f"The query parameter '{name}' is not supported.")
        if key in options:
            raise bad_query(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        options[key] = value
    found = Query(options)
    kind, size, body = found.id_kind, found.page_size, found.body_type
    for wish in ",".join(prefer).split(","):
        name, _, value = wish.strip().partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "idtype" and value.lower() == "immutableid":
            kind = IdKind.IMMUTABLE
        elif name.strip().lower() == "odata.maxpagesize" and value.isascii() and value.isdigit() and int(value):
            size = min(int(value), MOST)
        elif name.strip().lower() == "outlook.body-content-type" and value.lower() in ("text", "html"):
            body = value.lower()
    return Query(options, kind, size, body)
