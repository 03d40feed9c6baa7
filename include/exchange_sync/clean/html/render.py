"""Walks an HTML tree and writes it down as lines, each with how deep it is quoted.

The walk uses no recursion, so nesting cannot exhaust the stack, and looks at each node once.
"""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from exchange_sync.clean.html.containers import Attributes, Role, is_coloured, role_of
from exchange_sync.clean.html.elements import (
    BLOCKS,
    CELLS,
    DROPPED,
    PARAGRAPHS,
    SPACED,
    is_hidden,
    is_list_mark,
    is_pixel,
)
from exchange_sync.clean.html.guard import harmless
from exchange_sync.clean.html.margins import Margins
from exchange_sync.clean.html.writer import Writer
from exchange_sync.clean.links import unwrap_links, without_tracking
from exchange_sync.clean.normal import CUT_MARK
from exchange_sync.clean.split.line import Line

_LOOKS = 50  # elements whose content is read to tell their role
_SHEETS = 10  # <style> elements that are read for margins
_NODES = 100_000  # far more than 65,536 characters need


@dataclass(slots=True)
class _Open:
    """An element that must be closed: its tag, its role, the address and the breaks to write behind it."""

    tag: str
    role: Role
    href: str = ""
    start: int = 0
    breaks: int = 0


def html_lines(html: str) -> list[Line]:
    """The lines of a document. If nothing is left without the hidden parts, with them."""
    tree = LexborHTMLParser(harmless(html))
    root = tree.body or tree.root
    if root is None:
        return []
    margins = Margins([sheet.text() for sheet in tree.css("style")[:_SHEETS]])
    lines = _Walk(margins, show_hidden=False).run(root)
    if not any(line.text for line in lines):
        lines = _Walk(margins, show_hidden=True).run(root)
    return lines


class _Walk:
    """One walk over a tree."""

    def __init__(self, margins: Margins, *, show_hidden: bool) -> None:
        self._margins = margins
        self._show_hidden = show_hidden
        self._out = Writer()
        self._looks = _LOOKS
        self._open: dict[int, _Open] = {}

    def run(self, root: LexborNode) -> list[Line]:
        """Visits every node below `root` in document order."""
        node: LexborNode | None = root
        for _ in range(_NODES):
            if node is None:
                return self._out.finish()
            child = node.child if self._enter(node) else None
            if child is not None:
                node = child
                continue
            while node is not None:
                self._leave(node)
                if node.mem_id == root.mem_id:
                    return self._out.finish()
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent
        self._out.block(1)
        self._out.text(CUT_MARK.strip())
        return self._out.finish()

    def _enter(self, node: LexborNode) -> bool:
        """Writes what the node begins with; False if its children are not to be visited."""
        if node.is_text_node:
            self._out.text(node.text_content or "")
            return False
        tag = node.tag or ""
        if not node.is_element_node or tag in DROPPED:
            return False
        attributes = node.attributes
        if attributes and not self._show_hidden and is_hidden(attributes):
            return False
        if tag == "span" and is_list_mark(attributes):
            self._out.list_mark(node.text(separator=""))
            return False
        role = self._role(node, tag, attributes)
        breaks = self._begin(tag, attributes)
        if role is not Role.NONE:
            self._out.enter(role)
        if role is not Role.NONE or tag == "a" or breaks:
            href = attributes.get("href") or "" if tag == "a" else ""
            self._open[node.mem_id] = _Open(tag, role, href, self._out.position(), breaks)
        return True

    def _role(self, node: LexborNode, tag: str, attributes: Attributes) -> Role:
        """The element's role; at most so many elements are read through to tell it, lest nesting cost its square."""
        if not attributes and tag != "blockquote":
            return Role.NONE
        look = self._looks > 0 and not self._out.in_history()
        role = role_of(node, tag, attributes, look_inside=look)
        if role is Role.NONE and self._out.is_at_top() and is_coloured(tag, attributes):
            return Role.BOX
        if role in (Role.REPLY, Role.HISTORY) or "border-top" in (attributes.get("style") or ""):
            self._looks -= 1
        return role

    def _begin(self, tag: str, attributes: Attributes) -> int:
        """Line breaks, bullets and images. Returns the breaks to write behind the element; 0 for its tag's own."""
        below = 0
        if tag == "br":
            self._out.line_break()
        elif tag in CELLS:
            self._out.cell()
        elif tag in PARAGRAPHS:
            above, below = self._margins.breaks(tag, attributes, 2) if tag in SPACED else (2, 2)
            self._out.block(above)
            if tag in ("ul", "ol"):
                self._out.list_begin(ordered=tag == "ol")
            elif tag == "pre":
                self._out.preformatted(1)
        elif tag in BLOCKS:
            self._out.block(2 if tag == "hr" else 1)
            if tag == "li":
                self._out.bullet()
            elif tag == "tr":
                self._out.row_begin()
        elif tag == "img" and not is_pixel(attributes):
            self._out.image(attributes.get("alt") or "")
        return below

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        opened = self._open.pop(node.mem_id, None)
        if opened is not None and opened.tag == "a":
            self._out.link(without_tracking(unwrap_links(opened.href.strip())), opened.start)
        if not node.is_element_node or tag in DROPPED or tag == "br":
            return
        if tag in PARAGRAPHS:
            self._out.block(opened.breaks if opened is not None and opened.breaks else 2)
            if tag in ("ul", "ol"):
                self._out.list_end()
            elif tag == "pre":
                self._out.preformatted(-1)
        elif tag == "tr":
            self._out.row_end()
        elif tag in BLOCKS:
            self._out.block(1)
        elif tag in CELLS:
            self._out.cell_end()
        if opened is not None and opened.role is not Role.NONE:
            self._out.leave(opened.role)
