"""What strangers and clients can ask of the served API, as ratios and bounds.

    python tests/bench/api_bounds.py

* A page of 64 comments beside a bare FastAPI and psycopg2 endpoint that gives the same, by the processor time of
  the serving processes: asked for in turns, the median of the rounds. Allowed: 1.2.
* `PUT .../emails` of one email, the client's clock. Allowed: 30 ms.
* The memory that a POST of 64 MiB costs, without a token and by one who may.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import psutil  # noqa: E402
from exchange_sync.model.config import BucketConfig, Configuration  # noqa: E402
from exchange_sync.store import integrations, people, schema  # noqa: E402
from exchange_sync.store.database import Database  # noqa: E402

from stack import databases, ports  # noqa: E402
from stack.postgres import Server  # noqa: E402
from tests.support.many_comments import fill  # noqa: E402

ROUNDS, PAGES, PUTS, COMMENTS = 7, 150, 60, 20_000
MIB = 1 << 20
PAGE = "/api/_private/sources/acme%2Fmail/comments"
SYNC = "/api/v1/sources/acme%2Fmail/sync"


class Serving:
    """A server in a process of its own, and a client whose connection stays open."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str], headers: dict[str, str]) -> None:
        self._process = subprocess.Popen(command, env=environment, cwd=ROOT)
        self._seen = psutil.Process(self._process.pid)
        # bytes as they are: packing them is a client's wish, and costs both the same
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Accept-Encoding": "identity", **headers}, timeout=120
        )

    def wait(self, path: str) -> None:
        """Until it answers."""
        for _ in range(600):
            try:
                self.client.get(path).raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("a server did not start")

    def milliseconds(self, path: str, count: int) -> float:
        """Processor time of one answer, by so many."""
        before = self._spent()
        for _ in range(count):
            self.client.get(path).raise_for_status()
        return (self._spent() - before) / count * 1_000

    def memory(self) -> float:
        """MiB that are resident."""
        return float(self._seen.memory_info().rss) / MIB

    def _spent(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        self.client.close()
        self._process.terminate()
        self._process.wait(timeout=30)


def compare(api: Serving, bare: Serving) -> None:
    """The same page of both, in turns."""
    same = api.client.get(PAGE)
    assert same.json() == bare.client.get("/page/acme/mail").json(), "they do not give the same"
    pairs = []
    for _ in range(ROUNDS):
        pairs.append((api.milliseconds(PAGE, PAGES), bare.milliseconds("/page/acme/mail", PAGES)))
    ours, theirs = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(mine / other for mine, other in pairs)
    spent = f"API {ours:.2f} ms, bare {theirs:.2f} ms of processor"
    print(f"page of 64, {len(same.content):,} bytes: {spent}, ratio {ratio:.2f} (allowed: 1.2)")
    who = statistics.median(api.milliseconds("/auth/user", PAGES) for _ in range(ROUNDS))
    print(f"who asks, /auth/user: {who:.2f} ms of processor")


def put_emails(api: Serving) -> None:
    """One email a request, each another one."""
    times = []
    for number in range(PUTS + 10):
        mime = f"Message-ID: <put-{number}@x.example>\nFrom: a@x.example\nSubject: s\n\nPlease do {number}.\n"
        email = {"id": f"<put-{number}@x.example>", "mailbox": "m@acme.example", "timestamp": "2026-01-01T00:00:00Z"}
        started = time.perf_counter()
        answer = api.client.put(
            "/api/_private/buckets/acme%2Fmail/emails", json={"emails": [{**email, "mime_content": mime}]}
        )
        times.append((time.perf_counter() - started) * 1_000)
        answer.raise_for_status()
    first, warm = times[0], sorted(times[10:])
    middle, most = statistics.median(warm), warm[int(len(warm) * 0.95)]
    print(f"PUT of one email: median {middle:.1f} ms, p95 {most:.1f} ms (allowed: 30); the first {first:.0f} ms")


def refused_body(api: Serving) -> None:
    """64 MiB of somebody unknown, and of somebody who may and sends what is no JSON."""
    for who, headers in (("without a token", {"Authorization": ""}), ("by one who may", {})):
        before = api.memory()
        started = time.perf_counter()
        try:
            status = str(api.client.post(SYNC, content=b" " * (64 * MIB), headers=headers).status_code)
        except httpx.TransportError:  # the server answers, and hangs up before the client has sent it all
            status = "hung up"
        took = (time.perf_counter() - started) * 1_000
        print(f"POST of 64 MiB {who}: {status}, {took:.0f} ms, {api.memory() - before:+.0f} MiB resident")


def main() -> None:
    """Fill, serve both, measure, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-bench-"))
    server = Server(home / "postgres", for_tests=True)
    with ExitStack() as opened:
        opened.callback(shutil.rmtree, home, ignore_errors=True)
        opened.callback(server.destroy)
        server.start()
        url = databases.create(server.url("postgres"), "bench")
        schema.upgrade(url)
        db = Database(url, statement_milliseconds=600_000)
        opened.callback(db.close)
        now = datetime.now(UTC)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"),)), now)
        fill(db, integrations.bucket(db, "acme", "mail")["id"], COMMENTS)
        people.save_user(db, "bench", "bench@acme.example", ["Op"], now)
        headers = {"Authorization": f"Bearer {people.create_token(db, 'bench', now)}"}
        environment = {**os.environ, "EXCHANGE_SYNC_DATABASE_URL": url, "EXCHANGE_SYNC_HOME": str(home)}
        port = ports.pick()
        other = ports.pick(taken=(port,))
        command = [str(Path(sys.executable).with_name("exchange-sync")), "serve", "--port", str(port)]
        api = Serving([*command, "--rate", "100000000"], port, environment, headers)
        opened.callback(api.close)
        command = [sys.executable, "-m", "tests.support.bare_endpoint", url, str(other)]
        bare = Serving(command, other, environment, {})
        opened.callback(bare.close)
        api.wait("/auth/user")
        bare.wait("/page/acme/mail")
        compare(api, bare)
        put_emails(api)
        refused_body(api)


if __name__ == "__main__":
    main()
