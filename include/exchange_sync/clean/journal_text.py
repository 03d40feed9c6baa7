"""The text of a journal report: ``Sender: …``, ``Message-Id: …``, ``To: …, Expanded: …``, in English everywhere.

Exchange 2003 writes ``Recipients:`` and below it a line a person; later ones a line a person with how it was addressed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from exchange_sync.clean.headers import one_line
from exchange_sync.clean.ids import read_ids

_LINE = re.compile(
    r"(sender|from|subject|message-id|to|cc|bcc|recipients?|on-behalf-of|label|sentutc|receivedutc|directory)"
    r"[ \t]{0,5}:(.*)",
    re.IGNORECASE,
)
_PEOPLE = ("to", "cc", "bcc", "recipient", "recipients", "on-behalf-of")
_CONTINUED = (*_PEOPLE, "message-id", "sender")
_ADDRESS = re.compile(r"[^\s<>,;:\"'()@]{1,256}@[^\s<>,;:\"'()@]{1,256}")
_LINES, _MOST = 20_000, 4_096  # lines that are read, and people


@dataclass(frozen=True)
class ReportText:
    """people: (label in lower case, address), in order, each once. rest: the lines that are no report's.

    unreadable: a line of people names somebody by something else than an address.
    """

    sender: str = ""
    subject: str = ""
    message_id: str = ""
    people: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    unreadable: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it is a report and nothing else."""
        return bool(self.sender and self.message_id and not self.rest.strip())

    def of(self, *labels: str) -> tuple[str, ...]:
        """The addresses of these labels."""
        return tuple(dict.fromkeys(address for label, address in self.people if label in labels))

    def beside(self, outer: ReportText) -> ReportText:
        """This one, with the people and the rest of a report around it."""
        rest = "\n\n".join(text for text in (self.rest, outer.rest) if text.strip())
        people = tuple(dict.fromkeys((*self.people, *outer.people)))[:_MOST]
        return replace(self, people=people, rest=rest, unreadable=self.unreadable or outer.unreadable)


def read_report_text(text: str) -> ReportText:
    """Of a report's text. Never raises; the time is linear."""
    lines = text.splitlines()
    values: dict[str, str] = {}
    people: dict[tuple[str, str], None] = {}
    rest: list[str] = []
    label, unreadable = "", False
    for line in lines[:_LINES]:
        shown = line.strip()
        found = _LINE.fullmatch(shown)
        if found:
            label, value = found[1].lower(), found[2].strip()
            values.setdefault(label, value)
        elif shown and label in _CONTINUED and ("@" in shown or ">" in shown):
            value = shown
            values[label] = (values[label] + shown)[:2_000]
        else:
            rest += [line] if shown or rest else []
            continue
        if label in _PEOPLE and value and len(people) < _MOST:
            addresses = _ADDRESS.findall(value)
            people.update(dict.fromkeys((label, address) for address in addresses))
            unreadable = unreadable or not addresses
    senders = _ADDRESS.findall(values.get("sender", "") or values.get("from", ""))
    return ReportText(
        sender=next(iter(senders), ""),
        subject=one_line(values.get("subject", "")),
        message_id=next(iter(read_ids([values.get("message-id", "")])), ""),
        people=tuple(people),
        rest="\n".join([*rest, *lines[_LINES:]]).strip("\n"),
        unreadable=unreadable,
    )
