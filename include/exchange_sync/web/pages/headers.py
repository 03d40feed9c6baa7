"""What every page's answer bears: no foreign script, no guessing of types, and no copy in a shared cache.

Airflow's own cookie can be read by script in some set-ups, so a script that got into a page would be an Airflow
admin's (issue 7). Hence a policy without inline script or style, scripts that our own templates name and no others (by
a number used once: what is uploaded or mailed lies on the same server), and pages that only Airflow's frame may hold.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'nonce-{nonce}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    )
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_UNCHANGING = "public, max-age=31536000, immutable"  # their addresses change with their content (shell.py)


class PageHeaders:
    """Adds them to every answer; Server-Timing too, so that a slow page can be told from a slow network.

    unexpected: the page for what nobody caught. It is made here and not by Starlette's outermost layer, which would
    leave these headers out and hand the error on to the server's log, with text that may quote mail.
    """

    def __init__(self, app: ASGIApp, unexpected: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._unexpected = unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        nonce = secrets.token_urlsafe(18)
        scope.setdefault("state", {})["nonce"] = nonce
        begun, fixed = False, _path(scope).startswith("/static/")  # now: routing changes the scope

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                kept = fixed and message["status"] in (200, 304)
                headers.setdefault("Cache-Control", _UNCHANGING if kept else "no-store")
                headers["Server-Timing"] = f"total;dur={(time.perf_counter() - started) * 1000:.1f}"
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception as found:
            answer = self._unexpected(Request(scope, receive), found)
            if begun:
                raise
            await answer(scope, receive, with_headers)


def _path(scope: Scope) -> str:
    """The path below where the pages are mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
