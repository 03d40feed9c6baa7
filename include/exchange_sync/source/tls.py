"""The TLS settings of one connection. Certificates and names are always checked; there is no switch for that."""

from __future__ import annotations

import logging
import ssl
import tempfile
from pathlib import Path

import certifi

from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import ExchangeConnection

log = logging.getLogger(__name__)

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_PEM_MARK = "-----BEGIN "


def ssl_context(connection: ExchangeConnection) -> ssl.SSLContext:
    """A context of this connection alone: its authorities, its lowest TLS version, its ciphers.

    Raises BadInput for a CA bundle or a cipher list that OpenSSL does not take.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    _trust(context, connection.ca_bundle)
    _set_version(context, connection)
    if connection.ciphers:
        _set_ciphers(context, connection.ciphers)
    if connection.client_certificate:
        _show(context, connection.client_certificate)
    return context


def _trust(context: ssl.SSLContext, bundle: str | None) -> None:
    if bundle is None:
        context.load_default_certs()  # an internal authority usually lies in the system's store,
        context.load_verify_locations(cafile=certifi.where())  # the public ones may be missing in a slim container
        return
    try:
        if _PEM_MARK in bundle:
            context.load_verify_locations(cadata=bundle)
        elif Path(bundle).is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError as error:  # ssl.SSLError is one
        what = "the PEM text" if _PEM_MARK in bundle else repr(bundle)
        why = error.strerror or error.__class__.__name__
        raise BadInput(
            f"ca_bundle {what}: cannot be read as certificates ({why}); give a PEM file or its text"
        ) from None


def _show(context: ssl.SSLContext, certificate: str) -> None:
    """Show a client certificate. OpenSSL reads files alone: PEM text lies in one for as long as that takes."""
    context.post_handshake_auth = True  # IIS asks for it only when it knows the path
    try:
        if _PEM_MARK not in certificate:
            context.load_cert_chain(certificate)
            return
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # made for its owner's eyes alone
            file.write(certificate)
            file.flush()
            context.load_cert_chain(file.name)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or error.__class__.__name__
        raise BadInput(
            f"client_certificate: cannot be read ({why}); give one PEM file, or its text, with certificate and "
            "unencrypted key"
        ) from None


def _set_version(context: ssl.SSLContext, connection: ExchangeConnection) -> None:
    context.minimum_version = _VERSIONS[connection.min_tls]
    if connection.min_tls in ("1.0", "1.1"):
        log.warning(
            "TLS %s is allowed for %s: it is weak, meant for Exchange 2010", connection.min_tls, connection.server_url
        )
        if not connection.ciphers:
            context.set_ciphers("DEFAULT@SECLEVEL=0")  # OpenSSL 3 refuses TLS below 1.2 at its usual level


def _set_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    if any(name.strip().startswith("TLS_") for name in ciphers.replace(",", ":").split(":")):
        raise BadInput(
            "ciphers: names beginning with TLS_ belong to TLS 1.3, whose suites cannot be chosen; "
            "name TLS 1.2 ciphers, or leave the list empty"
        )
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        raise BadInput(f"ciphers {ciphers!r}: OpenSSL knows none of them; see `openssl ciphers -v`") from None
    if context.minimum_version is not ssl.TLSVersion.TLSv1_3:
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # else TLS 1.3 would go past the list
