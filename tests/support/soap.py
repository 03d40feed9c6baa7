"""A bare EWS client for tests: what it sends and gets is seen as it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from exchange_simulator.testing import Running
from lxml import etree

M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
S = "{http://schemas.xmlsoap.org/soap/envelope/}"

_ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<soap:Header><t:RequestServerVersion Version="{version}"/>{sid}</soap:Header>
<soap:Body>{body}</soap:Body></soap:Envelope>"""
_SID = (
    "<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{who}</t:{kind}></t:ConnectingSID></t:ExchangeImpersonation>"
)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, and its XML."""

    http: requests.Response

    @property
    def xml(self) -> Any:
        return etree.fromstring(self.http.content)

    @property
    def payload(self) -> Any:
        """The first child of the SOAP body."""
        return self.xml.find(f"{S}Body")[0]

    def codes(self) -> list[str]:
        """The response codes of all messages, or the fault's."""
        return [e.text for e in self.xml.iter() if etree.QName(e).localname == "ResponseCode"]

    def texts(self, name: str) -> list[str | None]:
        """The texts of all elements of a local name."""
        return [e.text for e in self.xml.iter() if etree.QName(e).localname == name]

    def ids(self, name: str = "ItemId") -> list[str]:
        """The Id attributes of all elements of a local name."""
        return [e.get("Id") for e in self.xml.iter() if etree.QName(e).localname == name]


class Soap:
    """Asks a running simulator."""

    def __init__(self, running: Running, mailbox: str | None = None, version: str = "Exchange2016") -> None:
        self.running = running
        self.mailbox = mailbox
        self.version = version
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = running.ca_file
        self.http.auth = (running.username, running.password)

    def ask(self, body: str, *, kind: str = "SmtpAddress", **headers: str) -> Answer:
        """Send one operation; the mailbox, if any, is impersonated."""
        sid = _SID.format(kind=kind, who=self.mailbox) if self.mailbox else ""
        envelope = _ENVELOPE.format(version=self.version, sid=sid, body=body)
        return self.post(envelope.encode(), **headers)

    def post(self, raw: bytes, **headers: str) -> Answer:
        """Send these bytes."""
        told = {"Content-Type": "text/xml; charset=utf-8", **headers}
        return Answer(self.http.post(self.running.ews_url, data=raw, headers=told, timeout=20))

    def sync(self, folder: str, state: str = "", limit: int = 512, shape: str = "IdOnly") -> Answer:
        """One SyncFolderItems call. folder: a distinguished id or a FolderId."""
        told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        return self.ask(
            f"<m:SyncFolderItems><m:ItemShape><t:BaseShape>{shape}</t:BaseShape></m:ItemShape>"
            f"<m:SyncFolderId>{folder_id(folder)}</m:SyncFolderId>{told}"
            f"<m:MaxChangesReturned>{limit}</m:MaxChangesReturned></m:SyncFolderItems>"
        )

    def get(self, *ids: str, shape: str = "AllProperties", more: str = "") -> Answer:
        """One GetItem call."""
        named = "".join(f'<t:ItemId Id="{key}"/>' for key in ids)
        return self.ask(
            f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>{more}</m:ItemShape>"
            f"<m:ItemIds>{named}</m:ItemIds></m:GetItem>"
        )

    def close(self) -> None:
        """Close connections."""
        self.http.close()


def folder_id(folder: str, mailbox: str = "") -> str:
    """The element that names a folder."""
    if len(folder) > 40:
        return f'<t:FolderId Id="{folder}"/>'
    who = f"<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>" if mailbox else ""
    return f'<t:DistinguishedFolderId Id="{folder}">{who}</t:DistinguishedFolderId>'


SCHEMAS = {
    "Exchange2010_SP2": "exchange2010-sp2",
    "Exchange2013_SP1": "exchange2013-sp1",
    "Exchange2016": "exchange2016",
}


@cache
def _schema(version: str) -> etree.XMLSchema:
    root = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("EXCHANGE_SYNC_SHARED") or root / ".." / "shared")
    path = shared / "xsd" / SCHEMAS[version] / "ews.xsd"
    if not path.exists():
        pytest.skip(f"the EWS schemas are not at {path}")
    return etree.XMLSchema(etree.parse(path))


def assert_valid(answer: Answer, version: str) -> None:
    """The payload fits the schema of its version, and the envelope is what strict clients want."""
    assert answer.http.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.http.content.startswith(b"<?xml")
    payload = answer.payload
    if payload.tag != f"{S}Fault":
        alone = etree.fromstring(etree.tostring(payload))
        _schema(version).assertValid(alone)
