"""uvicorn's HTTP protocol: what it cannot read as a request is refused in the form of every other error."""

from __future__ import annotations

from typing import Any

from exchange_sync.web.incoming import ADDRESS_BYTES, TOO_LONG
from exchange_sync.web.protocol import encoded

_UNREADABLE = "not an HTTP request that this server can read; it knows GET, HEAD, POST, PUT and DELETE"


class JsonErrors:
    """A method that there is not, a broken header: JSON, as clients expect it of anything that is not 2xx.

    Mixed into either of uvicorn's protocols.
    """

    transport: Any

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own word says less
        """Answer, and hang up: what follows cannot be told apart."""
        status, told = "400 Bad Request", _UNREADABLE
        if len(getattr(self, "url", b"")) > ADDRESS_BYTES:
            status, told = "414 URI Too Long", TOO_LONG
        body = encoded({"status": "error", "message": told})
        lines = (
            f"HTTP/1.1 {status}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
            "server-timing: total;dur=0.0",
        )
        self.transport.write("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)
        self.transport.close()
