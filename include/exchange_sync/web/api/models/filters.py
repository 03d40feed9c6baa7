"""The comment filter of statistics and streams (reference 2.11)."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from exchange_sync.web.api.models.common import Moment, Strict

Values = Annotated[list[Annotated[str, Field(max_length=1_024)]], Field(max_length=1_024)]
Numbers = Annotated[list[float], Field(max_length=1_024)]


class Times(Strict):
    """Both ends count."""

    minimum: Moment | None = None
    maximum: Moment | None = None


class Texts(Strict):
    """One of these, none of those. include_missing: comments without it, too."""

    one_of: Values | None = None
    not_one_of: Values | None = None
    include_missing: bool | None = None


class Persons(Strict):
    """One of these addresses or domains, none of those; domains with those below them, whatever their case."""

    one_of: Values | None = None
    not_one_of: Values | None = None
    domain_one_of: Values | None = None
    domain_not_one_of: Values | None = None


class Figures(Strict):
    """Within these bounds, both ends counting, or one of these. include_missing: comments without it, too."""

    include_missing: bool | None = None
    minimum: float | None = None
    maximum: float | None = None
    one_of: Numbers | None = None
    not_one_of: Numbers | None = None


class People(Strict):
    """Who wrote to whom, by address. recipient: any of to, cc and bcc."""

    from_: Persons | None = Field(None, alias="from")
    to: Persons | None = None
    cc: Persons | None = None
    bcc: Persons | None = None
    recipient: Persons | None = None


class CommentFilter(Strict):
    """Which comments. There are no labels here, so ``reviewed`` and ``annotations`` are refused as unknown."""

    timestamp: Times | None = None
    sources: Annotated[list[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]], Field(max_length=128)] | None = None
    messages: People | None = None
    user_properties: dict[Annotated[str, Field(pattern=r"^(string|number):.{1,256}$")], Texts | Figures] | None = None

    @model_validator(mode="after")
    def kinds(self) -> Self:
        """A text property is compared with texts, a number with numbers."""
        for name, wanted in (self.user_properties or {}).items():
            texts = isinstance(wanted, Texts) and (wanted.one_of or wanted.not_one_of)
            if name.startswith("string:") and isinstance(wanted, Figures):
                raise ValueError(
                    "user_properties: a string: property takes one_of and not_one_of, each a list of texts"
                )
            if name.startswith("number:") and texts:
                raise ValueError("user_properties: a number: property takes minimum, maximum and lists of numbers")
        return self

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; what was not given is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
