"""Raw emails and sync states (reference 2.3, 2.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from exchange_sync.web.api.models.comments import Attachment, AttachmentNew
from exchange_sync.web.api.models.common import Body, Moment, Ok, Shown, Strict

Segment = Annotated[str, Field(max_length=1_024)]
MailboxName = Annotated[str, Field(min_length=1, max_length=1_024)]


class EmailMetadata(Strict):
    """What Exchange says of an email beside its content."""

    sensitivity: Annotated[str, Field(max_length=64)] | None = None
    size: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    categories: Annotated[list[Segment], Field(max_length=256)] | None = None
    importance: Annotated[str, Field(max_length=64)] | None = None
    has_attachments: bool | None = None
    conversation_id: Annotated[str, Field(max_length=1_024)] | None = None
    conversation_topic: Annotated[str, Field(max_length=1_024)] | None = None
    is_read: bool | None = None
    folder: Annotated[list[Segment], Field(max_length=64)] | None = None
    received_at: Moment | None = None


class EmailNew(Strict):
    """An email to add. id: the Message-ID with its brackets. mime_content: the MIME as text.

    mime_encoding (ours): ``latin-1`` when each character of mime_content stands for one byte.
    """

    id: Annotated[str, Field(min_length=1, max_length=2_048, examples=["<mail-1@client.example>"])]
    mailbox: MailboxName
    timestamp: Moment
    mime_content: Annotated[str, Field(min_length=1, examples=["Subject: Hello\r\n\r\nGood morning.\r\n"])]
    mime_encoding: Literal["utf-8", "latin-1"] = "utf-8"
    metadata: EmailMetadata | None = None
    attachments: Annotated[list[AttachmentNew], Field(max_length=128)] | None = None


class PutEmails(Body):
    """Emails to add; they become comments by the same pipeline as synced ones."""

    emails: Annotated[list[EmailNew], Field(max_length=1_024)]


class EmailsRequest(Body):
    """Which page of a bucket's emails."""

    limit: Annotated[int, Field(ge=1, le=256)] = 64
    continuation: Annotated[str, Field(max_length=4_096)] | None = None


class EmailMetadataShown(Shown):
    """What Exchange says of an email beside its content; null where that is not known."""

    sensitivity: str | None
    size: int | None
    categories: list[str] | None
    importance: str | None
    has_attachments: bool | None
    conversation_id: str | None
    conversation_topic: str | None
    is_read: bool | None
    folder: list[str] | None
    received_at: datetime | None


class Email(Shown):
    """One raw email. mime_encoding (ours): there where each character of mime_content stands for one byte.

    An empty mime_content: the bucket keeps none.
    """

    id: str
    mailbox: str
    timestamp: datetime
    mime_content: str
    mime_encoding: Literal["latin-1"] | None = None
    metadata: EmailMetadataShown
    attachments: list[Attachment]
    created_at: datetime
    updated_at: datetime


class Emails(Ok):
    """One page; without continuation it is the last."""

    emails: list[Email]
    continuation: str | None = None


class KeyedSyncState(Shown):
    """How far one folder has been synced."""

    mailbox_name: str
    folder_id: str | None = None
    folder_path: list[str] | None = None
    status: Literal["IN_PROGRESS", "UP_TO_DATE"]
    synced_until: datetime | None = None
    last_synced_at: datetime
    fingerprint: str | None = None


class KeyedSyncStates(Ok):
    """Of one bucket."""

    keyed_sync_states: list[KeyedSyncState]


class OneSyncState(Ok):
    """Of one folder."""

    keyed_sync_state: KeyedSyncState


class SyncStateIdsRequest(Body):
    """Which mailbox."""

    mailbox_name: MailboxName


class SyncStateIds(Ok):
    """The keys of a mailbox's sync states."""

    keyed_sync_state_ids: list[str]


class SyncStateFields(Strict):
    """A sync state of a program that pushes emails itself."""

    mailbox_name: MailboxName
    folder_id: Annotated[str, Field(max_length=2_048)] | None = None
    folder_path: Annotated[list[Segment], Field(max_length=64)] | None = None
    status: Literal["IN_PROGRESS", "UP_TO_DATE"]
    synced_until: Moment | None = None
    last_synced_at: Moment | None = None
    fingerprint: Annotated[str, Field(max_length=2_048)] | None = None


class BucketSyncState(Shown):
    """A program's state of a whole bucket. sync_state: whatever it likes."""

    sync_state: str
    progress_timestamp: datetime | None = None
    last_synced_at: datetime | None = None


class OneBucketSyncState(Ok):
    """Of one bucket."""

    bucket_sync_state: BucketSyncState


class BucketSyncStateFields(Strict):
    """A state of a whole bucket."""

    sync_state: Annotated[str, Field(max_length=262_144)]
    progress_timestamp: Moment | None = None
    last_synced_at: Moment | None = None


class BucketSyncStateBody(Body):
    """A state to keep."""

    bucket_sync_state: BucketSyncStateFields


class SyncStateBody(Body):
    """A sync state to keep."""

    keyed_sync_state: SyncStateFields
