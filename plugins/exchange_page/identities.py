"""Who asks: a token of ours, or whoever is signed in to Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import anyio.from_thread
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.core_api.security import USER_INJECTED_BY_TRUSTED_MIDDLEWARE, resolve_user_from_token
from exchange_sync.store import people, subscribers
from exchange_sync.store.database import Row
from exchange_sync.store.pool import Pool
from exchange_sync.web.auth import TokenIdentities
from exchange_sync.web.ports import Identity, Via
from exchange_sync.web.services import Clock
from fastapi import HTTPException
from starlette.requests import HTTPConnection

_VIEW = "View integrations"
_REMEMBERED = timedelta(minutes=1)
_AT_MOST = 10_000  # people remembered at a time


@dataclass(frozen=True)
class _Known:
    row: Row
    roles: frozenset[str]
    until: datetime


class AirflowIdentities:
    """Airflow's session by its cookie or as a bearer token, and tokens of our own.

    Whoever is seen is put down, once a minute, in our tables of users and people: notifications and tokens need them.
    """

    def __init__(self, pool: Pool, clock: Clock, tokens: TokenIdentities) -> None:
        self._pool = pool
        self._clock = clock
        self._tokens = tokens
        self._known: dict[str, _Known] = {}

    def identify(self, request: HTTPConnection) -> Identity | None:
        """A header goes before a cookie, as in Airflow itself."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = self._tokens.identify(request)
            return found or self._of_session(_resolved(bearer.strip()), bearer.strip(), "bearer")
        session = request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
        return self._of_session(_already_known(request) or _resolved(session), session, "session")

    def _of_session(self, user: Any, credential: str, via: Via) -> Identity | None:
        if user is None:
            return None
        username, roles = user.get_name(), _roles(user)
        known = self._known.get(username)
        if known is None or known.roles != roles or known.until < self._clock():
            known = self._put_down(user, username, roles)
        return Identity(
            id=known.row["id"],
            username=username,
            email=known.row["email"],
            roles=roles,
            created_at=known.row["created_at"],
            via=via,
            token=f"session of {username}",
            credential=credential,
        )

    def _put_down(self, user: Any, username: str, roles: frozenset[str]) -> _Known:
        email, now = getattr(user, "email", "") or "", self._clock()
        may_view = get_auth_manager().is_authorized_custom_view(method="GET", resource_name=_VIEW, user=user)
        with self._pool.lend() as db:
            row = people.save_user(db, username, email, sorted(roles), now)
            subscribers.seen(db, subscribers.Person(username, email, tuple(sorted(roles)), may_view), now)
        if len(self._known) >= _AT_MOST:
            self._known.clear()
        self._known[username] = _Known(row, roles, now + _REMEMBERED)
        return self._known[username]


def _already_known(request: HTTPConnection) -> Any:
    """The user whom Airflow's own middleware has found behind the cookie, and refreshed."""
    trusted = getattr(request.state, "user_authenticated_via", None) is USER_INJECTED_BY_TRUSTED_MIDDLEWARE
    return getattr(request.state, "user", None) if trusted else None


def _resolved(token: str) -> Any:
    if not token:
        return None
    try:
        return anyio.from_thread.run(resolve_user_from_token, token)
    except HTTPException:
        return None


def _roles(user: Any) -> frozenset[str]:
    """FAB's users have roles; a simple auth manager's have one, in capitals."""
    found = getattr(user, "roles", None)
    if found is not None:
        return frozenset(role.name for role in found)
    role = getattr(user, "role", None)
    return frozenset({str(role).title()} if role else ())
