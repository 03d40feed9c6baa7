"""The pages alone on a port, over any database of the product, for looking at them while one works on them.

    python -m tests.support.page_server DATABASE_URL [PORT] [USER] [ROLES]      e.g. … 8123 ann Admin

Signed in without a password as USER (ann) with ROLES (Admin): never for anything but one's own machine.
"""

from __future__ import annotations

import os
import sys

import uvicorn
from exchange_sync.clock import now_utc
from exchange_sync.settings import Settings
from exchange_sync.source.factory import open_source
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.pages.app import create_pages
from exchange_sync.web.services import Services

from tests.support.page_ports import KeptConnections, SignedIn, TurnedDags


def main(url: str, port: str = "8123", user: str = "ann", roles: str = "Admin") -> None:
    """Serve until interrupted."""
    settings = Settings.from_environment({**os.environ, "EXCHANGE_SYNC_DATABASE_URL": url})
    pool = Pool(url)
    app = create_pages(
        Services(
            pool=pool,
            blobs=Blobs(settings.blob_url),
            identities=SignedIn(pool, (user, roles)),
            connections=KeptConnections(),
            rate=RateLimit(0),
            open_source=open_source,
            clock=now_utc,
            dags=TurnedDags(),
        )
    )
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
