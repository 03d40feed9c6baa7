"""The control API's Python client."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import requests

from exchange_simulator.errors import UsageError
from exchange_simulator.store.model import FolderRef

_TIMEOUT = 120.0


class ControlError(UsageError):
    """The control API refused; the message is its own. status: the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class FolderInfo(TypedDict):
    """A folder as /folders tells it."""

    folder_id: str
    role: str | None
    name: str
    path: list[str]
    folder_class: str | None
    kind: str
    archive: bool
    hidden: bool
    total: int
    unread: int


class ItemInfo(TypedDict):
    """An item as /items tells it. Times are ISO with a zone; size is bytes of the MIME as delivered."""

    mailbox: str
    item_id: str
    folder_id: str
    folder_role: str | None
    folder_path: list[str]
    message_id: str | None
    item_class: str
    subject: str
    received: str
    sent: str
    draft: bool
    read: bool
    size: int
    has_attachments: bool
    from_address: str


@dataclass(frozen=True)
class Sent:
    """A sent draft: its new id in Sent Items, and the ids of what local recipients received."""

    item_id: str
    delivered: dict[str, str]


class Control:
    """Does to a simulated Exchange what users and administrators do to a real one.

    url, token: as in simulator.json. Every method raises ControlError with the server's reason when it is refused.
    Folders are named as in the store: a distinguished id, a FolderId, or a path of names as a tuple.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._http.trust_env = False  # a proxy of the environment has no business with 127.0.0.1

    def _ask(self, method: str, path: str, /, *, json: Any = None, **query: Any) -> dict[str, Any]:
        answer = self._http.request(method, self._url + path, json=json, params=query, timeout=_TIMEOUT)
        content: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise ControlError(str(content.get("error", answer.text)), answer.status_code)
        return content

    def _post(self, path: str, /, **body: Any) -> dict[str, Any]:
        return self._ask("POST", path, json=body)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    # mailboxes and folders

    def add_mailbox(
        self, address: str, display_name: str = "", *, language: str = "en", archive: bool = False
    ) -> None:  # fmt: skip
        """Add a mailbox with its distinguished folders. language: en, de or fr."""
        self._post("/mailboxes", address=address, display_name=display_name, language=language, archive=archive)

    def remove_mailbox(self, address: str) -> None:
        """Remove a mailbox and all it holds."""
        self._post("/mailboxes/remove", mailbox=address)

    def enable_archive(self, address: str) -> None:
        """Give a mailbox an archive."""
        self._post("/mailboxes/archive", mailbox=address)

    def create_folder(self, mailbox: str, path: FolderRef, *, folder_class: str | None = "IPF.Note") -> str:
        """Make a folder with what is missing of its path; returns its FolderId."""
        return str(self._post("/folders", mailbox=mailbox, path=path, folder_class=folder_class)["folder_id"])

    def rename_folder(self, mailbox: str, folder: FolderRef, name: str) -> None:
        """Rename a folder; its id stays."""
        self._post("/folders/rename", mailbox=mailbox, folder=folder, name=name)

    def move_folder(self, mailbox: str, folder: FolderRef, parent: FolderRef) -> None:
        """Move a folder with all beneath it; its id stays."""
        self._post("/folders/move", mailbox=mailbox, folder=folder, parent=parent)

    def delete_folder(self, mailbox: str, folder: FolderRef, *, soft: bool = False) -> None:
        """Delete a folder for ever, or (soft) move it into Deleted Items."""
        self._post("/folders/delete", mailbox=mailbox, folder=folder, soft=soft)

    # mail

    def deliver(
        self, mailboxes: str | Sequence[str], mime: bytes, *, folder: FolderRef = "inbox",
        received: datetime | None = None, read: bool = False, draft: bool = False, categories: Sequence[str] = (),
        importance: str | None = None, item_class: str = "IPM.Note", sender_routing: str = "SMTP",
    ) -> dict[str, str]:  # fmt: skip
        """Put a mail into a folder of one or several mailboxes; returns the ItemId by mailbox.

        received: aware time, now by default. The other words are those of MailboxStore.deliver.
        """
        addresses = [mailboxes] if isinstance(mailboxes, str) else list(mailboxes)
        answer = self._post(
            "/deliver", mailboxes=addresses, mime=_base64(mime), folder=folder, received=_iso(received), read=read,
            draft=draft, categories=list(categories), importance=importance, item_class=item_class,
            sender_routing=sender_routing,
        )  # fmt: skip
        return dict(answer["items"])

    def draft(self, mailbox: str, mime: bytes, *, received: datetime | None = None) -> str:
        """Put a draft into Drafts; returns its ItemId."""
        return self.deliver(mailbox, mime, folder="drafts", received=received, draft=True)[mailbox]

    def send(self, item_id: str, *, sent: datetime | None = None, deliver: bool = True) -> Sent:
        """Send a draft; local recipients receive it unless deliver is False."""
        answer = self._post("/items/send", item_id=item_id, sent=_iso(sent), deliver=deliver)
        return Sent(str(answer["item_id"]), dict(answer["delivered"]))

    def move(self, item_id: str, folder: FolderRef, *, mailbox: str | None = None) -> str:
        """Move an item, within its mailbox unless another is named; returns its new ItemId."""
        return str(self._post("/items/move", item_id=item_id, folder=folder, mailbox=mailbox)["item_id"])

    def copy(self, item_id: str, folder: FolderRef, *, mailbox: str | None = None) -> str:
        """Copy an item; returns the copy's ItemId."""
        return str(self._post("/items/copy", item_id=item_id, folder=folder, mailbox=mailbox)["item_id"])

    def delete(self, item_id: str, *, soft: bool = False) -> str | None:
        """Delete an item for ever, or (soft) move it to Deleted Items; returns the ItemId it has there."""
        answer = self._post("/items/delete", item_id=item_id, soft=soft)
        return None if answer["item_id"] is None else str(answer["item_id"])

    def edit(
        self, item_id: str, *, subject: str | None = None, mime: bytes | None = None,
        categories: Sequence[str] | None = None, received: datetime | None = None,
    ) -> None:  # fmt: skip
        """Change an item in place; its id stays."""
        self._post(
            "/items/edit", item_id=item_id, subject=subject, mime=None if mime is None else _base64(mime),
            categories=None if categories is None else list(categories), received=_iso(received),
        )  # fmt: skip

    def mark_read(self, item_id: str, *, read: bool = True) -> None:
        """Set an item's read flag."""
        self._post("/items/read", item_id=item_id, read=read)

    # accounts, rights, states

    def set_account(self, username: str, password: str, *, address: str | None = None) -> None:
        """Add an account, or change its password. address: the account's own mailbox."""
        self._post("/accounts", username=username, password=password, address=address)

    def tokens(self) -> dict[str, int]:
        """OAuth's tokens: how many were issued and refused, and the seconds that new ones live."""
        return {name: int(value) for name, value in self._ask("GET", "/tokens").items()}

    def set_token_life(self, seconds: int) -> None:
        """How long the tokens live that are issued from now on."""
        self._post("/tokens", seconds=seconds)

    def revoke_tokens(self) -> None:
        """No token that was issued so far is taken any more."""
        self._ask("DELETE", "/tokens")

    def set_graph_limits(self, **limits: float | str | None) -> None:
        """Graph's limits, by the names of graph.limits.Limits; those that are not named stay."""
        self._post("/graph/limits", **limits)

    def graph_limits(self) -> dict[str, Any]:
        """Graph's limits, and most_at_once: how many requests were under way at a time."""
        return self._ask("GET", "/graph/limits")

    def set_directory(self, *, tenant: str = "", expired: Sequence[str] = ()) -> None:
        """The only tenant that the token endpoint knows ("" takes any); applications whose secret has expired."""
        self._post("/graph/directory", tenant=tenant, expired=list(expired))

    def set_rights(
        self, username: str, mailbox: str = "*", *, access: str | None, folder: FolderRef | None = None
    ) -> None:
        """What an account may read as a delegate: full, visible (told of, not readable), none, or None for no rule."""
        self._post("/rights", username=username, mailbox=mailbox, access=access, folder=folder)

    def set_impersonation(self, username: str, mailbox: str = "*", *, allowed: bool | None) -> None:
        """Whether an account may act as a mailbox's owner; None drops the rule."""
        self._post("/impersonation", username=username, mailbox=mailbox, allowed=allowed)

    def expire_states(self, mailbox: str | None = None) -> None:
        """Make all sync states handed out so far invalid, for one mailbox or all."""
        self._post("/states/expire", mailbox=mailbox)

    # faults

    def add_fault(
        self, kind: str, *, operation: str | None = None, mailbox: str | None = None, item_id: str | None = None,
        message_id: str | None = None, nth: int = 1, times: int | None = 1, probability: float = 1.0, seed: int = 0,
        **parameters: bool | float | str,
    ) -> int:  # fmt: skip
        """Script a fault; returns its number.

        It strikes calls of the operation, mailbox and mail named (None: any), from the nth such call on, so many
        times (None: for ever), with a probability (repeatable by seed). kinds and parameters: faults.kinds.KINDS.
        """
        answer = self._post(
            "/faults", kind=kind, operation=operation, mailbox=mailbox, item_id=item_id, message_id=message_id, nth=nth,
            times=times, probability=probability, seed=seed, parameters=parameters,
        )  # fmt: skip
        return int(answer["fault_id"])

    def faults(self) -> list[dict[str, Any]]:
        """Every scripted fault, with how many calls it saw and struck (``seen``, ``hits``)."""
        return list(self._ask("GET", "/faults")["faults"])

    def remove_faults(self, fault_id: int | None = None) -> None:
        """Remove one fault, or all."""
        self._ask("DELETE", "/faults", fault_id=fault_id)

    # what there is, and what was asked

    def mailboxes(self) -> list[dict[str, Any]]:
        """Every mailbox."""
        return list(self._ask("GET", "/mailboxes")["mailboxes"])

    def folders(self, mailbox: str) -> list[FolderInfo]:
        """Every folder of a mailbox and its archive, search folders too."""
        return list(self._ask("GET", "/folders", mailbox=mailbox)["folders"])

    def items(self, mailbox: str, folder: FolderRef | None = None) -> list[ItemInfo]:
        """Every item of a mailbox, or of one folder, newest first in each folder."""
        return list(self._ask("GET", "/items", mailbox=mailbox, folder=folder)["items"])

    def mime(self, item_id: str) -> bytes:
        """An item's MIME, as a client would get it."""
        return base64.b64decode(self._ask("GET", "/items/mime", item_id=item_id)["mime"])

    def calls(
        self, *, operation: str | None = None, mailbox: str | None = None, since: int = 0
    ) -> list[dict[str, Any]]:  # fmt: skip
        """The calls kept in the log, oldest first (fields: see calllog.Call)."""
        return list(self._ask("GET", "/calls", operation=operation, mailbox=mailbox, since=since)["calls"])

    def counts(self) -> dict[str, Any]:
        """Totals of the call log: calls, operations, ids, codes, refused."""
        return self._ask("GET", "/calls/counts")

    def clear_calls(self) -> None:
        """Forget the call log."""
        self._ask("DELETE", "/calls")

    def authentication(self) -> dict[str, Any]:
        """How often somebody tried to log in: attempts, failures, anonymous, and by user."""
        return self._ask("GET", "/authentication")

    def clear_authentication(self) -> None:
        """Count log-ins from nothing again."""
        self._ask("DELETE", "/authentication")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
