"""Comments: search in all that the visitor may read, newest first (decision 57)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from exchange_sync.store import searching
from exchange_sync.store.database import Row
from exchange_sync.store.searching import Hits, Place, Search
from exchange_sync.web.pages.comments import address as comments_address
from exchange_sync.web.pages.comments.address import Asked
from exchange_sync.web.pages.comments.people import correspondent
from exchange_sync.web.pages.comments.text import pieces, snippet
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import VisitorDep

router = APIRouter()
PAGE = 25
SUGGESTED = (
    "Language", "Direction", "Mailbox", "Has Attachments", "Attachment Types", "Automatic", "Importance", "Sensitivity",
    "Categories", "Recipient Domain", "Recipient Count", "Sender", "Sender Name", "Message ID",
)  # fmt: skip
Token = Annotated[str, Query(max_length=4_096)]


@router.get("/comments")
def show(request: Request, visitor: VisitorDep, after: Token = "", before: Token = "") -> Response:
    """The search and one page of what it finds: behind one place, or before another."""
    asked = comments_address.read(request.query_params)
    if any(not value for _, value in request.query_params.multi_items()):  # a form sends its empty fields too
        query = asked.query(after=after, before=before)
        return RedirectResponse(f"{request.scope.get('root_path', '')}/comments{query and '?'}{query}", 302)
    buckets = comments_address.readable(visitor)
    search = asked.search(buckets)
    older = not before
    at = comments_address.place(after or before, "after" if older else "before")
    hits, rows = Hits(()), list[Row]()
    if not asked.faults:
        with visitor.services.pool.lend() as db:
            hits = searching.page(db, search, at, PAGE, older=older)
            if not older and not hits.more and hits.stopped is None:  # the newest there are: a full page of them
                older, at = True, None
                hits = searching.page(db, search, at, PAGE)
            rows = searching.shown(db, hits.places)
    names = {row["id"]: row for row in buckets}
    return page(
        request, visitor, "comments/comments.html", title="Comments", section="comments", asked=asked, hits=hits,
        rows=[_shown(row, names[row["bucket_id"]], search, asked) for row in rows], suggested=SUGGESTED,
        buckets=buckets, links=_links(asked, hits, at, older=older), older=older, slots=_slots(asked),
        total=_total(hits),
    )  # fmt: skip


@router.get("/comments/step")
def step(
    request: Request, visitor: VisitorDep, at: Token, to: Annotated[Literal["older", "newer"], Query()]
) -> Response:
    """From a comment to the next of the same search; where there is none near, back to the search."""
    asked = comments_address.read(request.query_params)
    buckets = comments_address.readable(visitor)
    here = comments_address.place(at, "at")
    older = to == "older"
    root = request.scope.get("root_path", "")
    with visitor.services.pool.lend() as db:
        hits = searching.page(db, asked.search(buckets), here, 1, older=older)
    if hits.places:
        [found] = hits.places
        bucket = next(row for row in buckets if row["id"] == found.bucket_id)
        return RedirectResponse(f"{root}{path_of(bucket, found.id)}?{_query(asked)}", 303)
    there = hits.stopped or here
    token = comments_address.written(there) if there else ""
    back = asked.query(after=token if older else "", before="" if older else token)
    return RedirectResponse(f"{root}/comments?{back}", 303)


def path_of(bucket: Row, comment_id: str) -> str:
    """Where one comment is read."""
    return f"/comments/{bucket['owner']}/{bucket['name']}/{quote(comment_id, safe='')}"


def _query(asked: Asked) -> str:
    """In a comment's address: the search that led to it, also where it asks for nothing."""
    return asked.query() or "q="


def _shown(row: Row, bucket: Row, search: Search, asked: Asked) -> dict[str, Any]:
    marks, prefix = search.query.marks, search.query.prefix
    address = row["written_sender"] or row["sender"]
    return {
        "path": f"{path_of(bucket, row['id'])}?{_query(asked)}",
        "subject": pieces(" ".join((row["subject"] or "").split())[:300], marks, prefix=prefix),
        "snippet": snippet(row["body"] or "", marks, prefix=prefix),
        "sender": correspondent(address or "", row["sender_name"] or ""),
        "bucket": f"{bucket['owner']}/{bucket['name']}",
        "timestamp": row["timestamp"],
        "folder": pieces((row["folder"] or "")[:200]),
        "mailbox": row["mailbox"],
        "attachments": row["attachments"],
        "deleted": row["deleted_at"] is not None,
    }


def _total(hits: Hits) -> str:
    """How many there are, in words; an estimate with the two digits that it is good for."""
    if hits.count is None:
        return ""
    if hits.exact:
        return f"{hits.count:,} {'comment' if hits.count == 1 else 'comments'}"
    step = 10 ** max(0, len(str(hits.count)) - 2)
    return f"About {hits.count // step * step:,} comments"


def _links(asked: Asked, hits: Hits, at: Place | None, *, older: bool) -> dict[str, str]:
    """Where the pages on either side are, and where to go on looking; "" for what is not."""
    first, last = (hits.places[0], hits.places[-1]) if hits.places else (at, at)
    newer_there = at is not None if older else hits.more
    older_there = hits.more if older else True
    onward = hits.stopped
    return {
        "newer": _before(asked, first) if newer_there and first else "",
        "older": _after(asked, last) if older_there and last else "",
        "onward": (_after(asked, onward) if older else _before(asked, onward)) if onward else "",
    }


def _after(asked: Asked, place: Place) -> str:
    return f"/comments?{asked.query(after=comments_address.written(place))}"


def _before(asked: Asked, place: Place) -> str:
    return f"/comments?{asked.query(before=comments_address.written(place))}"


def _slots(asked: Asked) -> Sequence[tuple[str, str]]:
    """The conditions on user properties that the form shows: those given, and an empty one."""
    return (*asked.properties, ("", ""))[: comments_address.PROPERTIES]
