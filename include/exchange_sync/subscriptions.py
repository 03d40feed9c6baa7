"""``exchange-sync subscriptions``: who is told when an integration fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer

app = typer.Typer(
    no_args_is_help=True, help="Who is told when an integration fails: everyone who may view it, and services."
)
Integration = Annotated[str, typer.Argument(help="owner/name", metavar="OWNER/NAME")]
User = Annotated[str, typer.Argument(help="the name of an Airflow user", metavar="USER")]
Connection = Annotated[str, typer.Argument(help="id of an Airflow connection of type apprise", metavar="CONNECTION")]


class Channel(StrEnum):
    """How a person may be told."""

    IN_APP = "in_app"
    EMAIL = "email"


By = Annotated[
    Channel | None, typer.Option("--channel", help="only there: the page's bell, or e-mail", show_default="both")
]
_STATES = {
    (True, True): "",
    (True, False): " (not by e-mail)",
    (False, True): " (by e-mail alone)",
    (False, False): " (unsubscribed)",
}


@app.command("list")
def list_them(integration: Integration) -> None:
    """Who may be told, and who is."""
    from exchange_sync.store import subscribers

    with _opened(integration) as (db, integration_id):
        found = subscribers.subscriptions(db, integration_id)
    for row in found:
        print(f"{row['channel']} {row['recipient']} {row['email']}".rstrip() + _STATES[row["in_app"], row["by_email"]])
    if not found:
        print("nobody yet: `exchange-sync access` learns Airflow's users")


@app.command()
def unsubscribe(integration: Integration, user: User, channel: By = None) -> None:
    """Do not tell a user any more."""
    from exchange_sync.store import subscribers

    with _opened(integration) as (db, integration_id):
        done = subscribers.unsubscribe(db, integration_id, user, _channels(channel))
    print(f"{user}: {'unsubscribed' if done else 'was unsubscribed already'}")


@app.command()
def subscribe(integration: Integration, user: User, channel: By = None) -> None:
    """Tell a user again who has unsubscribed."""
    from exchange_sync.store import subscribers

    with _opened(integration) as (db, integration_id):
        done = subscribers.subscribe(db, integration_id, user, _channels(channel))
    print(f"{user}: {'subscribed' if done else 'was subscribed already'}")


@app.command("add-service")
def add_service(integration: Integration, connection: Connection) -> None:
    """Tell a service too (Teams, Slack, a webhook): its address stays in an Airflow connection of type apprise."""
    from exchange_sync.store import subscribers

    with _opened(integration) as (db, integration_id):
        done = subscribers.add_channel(db, integration_id, connection)
    print(f"{connection}: {'added' if done else 'was there already'}")


@app.command("remove-service")
def remove_service(integration: Integration, connection: Connection) -> None:
    """Do not tell a service any more."""
    from exchange_sync.store import subscribers

    with _opened(integration) as (db, integration_id):
        done = subscribers.remove_channel(db, integration_id, connection)
    print(f"{connection}: {'removed' if done else 'was not there'}")


def _channels(chosen: Channel | None) -> Sequence[Literal["in_app", "email"]]:
    return ("in_app", "email") if chosen is None else (chosen.value,)


@contextmanager
def _opened(integration: str) -> Iterator[tuple[Any, str]]:
    from exchange_sync.model.names import split_name
    from exchange_sync.settings import Settings
    from exchange_sync.store import integrations
    from exchange_sync.store.database import Database

    with closing(Database(Settings.from_environment().database_url)) as db:
        yield db, integrations.integration(db, *split_name(integration, "integration"))["id"]
