"""Clean: each fetched MIME becomes text and headers; what cannot be cleaned is marked for the quarantine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from exchange_sync.clean.contents import attachment_contents
from exchange_sync.clean.safety import CleanFailure, WarmCleaner, clean_many
from exchange_sync.model.cleaned import AttachmentInfo, CleanedEmail
from exchange_sync.model.serial import cleaned_to_json, properties_from_json, to_json
from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.context import Stores
from exchange_sync.pipeline.identify import identified, mail_properties
from exchange_sync.pipeline.parts import LINK
from exchange_sync.pipeline.rows import batch_of
from exchange_sync.pipeline.validation import mark_failing
from exchange_sync.quality.suites import RAW
from exchange_sync.store import blobs

log = logging.getLogger("exchange_sync.clean")


_PLAIN, _PLAIN_MAIL = "0", b"From: a@example.com\r\nSubject: plain\r\n\r\nHello\r\n"  # an origin's id is never 0
_NOTHING = dict.fromkeys(("cleaned", "stored", "failure", "skipped", "mark", "participants"))


def clean(context: Stores, ref: str, cleaner: WarmCleaner | None = None) -> str:
    """The fetched parts of a reference, cleaned and identified; the reference of the result. Link rows pass as they
    are. cleaner: one that is kept; None starts one for each part."""
    many = cleaner.clean_many if cleaner else clean_many
    done = failed = 0
    out = ref
    for part, rows in context.staging.parts(ref):
        mark_failing(context, batch_of(ref), RAW, [row for row in rows if row["action"] != LINK])
        results = dict(many(_mimes(context, rows)))
        for row in rows:
            try:
                row.update(_outcome(context, row, results.get(str(row["origin_id"]))))
            except unexpected.passing:
                raise
            except Exception as error:  # noqa: BLE001 - the email's quarantine is the consequence
                unexpected.not_the_disks(error)
                row.update(_NOTHING, failure=f"clean: {unexpected.code_of(error)}")
            failed += row["failure"] is not None
        done += len(results)
        context.blobs.sync()
        out = context.staging.write(batch_of(ref), "cleaned", part, rows)
    log.info("%d emails cleaned, %d of them could not be", done, failed)
    return out


def works() -> bool:
    """Whether a plain mail can be cleaned here. Where it cannot, nothing says that the mails are bad."""
    return all(isinstance(result, CleanedEmail) for _, result in clean_many([(_PLAIN, _PLAIN_MAIL)]))


def _mimes(context: Stores, rows: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        if row["action"] != LINK and row.get("failure") is None:
            try:
                mime = context.blobs.get(row["mime_sha256"])
            except Exception as error:  # noqa: BLE001 - as above
                row["failure"] = f"clean: {unexpected.code_of(error)}"
            else:
                yield str(row["origin_id"]), mime


def _outcome(context: Stores, row: dict[str, Any], result: CleanedEmail | CleanFailure | None) -> dict[str, Any]:
    if result is None:
        return {**_NOTHING, "failure": row.get("failure")}
    if isinstance(result, CleanFailure):
        return {**_NOTHING, "failure": f"clean: {result.reason}"}
    identity = identified(row, result.envelope)
    if identity["skipped"]:
        return {**_NOTHING, **identity}
    if row["attachments"] is not None:
        result, stored = _large_attachments(result, json.loads(row["attachments"]))
    else:
        stored = _keep_contents(context, row, result)
    told = row["properties"]
    if result.journal:
        told = to_json(mail_properties(properties_from_json(told), result))
    return {
        **_NOTHING, **identity, "properties": told, "cleaned": cleaned_to_json(result), "stored": json.dumps(stored),
    }  # fmt: skip


def _large_attachments(result: CleanedEmail, found: list[dict[str, Any]]) -> tuple[CleanedEmail, list[str | None]]:
    """Of a large email the server lists the attachments, and those wanted were streamed; its MIME came without."""
    listed = tuple(
        AttachmentInfo(
            name=item["name"], size=item["size"], content_type=item["content_type"], inline=item["inline"],
            sha256=item["sha256"],
        )
        for item in found
    )  # fmt: skip
    return replace(result, attachments=listed), [item["sha256"] for item in found]


def _keep_contents(context: Stores, row: dict[str, Any], result: CleanedEmail) -> list[str | None]:
    """Store the attachments that the mailbox's mode asks for; their SHA-256 by place, None for those not kept."""
    mode = row["attachment_mode"]
    wanted = [mode == "all" or (mode == "not_inline" and not item.inline) for item in result.attachments]
    if not any(wanted):
        return [None] * len(wanted)
    stored: list[str | None] = [None] * len(wanted)

    def remember(sha256: str, size: int) -> None:
        blobs.remember(context.db, sha256, size, context.clock())

    for place, content in attachment_contents(context.blobs.get(row["mime_sha256"])):
        if place < len(wanted) and wanted[place]:
            stored[place] = context.blobs.put(content, remember=remember)
    return stored
