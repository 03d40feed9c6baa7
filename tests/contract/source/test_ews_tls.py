"""TLS settings belong to one connection: two of them in one process, and what is told when they do not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator import tls
from exchange_simulator.testing import Running, running
from exchange_simulator.tls import TlsSettings
from exchange_sync.errors import IntegrationFault
from exchange_sync.pipeline.check import CheckLine, check
from exchange_sync.source.factory import open_source

from tests.contract.source.logins import connect
from tests.contract.source.suite import BOX

ONE = "ECDHE-ECDSA-AES128-GCM-SHA256"
OTHER = "ECDHE-ECDSA-AES256-GCM-SHA384"


def server(**settings) -> Iterator[Running]:
    schemes = settings.pop("schemes", ("basic",))
    with running(tls=TlsSettings(**settings), schemes=schemes) as made:
        made.control.add_mailbox(BOX, "Support")
        yield made


@pytest.fixture(scope="module")
def one() -> Iterator[Running]:
    yield from server(highest="1.2", ciphers=ONE, schemes=("certificate",))


@pytest.fixture(scope="module")
def other() -> Iterator[Running]:
    yield from server(highest="1.2", ciphers=OTHER, schemes=("certificate",))


@pytest.fixture(scope="module")
def old() -> Iterator[Running]:
    yield from server(lowest="1.0", highest="1.0")


def fault(connection) -> IntegrationFault:
    with closing(open_source(connection)) as source, pytest.raises(IntegrationFault) as caught:
        source.probe(BOX)
    return caught.value


def last(connection) -> CheckLine:
    return check(connection, [BOX])[-1]


def test_two_connections_in_one_process_share_neither_ciphers_nor_authorities_nor_certificates(one, other):
    first = connect(one, "client_certificate", ciphers=ONE)
    second = connect(other, "client_certificate", ciphers=OTHER)
    with closing(open_source(first)) as a, closing(open_source(second)) as b:
        for _ in range(2):  # in turn, so that whatever was shared would show
            a.probe(BOX)
            b.probe(BOX)
    assert last(replace(first, ciphers=OTHER)).what == "TLS"
    assert fault(replace(first, ca_bundle=second.ca_bundle)).reason.code == "TLS certificate"
    stranger = last(replace(first, client_certificate=second.client_certificate))
    assert (stranger.ok, stranger.what) == (False, "TLS")
    assert "with a client certificate" in stranger.told


def test_the_check_tells_the_cipher_that_was_agreed(one: Running):
    told = {line.what: line.told for line in check(connect(one, "client_certificate"), [BOX])}
    assert told["TLS"] == f"TLSv1.2, {ONE}"
    assert told["Authentication"] == "client_certificate"


def test_wrong_ciphers_are_told_with_what_the_server_offers(one: Running):
    line = last(connect(one, "client_certificate", ciphers=OTHER))
    assert (line.ok, line.what) == (False, "TLS")
    assert f"offered: TLSv1.2 with {ONE}" in line.told
    assert f"wanted: TLS 1.2 or later, ciphers {OTHER}" in line.told


def test_an_old_server_needs_an_opt_down_that_is_logged(old: Running, caplog: pytest.LogCaptureFixture):
    refused = last(connect(old, "basic"))
    assert (refused.ok, refused.what) == (False, "TLS")
    assert "offered: TLSv1 with" in refused.told
    with caplog.at_level(logging.WARNING), closing(open_source(connect(old, "basic", min_tls="1.0"))) as source:
        source.probe(BOX)
    assert "TLS 1.0 is allowed" in caplog.text


def test_a_certificate_for_another_name_is_told_with_both_names():
    for simulator in server(names=("elsewhere.example",)):
        line = last(connect(simulator, "basic"))
        assert (line.ok, line.what) == (False, "Certificate")
        assert "offered: for elsewhere.example" in line.told
        assert "wanted: for 127.0.0.1" in line.told
        assert fault(connect(simulator, "basic")).reason.code == "TLS certificate"


def test_an_expired_certificate_is_told_with_its_end():
    ended = datetime.now(UTC) - timedelta(days=1)
    for simulator in server(ends=ended):
        line = last(connect(simulator, "basic"))
        assert (line.ok, line.what) == (False, "Certificate")
        assert "expired" in line.told
        assert f"valid until {ended:%Y-%m-%d}" in line.told


def test_a_client_certificate_that_has_expired_is_not_taken(one: Running):
    ended = datetime.now(UTC) - timedelta(days=1)
    stale = tls.client_certificate(one.simulator.directory, one.username, ends=ended)
    line = last(connect(one, "client_certificate", client_certificate=stale))
    assert (line.ok, line.what) == (False, "TLS")
