"""The command line: ``exchange-simulator serve`` runs a simulated Exchange until it is told to stop."""

from __future__ import annotations

import importlib
import json
import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from exchange_simulator.errors import SimulatorError, UsageError
from exchange_simulator.ews.dispatch import OPERATIONS
from exchange_simulator.server import SCHEMES, Options, Simulator
from exchange_simulator.store import MailboxStore
from exchange_simulator.tls import TlsSettings, client_certificate, write_private

READY_FILE = "simulator.json"
_FILLED = "filled from"

app = typer.Typer(help="A simulated Microsoft Exchange for tests and demonstrations.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``serve`` a command of its own, though it is alone with ``operations``."""


@app.command()
def operations() -> None:
    """Name the EWS operations this server answers; every other one is refused and recorded."""
    for name in sorted(OPERATIONS):
        typer.echo(name)


@app.command()
def serve(
    state: Annotated[Path, typer.Option(help="Directory for mail, certificates and simulator.json.")],
    host: Annotated[
        str, typer.Option(help="Address to serve EWS on; the control API stays on 127.0.0.1.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of EWS; 0 takes a free one.")] = 0,
    control_port: Annotated[int, typer.Option(help="Port of the control API; 0 takes a free one.")] = 0,
    seed: Annotated[str | None, typer.Option(help="Fill a fresh state with these seeds: firm.")] = None,
    mail: Annotated[
        Path | None, typer.Option(help="Fill a fresh state from a tree of .eml, a Maildir or an mbox.")
    ] = None,
    trickle: Annotated[float, typer.Option(help="Seconds between new emails (seed firm only); 0 for none.")] = 0.0,
    exchange: Annotated[str, typer.Option(help="Exchange to be: 2010, 2013, 2016, 2019, se or online.")] = "2016",
    username: Annotated[str, typer.Option(help="User name of the service account.")] = "svc-sync",
    login: Annotated[
        list[str] | None,
        typer.Option(help=f"A log-in to offer, of {', '.join(SCHEMES)}; may be given several times.  [default: basic]"),
    ] = None,
    min_tls: Annotated[str, typer.Option(help="Lowest TLS version: 1.0 to 1.3.")] = "1.2",
    max_tls: Annotated[str, typer.Option(help="Highest TLS version.")] = "1.3",
    ciphers: Annotated[str, typer.Option(help="OpenSSL cipher list for TLS 1.2 and below; empty for OpenSSL's.")] = "",
) -> None:
    """Serve until SIGTERM or SIGINT. simulator.json appears in the state directory when everything is ready."""
    os.umask(0o077)  # mail, keys and tokens are nobody else's
    stop = threading.Event()

    def halt(_: int, __: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, halt)
    try:
        options = Options(
            state=state, host=host, port=port, control_port=control_port, exchange=exchange, username=username,
            schemes=tuple(login or ("basic",)), tls=TlsSettings(min_tls, max_tls, ciphers),
        )  # fmt: skip
        _serve(options, seed, mail, trickle, stop)
    except SimulatorError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


def _serve(options: Options, seed: str | None, mail: Path | None, trickle: float, stop: threading.Event) -> None:
    simulator = Simulator(options)
    ready = simulator.directory / READY_FILE
    ready.unlink(missing_ok=True)
    try:
        fill(simulator.store, seed, mail)
        simulator.start()
        write_private(ready, json.dumps(facts(simulator), indent=2).encode())
        typer.echo(f"Exchange is simulated at {simulator.ews_url}; control at {simulator.control_url}; see {ready}")
        _wait(simulator.store, trickle if seed == "firm" else 0.0, stop)
    finally:
        ready.unlink(missing_ok=True)
        simulator.stop()


def facts(simulator: Simulator) -> dict[str, Any]:
    """What simulator.json says: where it listens, how to log in, what to trust. Files that are keys are private."""
    told: dict[str, Any] = {
        "ews_url": simulator.ews_url,
        "graph_url": simulator.graph_url,
        "control_url": simulator.control_url,
        "token": simulator.token,
        "ca_file": str(simulator.ca_file.resolve()),
        "username": simulator.username,
        "password": simulator.password,
    }
    if simulator.application is not None:
        told["token_url"] = simulator.ews_url.rpartition("/EWS/")[0] + "/oauth2/token"
        told["private_key_file"] = str(simulator.application.key_file.resolve())
        told["thumbprint"] = simulator.application.thumbprint
    if "certificate" in simulator.options.schemes:
        file = simulator.directory / "client.pem"
        write_private(file, client_certificate(simulator.directory, simulator.username).encode())
        told["client_certificate_file"] = str(file.resolve())
    return told


def fill(store: MailboxStore, seed: str | None, mail: Path | None) -> None:
    """Fill a fresh state; one that was filled before is left as it is. Raises UsageError for a seed that is unknown."""
    wanted = ", ".join([*([f"seed {seed}"] if seed else []), *([f"mail {mail}"] if mail else [])])
    filled = store.meta(_FILLED)
    if filled or not wanted:
        typer.echo(f"mailboxes as before, filled from {filled}" if filled else "no mailboxes were asked for")
        return
    started = time.monotonic()
    with store.transaction():
        if seed is not None:
            _seed_module(seed).fill(store, datetime.now(UTC))
        if mail is not None:
            importlib.import_module("exchange_simulator.loaders").load(store, mail)
        store.set_meta(_FILLED, wanted)
    mailboxes = len(store.mailboxes.list())
    typer.echo(f"{mailboxes} mailboxes filled from {wanted} in {time.monotonic() - started:.1f} s")


def _seed_module(seed: str) -> Any:
    if seed != "firm":
        raise UsageError(f"unknown seed {seed!r}; expected firm")
    return importlib.import_module(f"exchange_simulator.seeds.{seed}")


def _wait(store: MailboxStore, trickle: float, stop: threading.Event) -> None:
    if trickle > 0:
        importlib.import_module("exchange_simulator.seeds.trickle").run(store, trickle, stop)
    stop.wait()


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
