"""Tells a paragraph from a line: what the mail's own styles say of the room above and below an element.

Evidence, strongest first: the element's style, the mail's <style> for its class or tag, then what Word means by its
classes. A <p> without any of these has the blank line that every mail program shows around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_sync.clean.html.elements import names

Gap = tuple[bool | None, bool | None]  # room above, below; None: not said

# Word sets no room around these unless a style says so. OWA and others put "x_" before the names.
_WORD_LINES = names(
    "MsoNormal MsoNoSpacing MsoPlainText MsoListParagraph MsoListParagraphCxSpFirst MsoListParagraphCxSpMiddle"
    " MsoListParagraphCxSpLast MsoAutoSig MsoSignature MsoHeader MsoFooter MsoAcetate xmsonormal xmsolistparagraph"
)
_UNSAID: Gap = (None, None)
_SHEET = 30_000  # characters of <style> that are read; Word's own have about 5,000
_RULES = 400
_DECLARATIONS = 40
_ROOM = 4.0  # points or pixels from which on a margin is seen as an empty line
_FONT = 12.0  # points of an em
_STYLED = names("p div li ul ol pre h1 h2 h3 h4 h5 h6")


class Margins:
    """The vertical margins of one document's elements. sheets: the text of its <style> elements."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self._rules = _read_sheets(sheets)

    def breaks(self, tag: str, attributes: Mapping[str, str | None], usual: int) -> tuple[int, int]:
        """Line breaks above and below an element: 1 for a new line, 2 for a blank line too; `usual` if none is said."""
        above, below = _of_style(attributes.get("style") or "")
        classes = (attributes.get("class") or "").split()
        for name in classes[:10]:
            above, below = _or((above, below), self._rules.get(f"{tag}.{name}") or self._rules.get(f".{name}"))
        above, below = _or((above, below), self._rules.get(tag))
        if any(name.removeprefix("x_") in _WORD_LINES for name in classes[:10]):
            above, below = _or((above, below), (False, False))
        if tag in ("ul", "ol") and above is False and below is None:  # Word states the upper margin of a list alone
            below = False
        return _breaks(above, usual), _breaks(below, usual)


def _breaks(room: bool | None, usual: int) -> int:
    return usual if room is None else 1 + room


def _or(gap: Gap, other: Gap | None) -> Gap:
    """The gap, with what it does not say taken from the other."""
    if other is None:
        return gap
    return (other[0] if gap[0] is None else gap[0], other[1] if gap[1] is None else gap[1])


def _read_sheets(sheets: Sequence[str]) -> dict[str, Gap]:
    """selector ("p", "p.MsoNormal", ".MsoNormal") -> gap, of the rules that speak of margins."""
    rules: dict[str, Gap] = {}
    text = "\n".join(sheets)[:_SHEET]
    if "margin" not in text.lower():
        return rules
    for rule in text.split("}")[:_RULES]:
        selectors, opened, style = rule.rpartition("{")
        if not opened or "margin" not in style.lower() or "@" in selectors:
            continue
        gap = _of_style(style)
        for selector in selectors.rpartition("*/")[2].replace("<!--", "").split(",")[:40]:
            name = selector.strip()
            tag, dot, class_name = name.partition(".")
            key = f"{tag.lower()}{dot}{class_name}"
            if tag.lower() in _STYLED or (dot and not tag):
                rules[key] = _or(gap, rules.get(key))
    return rules


def _of_style(style: str) -> Gap:
    """The gap that the declarations of a style state; the last of them wins."""
    above: bool | None = None
    below: bool | None = None
    if "margin" not in style.lower():
        return _UNSAID
    for declaration in style.lower().split(";")[:_DECLARATIONS]:
        name, _, value = declaration.partition(":")
        match name.strip():
            case "margin":
                parts = value.replace("!important", "").split()
                if parts:
                    above, below = _is_room(parts[0]), _is_room(parts[2 if len(parts) > 2 else 0])
            case "margin-top" | "mso-margin-top-alt":
                above = _is_room(value, above)
            case "margin-bottom" | "mso-margin-bottom-alt":
                below = _is_room(value, below)
    return above, below


def _is_room(value: str, before: bool | None = None) -> bool | None:
    """True if a length is seen as an empty line; Word's "auto" is what the reading program has for paragraphs."""
    value = value.replace("!important", "").strip()
    if value.startswith("auto"):
        return True
    number = value.rstrip("abcdefghijklmnopqrstuvwxyz%")
    try:
        size = float(number)
    except ValueError:
        return before
    unit = value[len(number) :]
    factor = {"em": _FONT, "rem": _FONT, "cm": 28.35, "mm": 2.835, "in": 72.0}.get(unit, 1.0)
    return size * factor >= _ROOM
