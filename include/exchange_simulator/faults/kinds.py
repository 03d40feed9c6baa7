"""Every kind of fault, its parameters with their defaults, and where it strikes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange_simulator.errors import UsageError


@dataclass(frozen=True)
class Kind:
    """One kind. stage: ``answer`` changes the messages, ``body`` EWS's bytes, ``graph`` Graph's answer, ``wire`` HTTP
    or the connection.

    parameters: name to default. text: one line for people.
    """

    stage: str
    text: str
    parameters: Mapping[str, Any]


KINDS: dict[str, Kind] = {
    "http_401": Kind("wire", "401 with the usual challenge, though the password is right", {}),
    "http_403": Kind("wire", "403 without a body", {}),
    "http_404": Kind("wire", "404 with a line of text", {}),
    "redirect_login": Kind("wire", "302 to a login page", {"location": "/owa/auth/logon.aspx"}),
    "html_login": Kind("wire", "200 with the HTML of a login page", {}),
    "http_429": Kind("wire", "429 with Retry-After", {"retry_after": "30"}),
    "http_503": Kind("wire", "503 with Retry-After", {"retry_after": "30"}),
    "http_status": Kind("wire", "any status, without a body", {"status": 500}),
    "reset": Kind("wire", "the connection is reset, before the answer or in the midst of it", {"midway": False}),
    "truncated": Kind(
        "wire",
        "a body cut short. length: full (Content-Length of the whole body), cut (of the cut one), none (no "
        "Content-Length), chunked (the last chunk is missing)",
        {"length": "full", "keep": 0.6, "after_text": "", "occurrence": 1},
    ),
    "slow": Kind(
        "wire", "the answer waits; drip: its body comes in small pieces instead", {"seconds": 5.0, "drip": False}
    ),
    "server_busy_fault": Kind("answer", "ErrorServerBusy as SOAP fault", {"back_off_ms": 30000}),
    "server_busy_message": Kind("answer", "ErrorServerBusy in every response message", {"back_off_ms": 30000}),
    "soap_fault": Kind("answer", "any code as SOAP fault", {"code": "ErrorInternalServerError"}),
    "message_error": Kind("answer", "any code in every response message", {"code": "ErrorInternalServerError"}),
    "item_error": Kind(
        "answer",
        "any code in place of one item: the one that the fault names, else the one at this position",
        {"code": "ErrorItemCorrupt", "position": 0},
    ),
    "unknown_code": Kind(
        "answer", "as item_error, with a code that no schema knows", {"code": "ErrorSimulatedUnknown", "position": 0}
    ),
    "fewer_responses": Kind("answer", "the last response messages are missing", {"count": 1}),
    "expired_state": Kind(
        "answer",
        "ErrorInvalidSyncStateData to a call that brings a sync state; bare: without the empty SyncState",
        {"bare": False},
    ),
    "control_characters": Kind(
        "body",
        "characters that XML forbids at the start of an element's text, as references or raw",
        {"element": "Subject", "raw": False, "count": 1},
    ),
    "surrogate_references": Kind(
        "body", "an emoji as two surrogate references", {"element": "Subject", "count": 1}
    ),
    "unknown_item_type": Kind("body", "an item under an element name that clients do not know", {"name": "Network"}),
    "item_without_id": Kind("body", "an item whose ItemId is missing", {}),
    "graph_error": Kind(
        "graph",
        "any refusal of Graph's",
        {"status": 500, "code": "InternalServerError", "message": "", "retry_after": ""},
    ),
    "graph_link_elsewhere": Kind("graph", "nextLink and deltaLink lead to another host", {"host": "evil.example"}),
}  # fmt: skip


def parameters(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a kind, defaults filled in. Raises UsageError for an unknown kind, name or type of value."""
    if kind not in KINDS:
        raise UsageError(f"unknown fault {kind!r}; expected one of {', '.join(KINDS)}")
    known = KINDS[kind].parameters
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"the fault {kind} has no parameter {name!r}; it has {', '.join(known) or 'none'}")
        wanted = (
            (int, float)
            if isinstance(known[name], float)
            else (str, int)
            if name == "retry_after"
            else type(known[name])
        )
        if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(known[name], bool):
            raise UsageError(f"the fault {kind} takes a {type(known[name]).__name__} as {name!r}, not {value!r}")
    if kind == "truncated" and given.get("length", "full") not in ("full", "cut", "none", "chunked"):
        raise UsageError("the fault truncated takes full, cut, none or chunked as 'length'")
    return {**known, **given}


def _fits(name: str, value: Any, default: Any) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if name == "retry_after":  # seconds, or a date as HTTP writes it
        return isinstance(value, (str, int))
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))
