"""Through a proxy: the tunnel carries our own TLS, checked as without one. The proxy here is a real CONNECT proxy."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import ExchangeSyncError, IntegrationFault
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.contract.source.suite import BOX


@dataclass
class Proxy:
    """Takes CONNECT with one login. asked: the targets that were asked for."""

    asked: list[str] = field(default_factory=list)
    port: int = 0

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return  # closed: the test is over
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        with closing(client):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            target = head.split()[1].decode()
            self.asked.append(target)
            if base64.b64encode(b"user:pass") not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join(timeout=5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one end hung up: so does the tunnel


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running() as made:
        made.control.add_mailbox(BOX, "Support")
        yield made


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Proxy(port=listening.getsockname()[1])
        threading.Thread(target=made.serve, args=(listening,), daemon=True).start()
        yield made
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def connection(simulator: Running, proxy: Proxy) -> ExchangeConnection:
    return ExchangeConnection(
        simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file,
        proxy=f"http://user:pass@127.0.0.1:{proxy.port}",
    )  # fmt: skip


def test_requests_go_through_the_proxy(connection: ExchangeConnection, proxy: Proxy, simulator: Running):
    with closing(open_source(connection)) as source:
        source.probe(BOX)
        assert source.folders(BOX)
    assert set(proxy.asked) == {simulator.ews_url.split("/")[2]}


def test_certificates_are_checked_behind_a_proxy_too(connection: ExchangeConnection):
    with closing(open_source(replace(connection, ca_bundle=None))) as source:
        with pytest.raises(IntegrationFault) as caught:
            source.probe(BOX)
        assert caught.value.reason.code == "TLS certificate"


def test_a_proxy_that_wants_another_login_is_told_without_showing_it(connection: ExchangeConnection, proxy: Proxy):
    wrong = replace(connection, proxy=f"http://user:Marked@127.0.0.1:{proxy.port}")
    with closing(open_source(wrong)) as source, pytest.raises(ExchangeSyncError) as caught:
        source.probe(BOX)
    assert isinstance(caught.value, IntegrationFault)
    assert "proxy" in str(caught.value)
    assert "Marked" not in str(caught.value)
