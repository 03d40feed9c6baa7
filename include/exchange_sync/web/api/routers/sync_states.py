"""Keyed sync states: how far each folder has been synced (reference 2.8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import progress
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import emails as models
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREFIX = f"/api/_private/buckets/{REF}"
WHOLE = f"/api/_private/bucket-sync-state/{REF}"
router = APIRouter(tags=["sync states"])
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{1,128}$", examples=["0000000000000001"])]
_MISSING = "there is no such sync state in this bucket"


@router.get(f"{PREFIX}/keyed-sync-states", response_model=models.KeyedSyncStates)
def get_keyed_sync_states(caller: CallerDep, ref: RefDep) -> Response:
    """Of every folder of every mailbox that fills the bucket."""
    bucket = caller.find("buckets", ref)
    with caller.services.pool.lend() as db:
        rows = progress.states(db, bucket["id"])
    return ok(keyed_sync_states=[_state(row) for row in rows])


@router.post(f"{PREFIX}/keyed-sync-state-ids", response_model=models.SyncStateIds)
def post_keyed_sync_state_ids(caller: CallerDep, ref: RefDep, body: models.SyncStateIdsRequest) -> Response:
    """The keys of one mailbox's sync states."""
    bucket = caller.find("buckets", ref)
    with caller.services.pool.lend() as db:
        rows = progress.states(db, bucket["id"], body.mailbox_name)
    return ok(keyed_sync_state_ids=[row["key"] for row in rows])


@router.get(f"{PREFIX}/keyed-sync-state/{{key}}", response_model=models.OneSyncState)
def get_keyed_sync_state(caller: CallerDep, ref: RefDep, key: Key) -> Response:
    """Of one folder."""
    bucket = caller.find("buckets", ref)
    with caller.services.pool.lend() as db:
        row = progress.state(db, bucket["id"], key)
    if row is None:
        raise ApiError(404, _MISSING)
    return ok(keyed_sync_state=_state(row))


@router.put(f"{PREFIX}/keyed-sync-state/{{key}}", response_model=Ok)
def put_keyed_sync_state(caller: CallerDep, ref: RefDep, key: Key, body: models.SyncStateBody) -> Response:
    """Keep the state of a program that pushes emails itself. 409 for those that the sync keeps."""
    bucket = caller.find("buckets", ref, may.APPEND_BUCKETS)
    pushed = body.keyed_sync_state.model_dump(mode="json", exclude_none=True)
    pushed.setdefault("last_synced_at", shapes.time(caller.services.clock()))
    with caller.services.pool.lend() as db:
        progress.push(db, bucket["id"], key, pushed)
    return ok()


@router.delete(f"{PREFIX}/keyed-sync-state/{{key}}", response_model=Ok)
def delete_keyed_sync_state(caller: CallerDep, ref: RefDep, key: Key) -> Response:
    """List this folder again from its start. Nothing is downloaded twice."""
    bucket = caller.find("buckets", ref, may.WRITE_BUCKETS)
    with caller.services.pool.lend() as db:
        if not progress.delete(db, bucket["id"], key, caller.services.clock()):
            raise ApiError(404, _MISSING)
        with db.transaction() as cursor:
            caller.record(cursor, "sync state deleted", f"{bucket['owner']}/{bucket['name']}", key=key)
    return ok()


@router.get(WHOLE, response_model=models.OneBucketSyncState)
def get_bucket_sync_state(caller: CallerDep, ref: RefDep) -> Response:
    """A program's state of the whole bucket, as it was put. 404 before that."""
    bucket = caller.find("buckets", ref)
    with caller.services.pool.lend() as db:
        found = progress.bucket_state(db, bucket["id"])
    if found is None:
        raise ApiError(404, f"no sync state was put for bucket {ref}")
    return ok(bucket_sync_state=found)


@router.put(WHOLE, response_model=Ok)
def put_bucket_sync_state(caller: CallerDep, ref: RefDep, body: models.BucketSyncStateBody) -> Response:
    """Keep the state of a program that pushes emails itself. The sync has states of its own, a folder each."""
    bucket = caller.find("buckets", ref, may.APPEND_BUCKETS)
    state = body.bucket_sync_state.model_dump(mode="json", exclude_unset=True)
    with caller.services.pool.lend() as db:
        progress.put_bucket_state(db, bucket["id"], state)
    return ok()


def _state(row: Row) -> shapes.Shape:
    if "state" in row:
        return dict(row["state"])
    shown = {
        "mailbox_name": row["mailbox_name"],
        "folder_id": row["folder_id"],
        "folder_path": list(row["folder_path"]),
        "status": "UP_TO_DATE" if row["finished"] else "IN_PROGRESS",
        "last_synced_at": shapes.time(row["saved_at"]),
    }
    if row["synced_until"] is not None:
        shown["synced_until"] = shapes.time(row["synced_until"])
    return shown
