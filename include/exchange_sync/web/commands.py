"""``exchange-sync serve`` and ``exchange-sync token``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True)
token = typer.Typer(no_args_is_help=True, help="Bearer tokens for programs that read comments.")
app.add_typer(token, name="token")

User = Annotated[str, typer.Argument(help="the user's name", metavar="USER")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8090,
    rate: Annotated[int, typer.Option(help="requests a minute for each token; 0 for no limit")] = 6000,
    root_path: Annotated[str, typer.Option(help="the path under which a proxy shows this server")] = "",
) -> None:
    """Serve the comments API. TLS is a proxy's; see docs/how-to/read-comments.md."""
    import uvicorn

    from exchange_sync.settings import Settings
    from exchange_sync.web.listening import Patience, protocol
    from exchange_sync.web.server import make_app

    uvicorn.run(
        make_app(Settings.from_environment(), rate=rate),
        host=host,
        port=port,
        http=protocol(Patience()),
        root_path=root_path,
        log_level="warning",
        access_log=False,  # addresses hold Message-IDs
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@token.command("create")
def create_token(
    user: User,
    role: Annotated[list[str], typer.Option(help="an Airflow role: Viewer, User, Op, Admin or one of your own")],
    email: Annotated[str, typer.Option(help="the user's e-mail address")] = "",
) -> None:
    """Make a user's token and print it: once, and never again. The token before it ends."""
    from exchange_sync.clock import now_utc
    from exchange_sync.store import people
    from exchange_sync.web.server import check_email

    address = check_email(email or f"{user}@localhost")
    with _database() as db:
        people.save_user(db, user, address, role, now_utc())
        made = people.create_token(db, user, now_utc())
    print(made)


@token.command("revoke")
def revoke_token(user: User) -> None:
    """End a user's token."""
    from exchange_sync.clock import now_utc
    from exchange_sync.store import people

    with _database() as db:
        revoked = people.revoke_token(db, user, now_utc())
    print("revoked" if revoked else "there was no token")


@token.command("list")
def list_tokens() -> None:
    """Who has a token, since when, and when it was last used."""
    from exchange_sync.store import people

    with _database() as db:
        for row in people.tokens(db):
            used = f"last used {row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else "never used"
            state = f"token of {row['created_at']:%Y-%m-%d %H:%M}, {used}" if row["created_at"] else "no token"
            print(f"{row['username']}  {row['email']}  {', '.join(row['roles']) or '-'}  {state}")


def _database() -> Any:
    from contextlib import closing

    from exchange_sync.settings import Settings
    from exchange_sync.store.database import Database

    return closing(Database(Settings.from_environment().database_url))
