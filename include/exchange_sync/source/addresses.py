"""What an address must look like before anything, secrets least of all, is sent there."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from exchange_sync.errors import BadInput

METADATA_HOSTS = ("metadata.google.internal", "metadata.goog", "metadata", "instance-data")
_METADATA_ADDRESSES = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")


def check_https(what: str, url: str) -> None:
    """Raises BadInput unless url is https with a host, holds no login, and no link-local or metadata address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = None, "", None
    if parts is None or parts.scheme != "https" or not host or port == 0:
        raise BadInput(f"{what} {shown(url)}: expected https://…; Exchange is only spoken to over TLS")
    if parts.username or parts.password:
        raise BadInput(f"{what}: it holds a login; put login and password into their own fields")
    if forbidden_host(host):
        raise BadInput(f"{what} {shown(url)}: a link-local or cloud metadata address is never Exchange; name its host")


def check_proxy(proxy: str) -> None:
    """Raises BadInput unless proxy is http:// or https:// with a host. A login may stand in it, so it is not shown."""
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadInput("proxy: expected http://host:port or https://host:port")


def forbidden_host(host: str) -> bool:
    """Is it a name of a cloud's metadata service, or an address (see forbidden_address)?"""
    name = host.strip("[]").rstrip(".").lower()
    return name in METADATA_HOSTS or forbidden_address(name)


def forbidden_address(address: str) -> bool:
    """Is it a link-local, unspecified, multicast or metadata address? False for whatever is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    metadata = found in {ipaddress.ip_address(one) for one in _METADATA_ADDRESSES}
    return found.is_link_local or found.is_unspecified or found.is_multicast or metadata


def host_of(url: str) -> str:
    """The host of a URL, in lower case; empty when there is none."""
    return (urlsplit(url).hostname or "").lower()


def shown(url: str) -> str:
    """The URL as it may be told: without a login that it may hold."""
    return repr(url.split("@")[-1] if "@" in url else url)
