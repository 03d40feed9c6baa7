"""Answers that come line by line: pieces of HTML for a script, or a whole page that grows while it is read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from exchange_sync.errors import ExchangeSyncError, Retriable
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.shell import fragment, page
from exchange_sync.web.protocol import where

log = logging.getLogger("exchange_sync.web")
_PLACE = "<!--lines-->"  # where the page's template wants them
_PLAIN = {"Content-Encoding": "identity", "X-Lines": "1", "X-Accel-Buffering": "no"}  # nothing may hold lines back


# Whoever asks Exchange holds a thread, and Airflow's API server, which these pages live in, has forty for all.
ASKING = 6
_asking = threading.BoundedSemaphore(ASKING)


@contextmanager
def turn() -> Iterator[None]:
    """One of the few turns to ask Exchange on behalf of a page. Raises Retriable when all are taken."""
    if not _asking.acquire(blocking=False):
        raise Retriable("others are asking Exchange just now", 10.0, code="turns")
    try:
        yield
    finally:
        _asking.release()


class Broken(Exception):
    """The lines end here. The message is for the reader."""


def rendered(request: Request, visitor: Caller, template: str, **values: Any) -> str:
    """One line: a template's text without line breaks."""
    return " ".join(bytes(fragment(request, visitor, template, **values).body).decode().split()) + "\n"


def guarded(lines: Iterable[str], broken: Callable[[str], str]) -> Generator[str]:
    """The lines, and where something fails under way, a last one that says so."""
    try:
        with turn():
            yield from lines
    except Broken as end:
        yield broken(str(end))
    except Retriable as busy:
        yield broken(f"{busy.message[:1].upper()}{busy.message[1:]}. Try again in a minute.")
    except ExchangeSyncError as error:
        yield broken(str(error))
    except Exception as error:  # noqa: BLE001 - the answer has begun: its reader is told, the log gets the place
        log.error("unexpected %s at %s", type(error).__name__, where(error))
        yield broken("Something failed inside Exchange Sync. Its server's log tells where.")


def answer(request: Request, visitor: Caller, lines: Generator[str], template: str, **values: Any) -> Response:
    """The lines alone for a script that asks by X-Lines; else the page, with the lines where it wants them.

    The page marks their place by ``<!--lines-->``. Lines: ``<tr`` for a row, ``<p`` for the verdict, the last.
    """
    if request.headers.get("x-lines"):
        return _Lines(lines, lines)
    whole = bytes(page(request, visitor, template, **values).body).decode()
    before, _, after = whole.partition(_PLACE)
    return _Lines(_within(before, lines, after), lines)


class _Lines(StreamingResponse):
    """Ends its lines when the reader has gone, so that the connection to Exchange and the turn are free at once."""

    def __init__(self, content: Iterator[str], lines: Generator[str]) -> None:
        super().__init__(content, media_type="text/html", headers=_PLAIN)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Garbage collection would end them too, but at some time."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._lines.close)


def _within(before: str, lines: Iterable[str], after: str) -> Iterator[str]:
    yield before
    verdicts = []
    for line in lines:
        if line.startswith("<tr"):
            yield line
        else:
            verdicts.append(line)
    head, _, tail = after.partition("<!--verdict-->")
    yield head + "".join(verdicts) + tail
