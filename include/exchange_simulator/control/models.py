"""The bodies of control requests. Folders are named as in the store: a distinguished id, a FolderId, or a path."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from exchange_simulator.store.model import FolderRef


def _reference(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("expected base64 text")
    return base64.b64decode(value, validate=True)


Mime = Annotated[bytes, BeforeValidator(_base64)]
Reference = Annotated[FolderRef, BeforeValidator(_reference)]


class Body(BaseModel):
    """Refuses names it does not know, so a misspelt one is no silent default."""

    model_config = ConfigDict(extra="forbid")


class NewMailbox(Body):
    """A mailbox to add."""

    address: str
    display_name: str = ""
    language: str = "en"
    archive: bool = False


class NewFolder(Body):
    """A folder to make, with what is missing of its path."""

    mailbox: str
    path: Reference
    folder_class: str | None = "IPF.Note"


class FolderChange(Body):
    """A folder to rename (name), to move (parent) or to delete (soft: into Deleted Items, else for ever)."""

    mailbox: str
    folder: Reference
    name: str | None = None
    parent: Reference | None = None
    soft: bool = False


class Delivery(Body):
    """A mail to put into the same folder of one or several mailboxes. mime: base64. received: with its zone."""

    mailboxes: list[str]
    mime: Mime
    folder: Reference = "inbox"
    received: AwareDatetime | None = None
    read: bool = False
    draft: bool = False
    categories: list[str] = []
    importance: str | None = None
    item_class: str = "IPM.Note"
    sender_routing: str = "SMTP"


class Target(Body):
    """An item, and the folder to move or copy it to; in its own mailbox unless another is named."""

    item_id: str
    folder: Reference
    mailbox: str | None = None


class Removal(Body):
    """An item to delete. soft: into Deleted Items, which is a move; else for ever."""

    item_id: str
    soft: bool = False


class Edit(Body):
    """What to change of an item in place."""

    item_id: str
    subject: str | None = None
    mime: Mime | None = None
    categories: list[str] | None = None
    received: AwareDatetime | None = None


class ReadMark(Body):
    """An item's read flag."""

    item_id: str
    read: bool = True


class Sending(Body):
    """A draft to send. Local recipients receive it unless deliver is false."""

    item_id: str
    sent: AwareDatetime | None = None
    deliver: bool = True


class Credentials(Body):
    """An account to add, or its new password."""

    username: str
    password: str
    address: str | None = None


class TokenLife(Body):
    """How long the tokens live that are issued from now on, in seconds."""

    seconds: Annotated[int, Field(ge=1, le=86_400)]


class Rights(Body):
    """What an account may do. access null drops the rule. folder null means the whole mailbox."""

    username: str
    mailbox: str = "*"
    access: str | None
    folder: Reference | None = None


class Impersonation(Body):
    """Whether an account may act as a mailbox's owner; ``*`` means all without a rule of their own."""

    username: str
    mailbox: str = "*"
    allowed: bool | None


class NewFault(Body):
    """A fault to script. Its fields are those of faults.plan; kinds and parameters are in faults.kinds."""

    kind: str
    operation: str | None = None
    mailbox: str | None = None
    item_id: str | None = None
    message_id: str | None = None
    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    parameters: dict[str, bool | int | float | str] = {}


class Expiry(Body):
    """Whose sync states expire: one mailbox, or all."""

    mailbox: str | None = None


class GraphLimits(Body):
    """Graph's limits; those that are not named stay. See graph.limits."""

    at_once: int = 4
    requests: int = 10_000
    seconds: float = 600.0
    retry_after: str = "2.128"
    delta_bytes: int = 0
    quota: int | None = None


class Directory(Body):
    """tenant: the only one that the token endpoint knows; "" takes any. expired: applications with expired secrets."""

    tenant: str = ""
    expired: list[str] = []
