"""Who asks, and who else may."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import directory, people
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import people as models
from exchange_sync.web.api.owners import owners
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

router = APIRouter(tags=["users and projects"])
# What the mirrored API calls otherwise.
_THEIRS = {
    may.VIEW_STREAMS: "triggers-read",
    may.CONSUME_STREAMS: "triggers-consume",
    may.STREAMS_ADMIN: "triggers-admin",
}


@router.get("/auth/user", response_model=models.OneUser)
def get_current_user(caller: CallerDep) -> Response:
    """Who asks: the user of the token, or the person signed in, with what may be done where."""
    identity = caller.identity
    row = {"id": identity.id, "username": identity.username, "email": identity.email, "last_used_at": None}
    held = {owner: rights for owner, (_, rights) in owners(caller).items()}
    return ok(user=_user({**row, "created_at": identity.created_at}, held))


@router.post("/auth/refresh-user-permissions", response_model=models.Refreshed)
def refresh_permissions(_caller: CallerDep, _body: models.Empty | None = None) -> Response:
    """Permissions are looked up with every request, so there is nothing to do."""
    return ok(permissions_refreshed=None)


@router.get("/api/v1/users", response_model=models.PublicUsers)
def get_public_users(caller: CallerDep) -> Response:
    """Airflow's people, and users of the API: an Admin sees all, others themselves."""
    shown = [_user(row, {}) for row in _visible(caller)]
    return ok(users=[{name: one[name] for name in ("email", "username", "last_login_at")} for one in shown])


@router.get("/api/_private/users", response_model=models.Users)
def get_users(caller: CallerDep) -> Response:
    """The same, with what they may do."""
    return ok(users=_with_rights(caller, _visible(caller)))


@router.get("/api/_private/users/{user_id}", response_model=models.OneUser)
def get_user(caller: CallerDep, user_id: Annotated[str, Path(examples=["5b0a33c2a1f04be2"])]) -> Response:
    """One of them, by id."""
    rows = [row for row in _visible(caller) if row["id"] == user_id]
    if not rows:
        raise ApiError(404, f"there is no user {user_id}")
    return ok(user=_with_rights(caller, rows)[0])


def _visible(caller: Caller) -> list[Row]:
    with caller.services.pool.lend() as db:
        rows = directory.users(db)
    if may.ADMIN in caller.identity.roles:
        return rows
    return [row for row in rows if row["username"] == caller.identity.username]


def _with_rights(caller: Caller, rows: list[Row]) -> list[dict[str, Any]]:
    names = list(owners(caller))
    with caller.services.pool.lend() as db:
        lists, rights = people.owner_lists(db), people.role_rights(db)
    return [
        _user(row, {name: may.permissions(row["roles"], lists.get(name), rights) for name in names}) for row in rows
    ]


def _user(row: Row, held: dict[str, frozenset[str]]) -> dict[str, Any]:
    rights = {
        owner: sorted(_THEIRS.get(right, right) for right in found) for owner, found in sorted(held.items()) if found
    }
    return {
        "id": row["id"],
        "username": row["username"],
        "email": row["email"],
        "created": shapes.time(row["created_at"]),
        "last_login_at": shapes.time(row["last_used_at"]) if row["last_used_at"] else None,
        "verified": True,
        "is_support_user": False,
        "organisation_permissions": rights,
        "derived_organisation_permissions": rights,
        "global_permissions": [],
        "sso_global_permissions": [],
        "derived_user_global_permissions": [],
        "derived_global_permissions": [],
    }
