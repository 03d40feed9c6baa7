"""Tells Airflow of the Exchange page, and of the API for signed-in people, both served by its API server.

Every component of Airflow imports this at its start, so only the API server builds anything, and not before it must.
"""

import sys
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PAGES = "/exchange"


def _fastapi_apps() -> list[dict[str, Any]]:
    if not _is_api_server():
        return []
    from exchange_page.applications import API, api, pages

    return [
        {"app": pages(), "url_prefix": PAGES, "name": "Exchange Sync's pages"},
        {"app": api(), "url_prefix": API, "name": "Exchange Sync's API"},
    ]


def _is_api_server() -> bool:
    """The words of the command, or of the server's worker processes."""
    return any(word in " ".join(sys.argv) for word in ("api-server", "api_fastapi", "gunicorn", "uvicorn"))


class ExchangePage(AirflowPlugin):
    """The menu's entry, and what it opens."""

    name = "exchange_page"
    fastapi_apps = _fastapi_apps()
    external_views = [
        {
            "name": "Exchange",
            "href": f"{PAGES}/",
            "destination": "nav",
            "url_route": "exchange",
            "icon": f"{PAGES}/static/menu.svg",
            "nav_top_level": True,
        }
    ]
