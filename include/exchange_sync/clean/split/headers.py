"""Finds blocks of quoted headers (From/Sent/To/Subject) in any language of the table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exchange_sync.clean.split.evidence import has_address, has_clock, has_date
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import read

_KINDS = ("from", "date", "to", "cc", "subject", "other")


def _labels() -> dict[str, dict[str, str]]:
    """label -> {language: kind}."""
    labels: dict[str, dict[str, str]] = {}
    for language, columns in read("headers"):
        for kind, names in zip(_KINDS, columns, strict=True):
            for name in names:
                labels.setdefault(name, {})[language] = kind
    return labels


_LABELS = _labels()
_LONGEST = max(map(len, _LABELS))
_MAX_BLOCK = 60  # lines; long recipient lists wrap
_MAX_CONTINUATION = 40
_MAX_GAP = 2  # blank lines between two headers; some programs write one after each

# Bold and italic marks that a converter left around a label: "*From:*", "**From**:", "_From:_".
_MARKS = "*_ \t"
_COLON = re.compile(r"[:：]")
# fields of a raw header, and what their folded lines hold
_RAW = re.compile(
    r"^(?:received|message-id|mime-version|content-(?:type|transfer-encoding)|return-path|x-[\w\-]{2,40}|dkim-signature|"
    r"in-reply-to|references|delivered-to|user-agent|thread-(?:topic|index))\s?:",
    re.IGNORECASE,
)
_ID = ("message-id", "message id")
_FOLDED = re.compile(r"(?<!\w)(?:id|with|by|for|boundary|charset)(?!\w)|[+-]\d{4}(?: \(\w{1,9}\))?$")
_NEAR = 40  # lines below a head in which the next one is looked for
_FOREIGN = re.compile(r"^[^\W\d_][^:：<>@]{1,30}[:：]\s{1,3}\S")
_CONTINUES = re.compile(r"^(?:<|\[|\(|mailto:|;|,)|[;,>\])]$|@")


def label_of(text: str) -> tuple[str, str] | None:
    """(label in lower case, value) if the line starts with a known header label and a colon, else None."""
    head = text[: _LONGEST + 6]
    if ":" not in head and "：" not in head:
        return None
    colon = _COLON.search(head)
    if colon is None:
        return None
    label = head[: colon.start()].strip(_MARKS).lower()
    if label not in _LABELS:
        return None
    return label, text[colon.end() :].strip(_MARKS)


@dataclass(frozen=True)
class Block:
    """Lines up to `end` that look like headers. convincing: they are a quoted message's, not an author's own list.

    kinds: of its labels, in order ("from", "date", …). timed: its date has a time of day, as programs write it.
    """

    end: int
    convincing: bool
    kinds: tuple[str, ...] = ()
    timed: bool = False

    def heads_history(self, lines: Sequence[Line], start: int, *, answers: bool | None) -> bool:
        """True if a block that no delimiter and no name of Lotus Notes introduces is the head of a quoted message.

        Programs write the sender first. A mail that answers nothing quotes with sender, date and subject or not at all;
        a form, a fax or a ticket has other labels, or others first. A message copied raw has fields that only
        programs write; a report or a trace that tells of one has no more than its id. answers: as in MailFacts.
        """
        kinds = set(self.kinds)
        raw = [index for index in range(start - 1, self.end + 1) if _is_raw(lines, index)]
        if any(not lines[index].text.lower().startswith(_ID) for index in raw):
            return True
        if raw and (answers is not False or "date" in kinds):
            return True
        if answers is False and (self.kinds.count("from") > 1 or _is_form(lines, start, self.end)):
            return False
        if "subject" not in kinds and _is_journey(lines, start, self.end):
            return False
        if self.kinds[:1] == ("from",):
            whole = {"from", "date", "subject"} <= kinds
            return answers is not False or (whole and (self.timed or _follows_another(lines, self.end)))
        if answers is False:
            return False
        if self.kinds[:1] == ("to",):
            return "subject" in kinds and bool(kinds & {"cc", "from", "date"})
        if {"from", "date", "to", "subject"} <= kinds:
            return True
        return self.kinds[:1] == ("date",) and not _has_foreign_label(lines, self.end)


def _is_raw(lines: Sequence[Line], index: int) -> bool:
    """True if a line belongs to a message's raw header: a field that people do not write, or its folded end."""
    if not 0 <= index < len(lines):
        return False
    line = lines[index]
    return _RAW.match(line.text) is not None or (
        line.raw.startswith((" ", "\t")) and _FOLDED.search(line.text) is not None
    )


def _has_foreign_label(lines: Sequence[Line], index: int) -> bool:
    """True if "Label: value" stands on this line with a label that no header has: around a block it is a form's."""
    return 0 <= index < len(lines) and _FOREIGN.match(lines[index].text) is not None


