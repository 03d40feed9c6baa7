"""Who sends half a request, or much of one without a token, holds nobody up: over real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest
import uvicorn
from exchange_sync.web.api.admission import Admission
from exchange_sync.web.listening import Patience, protocol
from exchange_sync.web.protocol import MIB

from tests.web.api.conftest import Api, bad, good

SYNC = "/api/v1/sources/acme/mail/sync"


class Served:
    """The application behind a listening socket, in a thread."""

    def __init__(self, app: object, patience: Patience) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=4_096)
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(app, log_level="warning", http=protocol(patience))  # type: ignore[arg-type]
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)
        self._socket.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, begun: bytes) -> socket.socket:
        """A connection that has sent so much, and waits."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        made.sendall(begun)
        return made


@pytest.fixture
def hasty(api: Api) -> Iterator[Served]:
    """A server that loses its patience within seconds."""
    with Served(api.app, Patience(head_seconds=1, idle_seconds=1, waiting_of_one=50)) as served:
        yield served


def ended(connection: socket.socket) -> bytes:
    """All that the server said until it closed the connection."""
    told = b""
    while piece := connection.recv(65_536):
        told += piece
    return told


def dropped(connection: socket.socket) -> bool:
    """Whether the server closes it while a byte is sent every now and then."""
    for _ in range(300):
        try:
            connection.sendall(b" ")
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    "begun", [b"", b"GET", b"GET /auth/user HTTP/1.1\r\n", b"GET /auth/user HTTP/1.1\r\nHost: x\r\nX-"]
)
def test_half_a_head_is_dropped_with_a_sentence(hasty: Served, begun: bytes) -> None:
    with hasty.open(begun) as waiting:
        assert b"408" in ended(waiting)


def test_half_a_body_is_dropped(hasty: Served, api: Api) -> None:
    token = api.token("op", ["Op"])
    head = f"POST {SYNC} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 5000\r\n\r\n"
    with hasty.open(head.encode() + b'{"comments":[') as waiting:
        assert ended(waiting) == b""
    with hasty.open(head.encode()) as dripping:
        assert dropped(dripping)  # the pace is too low, though bytes keep coming
    assert good(httpx.get(f"{hasty.url}/auth/user", headers={"Authorization": f"Bearer {token}"}, timeout=60))


def test_a_connection_that_is_kept_alive_may_ask_again(hasty: Served, api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token('op', ['Op'])}"}
    with httpx.Client(base_url=hasty.url, headers=headers, timeout=60) as client:
        for pause in (0, 1.5, 1.5):
            time.sleep(pause)
            assert good(client.get("/auth/user"))


@pytest.mark.parametrize("begun", [b"", b"GET /auth/user HTTP/1.1\r\nHost: x\r\n"])
def test_three_thousand_of_them_do_not_keep_others_out(api: Api, begun: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.token('op', ['Op'])}"}
    with Served(api.app, Patience()) as served, ExitStack() as opened:
        for count in range(3_000):
            opened.enter_context(served.open(begun))
            if count % 500 == 499:
                good(httpx.get(f"{served.url}/auth/user", headers=headers, timeout=60))
        held = [one for one in psutil.Process().net_connections("tcp") if one.laddr.port == served.port]
        assert sum(one.status == psutil.CONN_ESTABLISHED and one.raddr != () for one in held) <= 300
        good(httpx.get(f"{served.url}/auth/user", headers=headers, timeout=60))


@pytest.mark.parametrize("token", [None, "nobody-knows-it"])
def test_a_large_body_without_a_token_is_refused_unread(api: Api, token: str | None) -> None:
    """64 MiB are announced; the answer comes before the first of them."""
    with Served(api.app, Patience()) as served:
        known = f"Authorization: Bearer {token}\r\n" if token else ""
        head = f"POST {SYNC} HTTP/1.1\r\nHost: x\r\n{known}Content-Length: {64 * MIB}\r\n\r\n"
        with served.open(head.encode()) as sending:
            told = sending.recv(65_536)
    assert told.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in told.lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SYNC), ("PUT", "/api/_private/sources/acme/mail/comments"),
        ("PUT", "/api/_private/buckets/acme/mail/emails"),
        ("POST", "/api/v1/sources/acme/mail/sync-raw-emails"),
        ("PUT", "/api/_private/sources/acme/mail/comments/ab/attachments/0"),
    ],
)  # fmt: skip
def test_nor_is_one_of_somebody_who_may_not(api: Api, method: str, path: str) -> None:
    api.deliver(1)
    token = api.token("reader", ["Viewer"])
    with Served(api.app, Patience()) as served:
        known = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
        head = f"{method} {path} HTTP/1.1\r\n{known}Content-Length: {64 * MIB}\r\n\r\n"
        with served.open(head.encode()) as sending:
            assert sending.recv(65_536).split()[1] in (b"403", b"404")


def test_bodies_that_do_not_fit_beside_each_other_are_put_off(api: Api) -> None:
    for each in api.app.user_middleware:
        if each.cls is Admission:
            each.kwargs["held_bytes"] = 10_000
    body = b'{"comments": [' + b" " * 20_000 + b"]}"
    told = api.op.post(SYNC, content=body, headers={"content-type": "application/json"})
    assert "too many large bodies at once" in bad(told, 503)
    assert told.headers["retry-after"] == "5"
    good(api.op.get("/auth/user"))
