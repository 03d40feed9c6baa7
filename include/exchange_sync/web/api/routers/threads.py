"""Threads: all of them in one answer, as the contract has it, or a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from exchange_sync.store import reading
from exchange_sync.store.pool import Pool
from exchange_sync.web.api import tokens
from exchange_sync.web.api.models import comments as models
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.api.routers.comments import PAGE, PAGE_LIMIT, After
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import encoded, ok

COMMENTS = 16_384  # of one thread
router = APIRouter(tags=["comments"])
Limit = Annotated[int | None, Query(ge=1, le=PAGE_LIMIT, description="of a page; without it, and after, all come")]


@router.get(f"/api/v1/sources/{REF}/threads", response_model=models.ThreadPage)
def get_threads(caller: CallerDep, ref: RefDep, after: After = None, limit: Limit = None) -> Response:
    """Threads by id, each with the ids of its comments, oldest first (at most 16,384 of them).

    All in one answer. With `limit` (ours), or `after`, a page of them.
    """
    source = caller.find("sources", ref)
    if after is None and limit is None:
        body = _all(caller.services.pool, source["bucket_id"])
        return StreamingResponse(body, media_type="application/json")
    most = limit or PAGE
    last = str(tokens.read("threads", after, (str,), "after")[0]) if after else ""
    with caller.services.pool.lend() as db:
        rows = reading.threads(db, source["bucket_id"], last, most + 1, COMMENTS)
    fields: dict[str, Any] = {"threads": [_thread(row) for row in rows[:most]]}
    if len(rows) > most:
        fields["continuation"] = tokens.write("threads", rows[most - 1]["thread_id"])
    return ok(**fields)


def _all(pool: Pool, bucket_id: str) -> Iterator[bytes]:
    """The whole answer, made page by page as it is sent: there may be as many threads as comments."""
    last, start = "", b'{"status":"ok","threads":['
    while True:
        with pool.lend() as db:
            rows = reading.threads(db, bucket_id, last, PAGE_LIMIT, COMMENTS)
        if rows:
            yield start + b",".join(encoded(_thread(row)) for row in rows)
            last, start = rows[-1]["thread_id"], b","
        if len(rows) < PAGE_LIMIT:
            break
    yield b"]}" if start == b"," else start + b"]}"


def _thread(row: Any) -> dict[str, Any]:
    return {"thread_id": row["thread_id"], "comments": row["comments"]}
