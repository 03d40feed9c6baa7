"""`exchange-sync serve` and `exchange-sync token`, as processes of their own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from exchange_sync.store import schema

from tests.web.api.conftest import bad, good

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "read-comments.md"
COMMAND = Path(sys.executable).with_name("exchange-sync")


@pytest.fixture
def environment(
    new_database: Callable[..., str], template_database: Callable[..., str], tmp_path: Path
) -> dict[str, str]:
    """Of an installation without mail."""
    url = new_database(template_database("exchange_sync", lambda url: schema.upgrade(url) and None))
    return {**os.environ, "EXCHANGE_SYNC_DATABASE_URL": url, "EXCHANGE_SYNC_HOME": str(tmp_path)}


@pytest.fixture
def base(environment: dict[str, str]) -> Iterator[str]:
    """The address of a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([COMMAND, "serve", "--port", str(port)], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/openapi.json", timeout=5)
                break
            except httpx.TransportError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        assert server.wait(timeout=30) is not None


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run([COMMAND, *words], env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


def test_a_token_made_on_the_command_line_opens_the_served_api(environment: dict[str, str], base: str) -> None:
    token = run(environment, "token", "create", "bot", "--role", "Op").strip()
    headers = {"Authorization": f"Bearer {token}"}

    with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
        assert good(client.get("/auth/user"))["user"]["username"] == "bot"
        good(client.put("/api/_private/buckets/acme%2Fmail", json={"bucket": {}}))
        for path in ("acme%2Fmail", "acme/mail"):
            bucket = good(client.get(f"/api/_private/buckets/{path}"))["bucket"]
        good(client.get(f"/api/_private/buckets/id:{bucket['id']}/keyed-sync-states%2F"))
        bad(client.get("/api/_private/buckets/acme%2Fnone"), 404)
        assert "server" not in client.get("/auth/user").headers
    listed = run(environment, "token", "list")
    assert "bot" in listed
    assert token not in listed
    assert run(environment, "token", "revoke", "bot").strip() == "revoked"
    bad(httpx.get(f"{base}/auth/user", headers=headers), 401)


def raw(base: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """The answer to bytes that no client library would send: status, headers, body."""
    address = urlsplit(base)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


END = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"BREW /api/v1/sources" + END + b"\r\n", 400),
        (b"get /api/v1/sources" + END + b"\r\n", 400),
        (b"rubbish\r\n\r\n", 400),
        (b"GET /api/v1/sources" + END + b"no colon\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + END + b"\r\n", 414),
        (b"GET /api/v1/sources?after=" + b"a" * 300_000 + END + b"\r\n", 414),
        (b"GET /" + b"a" * 65_000 + END + b"\r\n", 404),
        (b"GET //api/v1/sources" + END + b"\r\n", 401),
        (b"PROPFIND /api/v1/sources" + END + b"\r\n", 401),
        (b"HEAD //api/v1/sources" + END + b"\r\n", 401),
    ],
    ids=lambda value: str(value)[:24],
)
def test_whatever_is_sent_the_answer_is_json(base: str, request_: bytes, status: int) -> None:
    found, headers, body = raw(base, request_)
    assert (found, headers["content-type"]) == (status, "application/json"), body
    assert "server-timing" in headers
    assert request_.startswith(b"HEAD") == (body == b"")
    if body:
        told = json.loads(body)
        assert (set(told), told["status"]) == ({"status", "message"}, "error")


def test_an_email_address_that_real_clients_refuse_is_refused_here_too(environment: dict[str, str]) -> None:
    words = ["token", "create", "bot", "--role", "Op", "--email", "a@uipath.com"]

    done = subprocess.run([COMMAND, *words], env=environment, capture_output=True, text=True, timeout=120)

    assert done.returncode == 1
    assert "uipath.com" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_how_tos_python_reads_pages_and_runs_as_a_bot(
    environment: dict[str, str], base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    token = run(environment, "token", "create", "bot", "--role", "Op").strip()
    monkeypatch.setenv("API", base)
    monkeypatch.setenv("AUTH", f"Authorization: Bearer {token}")
    page: dict[str, Any] = {}
    exec(compile(code, str(HOW_TO), "exec"), page)
    call = page["call"]
    call("PUT", "/api/_private/buckets/demo/mail", json={"bucket": {}})
    call("PUT", "/api/v1/datasets/demo/mail/streams", json={"stream": {"name": "reports"}})
    names = [f"{number:03}" for number in range(300)]
    new = [{"id": name, "timestamp": "2026-03-02T12:00:00Z", "messages": [{"body": {"text": "x"}}]} for name in names]
    call("POST", "/api/v1/sources/demo/mail/sync", json={"comments": new})

    assert [comment["id"] for comment in page["comments"]("demo/mail")] == names
    seen: list[str] = []

    def handle(comment: dict[str, Any]) -> None:
        if len(seen) == 100:
            raise Enough
        seen.append(comment["id"])

    with pytest.raises(Enough):
        page["run_bot"]("/api/v1/datasets/demo/mail/streams/reports", handle)
    assert seen == names[:100]
    rest = call("POST", "/api/v1/datasets/demo/mail/streams/reports/fetch", json={"size": 1})
    assert rest["results"][0]["comment"]["id"] == names[100]
    with pytest.raises(RuntimeError, match="demo/none"):
        call("GET", "/api/v1/sources/demo/none")


class Enough(Exception):
    """The bot is stopped here."""
