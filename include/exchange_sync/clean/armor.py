"""Text signed inside itself (OpenPGP cleartext signatures, RFC 9580 section 7)."""

from __future__ import annotations

import re

_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_HEADERS = re.compile(r"(?:\n[A-Za-z]{1,40}: [^\n]*)*\n[ \t]*(?=\n)")
_DASHES = re.compile(r"^- ", re.MULTILINE)


def unwrap_signed(text: str) -> str:
    """The text without the frame of its signature; what stands before and behind the frame stays.

    No signature is checked.
    """
    if not text.lstrip().startswith(_BEGIN):  # quoted, or talked about
        return text
    before, _, rest = text.replace("\r\n", "\n").partition(_BEGIN)
    if headers := _HEADERS.match(rest):
        rest = rest[headers.end() + 1 :]
    signed, _, signature = rest.partition(_SIGNATURE)
    return before + _DASHES.sub("", signed) + signature.partition(_END)[2]
