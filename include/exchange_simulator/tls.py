"""The simulator's own certificate authority, kept in the state directory so that clients need to trust it only once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """Files: what clients must trust, and what the server shows."""

    ca_file: Path
    certificate_file: Path
    key_file: Path


def prepare(directory: Path, host: str) -> Certificates:
    """The certificates in a directory; the authority is made when there is none, the server's anew on every start."""
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
    leaf = authority.issue_cert(*names)
    files = Certificates(ca_file, directory / "server.pem", directory / "server-key.pem")
    files.certificate_file.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    write_private(files.key_file, leaf.private_key_pem.bytes())
    return files


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    temporary = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
