"""Projects: owners of buckets, sources, datasets and integrations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from exchange_sync.store import directory, projects
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import people as models
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.names import new_owner
from exchange_sync.web.api.owners import owners
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREFIX = "/api/_private/projects"
ONE = f"{PREFIX}/{{project}}"
router = APIRouter(tags=["users and projects"])
Name = Annotated[str, Path(examples=["acme"])]


@router.get("/api/v1/projects", response_model=models.PublicProjects)
def get_public_projects(caller: CallerDep) -> Response:
    """The projects of which the caller may see anything, by name, title and description."""
    found = [shapes.project(row) for row, _ in owners(caller).values()]
    return ok(projects=[{name: one[name] for name in ("name", "title", "description")} for one in found])


@router.get(PREFIX, response_model=models.Projects)
def get_projects(
    caller: CallerDep,
    _cm_only: Annotated[bool, Query(alias="cm_only", description="accepted; there are no others")] = False,
) -> Response:
    """The same, with their ids and times."""
    return ok(projects=[shapes.project(row) for row, _ in owners(caller).values()])


@router.get(ONE, response_model=models.OneProject)
def get_project(caller: CallerDep, project: Name) -> Response:
    """One of them."""
    return ok(project=shapes.project(_find(caller, project)))


@router.get(f"{ONE}/resource_counts", response_model=models.ResourceCounts)
def get_resource_counts(caller: CallerDep, project: Name) -> Response:
    """How many things a project owns, and how many people may see something of it."""
    _find(caller, project)
    with caller.services.pool.lend() as db:
        counts, people = projects.counts(db, project), directory.users(db)
    lists, rights = caller.rules(project)
    may_see = sum(bool(may.permissions(one["roles"], lists, rights)) for one in people)
    return ok(**counts, dashboards=0, users_with_permissions=may_see)


@router.put(ONE, response_model=models.OneProject)
def put_project(caller: CallerDep, project: Name, body: models.PutProject) -> Response:
    """Make a project that owns nothing yet. 409 when it exists. Roles say who may what there, not `user_ids`."""
    new_owner(project)
    caller.allow(project, may.SOURCES_ADMIN)
    wanted = body.project
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        projects.create(cursor, project, wanted.title or "", wanted.description or "", caller.services.clock())
        caller.record(cursor, "project created", project)
    return ok(project=shapes.project(_find(caller, project)))


@router.post(ONE, response_model=models.OneProject)
def post_project(caller: CallerDep, project: Name, body: models.PostProject) -> Response:
    """Change a project's title and description."""
    _find(caller, project)
    caller.allow(project, may.SOURCES_ADMIN)
    wanted = body.project
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        projects.update(cursor, project, wanted.title, wanted.description, caller.services.clock())
        caller.record(cursor, "project changed", project)
    return ok(project=shapes.project(_find(caller, project)))


@router.delete(ONE, response_model=Ok)
def delete_project(
    caller: CallerDep,
    project: Name,
    _force: Annotated[bool, Query(alias="force", description="accepted; what a project owns is deleted first")] = False,
) -> Response:
    """Delete an empty project. 409 while it owns anything: comments are not deleted by the way."""
    _find(caller, project)
    caller.allow(project, may.SOURCES_ADMIN)
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        projects.delete(cursor, project)
        caller.record(cursor, "project deleted", project)
    return ok()


def _find(caller: Caller, name: str) -> Row:
    found = owners(caller).get(name)
    if found is None:
        raise ApiError(404, f"there is no project {name}")
    return found[0]
