"""Clean: each fetched MIME becomes text and headers; what cannot be cleaned is marked for the quarantine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from exchange_sync.clean.safety import CleanFailure, clean_many
from exchange_sync.model.cleaned import AttachmentInfo, CleanedEmail
from exchange_sync.model.serial import to_json
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.rows import batch_of, rows_of

log = logging.getLogger("exchange_sync.clean")


def clean(context: Context, ref: str) -> str:
    """The fetched parts of a reference, cleaned; the reference of the result. Link rows pass as they are."""
    done = failed = 0
    out = ref
    for part, frame in context.staging.parts(ref):
        rows = rows_of(frame)
        results = dict(clean_many(_mimes(context, rows)))
        for row in rows:
            row.update(_outcome(row, results.get(str(row["origin_id"]))))
            failed += row["failure"] is not None
        done += len(results)
        out = context.staging.write(batch_of(ref), "cleaned", part, rows)
    log.info("%d emails cleaned, %d of them could not be", done, failed)
    return out


def _mimes(context: Context, rows: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        if row["action"] == "new":
            yield str(row["origin_id"]), context.blobs.get(row["mime_sha256"])


def _outcome(row: dict[str, Any], result: CleanedEmail | CleanFailure | None) -> dict[str, str | None]:
    if result is None:
        return {"cleaned": None, "failure": None}
    if isinstance(result, CleanFailure):
        return {"cleaned": None, "failure": f"clean: {result.reason}"}
    if row["attachments"] is not None:
        result = replace(result, attachments=_large_attachments(row["attachments"]))
    return {"cleaned": to_json(result), "failure": None}


def _large_attachments(text: str) -> tuple[AttachmentInfo, ...]:
    """Of a large email the server lists the attachments; its MIME came without them."""
    return tuple(
        AttachmentInfo(
            name=found["name"], size=found["size"], content_type=found["content_type"], inline=found["inline"]
        )
        for found in json.loads(text)
    )
