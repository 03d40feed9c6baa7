"""Raw emails as headers and body, to become comments of a source (section 4, row 23)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from exchange_sync.web.api.models.comments import AttachmentNew, Comment, CommentId, SyncCounts, UserProperties
from exchange_sync.web.api.models.common import Body, Strict

_Value = Annotated[str, Field(max_length=65_536)]


class Headers(Strict):
    """Raw header lines, or names with their values."""

    raw: Annotated[str, Field(max_length=1_048_576)] | None = None
    parsed: dict[Annotated[str, Field(max_length=256)], _Value | list[_Value]] | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        """Exactly one."""
        if (self.raw is None) == (self.parsed is None):
            raise ValueError("headers: expected raw or parsed, one of the two")
        return self


class RawBody(Strict):
    """The text, or the HTML, or both."""

    plain: Annotated[str, Field(max_length=65_536)] | None = None
    html: Annotated[str, Field(max_length=33_554_432)] | None = None

    @model_validator(mode="after")
    def at_least_one(self) -> Self:
        """One at least."""
        if self.plain is None and self.html is None:
            raise ValueError("body: expected plain, html or both")
        return self


class RawEmail(Strict):
    """One email."""

    headers: Headers
    body: RawBody
    attachments: Annotated[list[AttachmentNew], Field(max_length=128)] | None = None


class Document(Strict):
    """One email and the comment that it becomes: comment_id is the hex of its Message-ID unless given."""

    raw_email: RawEmail
    comment_id: CommentId | None = None
    user_properties: UserProperties | None = None


class SyncRawRequest(Body):
    """Emails to become comments. transform_tag and override_user_properties are accepted; there is one transform."""

    documents: Annotated[list[Document], Field(max_length=4_096)]
    include_comments: bool = False
    transform_tag: Annotated[str, Field(max_length=256)] | None = None
    override_user_properties: Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=128)] | None = (
        None
    )


class SyncRawAnswer(SyncCounts):
    """What became of them, and the comments where asked for."""

    comments: list[Comment] | None = None
