"""How long the server takes for each page, at 1,000 mailboxes of 20 integrations and a million items and comments.

    python tests/bench/pages.py [items of a mailbox] [a page's name, or a part of it]

PostgreSQL is the embedded one without durability; the pages are asked in this process by one visitor. The time is what
the answer itself tells in Server-Timing: from the request's arrival to the finished page, signing in included. Each
page is asked 25 times, of different things where it can be: the fastest, the median and the 95th percentile.

To measure another page, add a line to PAGES: a name, and a function that makes a path of a random number generator and
the integrations' names.
"""

from __future__ import annotations

import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psycopg2  # noqa: E402
from exchange_sync.clock import now_utc  # noqa: E402
from exchange_sync.source.factory import open_source  # noqa: E402
from exchange_sync.store import schema  # noqa: E402
from exchange_sync.store.blobs import Blobs  # noqa: E402
from exchange_sync.store.database import Database  # noqa: E402
from exchange_sync.store.pool import Pool  # noqa: E402
from exchange_sync.web.limits import RateLimit  # noqa: E402
from exchange_sync.web.pages.app import create_pages  # noqa: E402
from exchange_sync.web.services import Services  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from stack import databases  # noqa: E402
from stack.postgres import Server  # noqa: E402
from tests.support.many_integrations import fill  # noqa: E402
from tests.support.page_ports import KeptConnections, SignedIn, TurnedDags  # noqa: E402

INTEGRATIONS, MAILBOXES, ITEMS = 20, 50, 1_020
TIMES, ALLOWED_MS = 25, 100.0
Path_ = Callable[[random.Random, Sequence[str]], str]


def _one(chance: random.Random, names: Sequence[str]) -> str:
    return f"/integrations/acme/{chance.choice(names)}"


def _box(chance: random.Random, names: Sequence[str]) -> str:
    name = chance.choice(names)
    return f"/integrations/acme/{name}/mailboxes/box{chance.randrange(MAILBOXES):04}@{name}.example"


PAGES: dict[str, Path_] = {
    "integrations": lambda chance, names: "/",
    "integrations: refreshed": lambda chance, names: "/list",
    "integrations: found by name": lambda chance, names: f"/?q={chance.choice(names)}",
    "one integration": _one,
    "one integration: seven days": lambda chance, names: f"{_one(chance, names)}?hours=168",
    "one integration: refreshed": lambda chance, names: f"{_one(chance, names)}/now",
    "one integration: its list refreshed": lambda chance, names: f"{_one(chance, names)}/boxes",
    "one integration: in quarantine": lambda chance, names: f"{_one(chance, names)}?state=quarantine",
    "one integration: found by address": lambda chance, names: f"{_one(chance, names)}?q=box001",
    "one mailbox": _box,
    "one mailbox: seven days": lambda chance, names: f"{_box(chance, names)}?hours=168",
    "question before listing again": lambda chance, names: f"{_box(chance, names)}/relist",
    "backfill": lambda chance, names: f"{_one(chance, names)}/backfill",
    "comments": lambda chance, names: "/comments",
    "comments: words": lambda chance, names: f"/comments?q=claim+{chance.randrange(1_000_000)}",
    "comments: a frequent word": lambda chance, names: "/comments?q=sentence",
    "comments: an address": lambda chance, names: f"/comments?q=ann{chance.randrange(500)}%40client7.example",
    "comments: of a domain": lambda chance, names: f"/comments?domain=client{chance.randrange(20)}.example&q=claim",
    "comments: of a folder": lambda chance, names: "/comments?folder=Inbox",
    "comments: of no such folder": lambda chance, names: f"/comments?folder=Nowhere+{chance.randrange(9)}",
    "comments: by a property": lambda chance, names: f"/comments?property=Recipient+Count&value={chance.randrange(7)}",
    "why": lambda chance, names: f"/why?id=mail-{chance.randrange(1, 1_000_000)}%40client.example",
    "why not": lambda chance, names: f"/why?id=nobody-{chance.randrange(9)}%40client.example",
    "comments: of a bucket": lambda chance, names: f"/comments?bucket=acme/{chance.choice(names)}",
    "notifications": lambda chance, names: "/notifications",
    "subscriptions": lambda chance, names: "/subscriptions",
    "tokens": lambda chance, names: "/tokens",
    "edit: mailboxes": lambda chance, names: f"{_one(chance, names)}/edit/mailboxes",
    "edit": lambda chance, names: f"{_one(chance, names)}/edit",
}


def measure(browser: TestClient, name: str, path: Path_, names: Sequence[str]) -> bool:
    """Ask so often and print how long it took; whether the 95th percentile is within what is allowed."""
    chance, times, size = random.Random(1), [], 0
    for number in range(TIMES + 2):
        answer = browser.get(path(chance, names))
        assert answer.status_code == 200, f"{name}: {answer.status_code} {answer.text[:300]}"
        took = float(re.search(r"total;dur=([0-9.]+)", answer.headers["server-timing"]).group(1))  # type: ignore[union-attr]
        if number >= 2:  # the first two open connections and compile templates
            times.append(took)
            size = max(size, len(answer.content))
    times.sort()
    worst = times[int(len(times) * 0.95)]
    good = worst <= ALLOWED_MS
    print(
        f"{name:36} fastest {times[0]:6.1f}   median {statistics.median(times):6.1f}   p95 {worst:6.1f} ms"
        f"   {size / 1000:5.0f} kB"
        f"{'' if good else '   TOO SLOW'}",
        flush=True,
    )
    return good


def pages(url: str, home: Path) -> tuple[TestClient, Pool]:
    """The pages over a database, and the browser of somebody who may do everything."""
    pool = Pool(url)
    services = Services(
        pool=pool, blobs=Blobs((home / "blobs").as_uri()), identities=SignedIn(pool, ("ann", "Admin")),
        connections=KeptConnections(), rate=RateLimit(0), open_source=open_source,
        clock=now_utc, dags=TurnedDags(), airflow_path="",
    )  # fmt: skip
    return TestClient(create_pages(services), headers={"Sec-Fetch-Dest": "iframe"}), pool


def measure_all(url: str, home: Path, names: Sequence[str], wanted: str = "") -> bool:
    """Every page whose name has wanted in it; whether all are fast enough."""
    browser, pool = pages(url, home)
    try:
        found = {name: path for name, path in PAGES.items() if wanted in name}
        return not [name for name, path in found.items() if not measure(browser, name, path, names)]
    finally:
        pool.close()


def main(items: int, wanted: str) -> int:
    """Fill, ask, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-bench-"))
    server = Server(home / "postgres", for_tests=True)
    try:
        server.start()
        url = databases.create(server.url("postgres"), "bench")
        schema.upgrade(url)
        db = Database(url, statement_milliseconds=600_000)
        started = time.perf_counter()
        names = fill(db, INTEGRATIONS, MAILBOXES, items, datetime.now(UTC))
        db.close()
        vacuum(url)
        print(f"{INTEGRATIONS * MAILBOXES * items:,} items filled in {time.perf_counter() - started:.0f} s")
        return 0 if measure_all(url, home, names, wanted) else 1
    finally:
        server.destroy()
        shutil.rmtree(home, ignore_errors=True)


def vacuum(url: str) -> None:
    """What autovacuum does in a real server; it is off in that of tests."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


if __name__ == "__main__":
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    sys.exit(main(int(numbers[0]) if numbers else ITEMS, words[0] if words else ""))
