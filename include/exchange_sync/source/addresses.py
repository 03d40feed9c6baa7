"""What an address must look like before anything, secrets least of all, is sent there."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from exchange_sync.errors import BadInput
from exchange_sync.settings import allowed_networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
METADATA_HOSTS = ("metadata.google.internal", "metadata.goog", "metadata", "instance-data")
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(one)
    for one in (
        "169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    )
)  # fmt: skip
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")  # Linux takes it for this machine
_NAT64, _NAT64_LOCAL = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")


NEVER = (
    "a link-local, loopback or cloud metadata address is never Exchange; name its host, or allow the network by "
    "EXCHANGE_SYNC_ALLOWED_NETWORKS"
)


def check_https(what: str, url: str) -> None:
    """Raises BadInput unless url is https with a host, holds no login, and no address that is never Exchange."""
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
        raise BadInput(f"{what} {shown(url)}: {NEVER}")


def check_proxy(proxy: str) -> None:
    """Raises BadInput unless proxy is http:// or https:// with a host. A login may stand in it, so it is not shown."""
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadInput("proxy: expected http://host:port or https://host:port")
    if forbidden_host(parts.hostname or ""):
        raise BadInput(f"proxy: {NEVER}")


def forbidden_host(host: str) -> bool:
    """Is it a name of a cloud's metadata service, or an address in any spelling (see forbidden_address)?"""
    name = host.strip("[]").rstrip(".").lower()
    return name in METADATA_HOSTS or forbidden_address(_spelt_out(name))


def forbidden_address(address: str) -> bool:
    """Is it one that is never Exchange: link-local, loopback, unspecified, multicast or a cloud's metadata service, as
    it is or within an IPv6 address? False for whatever is no address, and where the installation allows its network.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    meant = [found, *_within(found)]
    if any(one in network for network in allowed_networks() for one in meant if one.version == network.version):
        return False
    return any(_is_nobodys(one) for one in meant)


def _is_nobodys(found: Address) -> bool:
    special = found.is_link_local or found.is_loopback or found.is_unspecified or found.is_multicast
    return special or found in _METADATA_ADDRESSES or found in _THIS_NETWORK


def _within(found: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, compatible, NAT64 (RFC 6052, 8215), 6to4, Teredo."""
    if isinstance(found, ipaddress.IPv4Address):
        return []
    last = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64 or found in _NAT64_LOCAL or (int(found) >> 32 == 0 and int(found) > 1):
        inner.append(last)
    return [one for one in inner if one is not None]


def _spelt_out(name: str) -> str:
    """An IPv4 address as resolvers read it: decimal, hexadecimal, octal, or with fewer dots."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, UnicodeError):
        return name


def host_of(url: str) -> str:
    """The host of a URL, in lower case; empty when there is none."""
    return (urlsplit(url).hostname or "").lower()


def shown(url: str) -> str:
    """The URL as it may be told: without a login that it may hold."""
    return repr(url.split("@")[-1] if "@" in url else url)
