"""TLS of one connection, on real handshakes between memory buffers: no socket is opened."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from exchange_sync.errors import BadInput
from exchange_sync.source.tls import ssl_context

from tests.unit.source.ews_canned import connection

HOST = "mail.example.org"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest.fixture
def shake(authority: trustme.CA) -> Callable[..., tuple[str, str]]:
    """Shakes hands with a server; returns the TLS version and the cipher that were agreed."""

    def handshake(client: ssl.SSLContext, host: str = HOST, issuer: trustme.CA | None = None, set_up=None):
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (issuer or authority).issue_cert(host).configure_cert(server)
        if set_up:
            set_up(server)
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        ends = [
            client.wrap_bio(to_client, to_server, server_hostname=HOST),
            server.wrap_bio(to_server, to_client, server_side=True),
        ]
        waiting = list(ends)
        for _ in range(20):
            for end in list(waiting):
                try:
                    end.do_handshake()
                    waiting.remove(end)
                except ssl.SSLWantReadError:
                    continue
            if not waiting:
                return ends[0].version(), ends[0].cipher()[0]
        raise AssertionError("the handshake does not end")

    return handshake


def test_an_authority_is_trusted_as_text_as_file_and_as_folder(shake, pem: str, tmp_path: Path):
    file = tmp_path / "ca.pem"
    file.write_text(pem)
    for bundle in (pem, str(file)):
        assert shake(ssl_context(connection(ca_bundle=bundle)))[0] == "TLSv1.3"


def test_a_certificate_of_another_authority_is_refused(shake, pem: str):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(ssl_context(connection(ca_bundle=pem)), issuer=trustme.CA())


def test_a_certificate_for_another_name_is_refused(shake, pem: str):
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch|doesn't match"):
        shake(ssl_context(connection(ca_bundle=pem)), host="other.example.org")


def test_without_a_bundle_the_public_authorities_are_trusted_and_no_other(shake):
    context = ssl_context(connection(ca_bundle=None))
    assert context.cert_store_stats()["x509_ca"] > 50
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(context)


def test_with_a_bundle_nothing_else_is_trusted(pem: str):
    assert ssl_context(connection(ca_bundle=pem)).cert_store_stats()["x509_ca"] == 1


def test_a_server_below_the_lowest_version_is_refused(shake, pem: str):
    def old(server: ssl.SSLContext) -> None:
        server.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError):
        shake(ssl_context(connection(ca_bundle=pem, min_tls="1.3")), set_up=old)
    assert shake(ssl_context(connection(ca_bundle=pem)), set_up=old)[0] == "TLSv1.2"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_tls_1_2_is_the_default_and_less_is_an_opt_down_that_is_logged(pem: str, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        assert ssl_context(connection(ca_bundle=pem)).minimum_version is ssl.TLSVersion.TLSv1_2
        assert caplog.records == []
        assert ssl_context(connection(ca_bundle=pem, min_tls="1.0")).minimum_version is ssl.TLSVersion.TLSv1
    assert "TLS 1.0" in caplog.text


def test_the_cipher_list_decides_alone(shake, pem: str):
    wanted = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
    version, cipher = shake(ssl_context(connection(ca_bundle=pem, ciphers=wanted)))
    assert version == "TLSv1.2"
    assert cipher in wanted

    def other(server: ssl.SSLContext) -> None:
        server.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384")

    with pytest.raises(ssl.SSLError):
        shake(ssl_context(connection(ca_bundle=pem, ciphers=wanted)), set_up=other)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ciphers": "NO-SUCH"}, "ciphers"),
        ({"ciphers": "TLS_AES_128_GCM_SHA256"}, "TLS 1.3"),
        ({"ca_bundle": "no/such/file.pem"}, "ca_bundle"),
        ({"ca_bundle": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "ca_bundle"),
    ],
)
def test_settings_that_openssl_does_not_take_are_named(changed: dict, named: str):
    with pytest.raises(BadInput, match=named):
        ssl_context(connection(**changed))
