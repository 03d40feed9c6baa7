"""Figures about a dataset's comments: how many, of what, and by what they can be filtered."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from exchange_sync.store import dataset_reading
from exchange_sync.store.database import Row
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import reading as models
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.api.routers.dataset_reading import filtered
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ok

PREFIX = f"/api/_private/datasets/{REF}"
VALUES = 64  # of a property that a summary shows
KINDS = 1_024  # of attachments
MOST = 64  # values that are counted unless more are asked for
router = APIRouter(tags=["datasets"])


@router.post(f"{PREFIX}/statistics", response_model=models.DatasetStatisticsAnswer)
def post_dataset_statistics(caller: CallerDep, ref: RefDep, body: models.DatasetStatisticsRequest) -> Response:
    """How many comments a filter takes, when the first and the last was, and how many bear which value."""
    places, condition = filtered(caller, ref, body.comment_filter)
    with caller.services.pool.lend() as db:
        figures = dataset_reading.figures(db, places, condition)
        shown: dict[str, Any] = {
            "num_comments": figures["n"],
            "min_timestamp": shapes.time(figures["first"]) if figures["first"] else None,
            "max_timestamp": shapes.time(figures["last"]) if figures["last"] else None,
            "thread_mode": False,
            "timezone": body.timezone or "UTC",
            "by_labels": [],
            "by_label_properties": [],
            "label_counts": {},
            "thread_histogram_counts": {},
            "string_user_property_counts": [],
            "email_property_counts": {},
        }
        for one in body.string_user_property_counts or ():
            counts = dataset_reading.counts_by_property(
                db, places, condition, one.group_by, one.values, one.limit or MOST
            )
            shown["string_user_property_counts"].append(_counts(one, counts))
        for who in dataset_reading.EMAIL_PROPERTIES:
            if (asked := getattr(body.email_property_counts, who, None)) is not None:
                settings = asked.settings
                counts = dataset_reading.counts_by_person(
                    db, places, condition, who, settings.values, settings.limit or MOST
                )
                shown["email_property_counts"][who] = _counts(settings, counts)
        if body.source_counts is not None:
            counts = dataset_reading.counts_by_source(db, places, condition)
            wanted = body.source_counts.values
            kept = {name: count for name, count in counts.items() if wanted is None or name in wanted}
            shown["source_counts"] = _counts(body.source_counts, kept)
    return ok(statistics=shown)


def _counts(asked: models.SomeCount | models.PropertyCount, found: dict[str, int]) -> dict[str, Any]:
    return {
        "settings": asked.model_dump(exclude_none=True),
        "values": list(found),
        "labels": [],
        "num_comments": list(found.values()),
        "num_labels": [[] for _ in found],
    }


@router.post(f"{PREFIX}/summary", response_model=models.SummaryAnswer)
def post_dataset_summary(caller: CallerDep, ref: RefDep, body: models.SummaryRequest) -> Response:
    """By what a dataset can be filtered: user properties with their values, sources, kinds of attachments.

    Looked for in the newest 4,096 comments of each source.
    """
    places, condition = filtered(caller, ref, body.filter)
    with caller.services.pool.lend() as db:
        properties = dataset_reading.properties(db, places, condition, VALUES)
        kinds = dataset_reading.attachment_kinds(db, places, condition, KINDS)
    by_type: dict[str, list[str]] = {}
    for one in kinds:
        extensions = by_type.setdefault(one["type"], [])
        if one["extension"]:
            extensions.append(one["extension"])
    return ok(
        summary={
            "user_properties": {
                "string": [_text(one) for one in properties if not one["number"]],
                "number": [{"full_name": one["name"]} for one in properties if one["number"]],
            },
            "label_properties": [],
            "annotation_metadata": {},
            "source_kinds": ["unknown"] if places else [],
            "source_names": [f"{row['owner']}/{row['name']}" for row in places],
            "labels": [],
            "entity_defs": [],
            "attachments_common_types_extensions": by_type,
            "attachments_file_extensions": {},
        }
    )


def _text(one: Row) -> dict[str, Any]:
    return {
        "full_name": one["name"],
        "too_many_values": one["cardinality"] > VALUES,
        "values": [{"value": found["value"]} for found in one["values"]],
    }
