"""Autodiscover by SOAP: tells where a mailbox is. Tests say so, and may redirect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

PATH = "/autodiscover/autodiscover.svc"
_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass
class Autodiscover:
    """What is answered. here: this server's EWS URL, for its own mailboxes. elsewhere: address → the URL of another
    server. redirect: an HTTP redirect's target, for everybody. redirects: address → target of a RedirectUrl.
    asked: requests by address."""

    here: str = ""
    elsewhere: dict[str, str] = field(default_factory=dict)
    redirect: str = ""
    redirects: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def answer(self, raw: bytes, known: frozenset[str]) -> bytes | None:
        """The SOAP answer; None for what is no GetUserSettings. known: the addresses of this server's mailboxes."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            root = etree.fromstring(raw, parser)
        except etree.XMLSyntaxError:
            return None
        address = (root.findtext(f".//{{{_A}}}User/{{{_A}}}Mailbox") or "").strip().lower()
        if not address:
            return None
        self.asked[address] += 1
        url = self.elsewhere.get(address) or (self.here if address in known else "")
        code = "RedirectUrl" if address in self.redirects else ("NoError" if url else "InvalidUser")
        return _envelope(code, url, self.redirects.get(address, ""))


def _envelope(code: str, url: str, target: str) -> bytes:
    made = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"s": _SOAP, "i": _XSI})
    body = etree.SubElement(made, f"{{{_SOAP}}}Body")
    message = etree.SubElement(body, f"{{{_A}}}GetUserSettingsResponseMessage", nsmap={None: _A})  # type: ignore[dict-item]
    response = etree.SubElement(message, f"{{{_A}}}Response")
    etree.SubElement(response, f"{{{_A}}}ErrorCode").text = "NoError"
    etree.SubElement(response, f"{{{_A}}}ErrorMessage")
    user = etree.SubElement(etree.SubElement(response, f"{{{_A}}}UserResponses"), f"{{{_A}}}UserResponse")
    etree.SubElement(user, f"{{{_A}}}ErrorCode").text = code
    etree.SubElement(user, f"{{{_A}}}ErrorMessage").text = "No error." if code == "NoError" else code
    etree.SubElement(user, f"{{{_A}}}RedirectTarget").text = target or None
    settings = etree.SubElement(user, f"{{{_A}}}UserSettings")
    if url:
        setting = etree.SubElement(settings, f"{{{_A}}}UserSetting", {f"{{{_XSI}}}type": "StringSetting"})
        etree.SubElement(setting, f"{{{_A}}}Name").text = "ExternalEwsUrl"
        etree.SubElement(setting, f"{{{_A}}}Value").text = url
    found: bytes = etree.tostring(made, xml_declaration=True, encoding="utf-8")
    return found
