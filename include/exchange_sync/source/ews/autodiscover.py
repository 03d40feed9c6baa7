"""Autodiscover by SOAP: which server holds a mailbox ([MS-OXWSADISC], GetUserSettings; decision 0038).

exchangelib's own keeps what it found in a file in the temporary directory, asks name servers past the hosts file, and
follows redirects by plain HTTP: so it is not used.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import requests
from lxml import etree

from exchange_sync.errors import BadInput, ExchangeSyncError, IntegrationFault, MailboxFault, Reason, Retriable
from exchange_sync.source.addresses import check_https, host_of
from exchange_sync.source.connecting import addresses_of
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.anchor import carried
from exchange_sync.source.ews.errors import Where, translated
from exchange_sync.source.ews.handshakes import explained
from exchange_sync.source.ews.login import login_of
from exchange_sync.source.ews.refusal import HttpRefusal, refusal_of, refused
from exchange_sync.source.ews.xml import Garbled, parse
from exchange_sync.source.tls import ssl_context
from exchange_sync.source.tls_adapter import TlsAdapter, https_session

PATH = "/autodiscover/autodiscover.svc"
REDIRECTS = 5
_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_WSA = "http://www.w3.org/2005/08/addressing"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SETTINGS = ("ExternalEwsUrl", "InternalEwsUrl")
_REDIRECTING = (301, 302, 303, 307, 308)
_LOGIN = "invalid_exchange_credentials"
_BUSY = ("ServerBusy", "InternalServerError")
_NOBODY = ("InvalidUser", "InvalidDomain", "NotFederated")
_SERVER_URL = "Give the server URL of EWS in the connection instead."


def discover(connection: ExchangeConnection, mailbox: str, clock: Callable[[], datetime]) -> str:
    """The EWS URL of a mailbox. Credentials go to hosts that were named or confirmed alone, over HTTPS.

    Raises IntegrationFault: no answer, a host that is neither, too many redirects; MailboxFault, Retriable.
    """
    failure: ExchangeSyncError | None = None
    for url in _candidates(connection.autodiscover or ""):
        try:
            return _follow(connection, mailbox, url, clock)
        except _NotHere as missing:
            failure = failure or missing.why
    if isinstance(failure, Retriable):
        raise failure  # the host that should answer is away
    raise IntegrationFault(
        f"no autodiscover service answers for {connection.autodiscover} ({failure})",
        Reason(_LOGIN, "Autodiscover", _SERVER_URL),
    )


class _NotHere(Exception):
    """This host has no autodiscover service: the next one may."""

    def __init__(self, why: ExchangeSyncError) -> None:
        super().__init__()
        self.why = why


def _candidates(domain: str) -> list[str]:
    """autodiscover.DOMAIN first: DOMAIN itself is often a web site that has no business with mail's credentials."""
    return [f"https://autodiscover.{domain}{PATH}", f"https://{domain}{PATH}"]


def allowed_hosts(connection: ExchangeConnection) -> frozenset[str]:
    """Where credentials may go: the hosts that were named, and those that were confirmed."""
    domain = host_of(f"https://{connection.autodiscover}")
    return frozenset({domain, f"autodiscover.{domain}", *connection.confirmed_hosts})


def _follow(connection: ExchangeConnection, mailbox: str, url: str, clock: Callable[[], datetime]) -> str:
    for step in range(REDIRECTS + 1):
        require_allowed(connection, url)
        _require_public(url, first=step == 0)
        found, redirect = _ask(connection, mailbox, url, clock, first=step == 0)
        if found:
            require_allowed(connection, found)
            _require_public(found, first=False)
            return found
        url = redirect
    raise IntegrationFault(
        f"autodiscover redirects more than {REDIRECTS} times", Reason(_LOGIN, "Autodiscover", _SERVER_URL)
    )


def require_allowed(connection: ExchangeConnection, url: str) -> None:
    """Raises IntegrationFault where credentials may not go."""
    try:
        check_https("autodiscover", url)
    except BadInput as error:
        raise IntegrationFault(str(error), Reason(_LOGIN, "Autodiscover", _SERVER_URL)) from None
    host = host_of(url)
    if host not in allowed_hosts(connection):
        remedy = f"If {host} is your Exchange, add it to the connection's confirmed hosts, or give the server URL."
        raise IntegrationFault(
            f"autodiscover leads to {host}, which was neither named nor confirmed",
            Reason(_LOGIN, "Autodiscover", remedy),
        )


