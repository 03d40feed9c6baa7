"""Consuming a stream: fetch is a repeatable read, only advance and reset move (reference 2.11)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange_sync.store import stream_reading, streams
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref
from exchange_sync.store.stream_reading import Batch
from exchange_sync.store.streams import Position
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes, tokens
from exchange_sync.web.api.models import streams as models
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.api.routers.streams import PREFIX, TRIGGERS, Name, find, shape
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREVIEW = f"/api/preview/datasets/{REF}/streams"
MOST_FILTERED = 1_024
router = APIRouter(tags=["streams"])
Most = Annotated[int, Query(ge=1, le=1_024)]


@router.post(f"{TRIGGERS}/{{stream}}/fetch", response_model=models.FetchAnswer, name="fetch_trigger")
@router.post(f"{PREFIX}/{{stream}}/fetch", response_model=models.FetchAnswer)
def fetch_stream(caller: CallerDep, ref: RefDep, stream: Name, body: models.FetchRequest) -> Response:
    """The next comments. The same again until the stream is advanced."""
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    batch = _read(caller, row, body.size, body.max_filtered or MOST_FILTERED)
    return ok(
        results=[
            {"comment": shapes.comment(found.comment, found.source_id), "sequence_id": _token(row, found.at)}
            for found in batch.deliveries
        ],
        filtered=batch.filtered,
        sequence_id=_token(row, batch.at),
        is_end_sequence=batch.last,
    )


@router.get(f"{PREFIX}/{{stream}}/results", response_model=models.ResultsAnswer)
@router.get(f"{PREVIEW}/{{stream}}/results", response_model=models.ResultsAnswer, include_in_schema=False)
def get_stream_results(
    caller: CallerDep, ref: RefDep, stream: Name, max_results: Most = 64, max_filtered: Most = MOST_FILTERED
) -> Response:
    """The next comments. The same again until the stream is advanced; `continuation` is what to advance to."""
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    batch = _read(caller, row, max_results, max_filtered)
    return ok(
        results=[
            {
                "comment": shapes.comment(found.comment, found.source_id),
                "prediction": None,
                "continuation": _token(row, found.at),
            }
            for found in batch.deliveries
        ],
        num_filtered=batch.filtered,
        more_results=not batch.last,
        continuation=_token(row, batch.at),
    )


@router.post(f"{TRIGGERS}/{{stream}}/advance", response_model=models.AdvanceAnswer, name="advance_trigger")
@router.post(f"{PREFIX}/{{stream}}/advance", response_model=models.AdvanceAnswer)
def advance_stream(caller: CallerDep, ref: RefDep, stream: Name, body: models.AdvanceRequest) -> Response:
    """Up to there comments have been handled. A stream that is further on already stays where it is."""
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    to = _position(row, body.sequence_id)
    with caller.services.pool.lend() as db:
        buckets = [source["bucket_id"] for source in streams.sources(db, row)]
        with db.transaction() as cursor:
            streams.advance(cursor, row, {bucket: number for bucket, number in to.items() if bucket in buckets})
    return ok(sequence_id=body.sequence_id)


@router.post(f"{PREFIX}/{{stream}}/reset", response_model=models.ResetAnswer)
def reset_stream(caller: CallerDep, ref: RefDep, stream: Name, body: models.ResetRequest) -> Response:
    """Go back or forth to the first comment that was created at that time or later."""
    sequence_id, shown = _reset(caller, ref, stream, body)
    return ok(sequence_id=sequence_id, stream=shown)


@router.post(f"{TRIGGERS}/{{stream}}/reset", response_model=models.TriggerResetAnswer)
def reset_trigger(caller: CallerDep, ref: RefDep, stream: Name, body: models.ResetRequest) -> Response:
    """Go back or forth to the first comment that was created at that time or later."""
    sequence_id, shown = _reset(caller, ref, stream, body)
    return ok(sequence_id=sequence_id, trigger=shown)


def _reset(caller: Caller, ref: Ref, stream: str, body: models.ResetRequest) -> tuple[str, shapes.Shape]:
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    with caller.services.pool.lend() as db:
        buckets = sorted({source["bucket_id"] for source in streams.sources(db, row)})
        with db.transaction() as cursor:
            row = streams.reset(cursor, row, body.to_comment_created_at, caller.services.clock())
            at = streams.position(cursor, row, buckets)
            caller.record(cursor, "stream reset", f"{ref}/{row['name']}", to=row["since"].isoformat())
    return _token(row, at), shape(row)


@router.put(f"{TRIGGERS}/{{stream}}/exceptions", response_model=Ok, name="put_trigger_exceptions")
@router.put(f"{PREFIX}/{{stream}}/exceptions", response_model=Ok)
def put_stream_exceptions(caller: CallerDep, ref: RefDep, stream: Name, body: models.PutExceptions) -> Response:
    """Remember comments that could not be handled."""
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    found = {one.uid: one.metadata.model_dump() for one in body.exceptions}
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        streams.put_exceptions(cursor, row["id"], found, caller.services.clock())
    return ok()


@router.delete(f"{TRIGGERS}/{{stream}}/exceptions", response_model=Ok, name="delete_trigger_exceptions")
@router.delete(f"{PREFIX}/{{stream}}/exceptions", response_model=Ok)
def delete_stream_exceptions(
    caller: CallerDep, ref: RefDep, stream: Name, body: models.DeleteExceptions | None = None
) -> Response:
    """Forget them again. Without a body all of them."""
    row = find(caller, ref, stream, may.CONSUME_STREAMS)
    uids = None if body is None else [one.uid for one in body.exceptions]
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        streams.delete_exceptions(cursor, row["id"], uids)
    return ok()


def _read(caller: Caller, stream: Row, size: int, max_filtered: int) -> Batch:
    """The next batch, for whoever may view every source of the stream (reference 2.11). Raises 403."""
    with caller.services.pool.lend() as db:
        owners = sorted({source["owner"] for source in streams.sources(db, stream)})
    for owner in owners:
        caller.allow(owner, may.VIEW_SOURCES)
    with caller.services.pool.lend() as db:
        return stream_reading.read(db, stream, size, max_filtered)


def _token(stream: Row, at: Position) -> str:
    return tokens.write("stream", stream["id"][:8], at)


def _position(stream: Row, token: str) -> Position:
    """Where a token stands. Raises 400 when it is none of this stream."""
    stream_id, at = tokens.read("stream", token, (str, dict), "sequence_id")
    numbers = [number for number in at.values() if type(number) is int and 0 <= number < 2**63]
    if stream_id != stream["id"][:8] or len(numbers) != len(at):
        raise ApiError(400, "sequence_id is not one that this stream gave: fetch again")
    return {str(bucket): number for bucket, number in at.items()}
