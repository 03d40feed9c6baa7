"""The SOAP envelope around a request: the declared version and whom to act for."""

from __future__ import annotations

from lxml import etree

from exchange_sync.source.ews.names import element, s, t


def envelope(payload: etree._Element, version: str, impersonate: str | None) -> bytes:
    """The bytes of a request. version: for RequestServerVersion. impersonate: the mailbox's primary SMTP address."""
    header = element(s("Header"), element(t("RequestServerVersion"), Version=version))
    if impersonate is not None:
        who = element(t("ConnectingSID"), element(t("PrimarySmtpAddress"), text=impersonate))
        header.append(element(t("ExchangeImpersonation"), who))
    whole = element(s("Envelope"), header, element(s("Body"), payload))
    body: bytes = etree.tostring(whole, xml_declaration=True, encoding="utf-8")
    return body
