"""``$batch``: up to twenty questions in one request, answered in any order, each for itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from exchange_simulator.graph.call import Call, Reply
from exchange_simulator.graph.errors import GraphError

MOST = 20


def answer(call: Call, raw: bytes, ask: Callable[[Call], Reply]) -> Reply:
    """The whole is 200 whatever its parts are. Raises GraphError 400 where it is malformed."""
    call.operation = "POST $batch"
    replies = []
    for part in _parts(raw):
        inner = call.beside(part["url"], part["method"].upper(), part.get("headers") or {})
        reply = ask(inner)
        call.named += inner.named
        call.mailbox = inner.mailbox or call.mailbox
        replies.append(_response(part["id"], reply))
    return Reply(200, {"responses": replies[::-1]})  # "in any order"


def _response(number: str, reply: Reply) -> dict[str, Any]:
    body = reply.content if isinstance(reply.content, dict) else base64.b64encode(reply.content).decode("ascii")
    return {
        "id": number, "status": reply.status, "headers": {"Content-Type": reply.media_type, **reply.headers},
        "body": body,
    }  # fmt: skip


def _parts(raw: bytes) -> list[dict[str, Any]]:
    try:
        parts = json.loads(raw)["requests"]
        numbers = [part["id"] for part in parts]
        fits = all(isinstance(part["url"], str) and isinstance(part["method"], str) for part in parts)
    except (ValueError, TypeError, KeyError):
        raise _malformed("Invalid batch payload format.") from None
    if not fits or not all(isinstance(number, str) and number for number in numbers):
        raise _malformed("Invalid batch payload format.")
    if len(set(numbers)) < len(numbers):
        raise _malformed("Request id must be unique.")
    if not 1 <= len(parts) <= MOST:
        raise _malformed(f"Number of batch request steps must be 1 to {MOST}.")
    return list(parts)


def _malformed(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)
