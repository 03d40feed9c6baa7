"""Names and addresses as they may be shown: foreign domains with their ASCII form, look-alikes told in words.

Which scripts may stand together in a word follows Unicode Technical Standard 39, section 5.2 ("highly restrictive").
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from exchange_sync.web.pages.comments.text import Piece, pieces

_TOGETHER = (frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}), frozenset({"LATIN", "CJK", "HANGUL"}),
             frozenset({"LATIN", "CJK", "BOPOMOFO"}))  # fmt: skip
_AROUND = re.compile(r"[\s<>\"'(),;:]+")  # what an address in a name stands between
_WORD = re.compile(r"[^\W\d_]+")
_CHECKED = 2_000  # characters of one name that are looked into


@dataclass(frozen=True)
class Correspondent:
    """Somebody of a mail. ascii: the address's domain in ASCII, where it is not so. warnings: sentences."""

    name: list[Piece] = field(default_factory=list)
    address: list[Piece] = field(default_factory=list)
    ascii: str = ""
    warnings: tuple[str, ...] = ()


def correspondent(address: str, name: str = "") -> Correspondent:
    """A correspondent by address and name, either of which may be empty."""
    warnings = []
    if mixed := mixed_scripts(address):
        warnings.append(f"The address mixes letters of {mixed}: it may imitate another one.")
    if name != address and (mixed := mixed_scripts(name)):
        warnings.append(f"The name mixes letters of {mixed} in one word.")
    other = next((found for found in _addresses(name[:_CHECKED]) if found.casefold() != address.casefold()), "")
    if other and address:
        warnings.append("The name looks like an address, but the mail was sent from another one.")
    return Correspondent(
        name=pieces(name, strict=True) if name != address else [],
        address=pieces(address, strict=True),
        ascii=ascii_domain(address),
        warnings=tuple(warnings),
    )


def _addresses(name: str) -> list[str]:
    """What looks like an address in a name."""
    parts = [(found, *found.partition("@")) for found in _AROUND.split(name)]
    return [found for found, local, _, domain in parts if local and "." in domain.strip(".@")]


def ascii_domain(address: str) -> str:
    """The domain as it stands in the DNS (RFC 3492), where it holds other letters than ASCII's; else ""."""
    domain = address.rpartition("@")[2]
    if "@" not in address or domain.isascii():
        return ""
    return ".".join(_ascii(label) for label in unicodedata.normalize("NFKC", domain).lower().split("."))


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def mixed_scripts(text: str) -> str:
    """ "Latin and Cyrillic" where one of its words is written in both; "" where none is."""
    for word in _WORD.findall(text[:_CHECKED]):
        if word.isascii():
            continue
        scripts = {_script(char) for char in word} - {""}
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
            return " and ".join(sorted(script.capitalize() for script in scripts))
    return ""


def _script(char: str) -> str:
    """The script of a letter by the first word of its name: LATIN, CYRILLIC, GREEK, CJK …"""
    if unicodedata.category(char) not in ("Ll", "Lu", "Lt", "Lo"):
        return ""
    name = unicodedata.name(char, "").split(" ", 1)[0]
    return "" if name in ("FEMININE", "MASCULINE", "MICRO") else name