def _is_journey(lines: Sequence[Line], start: int, end: int) -> bool:
    """True if a block without an address goes on with a label that no header has: From Rome, to Oslo, seat 12A."""
    return _has_foreign_label(lines, end) and not any(has_address(line.text) for line in lines[start:end])


def _is_form(lines: Sequence[Line], start: int, end: int) -> bool:
    """True if labels that no header has stand in a block, right above or right below it. One behind the recipients is
    likely a copy's, in words that the table does not have."""
    for index in range(start - 1, end + 1):
        if _has_foreign_label(lines, index) and label_of(lines[index].text) is None:
            above = label_of(lines[index - 1].text) if start < index < end else None
            if above is None or "to" not in _LABELS[above[0]].values():
                return True
    return False


def _follows_another(lines: Sequence[Line], end: int) -> bool:
    """True if a second head stands soon below: a form or a memo has one, a thread as many as it has mails."""
    labels = [label_of(line.text) for line in lines[end + 1 : end + 1 + _NEAR]]
    kinds = [set(_LABELS[label[0]].values()) if label else set() for label in labels]
    return any("from" in one and "date" in other for one, other in zip(kinds, kinds[1:], strict=False))


def block_at(lines: Sequence[Line], start: int, *, trusted: bool) -> Block | None:
    """The block of "Label: value" lines that starts at `start`, or None if that line has no known label.

    trusted: a delimiter ("-----Original Message-----") stands before it, so less evidence is needed.
    A part of a block that does not convince cannot convince either: whoever looks on may go on behind it.
    """
    if len(lines[start].text) > 4 * MARK_LENGTH or label_of(lines[start].text) is None:
        return None
    fields, end = _collect(lines, start)
    if not fields:  # a label before a line too long for a header
        return None
    convincing, kinds = _convinces(fields, trusted)
    timed = any(has_clock(value[:MARK_LENGTH]) for _, value in fields)
    return Block(end, convincing, kinds, timed)


def _collect(lines: Sequence[Line], start: int) -> tuple[list[tuple[str, str]], int]:
    """The (label, value) pairs from `start` on, and the line after the last of them."""
    fields: list[tuple[str, str]] = []
    position, end, gap, continued = start, start, 0, 0
    while position < min(len(lines), start + _MAX_BLOCK):
        line = lines[position]
        found = label_of(line.text) if len(line.text) <= 4 * MARK_LENGTH else None
        if found is not None:
            fields += [found, *_inline(found[1])]
            end, gap, continued = position + 1, 0, 0
        elif line.blank:
            gap += 1
            if gap > _MAX_GAP:
                break
        elif gap == 0 and continued < _MAX_CONTINUATION and _is_continuation(lines, position, fields):
            continued += 1
            end = position + 1
        else:
            break
        position += 1
    return fields, end


def _inline(value: str) -> list[tuple[str, str]]:
    """The headers that follow on the same line: "a@b.c Date: Monday To: ...", each with what stands behind it."""
    found = []
    for colon in _COLON.finditer(value[:MARK_LENGTH]):
        words = value[max(0, colon.start() - _LONGEST) : colon.start()].split()
        for take in (2, 1):
            label = " ".join(words[-take:]).strip(_MARKS).lower()
            if len(words) > take and label in _LABELS:
                found.append((label, value[colon.end() :].strip()))
                break
    return found


def _is_continuation(lines: Sequence[Line], position: int, fields: list[tuple[str, str]]) -> bool:
    """True if an unlabelled line goes on with the header before it: a wrapped list or a wrapped subject."""
    text, before = lines[position].text, lines[position - 1].text
    if _CONTINUES.search(text) or before.endswith((",", ";", "[mailto:", "<")) or not fields[-1][1]:
        return True
    following = lines[position + 1].text if position + 1 < len(lines) else ""
    return label_of(following) is not None


def _convinces(fields: list[tuple[str, str]], trusted: bool) -> tuple[bool, tuple[str, ...]]:
    """Whether these are headers of a message and not an author's own list of "Label: value" lines, and their kinds.

    Two kinds in one language with an address or a date, three with the same or four without; two if trusted.
    """
    votes: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    for label, _ in fields:
        for language, kind in _LABELS[label].items():
            seen.setdefault(language, set()).add(kind)
    for language, kinds in seen.items():
        votes[language] = len(kinds - {"other"})
    language, count = votes.most_common(1)[0]
    kinds = seen[language]
    order = tuple(_LABELS[label][language] for label, _ in fields if language in _LABELS[label])
    return _is_enough(fields, kinds, language, count, trusted=trusted), order


def _is_enough(fields: list[tuple[str, str]], kinds: set[str], language: str, count: int, *, trusted: bool) -> bool:
    if not kinds & {"from", "date", "to"}:
        return False
    if trusted:
        return count >= 2 or "from" in kinds
    if count >= 4:
        return True
    proof = any(
        has_address(value) or (_LABELS[label].get(language) == "date" and has_date(value)) for label, value in fields
    )
    return count >= 2 and proof
