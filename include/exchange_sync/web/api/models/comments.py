"""The comment, as requests bring it and responses show it (reference 2.2)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from exchange_sync.web.api.models.common import Body, Moment, Ok, Shown, Strict

COMMENT_ID = r"^[\w\x21-\x2e\x3a-\x40\x5b-\x60\x7b-\x7e]+$"
HASH = r"^[0-9a-f]{64}$"
TEXT = 65_536
MESSAGES = 2_048
_ID = re.compile(COMMENT_ID)
RECIPIENTS = 2_048
ATTACHMENTS = 128

Address = Annotated[str, Field(min_length=1, max_length=512)]
Addresses = Annotated[list[Address], Field(max_length=RECIPIENTS)]
Language = Annotated[str, Field(min_length=1, max_length=8)]


def _comment_id(value: str) -> str:
    """Checked here: compiled as a bounded pattern it would take megabytes."""
    if not _ID.fullmatch(value):
        raise ValueError("expected letters, digits and printable ASCII characters other than /")
    return value


CommentId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1_024,
        json_schema_extra={"pattern": COMMENT_ID},
        examples=["3c6d61696c2d3140636c69656e742e6578616d706c653e"],
    ),
    AfterValidator(_comment_id),
]
UserProperties = Annotated[
    dict[Annotated[str, Field(pattern=r"^(string|number):.{1,256}$")], str | int | float],
    Field(examples=[{"string:Folder": "Inbox/Claims", "number:Recipient Count": 2}]),
]


class TextNew(Strict):
    """A text, and what it was translated from."""

    text: Annotated[str, Field(max_length=TEXT)]
    translated_from: Annotated[str, Field(max_length=TEXT)] | None = None


class MessageNew(Strict):
    """One message of a comment. An email is one message."""

    body: TextNew
    from_: Address | None = Field(None, alias="from")
    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    sent_at: Moment | None = None
    language: Language | None = None
    subject: TextNew | None = None
    signature: TextNew | None = None


class AttachmentNew(Strict):
    """An attachment's metadata. size in bytes."""

    name: Annotated[str, Field(max_length=256)]
    size: Annotated[int, Field(ge=0, le=2**53)]
    content_type: Annotated[str, Field(max_length=256)]
    inline: bool = False
    content_hash: Annotated[str, Field(pattern=HASH)] | None = None
    attachment_reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,128}$")] | None = None


class CommentNew(Strict):
    """A comment as programs add it. What is left out stays; of a new one timestamp is now, and the text is empty."""

    id: CommentId
    timestamp: Moment | None = None
    messages: Annotated[list[MessageNew], Field(max_length=MESSAGES)] | None = None
    thread_id: Annotated[str, Field(max_length=2_056)] | None = None
    user_properties: UserProperties | None = None
    attachments: Annotated[list[AttachmentNew], Field(max_length=ATTACHMENTS)] | None = None
    context: Annotated[str, Field(max_length=256)] | None = None


class SyncRequest(Body):
    """Comments to create or bring up to date."""

    comments: Annotated[list[CommentNew], Field(max_length=16_384)]


class PutComments(Body):
    """Comments to create; one that exists is overwritten when its latest ``context`` comes along."""

    comments: Annotated[list[CommentNew], Field(max_length=16_384)]


class Text(Shown):
    """A text of a message."""

    text: str


class Message(Shown):
    """One message of a comment."""

    body: Text
    from_: str | None = Field(None, alias="from")
    to: list[str] = []
    cc: list[str] = []
    bcc: list[str] = []
    sent_at: datetime | None = None
    language: str | None = None
    subject: Text | None = None
    signature: Text | None = None


class Attachment(Shown):
    """An attachment's metadata; with a reference when its content can be read."""

    name: str
    size: int
    content_type: str
    inline: bool = False
    content_hash: str | None = Field(None, pattern=HASH)
    attachment_reference: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{0,128}$")


class Comment(Shown):
    """One email, cleaned and enriched, or whatever a program added."""

    uid: str = Field(examples=["5b0a33c2a1f04be2.3c6d61696c2d3140636c69656e742e6578616d706c653e"])
    id: CommentId
    source_id: str
    timestamp: datetime
    thread_id: str | None = None
    user_properties: dict[str, str | int | float]
    messages: list[Message]
    attachments: list[Attachment]
    created_at: datetime
    last_modified: datetime
    context: str | None = None
    text_format: str = "plain"
    has_annotations: bool = False


class ThreadProperties(Shown):
    """What a comment's thread is like. duration and response_time in seconds."""

    duration: float | None
    response_time: float | None
    num_messages: int
    num_participants: int
    first_sender: str | None
    thread_position: int | None


class CommentPage(Ok):
    """One page; without continuation it is the last."""

    comments: list[Comment]
    continuation: str | None = None
    thread_properties: list[ThreadProperties] | None = None


class OneComment(Ok):
    """One comment."""

    comment: Comment


class Thread(Shown):
    """A thread and the ids of its comments, oldest first."""

    thread_id: str
    comments: list[str]


class ThreadPage(Ok):
    """One page of threads; without continuation it is the last."""

    threads: list[Thread]
    continuation: str | None = None


class SyncCounts(Ok):
    """What became of the comments that were sent: the four kinds that billing tells apart, and their sum."""

    new: int
    updated: int
    updated_properties_only: int
    updated_text_changed: int
    unchanged: int
