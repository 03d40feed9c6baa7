"""The simulator's own certificate authority, kept in the state directory so that clients need to trust it only once."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from exchange_simulator.errors import UsageError

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Certificates:
    """Files: what clients must trust, and what the server shows."""

    ca_file: Path
    certificate_file: Path
    key_file: Path


@dataclass(frozen=True)
class TlsSettings:
    """How the server speaks TLS. lowest, highest: "1.0" to "1.3". ciphers: an OpenSSL list. names: what the
    certificate is for, instead of the host's own. ends: when it expires; None in some years."""

    lowest: str = "1.2"
    highest: str = "1.3"
    ciphers: str = ""
    names: tuple[str, ...] = ()
    ends: datetime | None = None

    def __post_init__(self) -> None:
        for version in (self.lowest, self.highest):
            if version not in _VERSIONS:
                raise UsageError(f"unknown TLS version {version!r}; expected one of {', '.join(_VERSIONS)}")

    def apply(self, context: ssl.SSLContext) -> None:
        """Make a server's context so. Raises UsageError for ciphers that OpenSSL does not know."""
        context.minimum_version, context.maximum_version = _VERSIONS[self.lowest], _VERSIONS[self.highest]
        if self.ciphers or self.lowest < "1.2":
            try:
                context.set_ciphers(self.ciphers or "ALL:@SECLEVEL=0")
            except ssl.SSLError:
                raise UsageError(f"ciphers {self.ciphers!r}: OpenSSL knows none of them") from None


def prepare(directory: Path, host: str, settings: TlsSettings | None = None) -> Certificates:
    """The certificates in a directory; the authority is made when there is none, the server's anew on every start."""
    settings = settings or TlsSettings()
    ca_file, ca_key = directory / "ca.pem", directory / "ca-key.pem"
    if ca_file.exists() and ca_key.exists():
        authority = trustme.CA.from_pem(ca_file.read_bytes(), ca_key.read_bytes())
    else:
        authority = trustme.CA(organization_name="Exchange simulator")
        write_private(ca_key, authority.private_key_pem.bytes())
        ca_file.write_bytes(authority.cert_pem.bytes())
    names = list(dict.fromkeys((host, "localhost", "127.0.0.1")))
    if host in ("0.0.0.0", "::"):
        names.remove(host)
    leaf = authority.issue_cert(*(settings.names or names), not_after=settings.ends)
    files = Certificates(ca_file, directory / "server.pem", directory / "server-key.pem")
    files.certificate_file.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    write_private(files.key_file, leaf.private_key_pem.bytes())
    return files


@dataclass(frozen=True)
class Application:
    """The certificate by which the service account signs assertions for OAuth. key_file: its RSA key in PEM.
    thumbprint: the certificate's SHA-256, in hex. public_key: PEM."""

    key_file: Path
    thumbprint: str
    public_key: str


def application(directory: Path, username: str) -> Application:
    """The service account's certificate as an application; made once a state. The authority must be prepared."""
    key_file, certificate_file = directory / "application-key.pem", directory / "application.pem"
    if not (key_file.exists() and certificate_file.exists()):
        leaf = _authority(directory).issue_cert(
            f"{username}@applications.example", common_name=username, key_type=trustme.KeyType.RSA
        )
        write_private(key_file, leaf.private_key_pem.bytes())
        certificate_file.write_bytes(leaf.cert_chain_pems[0].bytes())
    shown = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    public = shown.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    return Application(key_file, shown.fingerprint(hashes.SHA256()).hex(), public.decode())


def _authority(directory: Path) -> trustme.CA:
    return trustme.CA.from_pem((directory / "ca.pem").read_bytes(), (directory / "ca-key.pem").read_bytes())


def client_certificate(directory: Path, username: str, ends: datetime | None = None) -> str:
    """A certificate with its key, in PEM, by which an account logs in. The authority must be prepared."""
    leaf = _authority(directory).issue_cert(f"{username}@clients.example", common_name=username, not_after=ends)
    return leaf.private_key_and_cert_chain_pem.bytes().decode()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    temporary = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
