"""Which HTML elements break lines, which are dropped, and which are not meant to be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping


def names(text: str) -> frozenset[str]:
    """The set of the names in a text, which spaces separate."""
    return frozenset(text.split())


DROPPED = names("script style head title meta link template svg math object embed applet iframe noframes map")
PARAGRAPHS = names("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table figure")
SPACED = names("p ul ol h1 h2 h3 h4 h5 h6 pre")  # whose margins are looked at
BLOCKS = names(
    "div li tr dd dt section article header footer main aside nav address center fieldset form hr body html"
    " caption thead tbody tfoot figcaption legend details summary frameset option"
)
CELLS = frozenset(("td", "th"))

# font-size:0 is no sign: newsletters set it on boxes to kill gaps, and set it back inside.
_HIDDEN = re.compile(r"display:none|visibility:hidden|mso-hide:all")
_SPACES = re.compile(r"\s+")


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """True if a mail program would not show the element: preheaders, decoys, the other half of a responsive layout."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if not style:
        return False
    style = _SPACES.sub("", style[:2_000]).lower()
    return _HIDDEN.search(style) is not None or ("max-height:0" in style and "overflow:hidden" in style)


def is_list_mark(attributes: Mapping[str, str | None]) -> bool:
    """True for the bullet or number that Word writes as text before a list paragraph."""
    style = attributes.get("style")
    return style is not None and "mso-list" in style and "ignore" in style.lower()


def is_pixel(attributes: Mapping[str, str | None]) -> bool:
    """True if an image is too small to be seen: a tracking pixel or a spacer."""
    for name in ("width", "height"):
        size = (attributes.get(name) or "").strip().removesuffix("px")
        if size in ("0", "1", "2"):
            return True
    return False
