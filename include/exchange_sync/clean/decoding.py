"""The text of a text part: transfer encoding, charset, format=flowed, markup that only looks like plain text."""

from __future__ import annotations

import re

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode
from exchange_sync.clean.flowed import unflow
from exchange_sync.clean.mime import Part
from exchange_sync.clean.problems import Problem, Problems

_META = re.compile(rb"<meta[^>]{1,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_EMBEDDED = re.compile(rb"data:[\w./+-]{1,80};base64,[A-Za-z0-9+/=\s]*")
_ENRICHED_TAG = re.compile(r"<(?:<|/?[A-Za-z][^<>]{0,60}>)")
_ENRICHED_PARAM = re.compile(r"<param>[^<]{0,500}</param>", re.IGNORECASE)


def plain_of(part: Part, problems: Problems) -> str:
    """The text of a part that is not HTML."""
    raw = _capped(part.content(problems), limits.PLAIN_BYTES, problems)
    text = decode(raw, part.params.get("charset"), problems)
    if part.content_type in ("text/enriched", "text/richtext"):
        return _ENRICHED_TAG.sub(lambda tag: "<" if tag[0] == "<<" else "", _ENRICHED_PARAM.sub("", text))
    if part.params.get("format", "").lower() == "flowed":
        return unflow(text, delete_space=part.params.get("delsp", "").lower() == "yes")
    return text


def html_of(part: Part, problems: Problems) -> str:
    """The markup of an HTML part; where the part names no charset, the markup's own counts."""
    raw = part.content(problems)
    if len(raw) > limits.HTML_BYTES:
        raw = _capped(_EMBEDDED.sub(b"data:,", raw), limits.HTML_BYTES, problems)
    charset = part.params.get("charset")
    if not charset and (meta := _META.search(raw, 0, 2048)):
        charset = meta[1].decode("ascii")
    return decode(raw, charset, problems)


def _capped(raw: bytes, limit: int, problems: Problems) -> bytes:
    if len(raw) > limit:
        problems.note(Problem.TEXT_TRUNCATED)
    return raw[:limit]
