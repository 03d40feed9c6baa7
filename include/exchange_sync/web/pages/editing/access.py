"""Who may see and change an owner's integrations: roles by name, and nobody shuts himself out."""

from __future__ import annotations

from exchange_sync.store import mailbox_editing, people, sources
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.editing import fields as read
from exchange_sync.web.pages.editing.fields import Entered


def known_roles(visitor: Caller) -> list[str]:
    """The roles that Airflow is known to have."""
    with visitor.services.pool.lend() as db:
        return mailbox_editing.role_names(db)


def lists(visitor: Caller, entered: Entered, owner: str, besides: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Viewers and editors as the form has them. besides: the id of the integration that they are for.

    An owner's lists count together (decision 21). A fault is kept where the visitor could change nothing any more.
    """
    viewers, editors = read.roles(entered, "viewers"), read.roles(entered, "editors")
    with visitor.services.pool.lend() as db:
        rights = people.role_rights(db)
        others = [row for row in sources.listed(db, "integrations", owner) if row["id"] != besides]
    together = {
        "viewers": [*viewers, *(role for row in others for role in row["viewers"])],
        "editors": [*editors, *(role for row in others for role in row["editors"])],
    }
    named = together if any(together.values()) else None
    if may.MODIFY_INTEGRATIONS not in may.permissions(visitor.identity.roles, named, rights):
        roles = ", ".join(sorted(visitor.identity.roles)) or "none"
        entered.fault("editors", f"this would shut you out: name one of your roles ({roles}) among the editors")
    return viewers, editors
