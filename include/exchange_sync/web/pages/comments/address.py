"""A search as it stands in an address: read from it, and written into it, so that a copied link is the same search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from exchange_sync.store import search_query
from exchange_sync.store.database import Row
from exchange_sync.store.searching import Place, Search
from exchange_sync.web import permissions as may
from exchange_sync.web.api import tokens
from exchange_sync.web.auth import Caller

_FIELDS = ("q", "bucket", "folder", "domain", "from", "to")
_LENGTH = 1_024
PROPERTIES = 5  # conditions on user properties in one search
_KIND = "search"


@dataclass(frozen=True)
class Asked:
    """What an address asks for, as typed. faults: sentences by field. properties: (name, value)."""

    fields: dict[str, str]
    properties: tuple[tuple[str, str], ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether it takes every comment."""
        return not any(self.fields.values()) and not self.properties

    @property
    def filtered(self) -> bool:
        """Whether more than words is asked for."""
        return any(value for name, value in self.fields.items() if name != "q") or bool(self.properties)

    def query(self, *, without: str = "", **more: str) -> str:
        """The search as the query of an address, without one of its fields ("property 0" for the first of these)."""
        pairs = [(name, value) for name, value in self.fields.items() if value and name != without]
        for number, (name, value) in enumerate(self.properties):
            if without != f"property {number}":
                pairs += [("property", name), ("value", value)]
        return urlencode([*pairs, *((name, value) for name, value in more.items() if value)])

    def query_of_words(self) -> str:
        """The words alone, without any filter."""
        return urlencode({"q": self.fields["q"]} if self.fields["q"] else {})

    def search(self, buckets: Sequence[Row]) -> Search:
        """The search among buckets that the visitor may read."""
        wanted = self.fields["bucket"]
        chosen = [row["id"] for row in buckets if not wanted or f"{row['owner']}/{row['name']}" == wanted]
        return Search(
            buckets=tuple(sorted(chosen)),
            query=search_query.read(self.fields["q"]),
            domain=_domain(self.fields["domain"]),
            folder=self.fields["folder"].strip("/ "),
            since=self.since,
            until=self.until,
            properties=self.properties,
        )


def read(params: QueryParams) -> Asked:
    """What an address asks for. Dates are whole days in UTC, both included."""
    fields = {name: params.get(name, "").replace("\0", "").strip()[:_LENGTH] for name in _FIELDS}
    faults: dict[str, str] = {}
    since, until = (_day(fields[name], name, faults) for name in ("from", "to"))
    if since and until and since > until:
        faults["to"] = "The last day lies before the first."
    names, values = (
        [value.replace("\0", "").strip()[:_LENGTH] for value in params.getlist(name)] for name in ("property", "value")
    )
    properties = tuple((name, value) for name, value in zip(names, values, strict=False) if name)[:PROPERTIES]
    return Asked(
        fields,
        properties,
        faults,
        _midnight(since) if since else None,
        _midnight(until) + timedelta(days=1) if until else None,
    )


def _domain(value: str) -> str:
    """As comments have it: in lower case, international names in Unicode; of an address, what is behind the @."""
    domain = value.rpartition("@")[2].strip(" .<>[]").lower()
    try:
        return domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except (UnicodeError, ValueError):
        return domain


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(value: str, name: str, faults: dict[str, str]) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or not 1 < day.year < 9999:
        faults[name] = "This is not a date. Write it as 2026-03-31."
        return None
    return day


def readable(visitor: Caller) -> list[Row]:
    """The buckets whose comments the visitor may read, by name."""
    rows = visitor.listed("buckets")
    held = visitor.permissions_of(row["owner"] for row in rows)
    return [row for row in rows if may.READ_BUCKET_ITEMS in held[row["owner"]]]


def written(place: Place) -> str:
    """A place as a token for an address."""
    return tokens.write(_KIND, place.timestamp.isoformat(), place.id, place.bucket_id)


def place(token: str, name: str) -> Place | None:
    """Its place; None for "". Raises 400 for one that is none of ours."""
    if not token:
        return None
    timestamp, comment_id, bucket_id = tokens.read(_KIND, token, (str, str, str), name)
    try:
        return Place(datetime.fromisoformat(timestamp), comment_id, bucket_id)
    except ValueError:
        return tokens.read(_KIND, "", (str, str, str), name)  # type: ignore[return-value]  # raises
