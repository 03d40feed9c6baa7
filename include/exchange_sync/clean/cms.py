"""S/MIME messages whose text is wrapped in the signature (RFC 8551, CMS SignedData with content inside)."""

from __future__ import annotations

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_OCTETS, _OID, _CONSTRUCTED = 0x04, 0x06, 0x20
_DEPTH = 20
_ELEMENTS = 50_000  # programs write pieces of a kilobyte or more


def signed_content(blob: bytes) -> bytes | None:
    """The MIME message inside an opaque signature; None if blob is no SignedData with content, or encrypted.

    Only the frame is read (X.690 tags and lengths); no signature is checked.
    """
    if _SIGNED_DATA not in blob[:64]:
        return None
    at = blob.find(_DATA)
    if at < 2 or blob[at - 2] != _OID:
        return None
    pieces: list[bytes] = []
    _octets(blob, at + len(_DATA), len(blob), pieces, 0)
    return b"".join(pieces) or None


def _octets(blob: bytes, at: int, end: int, pieces: list[bytes], depth: int) -> int:
    """Collects the octet strings of the first element at ``at``; returns where it ends."""
    if at + 2 > end or depth > _DEPTH or len(pieces) >= _ELEMENTS:
        return end
    tag, length = blob[at], blob[at + 1]
    at += 2
    if length == 0x80:  # indefinite: children until two zero bytes
        while at + 2 <= end and blob[at : at + 2] != b"\0\0":
            at = _octets(blob, at, end, pieces, depth + 1)
        return min(at + 2, end)
    if length > 0x80:
        count = length & 0x7F
        length = int.from_bytes(blob[at : at + count], "big")
        at += count
    stop = min(at + length, end)
    if not tag & _CONSTRUCTED:
        pieces.append(blob[at:stop] if tag & 0x1F == _OCTETS else b"")
    else:
        while at < stop:
            at = _octets(blob, at, stop, pieces, depth + 1)
    return max(stop, at)
