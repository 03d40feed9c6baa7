"""For the tests of log-ins: a simulated Exchange that offers one, and the connection that uses it."""

from __future__ import annotations

import base64
import binascii
import functools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from exchange_simulator import tls
from exchange_simulator.testing import Running
from exchange_sync.source.credentials import ExchangeConnection

SCHEMES = {
    "basic": "basic",
    "ntlm": "ntlm",
    "oauth_secret": "bearer",
    "oauth_certificate": "bearer",
    "client_certificate": "certificate",
}


@functools.cache
def application_key() -> tuple[str, str, bytes]:
    """An application's certificate: private key and public key in PEM, SHA-256 thumbprint."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "exchange-sync")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()  # fmt: skip
    return private, public, made.fingerprint(hashes.SHA256())


def connect(simulator: Running, authentication: str, **changed) -> ExchangeConnection:
    """A connection of the simulator's service account by one authentication."""
    made = ExchangeConnection(
        simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file
    )  # fmt: skip
    authority = simulator.ews_url.rpartition("/EWS/")[0]
    oauth = {"tenant": "firm.example", "client_id": simulator.username, "authority": authority}
    if authentication == "oauth_secret":
        changed = {**oauth, **changed}
    elif authentication == "oauth_certificate":
        private, public, thumbprint = application_key()
        named = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
        simulator.simulator.bearer.trust(simulator.username, public, named)
        key = {"private_key": private, "thumbprint": binascii.hexlify(thumbprint).decode(), "password": ""}
        changed = {**oauth, **key, **changed}
    elif authentication == "client_certificate":
        shown = tls.client_certificate(simulator.simulator.directory, simulator.username)
        changed = {"client_certificate": shown, "username": "", "password": "", **changed}
    return replace(made, authentication=authentication, **changed)
