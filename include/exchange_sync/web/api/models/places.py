"""Buckets, sources, datasets: the places where comments are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from exchange_sync.web.api.models.common import Body, Ok, Shown, Strict
from exchange_sync.web.api.models.filters import CommentFilter

HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", examples=["5b0a33c2a1f04be2"])]
SOURCES = 1_024  # of one dataset
Description = Annotated[str, Field(max_length=16_384)]


class Named(Shown):
    """What has an id, and a name under its owner."""

    id: HexId
    owner: str
    name: str
    title: str
    created_at: datetime
    updated_at: datetime


class Bucket(Named):
    """Where emails go."""

    bucket_type: Literal["emails"] = "emails"


class Buckets(Ok):
    """Those that the caller may see."""

    buckets: list[Bucket]


class OneBucket(Ok):
    """One bucket."""

    bucket: Bucket


class BucketFields(Strict):
    """What can be said of a bucket."""

    bucket_type: Literal["emails"] = "emails"
    title: Annotated[str, Field(max_length=256)] | None = None


class BucketBody(Body):
    """A bucket to make or change."""

    bucket: BucketFields


class Count(Shown):
    """How many emails a bucket holds."""

    kind: Literal["exact", "lower_bound"]
    value: int


class BucketStatistics(Shown):
    """Of one bucket."""

    count: Count


class BucketStatisticsAnswer(Ok):
    """Of one bucket."""

    statistics: BucketStatistics


class Source(Named):
    """A name under which comments are read. bucket_id: absent when the source holds its own comments."""

    description: str
    last_modified: datetime
    language: str
    should_translate: bool
    bucket_id: HexId | None = None
    kind: str = Field("unknown", alias="_kind")
    sensitive_properties: list[str]
    email_transform_tag: str | None = None


class Sources(Ok):
    """Those that the caller may see."""

    sources: list[Source]


class OneSource(Ok):
    """One source."""

    source: Source


class SourceFields(Strict):
    """What can be said of a source."""

    title: Annotated[str, Field(max_length=128)] | None = None
    description: Description | None = None
    language: Literal["en", "de", "xlm"] | None = None
    should_translate: bool | None = None
    bucket_id: HexId | None = None
    sensitive_properties: Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=128)] | None = None
    email_transform_tag: Annotated[str, Field(max_length=256)] | None = None
    kind: Annotated[str, Field(max_length=64)] | None = Field(None, alias="_kind")


class SourceBody(Body):
    """A source to make or change."""

    source: SourceFields


class StatisticsRequest(Body):
    """Which comments to count."""

    comment_filter: CommentFilter | None = None


class SourceStatistics(Shown):
    """Of one source."""

    num_comments: int


class SourceStatisticsAnswer(Ok):
    """Of one source."""

    statistics: SourceStatistics


class Locales(Shown):
    """How texts are shown."""

    default: str
    preferences: list[str]


class ModelConfig(Shown):
    """What kind of dataset it is."""

    kind: Literal["cm"]


class Dataset(Shown):
    """Sources that belong together. Labels, entities and models are always empty: there are no predictions here."""

    id: HexId
    owner: str
    name: str
    title: str
    description: str
    source_ids: list[HexId]
    created: datetime
    last_modified: datetime
    model_family: str
    has_sentiment: bool
    entity_defs: list[str]
    general_fields: list[str]
    label_defs: list[str]
    label_groups: list[str]
    dataset_flags: list[str] = Field(alias="_dataset_flags")
    label_properties: list[str] = Field(alias="_label_properties")
    timezone: str = Field(alias="_timezone")
    preferred_locales: Locales = Field(alias="_preferred_locales")
    shown_model_config: ModelConfig = Field(alias="_model_config")
    limited_access: bool


class Datasets(Ok):
    """Those that the caller may see."""

    datasets: list[Dataset]


class OneDataset(Ok):
    """One dataset."""

    dataset: Dataset


Nothing = Annotated[list[Any], Field(max_length=0, description="empty: there are no predictions here")]


class DatasetFields(Strict):
    """What can be said of a dataset."""

    title: Annotated[str, Field(max_length=256)] | None = None
    description: Description | None = None
    source_ids: Annotated[list[HexId], Field(max_length=SOURCES)] | None = None
    model_family: Annotated[str, Field(max_length=64)] | None = None
    has_sentiment: Literal[False] | None = None
    entity_kinds: Nothing | None = None
    entity_defs: Nothing | None = None
    general_fields: Nothing | None = None
    label_groups: Nothing | None = None
    label_defs: Nothing | None = None
    label_properties: Nothing | None = Field(None, alias="_label_properties")
    dataset_flags: Nothing | None = Field(None, alias="_dataset_flags")


class DatasetBody(Body):
    """A dataset to make or change."""

    dataset: DatasetFields
