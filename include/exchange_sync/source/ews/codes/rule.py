"""What follows from a response code: the shape of one row of the tables beside this file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Consequence(Enum):
    """What must happen next (design section 5, reference 3.3)."""

    SUCCESS = "nothing went wrong"
    INTEGRATION = "the connection is wrong: IntegrationFault"
    MAILBOX = "this mailbox is wrong: MailboxFault"
    DENIED = "no right: on the mailbox a MailboxFault, on a folder FolderGone, on an item its problem"
    FOLDER = "the folder is gone: FolderGone; where a mailbox was asked for, a MailboxFault"
    ITEM = "one item cannot be read: its problem alone"
    ITEM_GONE = "the item moved or was deleted: its problem, marked gone"
    STATE = "the sync state is unknown: StateExpired"
    BUSY = "the server asks everybody to wait: Retriable for the whole server"
    TRANSIENT = "this mailbox is briefly away: Retriable"
    VERSION = "the declared version does not fit: learn it again once, then IntegrationFault"
    REQUEST = "the server refuses the request as such: IntegrationFault"
    FOREIGN = "belongs to operations that are never called: MailboxFault, so that the harm stays small and is seen"


@dataclass(frozen=True)
class Rule:
    """One code's consequence.

    kind: of the mirrored product's vocabulary (reference 2.7). remedy: one plain sentence.
    after: seconds to wait, for BUSY and TRANSIENT, where the server names none.
    """

    consequence: Consequence
    kind: str = "unknown_forbidden_error"
    remedy: str = ""
    after: float = 0.0


def same(rule: Rule, codes: str | Iterable[str]) -> dict[str, Rule]:
    """The rule for each of several codes; a string holds names parted by white space."""
    names = codes.split() if isinstance(codes, str) else codes
    return dict.fromkeys(names, rule)
