"""One comment, to be read: its newest text, what it answers, and all that is known of it. Mail is shown as text."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import comment_reading
from exchange_sync.store.database import Row
from exchange_sync.store.searching import Place
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.comments import address as comments_address
from exchange_sync.web.pages.comments import parts as comment_parts
from exchange_sync.web.pages.comments.address import Asked
from exchange_sync.web.pages.comments.people import correspondent
from exchange_sync.web.pages.comments.searching import path_of
from exchange_sync.web.pages.comments.text import pieces, plain, snippet
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import VisitorDep
from exchange_sync.web.protocol import ApiError

router = APIRouter()
PATH = "/comments/{owner}/{bucket}/{comment_id}"


@router.get(PATH)
def show(request: Request, visitor: VisitorDep, owner: str, bucket: str, comment_id: str) -> Response:
    """The reading view. Its address may hold the search that led here: then there are links along it."""
    box, row = found(visitor, owner, bucket, comment_id)
    asked = comments_address.read(request.query_params)
    query = asked.search([box]).query
    with visitor.services.pool.lend() as db:
        places = comment_reading.places(db, box["id"], row["id"])
        thread = comment_reading.thread(db, box["id"], row["thread_id"], row["timestamp"], row["id"])
    held = visitor.permissions_of(place["owner"] for place in places)
    message = row["messages"][0] if row["messages"] else {}
    subject = " ".join(comment_parts.text_of(message, "subject").split())
    return page(
        request, visitor, "comments/comment.html", title=plain(subject)[:80] or "(no subject)", section="comments",
        received=comment_parts.received(row["user_properties"]), row=row, bucket=box,
        subject=pieces(subject[:2_000], query.marks, prefix=query.prefix),
        messages=[comment_parts.message(one, query) for one in row["messages"][: comment_parts.MESSAGES]],
        more_messages=max(0, len(row["messages"]) - comment_parts.MESSAGES),
        sender=_sender(row, message), recipients=comment_parts.recipients(message), message=message,
        quoted=comment_parts.body(row["quoted"], query), language=comment_parts.language(row["user_properties"]),
        properties=comment_parts.properties(row["user_properties"]),
        attachments=comment_parts.files(row["attachments"]),
        problems=comment_parts.problems(row["problems"]), thread=thread,
        members=[_member(member, box, row["id"], asked, request) for member in thread.rows],
        places=[place for place in places if may.VIEW_INTEGRATIONS in held[place["owner"]]],
        original=f"{path_of(box, row['id'])}/original" if row["mime_sha256"] else "", steps=_steps(row, asked, request),
        hidden_places=sum(may.VIEW_INTEGRATIONS not in held[place["owner"]] for place in places),
    )  # fmt: skip


def found(visitor: Caller, owner: str, bucket: str, comment_id: str) -> tuple[Row, Row]:
    """A bucket and one of its comments, where the visitor may read them. Raises 404, 403."""
    box = visitor.find("buckets", Ref(owner=owner, name=bucket), may.READ_BUCKET_ITEMS)
    with visitor.services.pool.lend() as db:
        row = comment_reading.full(db, box["id"], comment_id)
    if row is None:
        raise ApiError(404, f"There is no such comment in bucket {owner}/{bucket}. It may have been erased.")
    return box, row


def _sender(row: Row, message: dict[str, Any]) -> Any:
    name = str(row["user_properties"].get("string:Sender Name", ""))
    return correspondent(str(message.get("from") or row["sender"] or ""), name)


def _member(member: Row, bucket: Row, here: str, asked: Asked, request: Request) -> dict[str, Any]:
    query = f"?{asked.query() or 'q='}" if request.url.query else ""
    return {
        "path": f"{path_of(bucket, member['id'])}{query}",
        "timestamp": member["timestamp"],
        "sender": correspondent(member["written_sender"] or member["sender"] or "", member["sender_name"] or ""),
        "body": snippet(member["body"] or "", (), prefix=False, length=110),
        "here": member["id"] == here,
        "deleted": member["deleted_at"] is not None,
    }


def _steps(row: Row, asked: Asked, request: Request) -> dict[str, str] | None:
    """Links along the search that led here; None for a visitor who came otherwise."""
    if not request.url.query:
        return None
    place = Place(row["timestamp"], row["id"], row["bucket_id"])
    token = comments_address.written(place)
    return {
        "back": f"/comments?{asked.query()}",
        "newer": f"/comments/step?{asked.query(at=token, to='newer')}",
        "older": f"/comments/step?{asked.query(at=token, to='older')}",
    }
