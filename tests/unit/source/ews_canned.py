"""An Exchange of canned answers below the adapter: everything above the wire is the real thing."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests
import requests.structures
import trustme
import urllib3
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.allowlist import operation_of
from lxml import etree

AUTHORITY = trustme.CA().cert_pem.bytes().decode()
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NAMESPACES = (
    'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
)
BUILD_2019 = '<t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1118" MinorBuildNumber="7"/>'
Step = bytes | Exception | Callable[[requests.PreparedRequest], bytes] | tuple[int, dict, bytes]


def soap(body: str, header: str = BUILD_2019) -> bytes:
    """An answer's bytes around a body."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {NAMESPACES}>'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def response(operation: str, *messages: str) -> bytes:
    """An answer with response messages; each is the inside of a success, or a whole error element."""
    tag = f"m:{operation}ResponseMessage"
    whole = [
        one.replace("ERROR", tag)
        if one.startswith("<ERROR")
        else f'<{tag} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{one}</{tag}>'
        for one in messages
    ]
    inside = "".join(whole)
    return soap(f"<m:{operation}Response><m:ResponseMessages>{inside}</m:ResponseMessages></m:{operation}Response>")


def error(code: str, extra: str = "") -> str:
    """One response message that is an error."""
    return (
        f'<ERROR ResponseClass="Error"><m:MessageText>secret text</m:MessageText><m:ResponseCode>{code}'
        f"</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{extra}</ERROR>"
    )


def fault(code: str, detail: str = "") -> tuple[int, dict, bytes]:
    """A SOAP fault, HTTP 500."""
    errors = 'xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors"'
    return (
        500,
        {},
        soap(
            f'<s:Fault><faultcode xmlns:a="{NAMESPACES.split(chr(34))[5]}">a:{code}</faultcode>'
            f"<faultstring>secret text</faultstring><detail><e:ResponseCode {errors}>{code}</e:ResponseCode>"
            f"{detail}</detail></s:Fault>"
        ),
    )


@dataclass
class FakeExchange:
    """Answers in the order given. calls: (operation, headers, body) of every request that reached the wire."""

    steps: list[Step] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, *steps: Step) -> None:
        self.steps += steps

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        self.calls.append((operation_of(request.body), dict(request.headers), request.body))
        assert self.steps, f"one request more than the test expects: {self.calls[-1][0]}"
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            step = step(request)
        status, headers, body = step if isinstance(step, tuple) else (200, {}, step)
        raw = urllib3.HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
        made = requests.Response()
        made.status_code, made.raw, made.url, made.request = status, raw, request.url, request
        made.headers = requests.structures.CaseInsensitiveDict(headers)
        return made

    def requested(self, number: int = -1) -> etree._Element:
        """The XML of a request."""
        return etree.fromstring(self.calls[number][2])

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.calls]


def connection(**changed) -> ExchangeConnection:
    """A connection that fits. Its authority is a small one: the system's takes long to load."""
    given = {"server_url": "https://mail.example.org/EWS/Exchange.asmx", "username": "svc", "password": "S3cret-Mark"}
    given["ca_bundle"] = AUTHORITY
    return ExchangeConnection(**{**given, **changed})
