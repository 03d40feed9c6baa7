"""Which SQL asks the database what time it is. Two clocks are one too many: see decision 70."""

from __future__ import annotations

import re

# PostgreSQL's functions and key words for the present moment, its words for it as a literal with a type beside it, and
# age() of one argument, which counts from today.
_ASKS = re.compile(
    r"""\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(
    |\b(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\b
    |'\s*(?:now|today|tomorrow|yesterday)\s*'\s*::
    |\b(?:timestamptz|timestamp|date|time|timestamp\s+with(?:out)?\s+time\s+zone)\s*'\s*(?:now|today|tomorrow|yesterday)
    |\bcast\s*\(\s*'\s*(?:now|today|tomorrow|yesterday)\s*'
    |\bage\s*\([^,()]*\)""",
    re.IGNORECASE | re.VERBOSE,
)


def asks_the_time(sql: str) -> bool:
    """Does this piece of SQL read the database's clock?"""
    return _ASKS.search(sql) is not None
