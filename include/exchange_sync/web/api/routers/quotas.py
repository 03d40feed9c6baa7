"""Quotas: the bounds that are set here, and how near to them things are."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import Response

from exchange_sync.store import editing, streams
from exchange_sync.web.api.models import people as models
from exchange_sync.web.api.models.integrations import MAILBOXES
from exchange_sync.web.api.models.places import SOURCES
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ok

router = APIRouter(tags=["users and projects"])


@router.get("/api/_private/quotas", response_model=models.Quotas)
def get_quotas(caller: CallerDep) -> Response:
    """The bounds that hold, each with what comes nearest to it of all that the caller may see.

    Buckets bear the quotas of comments (`comments_per_source`); kinds without a bound are left out.
    """
    found = [
        _quota("mailboxes_per_integration", MAILBOXES, _mailboxes(caller)),
        _quota("sources_per_dataset", SOURCES, (len(row["source_ids"]) for row in caller.listed("datasets"))),
        _quota("triggers_per_dataset", streams.LIMIT, _streams(caller)),
    ]
    bounded = [row for row in caller.listed("buckets") if row["quota_emails"] is not None]
    if bounded:
        fullest = max(bounded, key=lambda row: row["emails"] - row["quota_emails"])
        found.append(_quota("comments_per_source", fullest["quota_emails"], [fullest["emails"]]))
    return ok(quotas=found)


def _quota(kind: str, limit: int, usages: Iterable[int]) -> dict[str, object]:
    return {"quota_kind": kind, "hard_limit": limit, "current_max_usage": max(usages, default=0)}


def _mailboxes(caller: Caller) -> list[int]:
    ids = [row["id"] for row in caller.listed("integrations")]
    with caller.services.pool.lend() as db:
        return [len(boxes) for boxes in editing.mailboxes_of(db, ids).values()]


def _streams(caller: Caller) -> list[int]:
    ids = [row["id"] for row in caller.listed("datasets")]
    with caller.services.pool.lend() as db:
        return streams.counts(db, ids)
