"""The oddities that cleaning may meet. Names only: a problem never carries content of the mail."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """What could not be read as declared, or not at all."""

    BASE64_BROKEN = "base64_broken"
    BOUNDARY_MISSING = "boundary_missing"
    CHARSET_BROKEN = "charset_broken"
    CHARSET_GUESSED = "charset_guessed"
    CHARSET_UNKNOWN = "charset_unknown"
    CHARSET_WRONG = "charset_wrong"
    CLEANER_FAILED = "cleaner_failed"
    DATE_UNREADABLE = "date_unreadable"
    DEPTH_LIMIT = "depth_limit"
    EMPTY_MESSAGE = "empty_message"
    ENCODING_UNKNOWN = "encoding_unknown"
    ENCRYPTED = "encrypted"
    HEADER_LIMIT = "header_limit"
    HEADER_MALFORMED = "header_malformed"
    MESSAGE_TRUNCATED = "message_truncated"
    PARTS_LIMIT = "parts_limit"
    PEOPLE_LIMIT = "people_limit"
    TEXT_REPAIRED = "text_repaired"
    TEXT_TRUNCATED = "text_truncated"
    TNEF_BROKEN = "tnef_broken"
    UUENCODE_BROKEN = "uuencode_broken"


class Problems:
    """Collects problems in the order in which they were met, each once."""

    def __init__(self) -> None:
        self._met: dict[Problem, None] = {}

    def note(self, problem: Problem) -> None:
        """Remembers a problem."""
        self._met[problem] = None

    def __contains__(self, problem: Problem) -> bool:
        return problem in self._met

    def names(self) -> tuple[str, ...]:
        """The names met, in order."""
        return tuple(problem.value for problem in self._met)
