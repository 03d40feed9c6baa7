"""Whoever uses or changes a connection acts for every integration that uses it (decision 54).

Else an editor of one owner could read another's mailboxes by naming that owner's connection.
"""

from __future__ import annotations

from exchange_sync.store import mailbox_editing
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller


def refusal(caller: Caller, connection_id: str) -> str:
    """Why the caller may neither use nor change a connection, in a sentence; "" where nothing stands in the way."""
    with caller.services.pool.lend() as db:
        users = mailbox_editing.sharing(db, connection_id)
    held = caller.permissions_of(user["owner"] for user in users)
    if all(may.MODIFY_INTEGRATIONS in rights for rights in held.values()):
        return ""
    return f"connection {connection_id} serves integrations that you may not modify: use one of your own"
