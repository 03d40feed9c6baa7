"""A dataset's comments as a whole: the public way to read them, and what the mirrored product's screens are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange_sync.store import dataset_reading, filters
from exchange_sync.store.database import Row
from exchange_sync.store.dataset_reading import Place
from exchange_sync.store.filters import Condition
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes, tokens
from exchange_sync.web.api.models import reading as models
from exchange_sync.web.api.models.filters import CommentFilter
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PAGE = 64
router = APIRouter(tags=["datasets"])
_UNLABELLED = [{"group": "default", "assigned": [], "dismissed": []}]


@router.post(f"/api/v1/datasets/{REF}/export", response_model=models.ExportedComments)
def export_dataset(caller: CallerDep, ref: RefDep, body: models.ExportDatasetRequest) -> Response:
    """Comments of all its sources in one order, a page at a time; there are no annotations and no predictions."""
    places = readable(caller, ref, body.source_ids)
    parts, values = ["true"], dict[str, Any]()
    for name, sign, when in (("since", ">=", body.from_), ("until", "<=", body.to)):
        if when is not None:
            parts.append(f"c.{body.order_by} {sign} %({name})s")
            values[name] = when
    if body.comment_uids is not None:
        parts.append("(s.source_id || '.' || c.id) = ANY(%(uids)s) AND c.id = ANY(%(ids)s)")
        values |= {"uids": body.comment_uids, "ids": [uid.partition(".")[2] for uid in body.comment_uids]}
    kind = f"export-{body.order_by}"
    after = _place(kind, body.continuation)
    condition = Condition(" AND ".join(parts), values)
    with caller.services.pool.lend() as db:
        rows = dataset_reading.page(db, places, body.order_by, condition, after, body.limit + 1)
    fields: dict[str, Any] = {"comments": [_exported(row) for row in rows[: body.limit]]}
    if len(rows) > body.limit:
        fields["continuation"] = _token(kind, rows[body.limit - 1], body.order_by)
    return ok(**fields)


@router.post(f"/api/_private/datasets/{REF}/query", response_model=models.QueryAnswer)
def query_dataset(
    caller: CallerDep,
    ref: RefDep,
    body: models.QueryRequest,
    limit: Annotated[int | None, Query(ge=1, le=256, description="as in the body")] = None,
    continuation: Annotated[str | None, Query(max_length=4_096, description="as in the body")] = None,
) -> Response:
    """Comments that a filter takes: the newest first, at random by a seed, or those that hold some words, newest first.

    Orders that need a model are refused.
    """
    most, token = body.limit or limit or PAGE, body.continuation or continuation
    places, condition = filtered(caller, ref, body.filter)
    if body.order.kind == "sample":
        return _sample(caller, places, condition, body.order.seed, token, most)
    kind = body.order.kind
    if kind == "text_search":
        condition = _with_words(caller, body.order.query, condition)
    elif kind != "recent":
        raise ApiError(422, f"body.order.kind: {kind} needs a model; served are recent, sample and text_search")
    after = _place(kind, token)
    with caller.services.pool.lend() as db:
        rows = dataset_reading.page(db, places, "timestamp", condition, after, most + 1, newest_first=True)
    more = _token(kind, rows[most - 1], "timestamp") if len(rows) > most else None
    return _answer(rows[:most], more)


def _sample(
    caller: Caller, places: list[Row], condition: Condition, seed: int | None, token: str | None, most: int
) -> Response:
    if seed is None:
        raise ApiError(422, "body.order.seed: sample needs a number from 0 to 2147483647")
    after = str(tokens.read("sample", token, (str,))[0]) if token else ""
    with caller.services.pool.lend() as db:
        rows = dataset_reading.sample(db, places, condition, seed, after, most + 1)
    return _answer(rows[:most], tokens.write("sample", rows[most - 1]["key"]) if len(rows) > most else None)


def _with_words(caller: Caller, query: str | None, condition: Condition) -> Condition:
    if query is None:
        raise ApiError(422, "body.order.query: text_search needs the words to look for")
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        found = dataset_reading.word_condition(cursor, query, condition)
    if found is None:
        raise ApiError(422, "body.order.query: it holds neither letters nor digits")
    return found


def _answer(rows: Sequence[Row], continuation: str | None) -> Response:
    results = [{"comment": shapes.comment(row, row["source_id"]), "labelling": _UNLABELLED} for row in rows]
    more = {} if continuation is None else {"continuation": continuation}
    return ok(entity_defs=[], results=results, **more)


def _exported(row: Row) -> dict[str, Any]:
    return {
        "comment": shapes.comment(row, row["source_id"]),
        "annotations": {"labels": {"assigned": []}},
        "predictions": {"labels": []},
    }


def readable(caller: Caller, ref: Ref, chosen: Sequence[str] | None) -> list[Row]:
    """A dataset's sources, for whoever may view the dataset and each of them. Raises 404, 403."""
    dataset = caller.find("datasets", ref)
    with caller.services.pool.lend() as db:
        places = dataset_reading.sources(db, dataset["id"], chosen)
    for owner in sorted({row["owner"] for row in places}):
        caller.allow(owner, may.VIEW_SOURCES)
    return places


def filtered(caller: Caller, ref: Ref, wanted: CommentFilter | None) -> tuple[list[Row], Condition]:
    """A dataset's sources as a filter leaves them, and its other conditions. Raises 404, 403."""
    plain = wanted.plain() if wanted else {}
    places = readable(caller, ref, plain.pop("sources", None))
    return places, filters.condition(plain)


def _token(kind: str, row: Row, clock: str) -> str:
    return tokens.write(kind, row[clock].isoformat(), row["id"], row["source_id"])


def _place(kind: str, token: str | None) -> Place | None:
    if token is None:
        return None
    at, comment_id, source_id = tokens.read(kind, token, (str, str, str))
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise ApiError(400, "continuation is not one that this server gave: leave it out to start anew")
    return Place(when, comment_id, source_id)
