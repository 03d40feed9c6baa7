"""Datasets: sources that belong together, and what streams read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import sources
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import places
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.names import new_name
from exchange_sync.web.api.paths import OWNER, REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREFIX = "/api/v1/datasets"
router = APIRouter(tags=["datasets"])


@router.get(PREFIX, response_model=places.Datasets)
def get_datasets(caller: CallerDep) -> Response:
    """All datasets that the caller may see; `/api/v1/datasets/{owner}` gives one owner's."""
    return ok(datasets=[shapes.dataset(row) for row in caller.listed("datasets")])


@router.get(f"{PREFIX}/{OWNER}", response_model=places.Datasets, include_in_schema=False)
def get_datasets_of(caller: CallerDep, owner: Annotated[str, Path()]) -> Response:
    """An owner's datasets."""
    return ok(datasets=[shapes.dataset(row) for row in caller.listed("datasets", owner)])


@router.get(f"{PREFIX}/{REF}", response_model=places.OneDataset)
def get_dataset(caller: CallerDep, ref: RefDep) -> Response:
    """One dataset."""
    return ok(dataset=shapes.dataset(caller.find("datasets", ref)))


@router.put(f"{PREFIX}/{REF}", response_model=places.OneDataset)
def put_dataset(caller: CallerDep, ref: RefDep, body: places.DatasetBody) -> Response:
    """Make a dataset over sources. 409 when it exists."""
    new_name(ref, "dataset")
    caller.allow(ref.owner, may.DATASETS_ADMIN)
    wanted = body.dataset
    source_ids = _sources(caller, wanted.source_ids or [])
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        row = sources.create_dataset(
            cursor, ref, wanted.title or "", wanted.description or "", source_ids, caller.services.clock()
        )
        caller.record(cursor, "dataset created", str(ref))
    return ok(dataset=shapes.dataset(caller.find("datasets", Ref(id=row["id"]))))


@router.post(f"{PREFIX}/{REF}", response_model=places.OneDataset)
def post_dataset(caller: CallerDep, ref: RefDep, body: places.DatasetBody) -> Response:
    """Change a dataset; `source_ids` replaces the list."""
    row = caller.find("datasets", ref, may.DATASETS_ADMIN)
    wanted = body.dataset
    values = wanted.model_dump(exclude_none=True, include={"title", "description"})
    source_ids = _sources(caller, wanted.source_ids or [])
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        if wanted.source_ids is not None:
            sources.set_sources(cursor, row["id"], source_ids)
        sources.update(cursor, "datasets", row["id"], values, caller.services.clock())
        caller.record(cursor, "dataset changed", f"{row['owner']}/{row['name']}")
    return ok(dataset=shapes.dataset(caller.find("datasets", Ref(id=row["id"]))))


@router.delete(f"{PREFIX}/{REF}", response_model=Ok)
def delete_dataset(caller: CallerDep, ref: RefDep) -> Response:
    """Delete a dataset with its streams. Sources and comments stay."""
    row = caller.find("datasets", ref, may.DATASETS_ADMIN)
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        sources.delete_dataset(cursor, row["id"])
        caller.record(cursor, "dataset deleted", f"{row['owner']}/{row['name']}")
    return ok()


def _sources(caller: Caller, source_ids: list[str]) -> list[str]:
    """The ids, each of a source that the caller may view: a dataset shows what its sources hold."""
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        known = sources.known_sources(cursor, source_ids)
    for source_id in source_ids:
        row = known.get(source_id)
        if row is None or may.VIEW_SOURCES not in caller.permissions(row["owner"]):
            raise ApiError(422, f"source_ids: there is no source id:{source_id}")
    return source_ids
