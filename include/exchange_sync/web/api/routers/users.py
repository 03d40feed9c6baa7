"""Who asks, and which projects there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import sources
from exchange_sync.store.database import Row
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import places
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

router = APIRouter(tags=["users and projects"])


@router.get("/auth/user", response_model=places.OneUser)
def get_user(caller: CallerDep) -> Response:
    """Who asks: the user of the token, or the person signed in."""
    identity = caller.identity
    return ok(
        user={
            "id": identity.id,
            "username": identity.username,
            "email": identity.email,
            "created": shapes.time(identity.created_at),
            "global_permissions": [],
            "organisation_permissions": {},
            "sso_global_permissions": [],
            "verified": True,
            "permissions": {owner: sorted(held) for owner, (_, held) in _owners(caller).items()},
        }
    )


@router.post("/auth/refresh-user-permissions", response_model=places.Refreshed)
def refresh_permissions(_caller: CallerDep, _body: places.Empty | None = None) -> Response:
    """Permissions are looked up with every request, so there is nothing to do."""
    return ok(permissions_refreshed=None)


@router.get("/api/_private/projects", response_model=places.Projects)
def get_projects(caller: CallerDep) -> Response:
    """The owners of buckets, sources, datasets and integrations."""
    return ok(projects=[shapes.project(row) for row, _ in _owners(caller).values()])


@router.get("/api/_private/projects/{project}", response_model=places.OneProject)
def get_project(caller: CallerDep, project: Annotated[str, Path(examples=["acme"])]) -> Response:
    """One of them."""
    found = _owners(caller).get(project)
    if found is None:
        raise ApiError(404, f"there is no project {project}")
    return ok(project=shapes.project(found[0]))


def _owners(caller: Caller) -> dict[str, tuple[Row, frozenset[str]]]:
    """The owners of which the caller may see anything, each with what may be done there."""
    with caller.services.pool.lend() as db:
        rows = sources.owners(db)
    held = caller.permissions_of(row["owner"] for row in rows)
    return {row["owner"]: (row, held[row["owner"]]) for row in rows if held[row["owner"]]}
