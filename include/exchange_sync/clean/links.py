"""Takes links out of the wrappings that mail gateways put around them."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

_WRAPPED = re.compile(
    r"https?://(?:(?:[\w\-]{1,60}\.){0,3}safelinks\.(?:protection|o365|office\w{0,4}|outlook)\.[a-z0-9.\-]{2,50}/|statics\.teams\.[a-z0-9.\-]{3,60}/[^\s<>\"'?]{1,200}safelinks\.html(?=\?)"
    r"|urldefense(?:\.proofpoint)?\.(?:com|us)/v[123]/|linkprotect\.cudasvc\.com/url|[\w.\-]{1,60}\.trendmicro\.com(?::\d{1,5})?/wis/clicktime/"
    r"|clicktime\.symantec\.com/|protect\d{0,3}\.fireeye\.com/|secure-web\.cisco\.com/|[\w.\-]{1,60}\.protection\.sophos\.com/)[^\s<>\"']{1,4000}",
    re.IGNORECASE,
)
_FIELDS = ("url", "u", "a")  # of a query, that hold the target
_PACKED_TARGET = re.compile(r"/(https?%3a%2f%2f[^/?#]{1,3000})", re.IGNORECASE)  # Cisco's, behind its own marks
_NESTED = 3  # gateways in a row
_V3_RUN = re.compile(r"\*(?:\*(.))?")
_RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HINTS = (
    "safelinks", "urldefense", "linkprotect", "trendmicro", "clicktime", "fireeye", "secure-web", "protection.sophos",
)  # fmt: skip
# Links of newsletters by which a click is told from others: no reader needs what stands behind their host.
_TRACKING = re.compile(r"https?://([a-z0-9.\-]{4,100})(?::\d{1,5})?/([^\s<>\"']{1,4000})", re.IGNORECASE)
_LONG = re.compile(r"https?://[^\s<>\"']{84,4000}", re.IGNORECASE)  # none of the others is shortened
_TRACKED_HOST = re.compile(
    r"(?:^|\.)(?:click\w{0,10}|links?\d{0,3}|lnks?|track\w{0,8}|trk|email\d{0,3}|e|t|r|go|nl|news|newsletters?|mail\d{0,3}"
    r"|mailings?|em\d{0,4}|emltrk\w{0,4}|url\d{2,5}|ct|cl|lt|elink\w{0,4}|list-manage|sendgrid|mailchi|hubspot\w{0,8}|awstrack"
    r"|mandrillapp|sparkpostmail|exacttarget|exct|cleverreach|mailjet|mailerlite|rapidmail|inxmail|emarsys|mkt\w{0,10}|marketing"
    r"|response)\.",
)
_TRACKED_PATH = re.compile(
    r"(?:^|/)(?:ls|wf|track|trk|mk|email|comm|e3t)/(?:click|cl|ctc|c|redirect|open)\b", re.IGNORECASE
)
_LONG_TARGET = 80  # characters of a path and query that nobody reads, if the host is one of them
_PATH_SHOWN = 60  # of it tells that it is a click
_OPAQUE = re.compile(r"[A-Za-z0-9_\-%+=]{40}")
_SIGNS = 8  # of forty; hexadecimal figures have twenty
_TRAILING = ".,;)]"


def unwrap_links(text: str) -> str:
    """The text with every address that a gateway has wrapped replaced by its target: Microsoft's Safe Links,
    Proofpoint's URL Defense (v1 to v3), Barracuda's, Cisco's, FireEye's, Sophos's, Symantec's and Trend Micro's.

    What cannot be decoded stays as it is.
    """
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    return _WRAPPED.sub(lambda match: _unwrap(match[0]), text)


def without_tracking(address: str) -> str:
    """A newsletter's tracking link as its host and an ellipsis; any other address as it is."""
    found = _TRACKING.match(address)
    if found is None or len(found[2]) < _LONG_TARGET or not _is_opaque(found[2]):
        return address
    tracked = _TRACKED_HOST.search(found[1].lower()) or _TRACKED_PATH.search(found[2][:_PATH_SHOWN])
    return f"{address[: found.start(2)]}…" if tracked else address


def _is_opaque(target: str) -> bool:
    """Whether a run of it is a machine's: figures and capitals among the letters, unlike words with hyphens."""
    return any(sum(sign.isdigit() or sign.isupper() for sign in run) >= _SIGNS for run in _OPAQUE.findall(target))


def shorten_tracking(text: str) -> str:
    """A plain text with each newsletter's tracking link as its host and an ellipsis."""
    return _LONG.sub(lambda found: _shortened(found[0]), text) if "://" in text else text


def _shortened(address: str) -> str:
    bare = address.rstrip(_TRAILING)
    return without_tracking(bare) + address[len(bare) :]


def _unwrap(address: str) -> str:
    tail = ""
    while address[-1] in _TRAILING:
        address, tail = address[:-1], address[-1] + tail
    for _ in range(_NESTED):
        if not (target := _target(address)):
            break
        address = target
        if _WRAPPED.match(address) is None:
            break
    return address + tail


def _target(address: str) -> str | None:
    """The address inside a wrapped one; None if there is none that a browser would follow."""
    try:
        parts = urlsplit(address.replace("&amp;", "&"))
        if "/v3/" in parts.path:
            found = _v3(address)
        else:
            query = parse_qs(parts.query)
            found = next((query[name][0] for name in _FIELDS if query.get(name)), "")
            if "/v2/" in parts.path and "urldefense" in parts.netloc.lower():
                found = unquote(found.replace("-", "%").replace("_", "/"))
            elif packed := _PACKED_TARGET.search(parts.path):
                found = unquote(packed[1])
            elif ".sophos." in parts.netloc.lower():
                found = _base64(found)
    except ValueError:
        return None
    return found if found and found.lower().startswith(("http://", "https://", "mailto:", "ftp://")) else None


def _base64(packed: str) -> str:
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_").decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


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
