"""The two applications, over one set of services: PostgreSQL's pool is shared between them."""

from __future__ import annotations

from functools import cache

from airflow.api_fastapi.app import API_ROOT_PATH
from exchange_sync.clock import now_utc
from exchange_sync.settings import Settings
from exchange_sync.source.factory import open_source
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.api.app import create_app
from exchange_sync.web.auth import TokenIdentities
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.pages.app import create_pages
from exchange_sync.web.services import Services
from fastapi import FastAPI

from exchange_page.connections import AirflowConnections
from exchange_page.dags import AirflowDags
from exchange_page.identities import AirflowIdentities
from exchange_page.inside import Inside

API = "/exchange-api"  # where the plugin mounts it
REQUESTS_A_MINUTE = 1_200  # of a person's session, or of a token, on the API inside Airflow


@cache
def services() -> Services:
    """What both are served with. Raises BadInput when the product's settings do not fit."""
    settings = Settings.from_environment()
    pool = Pool(settings.database_url)
    inside = Inside()
    return Services(
        pool=pool,
        blobs=Blobs(settings.blob_url),
        identities=AirflowIdentities(pool, now_utc, TokenIdentities(pool, now_utc)),
        connections=AirflowConnections(inside),
        rate=RateLimit(REQUESTS_A_MINUTE),
        open_source=open_source,
        clock=now_utc,
        dags=AirflowDags(inside, pool, now_utc),
        airflow_path=API_ROOT_PATH.rstrip("/"),
        api_path=f"{API_ROOT_PATH.rstrip('/')}{API}",
    )


def pages() -> FastAPI:
    """The page inside Airflow."""
    return create_pages(services())


def api() -> FastAPI:
    """The comments API, for signed-in people and for tokens."""
    return create_app(services())
