"""Every response code of the schema (exchange2016, ResponseCodeType), by name, with what follows from it."""

from __future__ import annotations

from exchange_sync.source.ews.codes import content, foreign, integration, mailbox, waiting
from exchange_sync.source.ews.codes.rule import Consequence, Rule

TABLES = (integration.TABLE, mailbox.TABLE, waiting.TABLE, content.TABLE, foreign.TABLE)
RULES: dict[str, Rule] = {code: rule for table in TABLES for code, rule in table.items()}

UNKNOWN = Rule(
    Consequence.FOREIGN,
    "unknown_forbidden_error",
    "Exchange answered with a code that Exchange Sync does not know: look it up by its name, and report it.",
)
"""The rule of a code that no table names. It is kept by name in the error; a schema code never comes here."""


def rule_of(code: str) -> Rule:
    """The rule of a response code; UNKNOWN for one that the schema does not hold."""
    return RULES.get(code, UNKNOWN)
