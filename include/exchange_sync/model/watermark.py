"""The watermark of a mailbox: small, readable JSON that an operator may read, edit or delete (design decision 5)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from exchange_sync.errors import BadInput

UP_TO_DATE = "up to date"
CATCHING_UP = "catching up"


@dataclass(frozen=True)
class Watermark:
    """How far a mailbox has been synced.

    generation: names the folder states in PostgreSQL to go on from; 0 lists everything.
    synced_until: everything that had arrived by then is a comment, skipped or quarantined; None: never yet.
    pending: emails listed but not yet fetched. note: for people.
    """

    generation: int = 0
    synced_until: datetime | None = None
    pending: int = 0
    note: str = ""

    def to_json(self) -> str:
        """One line of JSON, times in UTC with Z."""
        values = asdict(self)
        values["synced_until"] = None if self.synced_until is None else _format(self.synced_until)
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Watermark:
        """Read it back, whoever wrote it. Raises BadInput that says what was expected."""
        try:
            values = json.loads(text)
            if not isinstance(values, dict):
                raise TypeError
            return cls(
                generation=max(0, int(values.get("generation") or 0)),
                synced_until=_parse(values.get("synced_until")),
                pending=int(values.get("pending") or 0),
                note=str(values.get("note") or ""),
            )
        except (ValueError, TypeError) as error:
            raise BadInput(
                'the watermark is not valid: expected JSON such as {"generation": 12, "synced_until": '
                '"2026-01-31T08:00:00Z"}; mend the Airflow Variable, or delete it to list everything again'
            ) from error


def _format(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse(value: Any) -> datetime | None:
    if value is None:
        return None
    when = datetime.fromisoformat(str(value))
    if when.tzinfo is None:
        raise ValueError("no zone")
    return when.astimezone(UTC)
