"""Where people and services are told: a local SMTP server and a webhook, each on a port that the system chooses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class AnyPort(Controller):
    """An SMTP server on a port that the system chooses; it keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.lock = threading.Lock()
        super().__init__(self, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self.lock:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def told(self, words: str) -> list[str]:
        """To whom a mail went that tells this in its subject."""
        with self.lock:
            return sorted(mail["To"] for mail in self.mails if words in mail["Subject"])


class Hook(ThreadingHTTPServer):
    """A webhook on a port that the system chooses; it keeps the titles of what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.titles: list[str] = []

    def told(self, *words: str) -> int:
        """How many messages had all these words in their title."""
        return sum(all(word in title for word in words) for title in self.titles)


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.titles.append(str(body["title"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def posting() -> Iterator[AnyPort]:
    """A running SMTP server."""
    server = AnyPort()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def hooking() -> Iterator[Hook]:
    """A running webhook."""
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