def _require_public(url: str, *, first: bool) -> None:
    """The name leads to no address that is never Exchange. (A proxy resolves names itself; this looks all the same.)"""
    host = host_of(url)
    try:
        addresses_of(host, 443)
    except socket.gaierror:
        why = IntegrationFault(f"{host}: the name is not known", Reason(_LOGIN, "DNS", _SERVER_URL))
        raise (_NotHere(why) if first else why) from None


def _ask(
    connection: ExchangeConnection, mailbox: str, url: str, clock: Callable[[], datetime], *, first: bool
) -> tuple[str, str]:
    """The EWS URL, or where to ask instead. Raises _NotHere where the first address of a host has no such service."""
    response = _post(connection, mailbox, url, clock, first=first)
    if response.status_code in _REDIRECTING:
        return "", urljoin(url, response.headers.get("Location", ""))
    if response.status_code != 200:
        why = refused(refusal_of(response.status_code, response.headers, response.content, clock), mailbox)
        raise _NotHere(why) if first and response.status_code in (403, 404, 405) else why
    try:
        return _read(parse(response.content), mailbox, url)
    except Garbled:
        why = refused(HttpRefusal(404), mailbox)
        raise (_NotHere(why) if first else why) from None


def _post(
    connection: ExchangeConnection, mailbox: str, url: str, clock: Callable[[], datetime], *, first: bool
) -> requests.Response:
    with https_session(TlsAdapter(ssl_context(connection), size=1), url, connection.proxy) as session:
        session.auth = login_of(connection, clock)()
        try:
            return session.post(
                url,
                data=_request(mailbox, url),
                headers={"Content-Type": "text/xml; charset=utf-8", "User-Agent": "ExchangeSync"},
                timeout=connection.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            why = explained(error, translated(error, Where.MAILBOX, mailbox), replace(connection, server_url=url))
        if first and isinstance(why, Retriable | IntegrationFault):
            raise _NotHere(why)
        raise why


def _request(mailbox: str, url: str) -> bytes:
    made = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP, "a": _A, "wsa": _WSA})
    header = etree.SubElement(made, f"{{{_SOAP}}}Header")
    etree.SubElement(header, f"{{{_A}}}RequestedServerVersion").text = "Exchange2010"
    for name, text in (
        ("MessageID", f"urn:uuid:{uuid.uuid4()}"),
        ("Action", f"{_A}/Autodiscover/GetUserSettings"),
        ("To", url),
    ):
        etree.SubElement(header, f"{{{_WSA}}}{name}").text = text
    body = etree.SubElement(made, f"{{{_SOAP}}}Body")
    request = etree.SubElement(etree.SubElement(body, f"{{{_A}}}GetUserSettingsRequestMessage"), f"{{{_A}}}Request")
    user = etree.SubElement(etree.SubElement(request, f"{{{_A}}}Users"), f"{{{_A}}}User")
    etree.SubElement(user, f"{{{_A}}}Mailbox").text = carried(mailbox)
    wanted = etree.SubElement(request, f"{{{_A}}}RequestedSettings")
    for name in _SETTINGS:
        etree.SubElement(wanted, f"{{{_A}}}Setting").text = name
    found: bytes = etree.tostring(made, xml_declaration=True, encoding="utf-8")
    return found


def _read(root: etree._Element, mailbox: str, url: str) -> tuple[str, str]:
    user = root.find(f".//{{{_A}}}UserResponse")
    codes = [node.text or "" for node in root.iter(f"{{{_A}}}ErrorCode")]
    code = next((one for one in codes if one != "NoError"), "NoError")
    target = "" if user is None else user.findtext(f"{{{_A}}}RedirectTarget") or ""
    if code == "RedirectUrl":
        return "", target
    if code == "RedirectAddress":
        return "", f"https://autodiscover.{target.rpartition('@')[2]}{urlsplit(url).path}"
    if code in _BUSY:
        raise Retriable(f"{mailbox}: autodiscover is busy", 60.0, whole_server=True, code=code)
    if code in _NOBODY:
        remedy = "Check the address; it must be a mailbox of this Exchange."
        raise MailboxFault(f"{mailbox}: autodiscover does not know it", Reason("mailbox_not_found", code, remedy))
    found = {
        node.findtext(f"{{{_A}}}Name"): node.findtext(f"{{{_A}}}Value") or ""
        for node in root.iter(f"{{{_A}}}UserSetting")
    }
    chosen = next((found[name] for name in _SETTINGS if found.get(name)), "")
    if not chosen:
        raise IntegrationFault(f"{mailbox}: autodiscover names no EWS URL", Reason(_LOGIN, code, _SERVER_URL))
    return chosen, ""
