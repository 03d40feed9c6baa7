"""One request, one answer. No retry, no sleep, no exception of a client library (design decision 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import requests
from exchangelib.util import post_ratelimited
from lxml import etree

from exchange_sync.errors import ExchangeSyncError, MailboxFault, Retriable
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews import logfilter
from exchange_sync.source.ews.allowlist import NotReading, ReadOnlyGuard
from exchange_sync.source.ews.anchor import carried
from exchange_sync.source.ews.answers import Fault, Message, fault_of, messages_of
from exchange_sync.source.ews.codes import rule_of
from exchange_sync.source.ews.codes.rule import Consequence
from exchange_sync.source.ews.envelope import envelope
from exchange_sync.source.ews.errors import Where, coded, translated
from exchange_sync.source.ews.handshakes import explained
from exchange_sync.source.ews.names import s
from exchange_sync.source.ews.places import Places
from exchange_sync.source.ews.protocol import ConnectionProtocol
from exchange_sync.source.ews.versions import ServerVersion
from exchange_sync.source.ews.xml import Garbled, parse
from exchange_sync.source.found import FoundServers
from exchange_sync.source.http_date import http_date

NOBODY = ""
"""Instead of a mailbox: the account asks for itself."""


class FaultAnswer(Exception):
    """The request failed as a whole; the caller may ask for less at a time. Never leaves source.ews."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class Transport:
    """The wire of one connection. guard: records and refuses operations."""

    def __init__(
        self,
        connection: ExchangeConnection,
        clock: Callable[[], datetime],
        guard: ReadOnlyGuard | None = None,
        known: FoundServers | None = None,
    ) -> None:
        logfilter.install()
        self.connection = connection
        self.guard = guard or ReadOnlyGuard()
        self.version = ServerVersion.of(connection.build)
        self.answered: datetime | None = None  # the time of the last answer, by the server's clock
        self._declared = self.version.declared  # by the last request
        self.places = Places(connection, self.guard, clock, known)

    def ask(self, mailbox: str, payload: etree._Element) -> list[Message]:
        """The response messages to a request; for NOBODY, as the account itself.

        Raises FaultAnswer, Garbled, or one of our errors.
        """
        fault, messages = self._found(mailbox, payload)
        while fault is not None and self._other_version(fault):
            fault, messages = self._once(mailbox, payload)
        if fault is not None:
            raise FaultAnswer(fault)
        if messages is None:
            raise Garbled("no response in the body")
        return messages

    @contextmanager
    def stream(self, mailbox: str, payload: etree._Element) -> Iterator[requests.Response]:
        """The answer's bytes as they come; the session goes back when the block ends."""
        response, session, protocol = self._post(mailbox, payload, stream=True)
        try:
            response.raw.decode_content = True
            yield response
        except (requests.RequestException, OSError) as error:
            raise translated(error, Where.ITEM, mailbox) from None
        finally:
            response.close()
            protocol.release_session(session)

    def close(self) -> None:
        """Closes the sessions. Harmless when called twice."""
        self.places.close()

    def _found(self, mailbox: str, payload: etree._Element) -> tuple[Fault | None, list[Message] | None]:
        """The answer; from the mailbox's new server where autodiscover tells that it has moved."""
        try:
            fault, messages = self._once(mailbox, payload)
        except MailboxFault as gone:
            if not self.places.moved(mailbox, gone.reason.code, gone.reason.kind):
                raise
            return self._once(mailbox, payload)
        code = fault.code if fault else next((one.code for one in messages or () if not one.ok), "")
        return self._once(mailbox, payload) if self.places.moved(mailbox, code) else (fault, messages)

    def _once(self, mailbox: str, payload: etree._Element) -> tuple[Fault | None, list[Message] | None]:
        response, session, protocol = self._post(mailbox, payload, stream=False)
        self.answered = http_date(response.headers.get("Date"))
        try:
            root = parse(response.content)
        finally:
            response.close()
            protocol.release_session(session)
        self.version.learn(root.find(s("Header")))
        body = root.find(s("Body"))
        if body is None:
            raise Garbled("no Body")
        return fault_of(body), messages_of(body)

    def _post(
        self, mailbox: str, payload: etree._Element, *, stream: bool
    ) -> tuple[requests.Response, object, ConnectionProtocol]:
        address = carried(mailbox)
        protocol = self.places.of(mailbox)
        for_it = mailbox != NOBODY
        impersonate = address if for_it and self.connection.access == "impersonation" else None
        self._declared = self.version.declared
        body = envelope(payload, self._declared, impersonate)
        session = protocol.get_session()
        try:
            response, session = post_ratelimited(
                protocol=protocol,
                session=session,
                url=protocol.service_endpoint,
                # lets the load balancer find the mailbox's own server, and keeps its throttling budget together
                headers={"X-AnchorMailbox": address} if for_it else {},
                data=body,
                stream=stream,
            )
        except (ExchangeSyncError, NotReading):
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client library raises is named here, once)
            named = explained(error, translated(error, Where.MAILBOX, mailbox), protocol.connection)
            self.places.doubt(named)
            raise named from None
        return response, session, protocol

    def _other_version(self, fault: Fault) -> bool:
        """After a refused version: is there another one to declare? The answer may have named the build."""
        if rule_of(fault.code).consequence is not Consequence.VERSION:
            return False
        return self.version.declared != self._declared or self.version.step_down()


def whole(error: FaultAnswer | Garbled, where: Where, mailbox: str) -> ExchangeSyncError:
    """The error of a request that failed as a whole and cannot be made smaller."""
    if isinstance(error, FaultAnswer):
        return coded(error.fault.code, where, mailbox, error.fault.back_off)
    return garbled(mailbox)


def garbled(mailbox: str) -> ExchangeSyncError:
    """An answer that came whole and makes no sense: asked again later (port, ``changes``)."""
    return Retriable(f"{mailbox}: the answer was garbled", 60.0, code="GarbledAnswer")
