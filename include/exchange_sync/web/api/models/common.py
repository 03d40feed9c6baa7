"""What the bodies have in common: strict requests, tagged responses, limits of section 6 of the facts."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

UNSTORABLE = "a text holds a NUL character or half a surrogate pair: leave it out"
_SPACE_FOR_PLUS = re.compile(r" (\d\d:?\d\d)$")
_BYTES_FIELDS = frozenset({"mime_content"})  # text that stands for bytes: a NUL in it is the mail's own
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Strict(BaseModel):
    """Part of a request: a field that is not known is named and refused, and so is a number or a boolean as text."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class Body(Strict):
    """A whole request body."""

    @model_validator(mode="before")
    @classmethod
    def storable(cls, data: Any) -> Any:
        """Nothing that JSON can say and PostgreSQL cannot hold: NUL, half a surrogate pair, NaN."""
        stack = [data]
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                stack.extend(value)
                stack.extend(inner for name, inner in value.items() if name not in _BYTES_FIELDS)
            elif isinstance(value, list):
                stack.extend(value)
            elif isinstance(value, str):
                if "\x00" in value or not _encodes(value):
                    raise ValueError(UNSTORABLE)
            elif isinstance(value, float) and not math.isfinite(value):
                raise ValueError("a number is not finite: leave it out")
        return data


class Shown(BaseModel):
    """Part of a response. More fields may come: clients ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class Ok(Shown):
    """Every answer that went well."""

    status: Literal["ok"] = "ok"


class ErrorResponse(BaseModel):
    """Every answer that did not."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["error"]
    message: str = Field(examples=["there is no source acme/support"])


def _encodes(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _moment(value: Any) -> Any:
    """ISO 8601; without zone it is UTC; a plus that a query string turned into a space is a plus."""
    if not isinstance(value, str):
        raise ValueError("expected a time such as 2026-01-31T08:00:00Z")
    try:
        when = datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"+\1", value.strip()))
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expected a time such as 2026-01-31T08:00:00Z") from None
    return when


def _storable_moment(when: datetime) -> datetime:
    if not _EARLIEST <= when <= _LATEST:
        raise ValueError("expected a time between 1970 and 2200")
    return when


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    AfterValidator(_storable_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time of a request, aware, in UTC."""

ErrorResponses: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorResponse, "description": "The request's fault"},
    "5XX": {"model": ErrorResponse, "description": "The server's fault"},
}
