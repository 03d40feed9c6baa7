"""Writes docs/reference/errors.md from the tables of codes: ``python -m tests.support.errors_page``."""

from __future__ import annotations

from pathlib import Path

from exchange_sync.source.ews.codes import RULES, UNKNOWN
from exchange_sync.source.ews.codes.rule import Consequence, Rule
from exchange_sync.source.ews.refusal import _KNOWN as STATUSES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"
LEVELS = {
    Consequence.INTEGRATION: "integration",
    Consequence.REQUEST: "integration",
    Consequence.VERSION: "integration",
    Consequence.MAILBOX: "mailbox",
    Consequence.DENIED: "mailbox, where it is met on the mailbox or its Inbox",
    Consequence.FOLDER: "mailbox, where it is met on the mailbox or its Inbox",
    Consequence.FOREIGN: "mailbox",
}
HEAD = """# Errors that disable

Made from the tables in `include/exchange_sync/source/ews` by `python -m tests.support.errors_page`; a test compares.
A failure counts once a run; after `EXCHANGE_SYNC_FAILURES` failed runs in a row (3) what is named under *level* is
disabled, and people are told. What is not listed here never disables: a busy or throttling server, time-outs, an
outage (the sync waits), one email (it goes to the quarantine), one folder (it is left out), a forgotten sync state
(the folder is listed again).

A disabled integration says `quota` for `comment_quota_hit` and `syncemail_consumption_limit_exceeded`, else
`sync_error`; `user` means that a person switched it off. How to mend: [when something
fails](../how-to/when-something-fails.md).

## Of our own
| kind | level | when | remedy |
|---|---|---|---|
| `comment_quota_hit` | integration | a part would pass its bucket's quota; nothing of the part is loaded | Raise the \
quota of the bucket, or erase old comments. |
| `all_mailboxes_disabled` | integration | its last mailbox was disabled for an error | Mend the mailboxes. |
| `mailbox_inbox_not_found` | mailbox | the Inbox is not there or may not be read | Give the service account at least \
read-only rights on the Inbox. |
| `not_fresh` | none: it only tells | no success for 5 intervals and 5 minutes | See whether the scheduler runs and \
what the newest run says. |
| `invalid_exchange_credentials` | integration | the server's name is not known, TLS fails, the proxy does not serve, \
or the Airflow connection is missing or does not fit | Correct the connection. |
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, "\n## HTTP answers\n| kind | level | status | remedy |\n|---|---|---|---|\n"]
    for status, (kind, _, remedy) in sorted(STATUSES.items()):
        parts.append(f"| `{kind}` | integration | {status} | {remedy} |\n")
    for level in ("integration", "mailbox"):
        parts.append(f"\n## Answers of Exchange: {level}\n")
        for rule, codes in _rules(level):
            parts.append(f"\n### {rule.kind}\n{rule.remedy or '(an answer to operations that are never called)'}\n\n")
            if LEVELS[rule.consequence] != level:
                parts.append("Only where it is met on the mailbox or its Inbox; elsewhere the folder is left out.\n\n")
            parts.append(f"{', '.join(f'`{code}`' for code in codes)}\n")
    parts.append(f"\n### {UNKNOWN.kind}\n{UNKNOWN.remedy}\n\nAny code that the schema does not hold.\n")
    return "".join(parts)


def _rules(level: str) -> list[tuple[Rule, list[str]]]:
    found: dict[Rule, list[str]] = {}
    for code, rule in RULES.items():
        if LEVELS.get(rule.consequence, "").startswith(level):
            found.setdefault(rule, []).append(code)
    pairs = [(rule, sorted(codes)) for rule, codes in found.items()]
    return sorted(pairs, key=lambda pair: (pair[0].kind, pair[0].remedy, pair[1]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
