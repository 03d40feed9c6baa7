"""The rules at each boundary between stages: raw, clean, comment. Data; checks and expectations are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from exchange_sync.model.cleaned import TEXT_LIMIT
from exchange_sync.model.identity import MESSAGE_ID_LIMIT

RAW, CLEAN, COMMENT = "raw", "clean", "comment"
ID_LIMIT = 1_024  # the mirrored API's (reference 2.1)
_ID = r"^(?:[0-9a-f][0-9a-f])+(?:-[0-9a-f]{16})?$"
_SHA256 = r"^[0-9a-f]{64}$"
_NO_NUL = "^[^\\x00]*$"
_EARLIEST = pd.Timestamp("1970-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")


@dataclass(frozen=True)
class Rule:
    """What every value of a column must be.

    expectation: Great Expectations' name of it: not_be_null, match_regex, be_between (both ends included) or
    value_lengths_to_be_between. regex, least, most: what it is held against; None: no bound.
    """

    expectation: str
    column: str
    regex: str = ""
    least: Any = None
    most: Any = None

    @property
    def name(self) -> str:
        """As results and the quarantine name it."""
        return f"{self.expectation}({self.column})"


PRESENT = "expect_column_values_to_not_be_null"
REGEX = "expect_column_values_to_match_regex"
BETWEEN = "expect_column_values_to_be_between"
LENGTHS = "expect_column_value_lengths_to_be_between"


def _present(*columns: str) -> list[Rule]:
    return [Rule(PRESENT, column) for column in columns]


def _texts(*columns: str) -> list[Rule]:
    lengths = [Rule(LENGTHS, column, most=TEXT_LIMIT) for column in columns]
    return lengths + [Rule(REGEX, column, regex=_NO_NUL) for column in columns]


RULES: dict[str, tuple[Rule, ...]] = {
    # What extract hands to clean: where the MIME lies, and what the server said of it.
    RAW: (
        *_present("mime_sha256", "mime_size", "properties", "mailbox", "folder_path"),
        Rule(REGEX, "mime_sha256", regex=_SHA256),
        Rule(BETWEEN, "mime_size", least=1),
    ),
    # What clean hands to enrich: texts within their limits, without NUL.
    CLEAN: (*_present("subject", "body", "signature", "quoted"), *_texts("subject", "body", "signature")),
    # What enrich hands to load: well-formed ids, times with zone in a believable span, complete JSON.
    COMMENT: (
        *_present(
            "comment_id", "message_id", "timestamp", "thread_id", "user_properties", "messages", "attachments", "body"
        ),
        Rule(LENGTHS, "message_id", least=1, most=MESSAGE_ID_LIMIT),
        Rule(REGEX, "comment_id", regex=_ID),
        Rule(LENGTHS, "comment_id", most=ID_LIMIT),
        Rule(BETWEEN, "timestamp", least=_EARLIEST, most=_LATEST),
        *_texts("body", "subject", "quoted"),
    ),
}
