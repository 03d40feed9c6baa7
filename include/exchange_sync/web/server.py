"""The API in a process of its own: bearer tokens, no Airflow at hand (design decision 15)."""

from __future__ import annotations

from fastapi import FastAPI

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput
from exchange_sync.settings import Settings
from exchange_sync.source.factory import open_source
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.api.app import create_app
from exchange_sync.web.auth import TokenIdentities
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.ports import NoConnections
from exchange_sync.web.services import Services

_REFUSED_BY_CLIENTS = ("uipath.com", "reinfer.dev")  # reference 3.1, 1


def make_app(settings: Settings, *, rate: int) -> FastAPI:
    """What ``exchange-sync serve`` runs. rate: requests a minute for each token."""
    pool = Pool(settings.database_url)
    return create_app(
        Services(
            pool=pool,
            blobs=Blobs(settings.blob_url),
            identities=TokenIdentities(pool, now_utc),
            connections=NoConnections(),
            rate=RateLimit(rate),
            open_source=open_source,
            clock=now_utc,
        )
    )


def check_email(address: str) -> str:
    """The address. Raises BadInput for those that real clients refuse to work with."""
    if address.lower().endswith(_REFUSED_BY_CLIENTS):
        raise BadInput(f"e-mail {address!r}: clients of this protocol refuse addresses of that domain; use another")
    return address
