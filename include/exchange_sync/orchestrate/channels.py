"""The channels of messages, from Airflow's connections: ``smtp_default`` and those of type ``apprise``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from exchange_sync.notify.api import Message, NotSent

if TYPE_CHECKING:
    from exchange_sync.notify.email import SmtpServer
    from exchange_sync.pipeline.telling import Channels

SMTP = "smtp_default"


def channels(find: Callable[[str], Any] | None = None) -> Channels:
    """find: from a connection's id to the connection; Airflow's by default."""
    from airflow.configuration import conf

    from exchange_sync.notify import email, services
    from exchange_sync.pipeline.telling import Channels

    def connection(conn_id: str) -> Any:
        return _find(conn_id, find)

    def by_email(recipient: str, message: Message) -> None:
        email.send(smtp_server(connection(SMTP)), recipient, message)

    def by_apprise(conn_id: str, message: Message) -> None:
        services.send(apprise_urls(connection(conn_id)), message)

    return Channels(by_email, by_apprise, conf.get("api", "base_url", fallback="") or "http://localhost:8080")


def smtp_server(connection: Any) -> SmtpServer:
    """An Airflow connection of type smtp, with the extras that Airflow's provider takes."""
    from exchange_sync.notify.email import SmtpServer

    extra = connection.extra_dejson
    tls = "ssl" if not _yes(extra.get("disable_ssl")) else "none" if _yes(extra.get("disable_tls")) else "starttls"
    return SmtpServer(
        host=connection.host or "localhost",
        port=connection.port or {"ssl": 465, "starttls": 587, "none": 25}[tls],
        sender=extra.get("from_email") or connection.login or "exchange-sync@localhost",
        login=connection.login or "",
        password=connection.password or "",
        tls=tls,
        timeout=float(extra.get("timeout") or 20),
    )


def apprise_urls(connection: Any) -> list[str]:
    """The addresses of an Airflow connection of type apprise: its ``config``, as Airflow's provider takes it."""
    config = connection.extra_dejson.get("config") or []
    try:
        config = json.loads(config) if isinstance(config, str) else config
        return [str(one["path"]) for one in (config if isinstance(config, list) else [config])]
    except (ValueError, TypeError, KeyError):
        raise NotSent(f'the connection {connection.conn_id!r} has no config of the form {{"path": "…"}}') from None


def _find(conn_id: str, find: Callable[[str], Any] | None) -> Any:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return (find or BaseHook.get_connection)(conn_id)
    except AirflowNotFoundException:
        raise NotSent(f"Airflow has no connection {conn_id!r}: create it under Admin > Connections") from None


def _yes(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "yes")
