"""Integrations of a live test's own, beside the demo's: each can be broken by itself and is told of by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from exchange_sync.clock import now_utc
from exchange_sync.store import editing, subscribers
from exchange_sync.store.database import Database

from stack.files import write_private
from stack.local import demo_connection
from stack.rest import RestError
from tests.airflow.plant import Plant, everybody
from tests.airflow.told import AnyPort, Hook

PASSWORD = "right for all"


@dataclass
class Own:
    """One of them: its account, mailboxes, connection, DAGs and what the product's database says of it.

    addresses: of its mailboxes, one named as itself where none is given. quota: emails that its bucket may hold.
    access: whether its account may impersonate its mailboxes, or read them as a delegate.
    """

    plant: Plant
    owner: str
    name: str
    addresses: tuple[str, ...] = ()
    quota: int | None = None
    access: str = "impersonation"

    def __post_init__(self) -> None:
        self.addresses = self.addresses or (f"{self.name}@{self.owner}.example",)
        self.integration, self.bucket = f"{self.owner}/{self.name}", f"{self.owner}/{self.name}"
        self.account, self.connection = f"svc-{self.owner}-{self.name}", f"{self.owner}_{self.name}"
        self.dag_id = f"exchange.{self.owner}.{self.name}"

    @property
    def address(self) -> str:
        """Of its first mailbox."""
        return self.addresses[0]

    @property
    def row(self) -> dict[str, Any]:
        [[row]] = self.plant.query(
            "SELECT to_jsonb(i) FROM integrations i WHERE owner = %s AND name = %s", self.owner, self.name
        )
        return dict(row)

    def box(self, address: str) -> dict[str, Any]:
        [[row]] = self.plant.query("SELECT to_jsonb(m) FROM mailboxes m WHERE address = %s", address)
        return dict(row)

    def comments(self) -> int:
        """How many its bucket holds."""
        sql = "SELECT count(*) FROM comments c JOIN buckets b ON b.id = c.bucket_id WHERE b.owner = %s AND b.name = %s"
        return int(self.plant.query(sql, *self.bucket.split("/"))[0][0])

    def set_password(self, password: str) -> None:
        """On the Exchange; nobody tells the integration."""
        self.plant.exchange.set_account(self.account, password)

    def fields(self, password: str = PASSWORD, **changed: Any) -> dict[str, Any]:
        """Of its connection, as Airflow's API takes them. changed: host, or keys of extra; None leaves one out."""
        facts = json.loads(self.plant.stack.simulator.ready_file.read_text(encoding="utf-8"))
        found = demo_connection(facts)
        if "host" in changed:
            found["host"] = changed.pop("host")
        extra = {**found["extra"], "access": self.access, "timeout": 10, **changed}
        extra = {key: value for key, value in extra.items() if value is not None}
        return {**found, "login": self.account, "password": password, "extra": json.dumps(extra)}

    def connect(self, password: str = PASSWORD, **changed: Any) -> None:
        """Its connection is now this, made anew."""
        self.disconnect()
        fields = self.fields(password, **changed)
        self.plant.rest.send("POST", "/connections", {"connection_id": self.connection, **fields})

    def disconnect(self) -> None:
        """Airflow has no connection of its name."""
        with suppress(RestError):  # there was none
            self.plant.rest.send("DELETE", f"/connections/{self.connection}", None)

    def is_off(self) -> bool:
        return not self.row["enabled"]

    def is_off_and_paused(self) -> bool:
        return self.row["pause_confirmed_at"] is not None and self.plant.paused()[self.dag_id]

    def incidents(self) -> list[tuple[str, str]]:
        """Level and kind, oldest first."""
        return self.plant.query(
            """SELECT n.level, n.kind FROM incidents n JOIN integrations i ON i.id = n.integration_id
            WHERE i.owner = %s AND i.name = %s ORDER BY n.id""",
            self.owner, self.name,
        )  # type: ignore[return-value]  # fmt: skip


@contextmanager
def installed(plant: Plant, hook: Hook, made: Sequence[Own], interval: int) -> Iterator[None]:
    """They are there and synced, and a service is told of them beside people. Gone at the end. interval: seconds."""
    service = f"{made[0].owner}_hook"
    with suppress(RestError):  # a test before this one may have left it
        plant.rest.send("DELETE", f"/connections/{service}", None)
    config = json.dumps({"config": [{"path": f"json://127.0.0.1:{hook.server_address[1]}/"}]})
    plant.rest.send("POST", "/connections", {"connection_id": service, "conn_type": "apprise", "extra": config})
    for one in made:
        one.set_password(PASSWORD)
        one.connect()
        for address in one.addresses:
            plant.exchange.add_mailbox(address)
            if one.access == "impersonation":
                plant.exchange.set_impersonation(one.account, address, allowed=True)
            else:
                plant.exchange.set_rights(one.account, address, access="full")
    apply(plant, made, interval)
    try:
        with closing(Database(plant.database)) as db:
            for one in made:
                subscribers.add_channel(db, one.row["id"], service)
        first = [plant.deliver(address) for one in made for address in one.addresses]
        for one in made:
            plant.stack.unpause(one.dag_id)
        plant.eventually(lambda: plant.are_comments(first), "the first mails are synced", 240)
        yield
    finally:
        _remove(plant, made)
        plant.rest.send("DELETE", f"/connections/{service}", None)


def apply(plant: Plant, made: Sequence[Own], interval: int) -> None:
    """Configure them as they are now."""
    integrations = [
        {
            "name": one.integration, "connection": one.connection, "interval": f"{interval}s",
            "mailboxes": [{"address": address, "bucket": one.bucket} for address in one.addresses],
        }
        for one in made
    ]  # fmt: skip
    buckets = [{"name": one.bucket, **({"quota": {"emails": one.quota}} if one.quota else {})} for one in made]
    file = plant.stack.layout.local / f"{made[0].owner}.yaml"
    write_private(file, json.dumps({"buckets": buckets, "integrations": integrations}))  # JSON is YAML
    plant.stack.command("apply", str(file))


def _remove(plant: Plant, made: Sequence[Own]) -> None:
    with closing(Database(plant.database)) as db:
        for one in made:
            editing.delete(db, one.row["id"], now_utc())
    known = plant.stack.layout.product / "integrations.json"
    plant.eventually(lambda: f'"{made[0].owner}"' not in known.read_text(), "no DAG file builds their DAGs any more")
    for one in made:
        for dag_id in (one.dag_id, f"exchange_backfill.{one.owner}.{one.name}"):
            with suppress(RestError):  # a task of it still runs: its DAG goes stale instead
                plant.rest.send("DELETE", f"/dags/{dag_id}", None)
        one.disconnect()
        for address in one.addresses:
            plant.exchange.remove_mailbox(address)


def told_once(one: Own, post: AnyPort, hook: Hook, words: str, *, mailbox: str = "") -> bool:
    """Whether everybody and the service were told of this change, no more than once. mailbox: of this one of it."""
    subject = f"mailbox {mailbox} of integration {one.integration}" if mailbox else f"integration {one.integration}"
    begin = f"Exchange Sync: {subject} {words}"
    mails, calls = post.told(begin), hook.told(begin)
    assert calls <= 1
    assert len(mails) <= len(everybody(one.plant))
    return mails == everybody(one.plant) and calls == 1
