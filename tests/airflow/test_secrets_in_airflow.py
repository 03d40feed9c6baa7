"""No secret stands in Airflow's tables (XCom and rendered fields among them) or task logs, whatever the log-in.

A working and a failing run of the live DAG, in this process, against a simulated Exchange.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import integrations as stored
from exchange_sync.store import schema
from exchange_sync.store.database import Database

from tests.contract.source.logins import SCHEMES, connect
from tests.integration.pipeline.test_secrets_stay import SECRET, forms, leaks
from tests.support.mail import mail

BOX = "support@acme.example"
QUICK = ("ntlm", "oauth_certificate")
LIVE = "exchange.acme.exchange"
CONFIGURED = Configuration(
    (BucketConfig("acme", "mail"),),
    (IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(MailboxConfig(BOX, "acme", "mail"),)),),
)


def as_json(found: ExchangeConnection) -> str:
    """The Airflow connection, as an environment variable has it."""
    names = ("authentication", "tenant", "client_id", "authority", "private_key", "thumbprint", "client_certificate")
    extra = {name: getattr(found, name) for name in (*names, "ca_bundle") if getattr(found, name)}
    whole = {"conn_type": "exchange", "host": found.server_url, "login": found.username, "password": found.password}
    return json.dumps({**whole, "extra": extra})


def tables(database: Path) -> dict[str, bytes]:
    """All that Airflow's database holds, by table."""
    with sqlite3.connect(database) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode() for (name,) in names}


@pytest.fixture
def product(new_database: Callable[..., str], product_settings: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A PostgreSQL with one integration. Returns its URL."""
    url = new_database()
    schema.upgrade(url)
    db = Database(url)
    stored.apply(db, CONFIGURED, now_utc())
    db.close()
    monkeypatch.setenv("EXCHANGE_SYNC_DATABASE_URL", url)
    return url


@pytest.fixture
def live(airflow_database: Path, product: str, integrations: Callable[..., Path]) -> Any:
    """The live DAG."""
    from airflow.dag_processing.dagbag import DagBag

    integrations("acme/exchange")
    folder = Path(__file__).resolve().parents[2] / "dags"
    return DagBag(dag_folder=str(folder / "exchange_integrations.py")).dags[LIVE]


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(schemes=(SCHEMES[request.param],), password=SECRET) as made:
        made.control.add_mailbox(BOX, "Support")
        for number in range(3):
            made.control.deliver(BOX, mail(number))
        yield made


@pytest.mark.parametrize(
    ("simulator", "authentication"),
    [pytest.param(one, one, marks=() if one in QUICK else pytest.mark.long) for one in SCHEMES],
    indirect=["simulator"],
)
def test_no_secret_stands_in_airflows_tables_or_logs(
    simulator: Running,
    authentication: str,
    live: Any,
    airflow_database: Path,
    product: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    connection = connect(simulator, authentication)
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGE_ACME", as_json(connection))
    assert live.test().state == "success"
    db = Database(product)
    with db.transaction() as cursor:
        cursor.execute("SELECT count(*) AS n FROM comments")
        assert cursor.fetchone()["n"] == 3  # type: ignore[index]
    db.close()
    if authentication == "client_certificate":
        simulator.store.accounts.remove(simulator.username)
    else:
        simulator.control.set_account(simulator.username, "another")
        simulator.simulator.bearer._keys.clear()
    secrets = forms(simulator, connection)
    assert live.test().state == "failed"
    secrets |= forms(simulator, connection)
    shown = capfd.readouterr()
    written = {**tables(airflow_database), "log": (caplog.text + shown.out + shown.err).encode()}

    assert written["xcom"].count(b"exchange.acme.exchange") >= 3
    assert len(written["rendered_task_instance_fields"]) > 100
    assert b"gate" in written["log"]
    assert leaks(secrets, written) == []
    for place in ("xcom", "rendered_task_instance_fields", "log"):  # planted, it is found
        for secret in secrets:
            assert leaks(secrets, {**written, place: written[place] + secret}) == [place]
