"""How an integration or a mailbox is, in a word, a sentence and, where something is wrong, its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from exchange_sync.store.incidents import INTERNAL, NOT_FRESH
from exchange_sync.web.pages.shell import ago, span

Tone = Literal["good", "busy", "bad", "idle"]  # the classes of page.css


@dataclass(frozen=True)
class State:
    """word: beside its colour. text: what it means now. remedy: "" where there is nothing to do.

    done, total: emails, while a sync is catching up.
    """

    tone: Tone
    word: str
    text: str = ""
    remedy: str = ""
    done: int | None = None
    total: int | None = None

    @property
    def percent(self) -> int:
        """How far it is; never 100 before it is over."""
        return min(99, 100 * (self.done or 0) // self.total) if self.total else 0


def of_integration(
    row: Mapping[str, Any],
    figures: Mapping[str, Any],
    far: Mapping[str, Any] | None,
    incident: Mapping[str, Any] | None,
    now: datetime,
) -> State:
    """row: the integration's. figures, far, incident: store.overview's of_integrations, progress, open_incidents."""
    never = row["last_run_at"] is None and row["looked_run"] is None
    if not row["enabled"]:
        if never and row["disabled_reason"] == "user":
            return State("idle", "not started yet", "It is switched off.", "Check it and see its plan, then start it.")
        return _switched_off(row, incident, now)
    if not figures["mailboxes"]:
        return State("idle", "no mailbox", "It has no mailbox to read.", "Add one under Edit.")
    if figures["mailboxes"] == figures["stopped"] + figures["disabled"]:
        return State("idle", "nothing to read", "Every mailbox is switched off.", "Start a mailbox.")
    if row["not_before"] and row["not_before"] > now and not _stumbled(row):
        return _waits(row["not_before"], now)
    if incident is not None and incident["kind"] == NOT_FRESH:
        return State("bad", "late", incident["text"].removesuffix(" [freshness]"), incident["remedy"])
    if row["last_error"] and row["consecutive_failures"]:
        return _failing(row)
    if never:
        return State("idle", "not started yet", "Its first run starts within a minute or two.")
    if figures["behind"]:
        return _behind(figures, far)
    trouble = _in_trouble(figures)
    return State("busy", "partly up to date", trouble) if trouble else State("good", "up to date")


def of_mailbox(box: Mapping[str, Any], now: datetime) -> State:
    """box: a row of store.overview.mailboxes."""
    if not box["enabled"]:
        if box["disabled_reason"] == "user":
            return State("idle", "stopped", f"Stopped by a person{_since(box['disabled_at'], now)}.")
        error = box["last_error"] or {}
        told = str(error.get("message", "")) or "It failed several runs in a row."
        return State("bad", "disabled", f"{told}{_ended(box['disabled_at'], now)}", str(error.get("remedy", "")))
    if box["last_error"]:
        return _failing(box)
    if box["not_before"] and box["not_before"] > now:
        return _waits(box["not_before"], now)
    if box["behind"]:
        word = "first sync" if box["synced_until"] is None else "catching up"
        return _progress(word, box["total"], box["remaining"])
    return State("good", "up to date")


def _stumbled(row: Mapping[str, Any]) -> bool:
    """Whether it waits because it failed unexpectedly, and not for a server."""
    return bool(row["consecutive_failures"]) and (row["last_error"] or {}).get("kind") == INTERNAL


def _switched_off(row: Mapping[str, Any], incident: Mapping[str, Any] | None, now: datetime) -> State:
    if row["disabled_reason"] == "user":
        return State("idle", "stopped", f"Stopped by a person{_since(row['disabled_at'], now)}.")
    error = incident or row["last_error"] or {}
    told = str(error.get("text") or error.get("message") or "It failed several runs in a row.")
    word = "disabled: full" if row["disabled_reason"] == "quota" else "disabled"
    return State("bad", word, f"{told}{_ended(row['disabled_at'], now)}", str(error.get("remedy", "")))


def _failing(row: Mapping[str, Any]) -> State:
    error, runs = row["last_error"], row["consecutive_failures"]
    times = f" ({runs} runs in a row)" if runs > 1 else ""
    return State("bad", "failing", f"{error.get('message', '')}{times}", str(error.get("remedy", "")))


def _waits(until: datetime, now: datetime) -> State:
    text = f"The server is busy and asked to be left alone until {until:%H:%M:%S} UTC ({ago(until, now)})."
    return State("busy", "waiting", text, "Nothing to do: it goes on by itself.")


def _behind(figures: Mapping[str, Any], far: Mapping[str, Any] | None) -> State:
    found = _progress("catching up", (far or {}).get("total"), (far or {}).get("remaining"))
    few = f"{figures['behind']:,} of {figures['mailboxes']:,} mailboxes"
    return State("busy", found.word, f"{few}: {found.text}", "", found.done, found.total)


def _progress(word: str, total: int | None, remaining: int | None) -> State:
    if not total:
        return State("busy", word, "its folders are being listed", "", None, None)
    left = min(total, max(0, remaining or 0))
    return State("busy", word, f"about {total - left:,} of {total:,} emails", "", total - left, total)


def _in_trouble(figures: Mapping[str, Any]) -> str:
    counted = (
        (figures["disabled"], "mailbox is disabled", "mailboxes are disabled"),
        (figures["failing"], "mailbox fails", "mailboxes fail"),
        (figures["waiting"], "mailbox waits for a busy server", "mailboxes wait for a busy server"),
    )
    parts = [f"{n:,} {one if n == 1 else several}" for n, one, several in counted if n]
    return f"{', '.join(parts)}." if parts else ""


def _since(moment: datetime | None, now: datetime) -> str:
    return f" {ago(moment, now)}" if moment else ""


def _ended(moment: datetime | None, now: datetime) -> str:
    return f" Switched off {ago(moment, now)}." if moment else ""


def lag(figures: Mapping[str, Any], now: datetime) -> str:
    """How old the oldest news of a switched-on mailbox may be; "" when none was ever synced to its end."""
    if figures["fresh_until"] is None or figures["unsynced"]:
        return ""
    return span(max(timedelta(), now - figures["fresh_until"]))
