"""A handshake that a server ends by hanging up is a fault of the settings, an outage that does the same is not."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from exchange_simulator.testing import Running, running
from exchange_simulator.tls import TlsSettings
from exchange_sync.errors import ExchangeSyncError, IntegrationFault, Retriable
from exchange_sync.pipeline.check import check
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.contract.source.logins import connect
from tests.contract.source.suite import BOX

MINE, THEIRS = "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"
ALERT = 0x15  # the first byte of a TLS record that says why; Windows sends none


@pytest.fixture(scope="module", params=["1.2", "1.3"])
def exchange(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(tls=TlsSettings(highest=request.param, ciphers=THEIRS), schemes=("certificate",)) as made:
        made.control.add_mailbox(BOX, "Support")
        yield made


class Door:
    """Stands before an Exchange and resets connections. meets: asked for each connection, by its number from 0, what
    the server's first bytes may be; True lets them pass."""

    def __init__(self, behind: int, meets: Callable[[int, bytes], bool]) -> None:
        self._behind, self._meets = behind, meets
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # closed
            self.count += 1  # before the relay begins: what it does is the sign for which tests count
            threading.Thread(target=self._relay, args=(client, self.count - 1), daemon=True).start()

    def _relay(self, client: socket.socket, number: int) -> None:
        hello = client.recv(65_536)
        server = socket.create_connection(("127.0.0.1", self._behind))
        server.sendall(hello)
        first = server.recv(65_536)
        if not first or not self._meets(number, first):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()
            return
        client.sendall(first)
        threading.Thread(target=_pump, args=(client, server), daemon=True).start()
        _pump(server, client)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)  # one end hung up: so does the door


@contextmanager
def behind_a_door(
    exchange: Running, connection: ExchangeConnection, meets: Callable[[int, bytes], bool]
) -> Iterator[tuple[ExchangeConnection, Door]]:
    port = urlsplit(exchange.ews_url).port
    with closing(Door(port or 443, meets)) as door:
        yield replace(connection, server_url=connection.server_url.replace(str(port), str(door.port))), door


def failure(connection: ExchangeConnection) -> ExchangeSyncError:
    with closing(open_source(connection)) as source, pytest.raises(ExchangeSyncError) as caught:
        source.probe(BOX)
    return caught.value


def no_alert(_: int, first: bytes) -> bool:
    return first[0] != ALERT


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_ciphers_that_a_server_answers_by_hanging_up_are_a_fault_with_what_was_offered_and_wanted(
    exchange: Running, reset: bool
):
    right = connect(exchange, "client_certificate", ciphers=THEIRS)
    with behind_a_door(exchange, right, no_alert) as (there, _):
        wrong = replace(there if reset else right, ciphers=MINE)
        found = failure(wrong)
        assert isinstance(found, IntegrationFault)
        assert found.reason.code.startswith("TLS ")
        assert "offered: TLSv1." in found.message
        assert f"wanted: TLS 1.2 or later, ciphers {MINE}" in found.message
        assert check(wrong, [BOX])[-1].told == found.message
        with closing(open_source(replace(wrong, ciphers=THEIRS))) as source:
            source.probe(BOX)


def test_a_client_certificate_that_is_not_taken_is_a_fault(exchange: Running):
    right = connect(exchange, "client_certificate")
    with running(schemes=("certificate",)) as other:
        stranger = connect(other, "client_certificate").client_certificate
    found = failure(replace(right, client_certificate=stranger))
    assert isinstance(found, IntegrationFault)
    assert "with a client certificate" in found.message
    [*_, line] = check(replace(right, client_certificate=stranger), [BOX])
    assert (line.ok, line.what, line.told) == (False, "TLS", found.message)


def test_a_server_that_hangs_up_on_everybody_is_away(exchange: Running):
    with behind_a_door(exchange, connect(exchange, "client_certificate"), lambda *_: False) as (there, door):
        assert isinstance(failure(there), Retriable)
        assert door.count == 2  # the request, and one look at what others get


def test_a_server_that_hangs_up_once_is_away(exchange: Running):
    connection = connect(exchange, "client_certificate", ciphers=THEIRS)
    with behind_a_door(exchange, connection, lambda number, _: number > 0) as (there, door):
        assert isinstance(failure(there), Retriable)
        assert door.count == 3
        with closing(open_source(there)) as source:
            source.probe(BOX)


def test_a_port_that_nothing_listens_on_is_away(exchange: Running):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    connection = connect(exchange, "client_certificate")
    there = replace(connection, server_url=f"https://127.0.0.1:{port}/EWS/Exchange.asmx")
    assert isinstance(failure(there), Retriable)


def test_an_answer_that_is_cut_after_the_handshake_asks_nothing_more(exchange: Running):
    with running() as basic:
        basic.control.add_mailbox(BOX, "Support")
        basic.control.add_fault("reset")
        with behind_a_door(basic, connect(basic, "basic"), lambda *_: True) as (there, door):
            assert isinstance(failure(there), Retriable)
            assert door.count == 1
