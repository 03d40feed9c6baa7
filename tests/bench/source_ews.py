"""How fast the EWS source is beside plain exchangelib: list and fetch 1,000 mails from the simulator. Run by hand:

    python tests/bench/source_ews.py [number of mails] [KiB each]

The simulator runs in a process of its own. CPU is this process's alone: it is what a client pays; wall time holds the
server's share too. Both readers list ids, times and sizes, then fetch MIME and the small properties.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import exchangelib
import exchangelib.protocol
import requests.adapters
from exchange_simulator.testing import RunningProcess, running_process
from exchange_sync.model.email import ItemMime
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

BOX = "bench@example.org"
FIELDS = ("message_id", "subject", "sender", "author", "datetime_received", "datetime_sent", "size", "is_draft",
          "item_class")  # fmt: skip


def fill(simulator: RunningProcess, number: int, kib: int) -> None:
    simulator.control.add_mailbox(BOX, "Bench")
    text = ("Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 18 + "\n") * kib
    for place in range(number):
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = "a@elsewhere.example", BOX, f"Mail {place}"
        made["Message-ID"] = f"<{place}@bench.example>"
        made.set_content(text)
        received = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=place)
        simulator.control.deliver(BOX, made.as_bytes(), received=received)


@contextmanager
def measured(name: str, number: int, results: dict[str, float]):
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    results[name] = cpu
    print(f"{name:28} {wall:7.2f} s wall {cpu:7.2f} s CPU {number / wall:8.0f}/s wall {number / cpu:8.0f}/s CPU")


def ours(simulator: RunningProcess, number: int, results: dict[str, float]) -> None:
    source = open_source(
        ExchangeConnection(simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file)
    )
    key = next(one.key for one in source.folders(BOX) if one.distinguished == "inbox")
    with measured("ours: list", number, results):
        items, state, last = [], None, False
        while not last:
            page = source.changes(BOX, key, state)
            items += page.present
            state, last = page.state, page.last
    ids = [one.item_id for one in items]
    with measured("ours: properties", number, results):
        assert len(source.properties(BOX, ids)) == number
    with measured("ours: MIME", number, results):
        sizes = {one.item_id: one.size for one in items}
        assert sum(isinstance(one, ItemMime) for one in source.mimes(BOX, ids, sizes)) == number
    source.close()


def stock(simulator: RunningProcess, number: int, results: dict[str, float]) -> None:
    class Trusting(requests.adapters.HTTPAdapter):
        def cert_verify(self, conn, url, verify, cert):
            super().cert_verify(conn, url, simulator.ca_file, cert)

    exchangelib.protocol.BaseProtocol.HTTP_ADAPTER_CLS = Trusting
    exchangelib.protocol.BaseProtocol.raw_session = classmethod(_trusting_session(simulator.ca_file))
    config = exchangelib.Configuration(
        service_endpoint=simulator.ews_url,
        credentials=exchangelib.Credentials(simulator.username, simulator.password),
        auth_type=exchangelib.BASIC,
        version=exchangelib.Version(build=exchangelib.Build(15, 1, 2507, 6)),
    )
    account = exchangelib.Account(BOX, config=config, access_type=exchangelib.IMPERSONATION)
    inbox = account.inbox
    with measured("exchangelib: list", number, results):
        fields = ("datetime_received", "size")
        items = [item for _, item in inbox.sync_items(only_fields=fields, max_changes_returned=512)]
    with measured("exchangelib: properties", number, results):
        assert len(list(account.fetch(items, only_fields=FIELDS))) == number
    with measured("exchangelib: MIME", number, results):
        assert len(list(account.fetch(items, only_fields=("mime_content",)))) == number


def _trusting_session(ca_file: str) -> Callable[..., requests.Session]:
    plain = exchangelib.protocol.BaseProtocol.raw_session.__func__

    def raw_session(cls, *args, **kwargs):
        session = plain(cls, *args, **kwargs)
        session.verify = ca_file
        return session

    return raw_session


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    kib = int(sys.argv[2]) if len(sys.argv) > 2 else 16
    results: dict[str, float] = {}
    with running_process() as simulator:
        fill(simulator, number, kib)
        ours(simulator, number, results)
        stock(simulator, number, results)
    for step in ("list", "properties", "MIME"):
        print(f"{step:12} {results[f'exchangelib: {step}'] / results[f'ours: {step}']:5.1f} times less CPU")


if __name__ == "__main__":
    main()
