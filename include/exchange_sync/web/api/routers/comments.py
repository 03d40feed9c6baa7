"""Reading comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from exchange_sync.store import reading, threads
from exchange_sync.store.reading import Key, Window
from exchange_sync.web.api import shapes, tokens
from exchange_sync.web.api.models import comments as models
from exchange_sync.web.api.models.common import Moment
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError, ok, with_list

PAGE, PAGE_LIMIT = 64, 256
router = APIRouter(tags=["comments"])

Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT)]
After = Annotated[str | None, Query(max_length=4_096, description="the last page's `continuation`")]
Time = Annotated[Moment | None, Query(examples=["2026-01-31T08:00:00Z"], description="inclusive; without zone: UTC")]
Markup = Annotated[bool, Query(alias="include_markup", description="accepted; there is no markup")]


@router.get(f"/api/_private/sources/{REF}/comments", response_model=models.CommentPage)
def get_comments(
    caller: CallerDep,
    ref: RefDep,
    after: After = None,
    limit: Limit = PAGE,
    from_timestamp: Time = None,
    to_timestamp: Time = None,
    direction: Literal["ascending", "descending"] = "ascending",
    include_thread_properties: bool = False,
    _markup: Markup = False,
) -> Response:
    """Comments in the order of their timestamps, a page at a time."""
    source = caller.find("sources", ref)
    ascending = direction == "ascending"
    kind = "comments" if ascending else "comments-descending"
    key = _key(kind, after) if after else None
    window = Window(from_timestamp, to_timestamp)
    fields: dict[str, Any] = {}
    with caller.services.pool.lend() as db:
        rows = reading.page(db, source["bucket_id"], window, key, limit + 1, ascending=ascending)
        page = rows[:limit]
        if include_thread_properties:
            fields["thread_properties"] = threads.properties(db, source["bucket_id"], page)
    if len(rows) > limit:
        fields["continuation"] = tokens.write(kind, page[-1]["timestamp"].isoformat(), page[-1]["id"])
    return with_list("comments", (shapes.written_comment(row, source["id"]) for row in page), **fields)


@router.get(f"/api/v1/sources/{REF}/comments/{{comment_id}}", response_model=models.OneComment)
def get_comment(
    caller: CallerDep,
    ref: RefDep,
    comment_id: Annotated[str, Path(examples=["3c6d61696c2d3140636c69656e742e6578616d706c653e"])],
    _markup: Markup = False,
) -> Response:
    """One comment by its id."""
    source = caller.find("sources", ref)
    with caller.services.pool.lend() as db:
        row = reading.one(db, source["bucket_id"], comment_id)
    if row is None:
        raise ApiError(404, f"there is no such comment in source {ref}")
    return ok(comment=shapes.comment(row, source["id"]))


def _key(kind: str, after: str) -> Key:
    """Where the last page ended."""
    timestamp, comment_id = tokens.read(kind, after, (str, str), "after")
    try:
        when = datetime.fromisoformat(timestamp)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise ApiError(400, "after is not a continuation that this server gave: leave it out to start anew")
    return Key(when, comment_id)
