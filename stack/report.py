"""What `make demo` prints at its end: a table of the mailboxes, and how to go on from there."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

_COLUMNS = ("folders", "listed", "created", "updated", "unchanged", "quarantined", "pending", "seconds")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line a mailbox, as `exchange-sync status --json` tells it, and a line of sums. Skipped items by reason."""
    width = max([len("mailbox"), *(len(row["mailbox"]) for row in rows)])
    lines = ["  ".join(["mailbox".ljust(width), *(name.rjust(11) for name in _COLUMNS), "skipped"])]
    for row in [*rows, _sums(rows)]:
        cells = [str(_number(row[name])).rjust(11) for name in _COLUMNS]
        lines.append("  ".join([row["mailbox"].ljust(width), *cells, _reasons(row["skipped"])]))
    return "\n".join(lines)


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    skipped: dict[str, int] = {}
    for row in rows:
        for reason, count in row["skipped"].items():
            skipped[reason] = skipped.get(reason, 0) + count
    totals: dict[str, Any] = {name: round(sum(_number(row[name]) for row in rows), 1) for name in _COLUMNS}
    return {"mailbox": "all", "skipped": skipped, **totals}


def _number(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value


def _reasons(skipped: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items())) or "-"


def directions(facts: Mapping[str, Any], dag_id: str, logs: str) -> str:
    """Where to look, how to sign in, what to try and how to stop."""
    port = urlsplit(facts["airflow_url"]).port
    forwards = " ".join(
        f"-L {each}:127.0.0.1:{each}" for each in (port, facts["api_url"] and urlsplit(facts["api_url"]).port) if each
    )
    page, dag = f"http://localhost:{port}/plugin/exchange", f"http://localhost:{port}/dags/{dag_id}"
    control, token = facts["simulator_control_url"], facts["simulator_control_token"]
    api = f"\n  The API for programs: {facts['api_url']}" if facts["api_url"] else ""
    return f"""
Open  {page}

  Sign in as {facts["ui_user"]} with {facts["ui_password"]}, or, to look only, as {facts["viewer_user"]} with \
{facts["viewer_password"]}. There: the integration, its mailboxes,
  and the comments, to search and read. Airflow's own page of its runs: {dag}{api}
  From another machine, first: ssh {forwards} {getpass.getuser()}@{socket.gethostname()}
  A task's log: on Airflow's page click a square of the grid, then the tab Logs. The stack's own logs: {logs}
  All addresses and log-ins: .local/demo.json      The command line: . .local/env && exchange-sync status

Three things to try
  1. Wait a minute and watch: new mail trickles in, and every run's note says what came of it.
  2. Stop the integration on its page, or pause its DAG: nothing is synced. Start it: what came meanwhile is fetched.
  3. Admin > Variables: delete a mailbox's watermark. Everything is listed again, nothing is downloaded or changed.

  A story: make demo-move, make demo-break, make demo-fix; each says what to watch.
  What the simulated Exchange was asked: curl -H 'Authorization: Bearer {token}' {control}/calls
  Stop with: make stop      Remove all data with: make clean
"""
