"""Faults in what an answer says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.soap import Answer
from exchange_simulator.faults.plan import Fault, Named

_OPENING = re.compile(rb"<t:([A-Za-z]{1,100})(?: [^<>]*)?>")
_ITEM_ID = re.compile(rb"<t:ItemId [^<>]*/>")
_BUSY = "The server cannot service this request right now. Try again later."


def spoil_answers(fault: Fault, answers: list[Answer], items: Sequence[Named]) -> list[Answer]:
    """The answers with the fault in them. Raises EwsError when it makes a SOAP fault of them all."""
    told = fault.parameters
    if fault.kind in ("server_busy_fault", "server_busy_message"):
        busy = _busy(told["back_off_ms"], fault=fault.kind == "server_busy_fault")
        if busy.fault:
            raise busy
        return [busy for _ in answers]
    if fault.kind == "soap_fault":
        raise EwsError(told["code"], f"Simulated fault {told['code']}.", fault=True)
    if fault.kind == "message_error":
        return [_simulated(told["code"]) for _ in answers]
    if fault.kind == "fewer_responses":
        return answers[: max(len(answers) - told["count"], 0)]
    if fault.kind == "expired_state":
        message = "The synchronization state data is corrupt or otherwise invalid."
        return [EwsError("ErrorInvalidSyncStateData", message, bare=told["bare"]) for _ in answers]
    return _spoil_items(fault, answers, items)


def _busy(back_off_ms: int, *, fault: bool) -> EwsError:
    return EwsError("ErrorServerBusy", _BUSY, fault=fault, values={"BackOffMilliseconds": str(back_off_ms)})


def _simulated(code: str) -> EwsError:
    return EwsError(code, f"Simulated error {code}.")


def _spoil_items(fault: Fault, answers: list[Answer], items: Sequence[Named]) -> list[Answer]:
    # A listing that tells of the item has one answer for all, which fails whole.
    named = {max(item.place, 0) for item in items if fault.meant(item)}
    places = named or {fault.parameters["position"]}
    error = _simulated(fault.parameters["code"])
    return [error if place in places else answer for place, answer in enumerate(answers)]


def spoil_body(fault: Fault, body: bytes, items: Sequence[Named]) -> bytes:
    """The envelope with the fault in its text: in the item that the fault names, else in the first that fits.

    An answer without such an element stays whole.
    """
    meant = next((item for item in items if fault.meant(item)), None)
    place = body.find(f'Id="{meant.item_id}"'.encode()) if meant is not None else -1
    if place < 0:
        return _spoil_part(fault, body)
    start = body.rfind(b"<t:Message>", 0, place)
    end = body.find(b"</t:Message>", place) + len(b"</t:Message>")
    return body[:start] + _spoil_part(fault, body[start:end]) + body[end:]


def _spoil_part(fault: Fault, body: bytes) -> bytes:
    told = fault.parameters
    if fault.kind == "unknown_item_type":
        name = told["name"].encode()
        start, mark = body.find(b"<t:Message>"), b"</t:Message>"
        end = body.find(mark, start)
        inner = body[start + len(b"<t:Message>") : end]
        return body[:start] + b"<t:%s>%s</t:%s>" % (name, inner, name) + body[end + len(mark) :]
    if fault.kind == "item_without_id":
        return _ITEM_ID.sub(b"", body, count=1)
    if fault.kind == "control_characters":
        inserted = b"\x01\x0b" if told["raw"] else b"&#x1;&#xB;&#xFFFF;"
    else:
        inserted = b"&#xD83D;&#xDE00;"
    wanted, met = told["element"].encode(), itertools.count(1)

    def spoil(found: re.Match[bytes]) -> bytes:
        strikes = found[1] == wanted and next(met) <= told["count"]
        return found[0] + inserted if strikes else found[0]

    return _OPENING.sub(spoil, body)
