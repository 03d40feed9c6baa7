"""Streams (reference 2.11)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from exchange_sync.web.api.models.comments import Comment
from exchange_sync.web.api.models.common import Body, Moment, Ok, Shown, Strict
from exchange_sync.web.api.models.filters import CommentFilter

SequenceId = Annotated[str, Field(min_length=1, max_length=16_384, description="opaque; from a fetch or its results")]
Size = Annotated[int, Field(ge=1, le=1_024)]
StreamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$", examples=["handle-claims"])]


class LabelThreshold(Strict):
    """From which certainty a label counts."""

    name: Annotated[list[Annotated[str, Field(max_length=1_024)]], Field(max_length=64)]
    threshold: Annotated[float, Field(ge=0, le=1)]


class StreamModel(Strict):
    """Which predictions a stream wants. Kept and shown, but answered without: there are no predictions here."""

    version: int | Annotated[str, Field(max_length=64)]
    label_thresholds: Annotated[list[LabelThreshold], Field(max_length=1_024)] | None = None


class StreamFields(Strict):
    """What can be said of a stream.

    start (ours): ``now`` (comments that come from now on) or ``beginning``. redeliver (ours): ``properties`` delivers
    a comment again when its properties change, such as its folder. Both are said once, when the stream is made.
    """

    name: StreamName
    title: Annotated[str, Field(max_length=128)] | None = None
    description: Annotated[str, Field(max_length=16_384)] | None = None
    comment_filter: CommentFilter | None = None
    model: StreamModel | None = None
    start: Literal["now", "beginning"] | None = None
    redeliver: Literal["properties"] | None = None


class StreamUpdateFields(StreamFields):
    """What to change of a stream."""

    name: StreamName | None = None  # type: ignore[assignment]


class PutStream(Body):
    """A stream to make."""

    stream: StreamFields


class PostStream(Body):
    """What to change of a stream."""

    stream: StreamUpdateFields


class Stream(Shown):
    """A named cursor over the comments of a dataset."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    dataset_id: str
    name: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    comment_filter: CommentFilter | None = None
    model: StreamModel | None = None
    redeliver: Literal["properties"] | None = None


class OneStream(Ok):
    """One stream."""

    stream: Stream


class Streams(Ok):
    """Of one dataset."""

    streams: list[Stream]


class PutTrigger(Body):
    """A stream to make, by its former name."""

    trigger: StreamFields


class PostTrigger(Body):
    """What to change of a stream, by its former name."""

    trigger: StreamUpdateFields


class OneTrigger(Ok):
    """One stream, by its former name."""

    trigger: Stream


class Triggers(Ok):
    """Of one dataset, by their former name."""

    triggers: list[Stream]


class FetchRequest(Body):
    """How many comments at most; how many that the filter refuses may be passed over."""

    size: Size
    max_filtered: Size | None = None


class StreamResult(Shown):
    """One comment, and where the stream stands once it is handled."""

    comment: Comment
    sequence_id: str


class FetchAnswer(Ok):
    """The next comments. The same again until the stream is advanced."""

    results: list[StreamResult]
    filtered: int
    sequence_id: str
    is_end_sequence: bool


class Result(Shown):
    """One comment, and what to advance to once it is handled."""

    comment: Comment
    prediction: None = None
    continuation: str


class ResultsAnswer(Ok):
    """The next comments. The same again until the stream is advanced."""

    results: list[Result]
    num_filtered: int
    more_results: bool
    continuation: str


class AdvanceRequest(Body):
    """Up to where comments have been handled."""

    sequence_id: SequenceId


class AdvanceAnswer(Ok):
    """Where the stream stands."""

    sequence_id: str


class ResetRequest(Body):
    """Go to the first comment created at this time or later; without zone it is UTC."""

    to_comment_created_at: Moment


class ResetAnswer(AdvanceAnswer):
    """Where the stream stands."""

    stream: Stream


class TriggerResetAnswer(AdvanceAnswer):
    """Where the stream stands, by its former name."""

    trigger: Stream


class ExceptionMetadata(Strict):
    """Why a comment could not be handled."""

    type: Annotated[str, Field(max_length=1_024)]


class StreamException(Strict):
    """A comment that could not be handled, by its uid."""

    uid: Annotated[str, Field(min_length=1, max_length=2_048)]
    metadata: ExceptionMetadata


class PutExceptions(Body):
    """Comments that could not be handled."""

    exceptions: Annotated[list[StreamException], Field(max_length=1_024)]


class ExceptionUid(Strict):
    """A comment, by its uid."""

    uid: Annotated[str, Field(min_length=1, max_length=2_048)]
    metadata: ExceptionMetadata | None = None


class DeleteExceptions(Body):
    """Comments that are no longer exceptions."""

    exceptions: Annotated[list[ExceptionUid], Field(max_length=1_024)]
