"""How long the served API takes at a million comments: pages, single comments, streams, and 50 clients at once.

    python tests/bench/api.py [number of comments]

PostgreSQL is the embedded one without durability, the server a process of its own (`exchange-sync serve`), the clock is
the client's: connection kept, answer read whole, gzip on. Of each request the median and the 95th percentile.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
from exchange_sync.model.config import BucketConfig, Configuration  # noqa: E402
from exchange_sync.store import integrations, people, schema  # noqa: E402
from exchange_sync.store.database import Database  # noqa: E402

from stack import databases  # noqa: E402
from stack.postgres import Server  # noqa: E402
from tests.support.many_comments import fill  # noqa: E402

REQUESTS = 200
CLIENTS, CLIENT_REQUESTS = 50, 20
PAGE = "/api/_private/sources/acme%2Fmail/comments"
STREAM = "/api/v1/datasets/acme%2Fmail/streams"


def measure(name: str, request: Callable[[int], httpx.Response], count: int = REQUESTS) -> None:
    """Ask so often and print how long it took."""
    times = []
    for number in range(count):
        started = time.perf_counter()
        response = request(number)
        times.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 200, response.text[:300]
    show(name, times)


def show(name: str, times: list[float]) -> None:
    times.sort()
    print(f"{name:42} median {statistics.median(times):7.1f} ms   p95 {times[int(len(times) * 0.95)]:7.1f} ms")


def ask(client: httpx.Client, comments: int) -> None:
    """One client, one request after the other."""
    chance = random.Random(1)
    after: dict[str, str] = {}

    def page(number: int) -> httpx.Response:
        response = client.get(PAGE, params={"limit": 64, **after})
        after["after"] = response.json()["continuation"]
        return response

    def anywhere(number: int) -> httpx.Response:
        when = datetime.fromtimestamp(1_577_836_800 + chance.randrange(comments) * 97, UTC).isoformat()
        return client.get(PAGE, params={"limit": 64, "from_timestamp": when})

    def one(number: int) -> httpx.Response:
        wanted = f"<mail-{chance.randrange(1, comments)}@client.example>".encode().hex()
        return client.get(f"/api/v1/sources/acme%2Fmail/comments/{wanted}")

    def fetch(number: int) -> httpx.Response:
        response = client.post(f"{STREAM}/bot/fetch", json={"size": 64})
        client.post(f"{STREAM}/bot/advance", json={"sequence_id": response.json()["sequence_id"]})
        return response

    measure("page of 64, one after the other", page)
    measure("page of 64, from anywhere", anywhere)
    measure("one comment", one)
    measure("stream: fetch of 64, advance", fetch)
    measure("page of 64 threads", lambda n: client.get("/api/v1/sources/acme%2Fmail/threads", params={"limit": 64}))
    measure("page of 64, newest first", lambda n: client.get(PAGE, params={"limit": 64, "direction": "descending"}))


def crowd(address: str, headers: dict[str, str], comments: int) -> None:
    """Fifty clients at once, each reading pages from anywhere."""
    times: list[float] = []

    def client(seed: int) -> None:
        chance = random.Random(seed)
        with httpx.Client(base_url=address, headers=headers, timeout=120) as http:
            for _ in range(CLIENT_REQUESTS):
                when = datetime.fromtimestamp(1_577_836_800 + chance.randrange(comments) * 97, UTC).isoformat()
                started = time.perf_counter()
                response = http.get(PAGE, params={"limit": 64, "from_timestamp": when})
                times.append((time.perf_counter() - started) * 1000)
                assert response.status_code == 200, response.text[:300]

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(CLIENTS)]
    started = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = time.perf_counter() - started
    assert len(times) == CLIENTS * CLIENT_REQUESTS
    show(f"{CLIENTS} clients at once, page of 64", times)
    print(f"{'':42} {len(times) / took:.0f} pages a second, clients on the same machine")


def serve(environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    command = [Path(sys.executable).with_name("exchange-sync"), "serve", "--port", str(port), "--rate", "0"]
    return subprocess.Popen(command, env=environment)


def main(comments: int) -> None:
    """Fill, serve, ask, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-bench-"))
    server = Server(home / "postgres", for_tests=True)
    served: subprocess.Popen[bytes] | None = None
    try:
        server.start()
        url = databases.create(server.url("postgres"), "bench")
        schema.upgrade(url)
        db = Database(url, statement_milliseconds=600_000)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"),)), datetime.now(UTC))
        started = time.perf_counter()
        fill(db, integrations.bucket(db, "acme", "mail")["id"], comments)
        print(f"{comments:,} comments made in {time.perf_counter() - started:.0f} s")
        people.save_user(db, "bench", "bench@acme.example", ["Op"], datetime.now(UTC))
        headers = {"Authorization": f"Bearer {people.create_token(db, 'bench', datetime.now(UTC))}"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "EXCHANGE_SYNC_DATABASE_URL": url, "EXCHANGE_SYNC_HOME": str(home)}
        served = serve(environment, port)
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
            _wait(client)
            client.put(STREAM, json={"stream": {"name": "bot", "start": "beginning"}}).raise_for_status()
            ask(client, comments)
        crowd(address, headers, comments)
        db.close()
    finally:
        if served is not None:
            served.terminate()
            served.wait(timeout=30)
        server.destroy()
        shutil.rmtree(home, ignore_errors=True)


def _wait(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            client.get("/auth/user").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
