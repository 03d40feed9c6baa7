"""Reading a dataset as a whole: export, statistics, summary, query. There is no model, so labels are always empty."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from exchange_sync.web.api.models.comments import Comment
from exchange_sync.web.api.models.common import Body, Moment, Ok, Shown, Strict
from exchange_sync.web.api.models.filters import CommentFilter
from exchange_sync.web.api.models.places import HexId

Continuation = Annotated[str, Field(max_length=4_096, description="the last page's")]
Limit = Annotated[int, Field(ge=1, le=256)]
Most = Annotated[int, Field(ge=1, le=1_024)]
Value = Annotated[str, Field(max_length=1_024)]
Values = Annotated[list[Value], Field(max_length=1_024)]
Nothing = Annotated[list[Any], Field(max_length=0, description="empty: it needs a model, or is not served here")]
Uid = Annotated[str, Field(pattern=r"^[0-9a-f]{16}\..+$", max_length=1_041)]


class ExportDatasetRequest(Body):
    """Which comments. from and to: inclusive, by the clock of order_by."""

    comment_uids: Annotated[list[Uid], Field(max_length=256)] | None = None
    source_ids: Annotated[list[HexId], Field(max_length=1_024)] | None = None
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None
    order_by: Literal["timestamp", "created_at"] = "timestamp"
    limit: Limit = 64
    continuation: Continuation | None = None


class ExportedLabels(Shown):
    """Labels that people gave: none."""

    assigned: list[str]


class ExportedAnnotations(Shown):
    """What people said of a comment: nothing."""

    labels: ExportedLabels


class ExportedPredictions(Shown):
    """What a model says of a comment: nothing."""

    labels: list[str]


class ExportedComment(Shown):
    """A comment with what is said of it."""

    comment: Comment
    annotations: ExportedAnnotations
    predictions: ExportedPredictions


class ExportedComments(Ok):
    """One page; without continuation it is the last."""

    comments: list[ExportedComment]
    continuation: str | None = None


class PropertyCount(Strict):
    """A text property whose values are to be counted: all, or these."""

    group_by: Annotated[str, Field(pattern=r"^string:.{1,256}$")]
    limit: Most | None = None
    values: Values | None = None


class SomeCount(Strict):
    """What is to be counted: all, or these."""

    limit: Most | None = None
    values: Values | None = None


class EmailPropertyCount(Strict):
    """People or domains to be counted. Only settings is read; clients may send the rest of an answer along."""

    settings: SomeCount = SomeCount()
    limit: Most | None = None
    values: list[Value] | None = None
    labels: Nothing | None = None
    num_comments: list[float] | None = None
    num_labels: list[Any] | None = None


class EmailPropertyCounts(Strict):
    """Which people or domains to count."""

    sender: EmailPropertyCount | None = None
    recipient: EmailPropertyCount | None = None
    to: EmailPropertyCount | None = None
    cc: EmailPropertyCount | None = None
    bcc: EmailPropertyCount | None = None
    sender_domain: EmailPropertyCount | None = None
    recipient_domain: EmailPropertyCount | None = None


class DatasetStatisticsRequest(Body):
    """What to count. What needs labels is accepted where it asks for none."""

    comment_filter: CommentFilter | None = None
    attribute_filters: Nothing | None = None
    time_resolution: Literal["day", "week", "month", "year"] | None = None
    string_user_property_counts: Annotated[list[PropertyCount], Field(max_length=16)] | None = None
    email_property_counts: EmailPropertyCounts | None = None
    source_counts: SomeCount | None = None
    thread_mode: Literal[False] | None = None
    timezone: Annotated[str, Field(max_length=128)] | None = None
    by_label_properties: list[Literal["0000000000000001", "0000000000000002"]] | None = None
    label_filter: Nothing | None = None
    label_timeseries: bool | None = None
    label_property_timeseries: bool | None = None


class CountSettings(Shown):
    """As asked."""

    group_by: str | None = None
    limit: int | None = None
    values: list[str] | None = None


class ValueCounts(Shown):
    """The most frequent values, each with its number of comments in num_comments."""

    settings: CountSettings
    values: list[str]
    labels: list[str]
    num_comments: list[int]
    num_labels: list[list[int]]


class DatasetStatistics(Shown):
    """Of the comments that the filter takes."""

    num_comments: int
    min_timestamp: str | None
    max_timestamp: str | None
    thread_mode: bool
    timezone: str
    by_labels: list[str]
    by_label_properties: list[str]
    label_counts: dict[str, int]
    string_user_property_counts: list[ValueCounts]
    email_property_counts: dict[str, ValueCounts]
    thread_histogram_counts: dict[str, int]
    source_counts: ValueCounts | None = None


class DatasetStatisticsAnswer(Ok):
    """Of one dataset."""

    statistics: DatasetStatistics


class SummaryRequest(Body):
    """Which comments to sum up."""

    filter: CommentFilter | None = None
    attribute_filters: Nothing | None = None
    thread_mode: Literal[False] | None = None
    label_filter: Nothing | None = None
    beta: bool | None = None


class PropertyValue(Shown):
    """One value."""

    value: str


class TextProperty(Shown):
    """A text property and its most frequent values. too_many_values: there are more."""

    full_name: str
    too_many_values: bool
    values: list[PropertyValue]


class NumberProperty(Shown):
    """A number property."""

    full_name: str


class SummaryProperties(Shown):
    """The user properties that comments bear."""

    string: list[TextProperty]
    number: list[NumberProperty]


class AnnotationMetadata(Shown):
    """Nothing."""


class Summary(Shown):
    """What there is to filter by."""

    user_properties: SummaryProperties
    label_properties: list[str]
    annotation_metadata: AnnotationMetadata
    source_kinds: list[str]
    source_names: list[str]
    labels: list[str]
    entity_defs: list[str]
    attachments_common_types_extensions: dict[str, list[str]]
    attachments_file_extensions: dict[str, list[str]]


class SummaryAnswer(Ok):
    """Of one dataset."""

    summary: Summary


class Order(Strict):
    """In which order, or what to look for."""

    kind: Literal[
        "recent", "sample", "text_search", "any_label_asc", "by_label", "learning", "label_property", "diagnostic",
        "check", "missed", "attachment_text_search",
    ]  # fmt: skip
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    query: Annotated[str, Field(min_length=1, max_length=2_048)] | None = None


class QueryRequest(Body):
    """Which comments, in which order."""

    order: Order
    filter: CommentFilter | None = None
    attribute_filters: Nothing | None = None
    collapse_mode: Literal["none"] | None = None
    limit: Limit | None = None
    continuation: Continuation | None = None


class Labelling(Shown):
    """Labels that people gave: none."""

    group: str
    assigned: list[str]
    dismissed: list[str]


class AnnotatedComment(Shown):
    """A comment with what is said of it."""

    comment: Comment
    labelling: list[Labelling]


class QueryAnswer(Ok):
    """One page; without continuation it is the last."""

    entity_defs: list[str]
    results: list[AnnotatedComment]
    continuation: str | None = None
