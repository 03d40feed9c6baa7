"""When a request fails in the TLS handshake: is the server away, or does it not like what the connection offers?

Exchange stands on Windows, which answers a handshake that it does not like by hanging up: from a single attempt that
looks like an outage. So the server is asked what it gives to others, then tried again (decision 0040).
"""

from __future__ import annotations

import ssl
import traceback

from exchange_sync.errors import ExchangeSyncError, IntegrationFault, Retriable
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.errors import chain
from exchange_sync.source.handshake import disagreement

_HUNG_UP = (ConnectionError, ssl.SSLError)


def explained(error: BaseException, named: ExchangeSyncError, connection: ExchangeConnection) -> ExchangeSyncError:
    """named, the error that a failed request was translated to; or, where TLS is why, the fault that tells what was
    offered and what was wanted. Costs nothing unless the failure lies in a handshake; then two connections."""
    links = chain(error)
    shown = connection.client_certificate is not None and any(isinstance(one, _HUNG_UP) for one in links)
    if not isinstance(named, Retriable | IntegrationFault) or not (shown or any(map(_in_handshake, links))):
        return named
    return disagreement(connection) or named


def _in_handshake(error: BaseException) -> bool:
    """Did it come up while the two sides were agreeing on TLS, before any byte of HTTP?"""
    return any(frame.f_code.co_name == "do_handshake" for frame, _ in traceback.walk_tb(error.__traceback__))
