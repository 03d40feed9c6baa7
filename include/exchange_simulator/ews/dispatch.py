"""From the bytes of a request to the bytes of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchange_simulator.errors import EwsError
from exchange_simulator.ews import soap
from exchange_simulator.ews.operations.attachments import get_attachment
from exchange_simulator.ews.operations.directory import convert_id, get_server_time_zones, resolve_names
from exchange_simulator.ews.operations.folders import find_folder, get_folder, sync_folder_hierarchy
from exchange_simulator.ews.operations.items import find_item, get_item, sync_folder_items
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.soap import Answer, Request
from exchange_simulator.ews.versions import Generation, accept
from exchange_simulator.ews.xml import Element, find
from exchange_simulator.faults.answers import spoil_answers, spoil_body
from exchange_simulator.faults.plan import Fault, FaultPlan
from exchange_simulator.store import Mailbox, MailboxStore
from exchange_simulator.store.accounts import Account

Operation = Callable[[Session, Element], list[Answer]]
OPERATIONS: dict[str, Operation] = {
    "ConvertId": convert_id,
    "FindFolder": find_folder,
    "FindItem": find_item,
    "GetAttachment": get_attachment,
    "GetFolder": get_folder,
    "GetItem": get_item,
    "GetServerTimeZones": get_server_time_zones,
    "ResolveNames": resolve_names,
    "SyncFolderHierarchy": sync_folder_hierarchy,
    "SyncFolderItems": sync_folder_items,
}
"""All that is answered, and all of it reads only."""


@dataclass
class Outcome:
    """An answered request, for the wire and for the call log.

    codes: the response codes of its messages. fault: the scripted fault that met it, if one did.
    """

    operation: str
    status: int
    body: bytes
    codes: list[str]
    mailboxes: list[str]
    ids: int
    fault: Fault | None = None


class Dispatcher:
    """Answers EWS requests of authenticated accounts."""

    def __init__(self, store: MailboxStore, server: Generation, faults: FaultPlan) -> None:
        self.store = store
        self.server = server
        self.faults = faults

    def answer(self, raw: bytes, account: Account) -> Outcome:
        """Answer one request. Never raises for what a client sent: it gets a fault."""
        operation, session, fault = "?", None, None
        try:
            request = soap.parse(raw)
            operation = request.operation
            session = self._session(request, account)
            answers = self.perform(session, request)
            fault = self._meet(session, request)
            if fault is not None and fault.stage == "answer":
                answers = spoil_answers(fault, answers, session.named)
            body = soap.response(operation, answers, self.server)
            if fault is not None and fault.stage == "body":
                body = spoil_body(fault, body, session.named)
            codes = [a.code if isinstance(a, EwsError) else "NoError" for a in answers]
            return Outcome(operation, 200, body, codes, session.touched, session.ids, fault)
        except EwsError as error:
            touched, ids = (session.touched, session.ids) if session else ([], 0)
            return Outcome(operation, 500, soap.fault(error, self.server), [error.code], touched, ids, fault)

    def _meet(self, session: Session, request: Request) -> Fault | None:
        state = find(request.body, "SyncState")
        brings = state is not None and bool((state.text or "").strip())
        return self.faults.pick(request.operation, session.touched, session.named, with_state=brings)

    def perform(self, session: Session, request: Request) -> list[Answer]:
        """Run the operation. Raises the fault ErrorAccessDenied for whatever is not in OPERATIONS."""
        run = OPERATIONS.get(request.operation)
        if run is None:
            raise EwsError("ErrorAccessDenied", "This server is read-only: the operation is refused.", fault=True)
        with self.store.transaction():  # one answer shows one moment
            return run(session, request.body)

    def _session(self, request: Request, account: Account) -> Session:
        version = accept(request.version, self.server)
        owner = self.store.mailboxes.find(account.address) if account.address else None
        session = Session(self.store, self.server, version, account, owner, impersonating=False)
        if request.impersonated is not None:
            session.owner, session.impersonating = self._impersonate(account, request.impersonated), True
            session.touched.append(session.owner.address)
        return session

    def _impersonate(self, account: Account, address: str) -> Mailbox:
        mailbox = self.store.mailboxes.find(address)
        if mailbox is None:
            raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", fault=True)
        if not self.store.accounts.may_impersonate(account, mailbox.address):
            raise EwsError(
                "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user.",
                fault=True,
            )  # fmt: skip
        return mailbox
