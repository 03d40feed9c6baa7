"""Export: the configuration as a file that apply takes. It holds no secret: those lie in Airflow connections."""

from __future__ import annotations

from typing import Any, TextIO

from ruamel.yaml import YAML

from exchange_sync.model.config import Filters
from exchange_sync.store import integrations
from exchange_sync.store.database import Database, Row


def write(db: Database, out: TextIO) -> None:
    """Write the whole configuration as YAML; applying it again changes nothing."""
    document = {
        "buckets": [_bucket(row) for row in integrations.all_buckets(db)],
        "integrations": [_integration(db, row) for row in integrations.all_integrations(db)],
    }
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(document, out)


def _bucket(row: Row) -> dict[str, Any]:
    quota = {"emails": row["quota_emails"], "bytes": row["quota_bytes"]}
    return _without_defaults(
        {
            "name": f"{row['owner']}/{row['name']}",
            "title": row["title"] or None,
            "quota": {what: value for what, value in quota.items() if value is not None} or None,
            "keep_mime": None if row["keep_mime"] else False,
            "retention_days": row["retention_days"],
        }
    )


def _integration(db: Database, row: Row) -> dict[str, Any]:
    return _without_defaults(
        {
            "name": f"{row['owner']}/{row['name']}",
            "title": row["title"] or None,
            "connection": row["connection"],
            "interval": f"{row['interval_seconds']}s",
            "viewers": list(row["viewers"]) or None,
            "editors": list(row["editors"]) or None,
            "mailboxes": [_mailbox(box) for box in integrations.mailboxes(db, row["id"])],
        }
    )


def _mailbox(box: Row) -> dict[str, Any]:
    filters = Filters.from_dict(box["filters"])
    folders = {
        "include": list(filters.include),
        "archive": filters.archive,
        "allow": [list(path) for path in filters.folder_allow],
        "deny": [list(path) for path in filters.folder_deny],
    }
    people = {"allow": list(filters.participant_allow), "deny": list(filters.participant_deny)}
    domains = {"allow": list(filters.domain_allow), "deny": list(filters.domain_deny)}
    return _without_defaults(
        {
            "address": box["address"],
            "bucket": f"{box['bucket_owner']}/{box['bucket_name']}",
            "enabled": None if box["enabled"] or box["disabled_reason"] != "user" else False,
            "start_time": box["start_time"].isoformat() if box["start_time"] else None,
            "attachments": box["attachments"] if box["attachments"] != "none" else None,
            "folders": _filled(folders),
            "participants": _filled(people),
            "participant_domains": _filled(domains),
        }
    )


def _filled(values: dict[str, Any]) -> dict[str, Any] | None:
    return {what: value for what, value in values.items() if value} or None


def _without_defaults(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
