"""Who asks, and may they? Unknown and forbidden look the same to those who may see neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection, Request

from exchange_sync.store import people, sources
from exchange_sync.store.database import Cursor, Row
from exchange_sync.store.pool import Pool
from exchange_sync.store.sources import Kind, Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.ports import Identity
from exchange_sync.web.protocol import ApiError
from exchange_sync.web.services import Clock, Services, services_of

SESSION_HEADER = "x-exchange-sync"  # a form on another site cannot send it
_ADMITTED = "admitted"
_READING = ("GET", "HEAD", "OPTIONS")
_VIEW: Mapping[Kind, str] = {
    "buckets": may.VIEW_BUCKETS,
    "sources": may.VIEW_SOURCES,
    "datasets": may.VIEW_LABELS,
    "integrations": may.VIEW_INTEGRATIONS,
}


class TokenIdentities:
    """Bearer tokens of our own, looked up by their hash."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    def identify(self, request: HTTPConnection) -> Identity | None:
        """The user whose active token the request bears."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token.isascii() or not token:
            return None
        with self._pool.lend() as db:
            row = people.user_of_token(db, token, self._clock())
        if row is None:
            return None
        return Identity(
            id=row["id"],
            username=row["username"],
            email=row["email"],
            roles=frozenset(row["roles"]),
            created_at=row["created_at"],
            via="bearer",
            token=str(row["token_id"]),
        )


class Caller:
    """One request's caller: what may be seen and done by whom, with the services to do it."""

    def __init__(self, services: Services, identity: Identity) -> None:
        self.services = services
        self.identity = identity

    def permissions(self, owner: str) -> frozenset[str]:
        """What the caller may do with an owner's things."""
        with self.services.pool.lend() as db:
            lists, rights = people.rules_for(db, owner, sorted(self.identity.roles))
        return may.permissions(self.identity.roles, lists, rights)

    def permissions_of(self, owners: Iterable[str]) -> dict[str, frozenset[str]]:
        """The same, for several owners at once."""
        with self.services.pool.lend() as db:
            lists, rights = people.owner_lists(db), people.role_rights(db)
        return {owner: may.permissions(self.identity.roles, lists.get(owner), rights) for owner in set(owners)}

    def rules(self, owner: str) -> tuple[Row | None, dict[str, Row]]:
        """By what anybody's permissions over an owner's things are told: see permissions.permissions."""
        with self.services.pool.lend() as db:
            return people.owner_lists(db, owner).get(owner), people.role_rights(db)

    def general(self) -> frozenset[str]:
        """What the caller may do with things of an owner that no integration keeps for named roles."""
        with self.services.pool.lend() as db:
            return may.permissions(self.identity.roles, None, people.role_rights(db))

    def require(self, owner: str, permission: str, *, view: str, missing: str) -> None:
        """Raises 404 with the sentence missing unless the caller may view, 403 unless permission is held."""
        held = self.permissions(owner)
        if view not in held:
            raise ApiError(404, missing)
        if permission not in held:
            raise ApiError(403, f"permission {may.SPOKEN[permission]!r} for {owner} is needed")

    def allow(self, owner: str, permission: str) -> None:
        """For what is about to be made. Raises 403."""
        if permission not in self.permissions(owner):
            raise ApiError(403, f"permission {may.SPOKEN[permission]!r} for {owner} is needed")

    def find(self, kind: Kind, ref: Ref, permission: str | None = None) -> Row:
        """One thing that the caller may view, and for which permission is held. Raises 404, 403."""
        missing = f"there is no {kind[:-1]} {ref}"
        with self.services.pool.lend() as db:
            row = sources.find(db, kind, ref)
        if row is None:
            raise ApiError(404, missing)
        self.require(row["owner"], permission or _VIEW[kind], view=_VIEW[kind], missing=missing)
        return row

    def listed(self, kind: Kind, owner: str | None = None) -> list[Row]:
        """All that the caller may view, or an owner's."""
        with self.services.pool.lend() as db:
            rows = sources.listed(db, kind, owner)
        held = self.permissions_of(row["owner"] for row in rows)
        return [row for row in rows if _VIEW[kind] in held[row["owner"]]]

    def record(self, cursor: Cursor, action: str, subject: str, **details: Any) -> None:
        """One line of the audit trail, in the transaction that it is about."""
        people.record(cursor, self.identity.username, action, subject, details, self.services.clock())


_BEARER = HTTPBearer(scheme_name="bearer", auto_error=False, description="`exchange-sync token create` makes one")


def caller(request: Request, _: Annotated[object, Depends(_BEARER)]) -> Caller:
    """The caller of a request. Raises 401, 403 for a write by session alone, 429."""
    return caller_of(request)


def caller_of(request: HTTPConnection) -> Caller:
    """As caller; looked up once for a request, which may be before its body is read (web.api.admission)."""
    services = services_of(request)
    identity = getattr(request.state, _ADMITTED, None)
    if identity is None:
        identity = _admitted(request, services)
        setattr(request.state, _ADMITTED, identity)
    return Caller(services, identity)


def _admitted(request: HTTPConnection, services: Services) -> Identity:
    identity = services.identities.identify(request)
    if identity is None:
        raise ApiError(401, "a bearer token is needed: it is missing, unknown or revoked", _CHALLENGE)
    if identity.via == "session" and request.scope["method"] not in _READING:
        _same_origin(request)
    wait = services.rate.wait(identity.token)
    if wait:
        raise ApiError(429, f"too many requests: try again in {wait} s", {"Retry-After": str(wait)})
    return identity


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _same_origin(request: HTTPConnection) -> None:
    """A session cookie comes along from anywhere; these two do not (issue 6)."""
    if SESSION_HEADER not in request.headers or not is_same_origin(request):
        raise ApiError(403, "writing by session needs the same Origin and the header X-Exchange-Sync; or use a token")


def is_same_origin(request: HTTPConnection) -> bool:
    """Whether a page of this very server sent the request. Browsers tell with every POST; nothing else can."""
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


CallerDep = Annotated[Caller, Depends(caller)]
