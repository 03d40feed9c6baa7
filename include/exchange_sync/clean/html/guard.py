"""Makes hostile HTML harmless before it is parsed: size, embedded files, and nesting.

An HTML parser looks up through its open elements at many tags, so that N nested elements cost N² steps.
"""

from __future__ import annotations

import re

from exchange_sync.clean.html.elements import names
from exchange_sync.clean.normal import join_halves

_DATA = re.compile(r"""data:[^"'\s>)]*""")  # takes all of a run at once, so that no run is looked at twice
_EMBEDDED = 1_000  # characters from which on a data: address is an embedded file
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})(?=[\s/>])[^<>]{0,20000}>")
_LONG_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,15})\s[^<>]{10000,}>")
_SIZE = 4_000_000  # characters
_MANY = 2_000  # tags that can be nested without harm
_DEPTH = 1_000

# Elements whose end tag may be left out, or that have none: they do not nest in what people send.
_FLAT = names(
    "p li td tr th dt dd br img hr input meta link area col base wbr option tbody thead tfoot colgroup html head body"
)


def harmless(html: str) -> str:
    """The document without embedded files and endless tags, nested at most 1,000 deep, cut at 4 million characters."""
    html = join_halves(html)
    if "data:" in html:
        html = _DATA.sub(lambda run: run[0] if len(run[0]) < _EMBEDDED else "data:", html)
    html = _LONG_TAG.sub(r"<\1>", html[:_SIZE])
    return _flatten(html) if html.count("<") > _MANY else html


def _flatten(html: str) -> str:
    """Drops start tags below the allowed depth, and as many end tags."""
    depth = dropped = 0

    def judge(tag: re.Match[str]) -> str:
        nonlocal depth, dropped
        if tag[2].lower() in _FLAT:
            return tag[0]
        if not tag[1]:
            if depth >= _DEPTH:
                dropped += 1
                return " "
            depth += 1
        elif dropped:
            dropped -= 1
            return " "
        else:
            depth = max(0, depth - 1)
        return tag[0]

    return _TAG.sub(judge, html)
