"""Envelopes: requests taken apart, responses and faults put together."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.versions import Generation
from exchange_simulator.ews.xml import ERRORS, SOAP, TYPES, Element, boolean, children, local, m, s, schema_fault, t

Answer = list[Element] | EwsError
"""The children of one response message, or the error in its place."""


@dataclass(frozen=True)
class Request:
    """A parsed request. impersonated: the address or identifier the caller wants to act as, or None."""

    operation: str
    body: Element
    version: str | None
    impersonated: str | None


def parse(raw: bytes) -> Request:
    """Take an envelope apart. Raises the schema fault for anything that is no SOAP request."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        envelope = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise schema_fault("the request is not well-formed XML.") from None
    body = envelope.find(f"{{{SOAP}}}Body")
    content = children(body) if body is not None else []
    if not content:
        raise schema_fault("the SOAP body is missing or empty.")
    header = envelope.find(f"{{{SOAP}}}Header")
    version = None if header is None else header.find(f"{{{TYPES}}}RequestServerVersion")
    return Request(
        local(content[0]), content[0], None if version is None else version.get("Version"), _impersonated(header)
    )


def _impersonated(header: Element | None) -> str | None:
    wanted = None if header is None else header.find(f"{{{TYPES}}}ExchangeImpersonation/{{{TYPES}}}ConnectingSID")
    if wanted is None:
        return None
    who = children(wanted)
    if len(who) != 1 or not (who[0].text or "").strip():
        raise EwsError("ErrorInvalidExchangeImpersonationHeaderData", "ExchangeImpersonation is invalid.", fault=True)
    return str(who[0].text).strip()


def response(operation: str, answers: list[Answer], server: Generation) -> bytes:
    """The envelope of an operation's answers."""
    messages = [_message(operation, answer) for answer in answers]
    return envelope(m(f"{operation}Response", m("ResponseMessages", *messages)), server)


def _message(operation: str, answer: Answer) -> Element:
    name = f"{operation}ResponseMessage"
    if isinstance(answer, EwsError):
        return m(
            name,
            m("MessageText", answer.message),
            m("ResponseCode", answer.code),
            m("DescriptiveLinkKey", "0"),
            m("MessageXml", *[t("Value", value, Name=key) for key, value in answer.values.items()])
            if answer.values
            else None,
            *_error_extras(operation, answer),
            ResponseClass="Error",
        )
    return m(name, m("ResponseCode", "NoError"), *answer, ResponseClass="Success")


def _error_extras(operation: str, error: EwsError) -> list[Element]:
    # Exchange sends these empty with an error; one of its forms leaves them out (EwsError.values cannot tell: bare).
    if error.bare:
        return []
    if operation == "SyncFolderItems":
        return [m("SyncState"), m("IncludesLastItemInRange", boolean(True))]
    if operation == "SyncFolderHierarchy":
        return [m("SyncState"), m("IncludesLastFolderInRange", boolean(True))]
    if operation == "GetAttachment":
        return [m("Attachments")]
    if operation == "GetItem":
        return [m("Items")]
    return []


def fault(error: EwsError, server: Generation) -> bytes:
    """A SOAP fault, to be sent with HTTP 500."""
    detail = etree.Element("detail")
    etree.SubElement(detail, f"{{{ERRORS}}}ResponseCode", nsmap={"e": ERRORS}).text = error.code
    etree.SubElement(detail, f"{{{ERRORS}}}Message", nsmap={"e": ERRORS}).text = error.message
    if error.values:
        detail.append(t("MessageXml", *[t("Value", value, Name=key) for key, value in error.values.items()]))
    code = etree.Element("faultcode", nsmap={"a": TYPES})
    code.text = f"a:{error.code}"
    text = etree.Element("faultstring")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en-US")
    text.text = error.message
    return envelope(s("Fault", code, text, detail), server)


def envelope(content: Element, server: Generation) -> bytes:
    """The whole document, starting with the XML declaration."""
    major, minor, build, sub = (str(part) for part in server.build)
    info = t(
        "ServerVersionInfo", MajorVersion=major, MinorVersion=minor, MajorBuildNumber=build, MinorBuildNumber=sub,
        Version=server.newest,
    )  # fmt: skip
    document = s("Envelope", s("Header", info), s("Body", content))
    return b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(document, encoding="utf-8")
