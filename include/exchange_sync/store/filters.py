"""A comment filter (reference 2.11) as a condition of SQL. The one place that knows how comments are filtered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Condition:
    """sql: a condition over ``comments c`` with named values; values: those."""

    sql: str = "true"
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether every comment meets it."""
        return self.sql == "true"


# each gives the addresses of one message ``m``, an address as often as the message names it
ADDRESSES = {
    "from": "SELECT m ->> 'from'",
    "to": "SELECT jsonb_array_elements_text(m -> 'to')",
    "cc": "SELECT jsonb_array_elements_text(m -> 'cc')",
    "bcc": "SELECT jsonb_array_elements_text(m -> 'bcc')",
}
ADDRESSES["recipient"] = " UNION ALL ".join(ADDRESSES[who] for who in ("to", "cc", "bcc"))
_PEOPLE = {
    "from": "m ->> 'from' = ANY({})",
    "to": "m -> 'to' ?| {}",
    "cc": "m -> 'cc' ?| {}",
    "bcc": "m -> 'bcc' ?| {}",
    "recipient": "(m -> 'to' ?| {0} OR m -> 'cc' ?| {0} OR m -> 'bcc' ?| {0})",
}


def condition(comment_filter: Mapping[str, Any] | None) -> Condition:
    """The condition that a checked filter asks for; its ``sources`` are the caller's to apply."""
    found = _Builder()
    for name, value in (comment_filter or {}).items():
        if name == "timestamp":
            found.between("c.timestamp", _moment(value.get("minimum")), _moment(value.get("maximum")))
        elif name == "messages":
            for who, wanted in value.items():
                found.people(who, wanted)
        elif name == "user_properties":
            for key, wanted in value.items():
                found.property(key, wanted)
    return Condition(" AND ".join(found.parts) or "true", found.values)


class _Builder:
    """Collects conditions, each value under a name of its own."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: dict[str, Any] = {}

    def between(self, expression: str, low: Any, high: Any) -> None:
        if low is not None:
            self.parts.append(f"{expression} >= {self._value(low)}")
        if high is not None:
            self.parts.append(f"{expression} <= {self._value(high)}")

    def people(self, who: str, wanted: Mapping[str, Any]) -> None:
        for key, word in (("one_of", "EXISTS"), ("not_one_of", "NOT EXISTS")):
            if wanted.get(key) is not None:
                test = _PEOPLE[who].format(f"{self._value(list(wanted[key]))}::text[]")
                self.parts.append(f"{word} (SELECT 1 FROM jsonb_array_elements(c.messages) AS m WHERE {test})")
            if wanted.get(f"domain_{key}") is not None:
                endings = [f"{sign}{domain.lower()}" for domain in wanted[f"domain_{key}"] for sign in "@."]
                ends = f"unnest({self._value(endings)}::text[]) AS e (ending)"
                self.parts.append(
                    f"""{word} (SELECT 1 FROM jsonb_array_elements(c.messages) AS m,
                    LATERAL ({ADDRESSES[who]}) AS a (address), {ends}
                    WHERE right(rtrim(lower(a.address), '>'), length(e.ending)) = e.ending)"""
                )

    def property(self, key: str, wanted: Mapping[str, Any]) -> None:
        before = len(self.parts)
        self._property(key, wanted)
        if wanted.get("include_missing") and len(self.parts) > before:
            met = " AND ".join(self.parts[before:])
            self.parts[before:] = [f"(({met}) OR c.user_properties -> {self._value(key)} IS NULL)"]

    def _property(self, key: str, wanted: Mapping[str, Any]) -> None:
        name = self._value(key)
        if key.startswith("number:"):
            number = (
                f"(CASE WHEN jsonb_typeof(c.user_properties -> {name}) = 'number' "
                f"THEN (c.user_properties ->> {name})::double precision END)"
            )
            self.between(number, wanted.get("minimum"), wanted.get("maximum"))
            self._among(number, wanted, "double precision[]")
        else:
            self._among(f"c.user_properties ->> {name}", wanted, "text[]")

    def _among(self, expression: str, wanted: Mapping[str, Any], kind: str) -> None:
        if wanted.get("one_of") is not None:
            self.parts.append(f"{expression} = ANY({self._value(list(wanted['one_of']))}::{kind})")
        if wanted.get("not_one_of") is not None:
            among = f"{expression} = ANY({self._value(list(wanted['not_one_of']))}::{kind})"
            self.parts.append(f"({among}) IS NOT TRUE")

    def _value(self, value: Any) -> str:
        name = f"filter_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
