"""Which folders hold an email of a given Message-ID: one FindItem over many folders (decision 75)."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.model.email import Sighting
from exchange_sync.source.api import FolderGone
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, m, moment, number, t, text_of
from exchange_sync.source.ews.transport import FaultAnswer, Transport, garbled, whole
from exchange_sync.source.ews.xml import Garbled

_MOST = 20  # items of one folder: copies that somebody made


def named(
    transport: Transport, mailbox: str, message_ids: Sequence[str], folder_keys: Sequence[str]
) -> tuple[list[Sighting], list[str]]:
    """As the port says; one request."""
    try:
        messages = transport.ask(mailbox, queries.find_named(folder_keys, message_ids, _MOST))
    except (FaultAnswer, Garbled) as failure:
        raise whole(failure, Where.MAILBOX, mailbox) from None
    if len(messages) != len(folder_keys):
        raise garbled(mailbox)
    found: list[Sighting] = []
    unreadable: list[str] = []
    for key, message in zip(folder_keys, messages, strict=True):
        if not message.ok:
            error = coded(message.code, Where.FOLDER, mailbox, message.back_off)
            if not isinstance(error, FolderGone):
                raise error
            unreadable.append(key)
            continue
        root = message.child(m("RootFolder"))
        if root is None:
            raise garbled(mailbox)
        for node in children(root.find(t("Items"))):
            ident = node.find(t("ItemId"))
            item_id = None if ident is None else ident.get("Id")
            if item_id:
                received = moment(text_of(node, t("DateTimeReceived")))
                found.append(Sighting(key, item_id, received, number(text_of(node, t("Size")))))
    return found, unreadable
