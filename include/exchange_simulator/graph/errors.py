"""Refusals in Microsoft Graph's form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Headers = Mapping[str, str]


class GraphError(Exception):
    """A request is refused. status: HTTP's. code: Graph's."""

    def __init__(self, status: int, code: str, message: str, headers: Headers | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self, now: datetime) -> dict[str, Any]:
        """The JSON of the answer. now: aware."""
        number = str(uuid.uuid4())
        date = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        inner = {"date": date, "request-id": number, "client-request-id": number}
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def not_found(what: str = "The specified object was not found in the store.") -> GraphError:
    """An item, a folder or an attachment is not there."""
    return GraphError(404, "ErrorItemNotFound", what)


def bad_query(message: str) -> GraphError:
    """An option that does not fit."""
    return GraphError(400, "ErrorInvalidUrlQuery", message)
