"""No connection leads to this machine, its link or a cloud's metadata, however that is written or looked up."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest
import requests
from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.settings import allowed_networks
from exchange_sync.source.addresses import check_https, check_proxy, forbidden_address, forbidden_host
from exchange_sync.source.connecting import connect
from exchange_sync.source.tls_adapter import TlsAdapter, https_session

NEVER = [
    "127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "0.1.2.3", "::", "169.254.169.254", "169.254.1.1", "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1", "ff02::1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "::ffff:0.0.0.0",
]  # fmt: skip
SPELT = [
    "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0", "2852039166", "0xa9fea9fe", "169.254.43518",
    "0xa9.0xfe.0xa9.0xfe", "[::1]", "[::ffff:a9fe:a9fe]", "127.0.0.1.", "metadata.google.internal",
    "METADATA.google.internal.", "metadata", "instance-data",
]  # fmt: skip
FINE = [
    "10.1.2.3", "192.168.1.9", "172.16.0.1", "8.8.8.8", "2001:db8::1", "fd12:3456::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "2002:a00:1::", "mail.firm.example", "169.254", "exchange", "1.2.3.4.example",
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXCHANGE_SYNC_ALLOWED_NETWORKS", raising=False)


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_is_never_exchange(address: str) -> None:
    assert forbidden_address(address)
    assert forbidden_host(address)


@pytest.mark.parametrize("host", SPELT)
def test_in_every_spelling(host: str) -> None:
    assert forbidden_host(host)
    with pytest.raises(BadInput, match="is never Exchange"):
        check_https("server URL", f"https://{host}/EWS/Exchange.asmx")
    with pytest.raises(BadInput, match="proxy: "):
        check_proxy(f"http://{host}:3128")


@pytest.mark.parametrize("host", [host for host in FINE if host != "169.254"])
def test_a_firms_own_networks_are_fine(host: str) -> None:
    assert not forbidden_host(host)


def test_an_installation_may_allow_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_SYNC_ALLOWED_NETWORKS", "127.0.0.0/8, 169.254.7.0/24")
    assert [forbidden_host(one) for one in ("127.1", "::ffff:127.0.0.1", "169.254.7.9", "169.254.8.9", "::1")] == [
        False, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["localhost", "127.0.0.1/8", "10.0.0.0/99"])
def test_a_network_that_is_none_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="EXCHANGE_SYNC_ALLOWED_NETWORKS: .*expected networks such as"):
        allowed_networks({"EXCHANGE_SYNC_ALLOWED_NETWORKS": text})


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name is answered with these, one after the other, the last one for ever."""
    left = list(addresses)

    def answer(host: str, port: int, *args: Any, **more: Any) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "::1"])
def test_a_name_that_leads_there_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    leads_to(monkeypatch, address)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it was connected to"))
    with pytest.raises(IntegrationFault, match=r"mail\.firm\.example leads to "):
        connect("mail.firm.example", 443, 1)
    session = https_session(TlsAdapter(ssl.create_default_context(), size=1), "https://", None)
    with pytest.raises(IntegrationFault, match="link-local, loopback or metadata"):
        session.post("https://mail.firm.example/EWS", timeout=1)
    proxied = https_session(
        TlsAdapter(ssl.create_default_context(), size=1), "https://", "http://mail.firm.example:3128"
    )
    with pytest.raises(IntegrationFault, match="leads to"):
        proxied.post("https://other.example/", timeout=1)


def test_a_name_is_judged_by_the_answer_that_is_used_not_by_an_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers for a name may answer otherwise a moment later."""
    leads_to(monkeypatch, "93.184.216.34", "169.254.169.254")
    asked: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    session = https_session(TlsAdapter(ssl.create_default_context(), size=1), "https://", None)
    with pytest.raises(requests.ConnectionError):
        session.get("https://mail.firm.example/", timeout=1)
    with pytest.raises(IntegrationFault):
        session.get("https://mail.firm.example/", timeout=1)
    assert asked == [("93.184.216.34", 443)]


def test_a_log_in_to_a_plain_text_proxy_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    adapter = TlsAdapter(ssl.create_default_context(), size=1)
    https_session(adapter, "https://", "http://user:secret@proxy.firm.example:3128")
    assert "unencrypted" in caplog.text
    assert "secret" not in caplog.text
    caplog.clear()
    https_session(adapter, "https://", "https://user:secret@proxy.firm.example:3128")
    https_session(adapter, "https://", "http://proxy.firm.example:3128")
    assert caplog.text == ""
