"""The oddities that cleaning may meet. Names only: a problem never carries content of the mail."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Problem(StrEnum):
    """What could not be read as declared, or not at all. meaning: for people, as docs/reference/problems.md has it."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Self:
        problem = str.__new__(cls, name)
        problem._value_ = name
        problem.meaning = meaning
        return problem

    BASE64_BROKEN = "base64_broken", "letters, padding or text that base64 does not have"
    BOUNDARY_MISSING = "boundary_missing", "a multipart whose boundary is absent: guessed, or read as text"
    CHARSET_BROKEN = "charset_broken", "some bytes are not of the charset: replaced by U+FFFD"
    CHARSET_GUESSED = "charset_guessed", "no charset declared, or not the true one: detected"
    CHARSET_UNKNOWN = "charset_unknown", "a declared charset that nobody knows, or that is not one of mail"
    CHARSET_WRONG = "charset_wrong", "declared as something else, but UTF-8"
    CLEANER_FAILED = "cleaner_failed", "a fault of the cleaner itself: the raw text is kept as the body"
    DATE_UNREADABLE = "date_unreadable", "a Date that is none, or absurd"
    DEPTH_LIMIT = "depth_limit", "multiparts nested deeper than is read"
    EMPTY_MESSAGE = "empty_message", "nothing but white space"
    ENCODING_UNKNOWN = "encoding_unknown", "a Content-Transfer-Encoding that nobody knows: read as it stands"
    ENCRYPTED = "encrypted", "the text, or a part of it, can only be read with a key"
    HEADER_LIMIT = "header_limit", "more or longer header fields than are read"
    HEADER_MALFORMED = "header_malformed", "lines among the header fields that are none"
    MESSAGE_TRUNCATED = "message_truncated", "a message larger than is read"
    PARTS_LIMIT = "parts_limit", "more MIME parts than are read"
    PEOPLE_LIMIT = "people_limit", "more correspondents in a field than are read"
    TEXT_REPAIRED = "text_repaired", "text that was encoded twice: repaired"
    TEXT_TRUNCATED = "text_truncated", "a text longer than is read"
    TNEF_BROKEN = "tnef_broken", "a winmail.dat that cannot be read: kept as an attachment"
    UUENCODE_BROKEN = "uuencode_broken", "a file inside the text with damaged lines"


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


_HEAD = """# Problems

What cleaning met in an email that it could not read as declared. Their names stand in a comment's `problems`; none of
them keeps a comment from being made. Beside them, `timestamp_not_from_date` says that the mail's own Date was missing
or absurd. This page is made by `python -m exchange_sync.clean.problems`; a test holds it up to date.

| Name | Meaning |
|---|---|
"""


def problems_page() -> str:
    """The reference page in Markdown, one row a problem."""
    return _HEAD + "".join(f"| `{problem.value}` | {problem.meaning} |\n" for problem in Problem)


if __name__ == "__main__":
    print(problems_page(), end="")
