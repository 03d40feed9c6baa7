"""Rows of the store in the protocol's shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from exchange_sync.model.folder_path import folder_path
from exchange_sync.store.database import Row
from exchange_sync.store.uploads import context
from exchange_sync.web.protocol import text

Shape = dict[str, Any]


_WRITTEN = frozenset({"user_properties", "messages", "attachments"})


def time(when: datetime) -> str:
    """ISO 8601 with an explicit offset: real clients refuse naive times (reference 3.1)."""
    return when.astimezone(UTC).isoformat()


def comment(row: Row, source_id: str) -> Shape:
    """One comment, as a source shows it."""
    return {
        "uid": f"{source_id}.{row['id']}",
        "id": row["id"],
        "source_id": source_id,
        "timestamp": time(row["timestamp"]),
        "thread_id": row["thread_id"],
        "user_properties": row["user_properties"],
        "messages": row["messages"],
        "attachments": row["attachments"],
        "created_at": time(row["created_at"]),
        "last_modified": time(row["updated_at"]),
        "context": context(row),
        "text_format": "plain",
        "has_annotations": False,
    }


def written_comment(row: Row, source_id: str) -> str:
    """The same as JSON, of a row whose user_properties, messages and attachments are JSON's text already.

    Most of a page is what PostgreSQL holds as JSON: to parse it and to write it again would cost more than all else.
    """
    shown = comment(row, source_id)
    fields = (f'"{name}":{value if name in _WRITTEN else text(value)}' for name, value in shown.items())
    return f"{{{','.join(fields)}}}"


def _named(row: Row) -> Shape:
    return {
        "id": row["id"],
        "owner": row["owner"],
        "name": row["name"],
        "title": row["title"],
        "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
    }


def bucket(row: Row) -> Shape:
    """One bucket."""
    return {**_named(row), "bucket_type": "emails"}


def source(row: Row) -> Shape:
    """One source; a hidden bucket of its own is not named."""
    shown = {
        **_named(row),
        "description": row["description"],
        "language": row["language"],
        "should_translate": row["should_translate"],
        "sensitive_properties": row["sensitive_properties"],
        "_kind": "unknown",
        "last_modified": time(row["updated_at"]),
    }
    if not row["hidden"]:
        shown["bucket_id"] = row["bucket_id"]
    if row["email_transform_tag"]:
        shown["email_transform_tag"] = row["email_transform_tag"]
    return shown


def dataset(row: Row) -> Shape:
    """One dataset; what needs a model is empty."""
    named = {name: row[name] for name in ("id", "owner", "name", "title")}
    return {
        **named,
        "created": time(row["created_at"]),
        "last_modified": time(row["updated_at"]),
        "description": row["description"],
        "source_ids": list(row["source_ids"]),
        "model_family": "english",
        "has_sentiment": False,
        "entity_defs": [],
        "general_fields": [],
        "label_defs": [],
        "label_groups": [],
        "_dataset_flags": [],
        "_label_properties": [],
        "_timezone": "UTC",
        "_preferred_locales": {"default": "en", "preferences": []},
        "_model_config": {"kind": "cm"},
        "limited_access": False,
    }


def project(row: Row) -> Shape:
    """One owner. The id is made of the name, since most owners are there by what they own."""
    return {
        "id": hashlib.sha256(row["owner"].encode()).hexdigest()[:16],
        "name": row["owner"],
        "title": row["title"] or row["owner"],
        "description": row["description"],
        "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
        "user_auto_join": False,
    }


def email(row: Row, mime: bytes) -> Shape:
    """One raw email (reference 2.3). MIME that is no UTF-8 is shown as Latin-1, one character a byte, and says so."""
    properties: Mapping[str, Any] = row["user_properties"]
    shown: Shape = {
        "id": row["message_id"],
        "mailbox": str(properties.get("string:Mailbox", "")),
        "timestamp": time(row["timestamp"]),
        "metadata": _metadata(row, properties),
        "attachments": row["attachments"],
        "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
    }
    try:
        shown["mime_content"] = mime.decode("utf-8")
    except UnicodeDecodeError:
        shown["mime_content"] = mime.decode("latin-1")
        shown["mime_encoding"] = "latin-1"
    return shown


def _shown_path(properties: Mapping[str, Any]) -> Sequence[str]:
    """The path that a Folder property holds; none where there is no such property, or it is no path."""
    try:
        return folder_path(str(properties.get("string:Folder", "")))
    except ValueError:
        return ()


def _metadata(row: Row, properties: Mapping[str, Any]) -> Shape:
    """All that the contract names; what is not known is null."""
    folder: Sequence[str] = row["folder_path"] or _shown_path(properties)
    categories = properties.get("string:Categories")
    return {
        "size": row["size"],
        "has_attachments": bool(row["attachments"]),
        "folder": list(folder) if any(folder) else None,
        "categories": [found.strip() for found in str(categories).split(",")] if categories else None,
        "importance": properties.get("string:Importance"),
        "sensitivity": properties.get("string:Sensitivity"),
        "received_at": time(row["received"]) if row["received"] is not None else None,
        "conversation_id": None,
        "conversation_topic": None,
        "is_read": None,
    }
