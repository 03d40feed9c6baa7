"""When a secret must be given again: whoever may edit a connection must not have its secret sent to himself.

Design decision 13. The API, the page and the check call this with the connection as kept and as wanted.
"""

from __future__ import annotations

from exchange_sync.source.credentials import TLS_VERSIONS, ExchangeConnection

# where credentials go, whose they are, and what keeps others from reading them on the way
_SENT_TO = ("server_url", "autodiscover", "authority", "tenant", "proxy", "ca_bundle", "username", "client_id", "scope")


def needs_secret_again(kept: ExchangeConnection, wanted: ExchangeConnection) -> tuple[str, ...]:
    """The changed fields for whose sake the secret is asked for again; empty when the kept one may serve."""
    changed = [name for name in _SENT_TO if getattr(kept, name) != getattr(wanted, name)]
    if kept.authentication != wanted.authentication:
        changed.append("authentication")
    if not set(wanted.confirmed_hosts) <= set(kept.confirmed_hosts):
        changed.append("confirmed_hosts")
    if TLS_VERSIONS.index(wanted.min_tls) < TLS_VERSIONS.index(kept.min_tls):
        changed.append("min_tls")
    if wanted.ciphers != kept.ciphers and wanted.ciphers:
        changed.append("ciphers")  # whether another list is weaker cannot be told: so it counts as weaker
    return tuple(changed)
