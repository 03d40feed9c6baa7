"""The preview of how mails are cut, as one HTML page or as columns in a terminal. Mail is hostile: it is shown as text.

Everything is escaped, the page's policy lets nothing be loaded or run, and no control character reaches a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from exchange_sync.pipeline.preview import PARTS, Cut

_TITLES = {"body": "Body", "signature": "Signature", "quoted": "History"}
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>How mails are cut</title>
<style>
body {font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #222}
h2 {font-size: 1rem; margin: 2rem 0 .3rem} h2 small {color: #666; font-weight: normal}
table {border-collapse: collapse; width: 100%; table-layout: fixed}
th, td {border: 1px solid #ccc; padding: .4rem .6rem; vertical-align: top; text-align: left}
th {background: #f3f3f3; font-weight: 600} th.row {width: 4.5rem}
td {white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext}
td.other {background: #fff6d6} .failed {color: #a00}
</style></head><body>
"""
_COLUMN = 24  # the least width of a column side by side
_WIDEST = 60
_LINES = 400  # of each part that a terminal is shown


def html_page(found: Iterable[Cut], before: Mapping[str, Cut]) -> Iterator[str]:
    """The page in pieces. before: what an earlier cleaner made of them, by name; shown above where it differs."""
    yield _HEAD
    yield "<h1>How mails are cut</h1>\n"
    for cut in found:
        yield _section(cut, before.get(cut.name))
    yield "</body></html>\n"


def _section(cut: Cut, before: Cut | None) -> str:
    told = " · ".join(part for part in (cut.sender, ", ".join(cut.problems)) if part)
    head = f"<h2>{escape(cut.subject or '(no subject)')} <small>{escape(cut.name)} · {escape(told)}</small></h2>\n"
    if cut.failure:
        return f'{head}<p class="failed">It could not be cleaned: {escape(cut.failure)}</p>\n'
    rows = [_row("now", cut, before)]
    if before is not None and _differs(cut, before):
        rows.insert(0, _row("before", before, cut))
    titles = "".join(f"<th>{_TITLES[part]}</th>" for part in PARTS)
    return f'{head}<table><tr><th class="row"></th>{titles}</tr>{"".join(rows)}</table>\n'


def _row(label: str, cut: Cut, other: Cut | None) -> str:
    cells = ""
    for part in PARTS:
        differs = other is not None and getattr(other, part) != getattr(cut, part)
        opening = '<td class="other">' if differs else "<td>"
        cells += f"{opening}{escape(getattr(cut, part))}</td>"
    return f'<tr><th class="row">{label}</th>{cells}</tr>'


def _differs(cut: Cut, other: Cut) -> bool:
    return any(getattr(cut, part) != getattr(other, part) for part in PARTS)


def columns(cut: Cut, width: int) -> Iterator[str]:
    """The lines that a terminal of this width shows: the parts side by side, one below the other where it is narrow."""
    yield _shown(f"── {cut.name}: {cut.subject}")
    if cut.failure:
        yield f"   could not be cleaned: {cut.failure}"
        return
    column = min(_WIDEST, (width - 6) // 3)
    if column < _COLUMN:
        for part in PARTS:
            yield f"[{_TITLES[part]}]"
            yield from _wrapped(getattr(cut, part), max(width, _COLUMN))
        return
    parts = [[_TITLES[part], "─" * column, *_wrapped(getattr(cut, part), column)] for part in PARTS]
    for index in range(max(map(len, parts))):
        cells = (_padded(part[index] if index < len(part) else "", column) for part in parts)
        yield " │ ".join(cells).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; wide signs take two."""
    lines: list[str] = []
    for raw in text.split("\n"):
        line, used = "", 0
        for sign in _shown(raw):
            size = _width(sign)
            if used + size > width:
                lines.append(line)
                line, used = "", 0
            line, used = line + sign, used + size
        lines.append(line)
        if len(lines) >= _LINES:
            return [*lines[:_LINES], "…"]
    return lines


def _padded(text: str, width: int) -> str:
    return text + " " * (width - sum(map(_width, text)))


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _shown(text: str) -> str:
    """The text without signs that would steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
