"""An integration in the protocol's shape (reference 2.6)."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.model.config import Filters
from exchange_sync.store.database import Row
from exchange_sync.web.api.shapes import Shape, time


def integration(row: Row, mailboxes: Sequence[Row]) -> Shape:
    """One integration. ``configuration.connection`` is left out: real clients read one kind of it alone and refuse
    the whole list for any other (reference 3.1, 9); connection_id names the Airflow connection instead."""
    shown: Shape = {
        "id": row["id"],
        "owner": row["owner"],
        "name": row["name"],
        "title": row["title"],
        "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
        "type": "exchange_online",
        "enabled": row["enabled"],
        "configuration": {
            "connection_id": row["connection"],
            "interval_seconds": row["interval_seconds"],
            "viewers": list(row["viewers"]),
            "editors": list(row["editors"]),
            "mailboxes": [_mailbox(box) for box in mailboxes],
        },
    }
    if not row["enabled"] and row["disabled_reason"]:
        shown["disabled_reason"] = row["disabled_reason"]
    return shown


def _mailbox(box: Row) -> Shape:
    """One mailbox. Participant lists that are empty are left out: real clients expect none (reference 3.1, 9)."""
    shown: Shape = {
        "email": box["address"],
        "enabled": box["enabled"],
        "sync_attachments": box["attachments"],
        "bucket_specification": {
            "project_name": box["bucket_owner"],
            "name": box["bucket_name"],
            "title": box["bucket_title"],
        },
    }
    if not box["enabled"] and box["disabled_reason"]:
        shown["disabled_reason"] = box["disabled_reason"]
    if box["start_time"] is not None:
        shown["start_timestamp"] = time(box["start_time"])
    shown.update(_filters(Filters.from_dict(box["filters"])))
    return shown


def _filters(found: Filters) -> Shape:
    lists = {
        "include": found.include,
        "folder_allowlist": [list(path) for path in found.folder_allow],
        "folder_denylist": [list(path) for path in found.folder_deny],
        "participant_allowlist": found.participant_allow,
        "participant_denylist": found.participant_deny,
        "participant_domain_allowlist": found.domain_allow,
        "participant_domain_denylist": found.domain_deny,
    }
    shown: Shape = {name: list(values) for name, values in lists.items() if values}
    return {**shown, "archive": True} if found.archive else shown


_KINDS = frozenset(
    {
        "mailbox_not_found", "invalid_exchange_credentials", "comment_quota_hit", "mailbox_inbox_not_found",
        "mailbox_removed", "app_access_insufficient_scopes", "unknown_forbidden_error",
        "mailbox_primary_address_not_found", "syncemail_consumption_limit_exceeded", "mailbox_access_denied",
        "mailbox_invalid_license",
    }
)  # fmt: skip
_TEXT_LIMIT = 4_096
DISABLING = ("integration_disabled", "mailbox_disabled")


def error(incident: Row) -> Shape:
    """An incident that disabled something (reference 2.7); a kind that the vocabulary lacks is "unknown"."""
    text = f"{incident['text']} {incident['remedy']}".strip()[:_TEXT_LIMIT]
    action: Shape = {"kind": incident["action"]}
    if incident["action"] == "mailbox_disabled":
        action |= {"mailbox_name": incident["address"], "bucket_id": incident["bucket_id"]}
    kind = incident["kind"]
    shown: Shape = {
        "id": f"{incident['id']:016x}",
        "integration_id": incident["integration_id"],
        "error_text": text,
        "error_details": {"kind": kind if kind in _KINDS else "unknown_forbidden_error", "full_error_text": text},
        "error_action": action,
        "created_at": time(incident["opened_at"]),
    }
    if incident["processed_at"] is not None:
        shown["processed_at"] = time(incident["processed_at"])
    return shown
