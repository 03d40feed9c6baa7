"""What a role may do (reference 2.12; decision 0021). Names are the mirrored API's.

An owner whose integrations name viewers or editors belongs to those roles alone; any other owner's things are seen
and changed as the general roles allow. An Admin may do everything. A role that Airflow knows may what Airflow's
permissions *View integrations* and *Modify integrations* give it, whatever its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

VIEW_INTEGRATIONS: Final = "integrations-read"
MODIFY_INTEGRATIONS: Final = "integrations-write"
VIEW_BUCKETS: Final = "buckets-read"
WRITE_BUCKETS: Final = "buckets-write"
APPEND_BUCKETS: Final = "buckets-append"
READ_BUCKET_ITEMS: Final = "buckets-items-read"
VIEW_SOURCES: Final = "sources-read"
SOURCES_ADMIN: Final = "sources-admin"
EDIT_MESSAGES: Final = "sources-add-comments"
VIEW_LABELS: Final = "voc-readonly"
DATASETS_ADMIN: Final = "datasets-admin"
VIEW_STREAMS: Final = "streams-read"
CONSUME_STREAMS: Final = "streams-consume"
STREAMS_ADMIN: Final = "streams-admin"

VIEW: Final = frozenset({VIEW_INTEGRATIONS, VIEW_BUCKETS, READ_BUCKET_ITEMS, VIEW_SOURCES, VIEW_LABELS, VIEW_STREAMS})
CONSUME: Final = VIEW | {CONSUME_STREAMS}
MODIFY: Final = CONSUME | {
    MODIFY_INTEGRATIONS, WRITE_BUCKETS, APPEND_BUCKETS, SOURCES_ADMIN, EDIT_MESSAGES, DATASETS_ADMIN, STREAMS_ADMIN
}  # fmt: skip

ADMIN: Final = "Admin"
ROLES: Final[Mapping[str, frozenset[str]]] = {"Viewer": VIEW, "User": CONSUME, "Op": MODIFY, ADMIN: MODIFY}

SPOKEN: Final[Mapping[str, str]] = {
    VIEW_INTEGRATIONS: "View integrations",
    MODIFY_INTEGRATIONS: "Modify integrations",
    VIEW_BUCKETS: "View buckets",
    WRITE_BUCKETS: "Update data to buckets",
    APPEND_BUCKETS: "Append data to buckets",
    READ_BUCKET_ITEMS: "Read bucket items",
    VIEW_SOURCES: "View sources",
    SOURCES_ADMIN: "Sources admin",
    EDIT_MESSAGES: "Edit messages",
    VIEW_LABELS: "View labels",
    DATASETS_ADMIN: "Datasets admin",
    VIEW_STREAMS: "View streams",
    CONSUME_STREAMS: "Consume streams",
    STREAMS_ADMIN: "Streams admin",
}


def permissions(
    roles: Iterable[str], lists: Mapping[str, Any] | None, rights: Mapping[str, Mapping[str, Any]] | None = None
) -> frozenset[str]:
    """What these roles may do with an owner's things.

    lists: the roles that the owner's integrations name, {viewers, editors}; None when they name none.
    rights: what Airflow gives each role, {role: {may_view, may_modify}}; a role it does not tell of goes by its name.
    """
    held = frozenset(roles)
    general = frozenset[str]().union(*(_general(role, (rights or {}).get(role)) for role in held))
    if ADMIN in held or lists is None:
        return general
    viewers, editors = frozenset(lists["viewers"] or ()), frozenset(lists["editors"] or ())
    if held & editors:
        return MODIFY
    if not held & viewers:
        return frozenset()
    return CONSUME if editors else CONSUME | general


def _general(role: str, right: Mapping[str, Any] | None) -> frozenset[str]:
    named = ROLES.get(role, frozenset())
    if right is None or right["may_view"] is None:
        return named
    if not right["may_view"]:
        return frozenset()
    return MODIFY if right["may_modify"] else (named - (MODIFY - CONSUME)) | VIEW
