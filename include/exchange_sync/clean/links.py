"""Takes links out of the wrappings that mail gateways put around them."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

_WRAPPED = re.compile(
    r"https?://(?:statics\.teams\.cdn\.(?:office\.net|live\.net)/[^\s<>\"'?]{1,200}safelinks\.html(?=\?)|[\w.\-]{1,80}\.safelinks\.(?:protection|o365)\.[a-z0-9.\-]{3,40}/|urldefense(?:\.proofpoint)?\.com/v[123]/)[^\s<>\"']{1,4000}",
    re.IGNORECASE,
)
_V3_RUN = re.compile(r"\*(?:\*(.))?")
_RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HINTS = ("safelinks", "urldefense")
# Links of newsletters by which a click is told from others: no reader needs what stands behind their host.
_TRACKING = re.compile(r"https?://([a-z0-9.\-]{4,100})(?::\d{1,5})?/([^\s<>\"']{1,4000})", re.IGNORECASE)
_TRACKED_HOST = re.compile(
    r"(?:^|\.)(?:click\w{0,10}|links?\d{0,3}|track\w{0,8}|trk|email\d{0,3}|e|t|r|go|news|newsletter|mail\d{0,3}|mailing|em\d{0,4}"
    r"|url\d{2,5}|ct|lt|elink\w{0,4}|list-manage|sendgrid|mailchi|hubspotlinks|awstrack|mandrillapp|sparkpostmail|exacttarget"
    r"|mkt\w{0,10}|marketing|response)\.",
)
_LONG_TARGET = 80  # characters of a path and query that nobody reads, if the host is one of them
_OPAQUE = re.compile(r"[A-Za-z0-9_\-%+=]{40}")
_TRAILING = ".,;)]"


def unwrap_links(text: str) -> str:
    """The text with every Safe Links (Microsoft) and URL Defense (Proofpoint v1 to v3) address replaced by its target.

    What cannot be decoded stays as it is.
    """
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    return _WRAPPED.sub(lambda match: _unwrap(match[0]), text)


def without_tracking(address: str) -> str:
    """A newsletter's tracking link as its host and an ellipsis; any other address as it is."""
    found = _TRACKING.match(address)
    if found is None or len(found[2]) < _LONG_TARGET or _OPAQUE.search(found[2]) is None:
        return address
    return f"{address[: found.start(2)]}…" if _TRACKED_HOST.search(found[1].lower()) else address


def _unwrap(address: str) -> str:
    tail = ""
    while address[-1] in _TRAILING:
        address, tail = address[:-1], address[-1] + tail
    target = _target(address)
    return (target or address) + tail


def _target(address: str) -> str | None:
    """The address inside a wrapped one; None if there is none that a browser would follow."""
    try:
        parts = urlsplit(address.replace("&amp;", "&"))
        if "/v3/" in parts.path:
            found = _v3(address)
        else:
            query = parse_qs(parts.query)
            found = (query.get("url") or query.get("u") or [""])[0]
            if "/v2/" in parts.path:
                found = unquote(found.replace("-", "%").replace("_", "/"))
    except ValueError:
        return None
    return found if found and found.lower().startswith(("http://", "https://", "mailto:", "ftp://")) else None


def _v3(address: str) -> str | None:
    """URL Defense v3: ``__address__;replaced-bytes!!``; each ``*`` stands for one byte, ``**X`` for a run of them."""
    wrapped, _, replaced = address.partition("/v3/__")[2].rpartition("!!")[0].rpartition("__;")
    if not wrapped:
        return None
    try:
        packed = base64.b64decode(replaced + "=" * (-len(replaced) % 4), altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if "*" in wrapped and not packed:
        return None
    taken = iter(packed)

    def put_back(run: re.Match[str]) -> str:
        length = 1 if run[1] is None else _RUN_LENGTHS.find(run[1]) + 2
        return "".join(next(taken, "") for _ in range(length))

    return _V3_RUN.sub(put_back, wrapped)
