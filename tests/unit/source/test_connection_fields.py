"""What a person may write into a connection, and what is said when it does not fit."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import EXTRA_KEYS, ExchangeConnection, from_fields, port_of
from exchange_sync.source.ews.source import EwsSource
from exchange_sync.source.secrets import needs_secret_again

from tests.unit.source.ews_canned import NOW, connection


def test_the_fields_of_an_airflow_connection_make_a_connection():
    made = from_fields("mail.example.org", 8443, "svc", "pw", None, {"access": "delegate", "timeout": "30",
                       "max_connections": 4, "build": "15.2.1118.7", "proxy": "http://u:p@proxy:3128"})  # fmt: skip
    assert made.server_url == "https://mail.example.org:8443/EWS/Exchange.asmx"
    assert (made.access, made.timeout, made.max_connections, made.build) == ("delegate", 30.0, 4, "15.2.1118.7")
    assert (made.protocol, made.authentication, made.min_tls) == ("ews", "basic", "1.2")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("https://mail.example.org", "https://mail.example.org/EWS/Exchange.asmx"),
        ("https://mail.example.org/ews/exchange.asmx", "https://mail.example.org/ews/exchange.asmx"),
    ],
)
def test_the_host_may_be_an_url(host: str, url: str):
    assert from_fields(host, None, "svc", "pw", None, {}).server_url == url


@pytest.mark.parametrize(
    ("host", "port", "server_url", "expected"),
    [
        ("mail.example.org", None, None, 443),
        ("mail.example.org", 8443, None, 8443),
        ("https://mail.example.org:9443/EWS/Exchange.asmx", 8443, None, 9443),
        ("https://mail.example.org/EWS/Exchange.asmx", 8443, None, 443),
        (None, None, "https://mail.example.org:9443/x", 9443),
        ("https://mail.example.org:nonsense/x", None, None, 443),
        (None, None, None, 443),
    ],
)
def test_a_connection_that_is_written_has_a_port(host: str | None, port: int, server_url: str | None, expected: int):
    """Decision 43."""
    assert port_of(host, port, server_url) == expected


def test_the_usual_port_is_no_other_server():
    with_port, without = (from_fields("mail.example.org", port, "svc", "pw", None, {}) for port in (443, None))
    assert needs_secret_again(without, with_port) == ()


def test_the_server_url_of_extra_goes_before_the_host():
    made = from_fields("other", None, "svc", "pw", None, {"server_url": "https://mail.example.org/x", "ciphers": ""})
    assert (made.server_url, made.ciphers) == ("https://mail.example.org/x", None)


def test_an_unknown_key_is_named_with_the_known_ones():
    with pytest.raises(BadInput) as caught:
        from_fields("h", None, "svc", "pw", None, {"acess": "delegate"})
    assert "acess" in str(caught.value)
    assert all(key in str(caught.value) for key in EXTRA_KEYS)


OAUTH = {"authentication": "oauth_secret", "tenant": "t", "client_id": "c"}
PEM = "-----BEGIN PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("password", "extra"),
    [
        ("secret", OAUTH),
        (None, {**OAUTH, "authentication": "oauth_certificate", "private_key": PEM, "thumbprint": "aa"}),
        ("secret", {"authentication": "oauth_secret", "client_id": "c", "authority": "https://adfs.example/token"}),
        (None, {"authentication": "client_certificate", "client_certificate": "svc.pem"}),
        (None, {"authentication": "kerberos"}),
    ],
)
def test_an_authentication_needs_its_own_fields_alone(password: str | None, extra: dict):
    assert from_fields("mail.example.org", None, None, password, None, extra).authentication == extra["authentication"]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"authentication": "ntlm"}, "login"),
        ({**OAUTH, "client_id": ""}, "client_id"),
        ({**OAUTH, "tenant": ""}, "tenant"),
        ({**OAUTH, "authentication": "oauth_certificate", "private_key": PEM}, "thumbprint"),
        ({"authentication": "client_certificate"}, "client_certificate"),
        ({**OAUTH, "authority": "http://login.example"}, "https"),
    ],
)
def test_what_an_authentication_lacks_is_named(extra: dict, named: str):
    with pytest.raises(BadInput, match=named):
        from_fields("mail.example.org", None, None, "secret", None, extra)


def test_tokens_are_asked_for_where_the_authority_says():
    made = from_fields("outlook.office365.com", None, None, "s", None, OAUTH)
    assert made.token_url == "https://login.microsoftonline.com/t/oauth2/v2.0/token"
    assert made.token_scope == "https://outlook.office365.com/.default"
    adfs = from_fields("mail.example.org", None, None, "s", None, {**OAUTH, "authority": "https://adfs.example/x/token",
                       "scope": "urn:exchange"})  # fmt: skip
    assert (adfs.token_url, adfs.token_scope) == ("https://adfs.example/x/token", "urn:exchange")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "metadata.google.internal", "[::ffff:169.254.169.254]", "0.0.0.0"]
)
def test_link_local_and_metadata_addresses_are_refused(host: str):
    with pytest.raises(BadInput, match="metadata"):
        from_fields(f"https://{host}/EWS/Exchange.asmx", None, "svc", "pw", None, {})


SAFER = {"min_tls": "1.3", "timeout": 5.0, "max_connections": 4, "build": "15.2.1"}
ELSEWHERE = {
    "server_url": "https://other.example/x", "autodiscover": "other.example", "confirmed_hosts": ("other.example",),
    "authority": "https://other.example", "tenant": "other", "proxy": "http://other.example:1", "ca_bundle": "other",
    "username": "other", "min_tls": "1.0", "ciphers": "NULL", "authentication": "ntlm", "client_id": "other",
    "scope": "other",
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_secret_is_asked_for_again_when_it_would_go_elsewhere_or_less_safely(name: str):
    kept = connection()
    assert needs_secret_again(kept, replace(kept, **{name: ELSEWHERE[name]})) == (name,)


def test_a_secret_is_kept_when_nothing_of_that_changes():
    kept = connection()
    assert needs_secret_again(kept, replace(kept, **SAFER)) == ()
    assert needs_secret_again(replace(kept, ciphers="AES", confirmed_hosts=("a",)), kept) == ()


@pytest.mark.parametrize("schema", ["http", "ftp"])
def test_nothing_but_https_is_spoken(schema: str):
    with pytest.raises(BadInput, match="https"):
        from_fields("mail.example.org", None, "svc", "pw", schema, {})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"server_url": "http://mail.example.org/x"}, "https"),
        ({"server_url": "https://"}, "server URL"),
        ({"server_url": "https://user:Marked@mail.example.org/x"}, "server URL"),
        ({"server_url": "https://mail.example.org:99999/x"}, "server URL"),
        ({"protocol": "graph"}, "not there yet"),
        ({"protocol": "imap"}, "protocol"),
        ({"authentication": "magic"}, "authentication"),
        ({"access": "owner"}, "access"),
        ({"username": ""}, "login"),
        ({"password": ""}, "password"),
        ({"build": "fifteen"}, "build"),
        ({"build": "15"}, "build"),
        ({"min_tls": "0.9"}, "min_tls"),
        ({"max_connections": 0}, "max_connections"),
        ({"timeout": 0.0}, "timeout"),
        ({"proxy": "socks"}, "proxy"),
    ],
)
def test_a_value_that_does_not_fit_is_named(changed: dict, named: str):
    with pytest.raises(BadInput) as caught:
        connection(**changed)
    assert named in str(caught.value)
    assert "Marked" not in str(caught.value)


@pytest.mark.parametrize(("key", "value"), [("timeout", "soon"), ("max_connections", "many")])
def test_a_number_that_is_none_is_named(key: str, value: str):
    with pytest.raises(BadInput, match=key):
        from_fields("h", None, "svc", "pw", None, {key: value})


def test_no_host_is_named():
    with pytest.raises(BadInput, match="host"):
        from_fields(None, None, "svc", "pw", None, {})


def test_secrets_are_not_shown():
    made: ExchangeConnection = connection(password="Marked", proxy="http://u:Marked@proxy:1")
    assert "Marked" not in repr(made)
    assert "Marked" not in str(made)


def test_kerberos_without_its_library_is_told_with_the_remedy():
    if importlib.util.find_spec("gssapi"):
        pytest.skip("gssapi is installed here")
    source = EwsSource(connection(authentication="kerberos"), clock=lambda: NOW)
    with pytest.raises(BadInput, match="has no gssapi"):
        source.probe("support@example.org")
