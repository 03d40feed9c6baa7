"""What programs send, as the pipeline and the store take it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from exchange_sync.model.email import ItemProperties
from exchange_sync.model.identity import comment_id
from exchange_sync.pipeline.upload import Upload
from exchange_sync.store.new_comments import NewComment
from exchange_sync.store.uploads import Upserted
from exchange_sync.web.api.models.comments import CommentNew
from exchange_sync.web.api.models.emails import EmailMetadata, EmailNew
from exchange_sync.web.api.models.raw import Document, Headers, RawBody
from exchange_sync.web.protocol import ApiError

_OF_THE_BODY = ("content-type:", "content-transfer-encoding:", "mime-version:", "content-length:")
_FIELD = re.compile(r"[!-9;-~]{1,256}:.*")


def email(place: int, new: EmailNew) -> Upload:
    """A raw email of a bucket (reference 2.3)."""
    try:
        mime = new.mime_content.encode(new.mime_encoding)
    except UnicodeEncodeError:
        raise ApiError(422, f"body.emails.{place}.mime_content: not {new.mime_encoding} text") from None
    found = new.metadata or EmailMetadata()
    properties = ItemProperties(
        item_id="",
        item_class="IPM.Note",
        message_id=new.id,
        size=found.size or 0,
        received=found.received_at,
        sent=new.timestamp,
        importance=found.importance or "Normal",
        sensitivity=found.sensitivity or "Normal",
        categories=tuple(found.categories or ()),
        has_attachments=bool(found.has_attachments),
        conversation_id=found.conversation_id,
    )
    return Upload(mime, properties, new.mailbox, tuple(found.folder or ()))


def comment(new: CommentNew) -> Upserted:
    """A comment as a program wants it to be (reference 2.2)."""
    given = new.model_dump(mode="json", by_alias=True, exclude_none=True)
    messages = [{"to": [], "cc": [], "bcc": [], **message} for message in given.get("messages") or ()]
    first = new.messages[0] if new.messages else None
    content = {
        "timestamp": new.timestamp,
        "thread_id": given.get("thread_id"),
        "thread_candidates": [],
        "user_properties": _properties(given.get("user_properties")),
        "messages": messages or None,
        "attachments": given.get("attachments"),
        "quoted": "",
        "clean_version": 0,
        "problems": [],
    }
    row = NewComment(
        origin_id=0,
        message_id=_message_id(new.id),
        sender=(first and first.from_) or "",
        sent_at=(first and first.sent_at) or new.timestamp,
        following={},
        mime_sha256=None,
        size=len(json.dumps(messages).encode()),
        content=content,
    )
    return Upserted(new.id, row, new.context)


def document(new: Document) -> Upload:
    """A raw email given as headers and body (section 4, row 23), as MIME."""
    lines = [line for line in _header_lines(new.raw_email.headers) if not line.lower().startswith(_OF_THE_BODY)]
    head = "".join(f"{line}\r\n" for line in lines).encode("utf-8")
    properties = ItemProperties(item_id="", item_class="IPM.Note", message_id=None)
    return Upload(head + _body(new.raw_email.body).as_bytes(policy=SMTP), properties, "", ())


def _body(found: RawBody) -> EmailMessage:
    message = EmailMessage()
    if found.plain is not None:
        message.set_content(found.plain, charset="utf-8", cte="base64")
    if found.html is not None and found.plain is not None:
        message.add_alternative(found.html, subtype="html", charset="utf-8", cte="base64")
    elif found.html is not None:
        message.set_content(found.html, subtype="html", charset="utf-8", cte="base64")
    return message


def from_document(new: Document, row: NewComment) -> Upserted:
    """The comment that a document became, with the id and the properties that came along."""
    content = dict(row.content or {})
    content["user_properties"] = {**content["user_properties"], **(_properties(new.user_properties) or {})}
    only_new = {"thread_id"}
    if new.raw_email.attachments is None:
        only_new.add("attachments")
    else:
        content["attachments"] = [
            found.model_dump(mode="json", exclude_none=True) for found in new.raw_email.attachments
        ]
    own = new.comment_id or comment_id(row.message_id)
    return Upserted(own, replace(row, content=content), only_new=frozenset(only_new))


def _properties(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Raises 422 where a property's value is not of the kind that its name says."""
    if found is None:
        return None
    for name, value in found.items():
        if name.startswith("string:") != isinstance(value, str):
            raise ApiError(422, "user_properties: a string: property takes a text, a number: property a number")
    return dict(found)


def _header_lines(found: Headers) -> list[str]:
    """One line a header, unfolded; lines that are none are left out."""
    if found.parsed is not None:
        pairs = [
            (name, one)
            for name, value in found.parsed.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        lines = [f"{name}: {' '.join(value.split())}" for name, value in pairs]
    else:
        lines = re.sub(r"\r?\n[ \t]+", " ", found.raw or "").splitlines()
    return [line for line in lines if _FIELD.fullmatch(line)]


def _message_id(given: str) -> str:
    """The Message-ID that an id stands for, where it does; else the id itself."""
    try:
        found = bytes.fromhex(given).decode("utf-8")
    except ValueError:
        return given
    return given if "\x00" in found else found
