"""Kerberos by the worker's own ticket, bound to the server's certificate as Extended Protection wants it.

gssapi is used by itself: requests-gssapi asks up to three times, and looks for the certificate where it no longer is.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from requests.auth import AuthBase

from exchange_sync.errors import BadInput, IntegrationFault, Reason

_SPNEGO = "1.3.6.1.5.5.2"
_REMEDY = (
    "Check that the worker has a ticket or a keytab (KRB5CCNAME, KRB5_CLIENT_KTNAME), and that the host of the server "
    "URL has an HTTP service principal."
)


class KerberosAuth(AuthBase):
    """requests' auth object for Negotiate. Raises BadInput without gssapi; IntegrationFault without a ticket.

    A refused ticket costs one attempt. Once the server's certificate is known, the proof goes with the request itself.
    """

    def __init__(self) -> None:
        try:
            import gssapi
        except (ImportError, OSError):
            raise BadInput(
                "authentication kerberos: this machine has no gssapi; install it with MIT Kerberos, or use ntlm"
            ) from None
        self._gssapi: Any = gssapi
        self._bound: bytes | None = None  # to which certificate the last proof was bound

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts the proof on, where the certificate is known."""
        if self._bound is not None:
            request.headers["Authorization"] = self._proof(request, self._bound)
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: requests.Response, **options: Any) -> requests.Response:
        offers = response.headers.get("WWW-Authenticate", "").lower()
        bound = _binding(getattr(response, "server_certificate", None))
        if response.status_code != 401 or "negotiate" not in offers or bound == self._bound:
            return response
        response.close()
        again = response.request.copy()
        again.headers["Authorization"] = self._proof(again, bound)
        self._bound = bound
        answered: requests.Response = response.connection.send(again, **options)
        answered.history.append(response)
        return answered

    def _proof(self, request: requests.PreparedRequest, bound: bytes) -> str:
        gssapi = self._gssapi
        try:
            name = gssapi.Name(f"HTTP@{urlsplit(request.url or '').hostname}", gssapi.NameType.hostbased_service)
            context = gssapi.SecurityContext(
                usage="initiate",
                name=name,
                mech=gssapi.OID.from_int_seq(_SPNEGO),
                channel_bindings=gssapi.raw.ChannelBindings(application_data=bound) if bound else None,
            )
            return f"Negotiate {base64.b64encode(context.step() or b'').decode()}"
        except gssapi.exceptions.GSSError as error:  # its text names principals
            raise IntegrationFault(
                "Kerberos gives no ticket for the server",
                Reason("invalid_exchange_credentials", f"Kerberos {type(error).__name__}", _REMEDY),
            ) from None


def _binding(certificate: bytes | None) -> bytes:
    """What RFC 5929 makes of a server's certificate (DER), section 4.1."""
    if certificate is None:
        return b""
    shown = x509.load_der_x509_certificate(certificate)
    signed = shown.signature_hash_algorithm
    weak = signed is None or isinstance(signed, hashes.MD5 | hashes.SHA1)
    return b"tls-server-end-point:" + shown.fingerprint(hashes.SHA256() if weak or signed is None else signed)
