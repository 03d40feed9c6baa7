"""Addresses and domains: what a person may write, and the one form in which they are compared (decision 74).

A domain is compared as the DNS has it: A-labels (``xn--…``) in lower case, mapped by UTS 46. ``domain_key`` and
``address_key`` bring anything there that a mail may hold, and never raise. ``filter_domain``, ``filter_address`` and
``check_address`` read what a person configures, and refuse what could never fit anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

import idna

from exchange_sync.errors import BadInput

_LONGEST = 1_000  # characters of a foreign domain that are looked at, from its end; the DNS has 253
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what UTS 46 takes for a dot
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_WHOLE = re.compile(r"^(\*[@.]|@\.?|\.)")  # what people write before a domain when they mean all of it
_ABOUT_A_DOMAIN = " \t\r\n<>[]"
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,256}")
_QUOTED = re.compile(r"\"[^\"\\\x00-\x1f\x7f]{1,254}\"")
_MAILBOX = re.compile(r"[a-z0-9!#$&'+=?^_`{|}~-]+(\.[a-z0-9!#$&'+=?^_`{|}~-]+)*")


def domain_key(domain: str) -> str:
    """A domain in the form that is compared; whatever a mail gives for one gets a form, "" only what holds nothing."""
    text = domain[-_LONGEST:].strip(_ABOUT_A_DOMAIN)
    try:
        mapped = idna.uts46_remap(text, std3_rules=False)
    except idna.IDNAError:
        mapped = ".".join(_mapped(label) for label in _DOTS.split(text))
    return ".".join(_ascii(label) for label in mapped.strip(_ABOUT_A_DOMAIN + ".").split("."))


def address_key(address: str) -> str:
    """An address in the form that is compared: both parts in lower case, its domain as ``domain_key`` has it."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return domain.lower()
    local = local.strip(" <\t")
    if len(local) <= _LONGEST:
        local = unicodedata.normalize("NFC", local).casefold()
    return f"{_unquoted(local)}@{domain_key(domain)}"


def in_domains(address: str, keys: Iterable[str]) -> bool:
    """Whether an address lies in one of the domains, or below it. address, keys: in the forms that are compared."""
    domain = address.rpartition("@")[2]
    return any(domain == key or domain.endswith("." + key) for key in keys)


def filter_domain(given: str) -> str:
    """A domain of a filter in the form that is compared. It stands for itself and all below it.

    ``@x``, ``*.x``, ``*@x``, ``.x`` and ``x.`` mean ``x``. Raises BadInput for what is no domain.
    """
    text = given.strip()
    bare = _WHOLE.sub("", text, count=1)
    if "@" in bare:
        raise BadInput(f"{_shown(given)} is an address, not a domain: name it among the participants instead")
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    return _domain(bare, f"{_shown(given)} is not a domain")


def filter_address(given: str) -> str:
    """An address of a filter in the form that is compared. Raises BadInput for what is no address."""
    text = given.strip()
    local, at, domain = text.rpartition("@")
    if at and local in ("", "*"):
        raise BadInput(f"{_shown(given)} means a whole domain: name {domain} among the participant domains instead")
    if "*" in local:
        raise BadInput(f"{_shown(given)}: * stands for nothing here: name each address, or the domain")
    if not at or not (_LOCAL.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise BadInput(f"{_shown(given)} is not an address: expected one such as ann@client.example")
    return address_key(f"{local}@{_domain(domain, f'{_shown(given)} is not an address')}")


def check_address(address: str) -> str:
    """A mailbox's address in lower case, its domain in A-labels, as EWS can carry it.

    Raises BadInput where it is not one plain SMTP address that a mailbox of Exchange can have.
    """
    if "public folder" in address.casefold() or address.startswith("\\"):
        told = "names a public folder: Exchange offers no sync of public folders; name a mailbox"
        raise BadInput(f"{_shown(address)} {told}")
    local, at, domain = address.strip().rpartition("@")
    what = f"mailbox address {_shown(address)} is not valid"
    if not at or "@" in local:
        raise BadInput(f"{what}: expected one address such as support@acme.example")
    if any(ord(char) > 127 for char in local):
        raise BadInput(
            f"{what}: before the @ Exchange has ASCII letters only; expected the mailbox's primary address, such as "
            "support@acme.example"
        )
    if not _MAILBOX.fullmatch(local.lower()) or len(local) > 64:
        raise BadInput(
            f"{what}: expected one address such as support@acme.example, before the @ at most 64 letters, digits and "
            "signs, with single dots between them"
        )
    return f"{local.lower()}@{_domain(domain, what)}"


def stored(values: Iterable[str], read: Callable[[str], str]) -> tuple[str, ...]:
    """Values of a filter that an older version let in, each in today's form; what has none stays as it is."""
    found = []
    for value in values:
        try:
            found.append(read(value))
        except BadInput:
            found.append(value)
    return tuple(dict.fromkeys(found))


def _domain(text: str, what: str) -> str:
    """The A-labels of a domain that a person wrote. Raises BadInput, which begins with what."""
    expected = "expected a domain such as acme.example"
    try:
        mapped = idna.uts46_remap(text, std3_rules=False).removesuffix(".")
    except idna.IDNAError:
        raise BadInput(f"{what}: its domain holds a sign that no domain has; {expected}") from None
    labels = [_ascii(label) for label in mapped.split(".")]
    if not all(_LABEL.fullmatch(label) and _decodes(label) for label in labels):
        raise BadInput(f"{what}: {expected}, its parts of letters, digits and hyphens")
    found = ".".join(labels)
    if len(found) > 253:
        raise BadInput(f"{what}: its domain has {len(found)} characters; a domain has 253 at most")
    return found


def _mapped(label: str) -> str:
    try:
        return idna.uts46_remap(label, std3_rules=False)
    except idna.IDNAError:
        return label.lower()


def _ascii(label: str) -> str:
    if label.isascii() or len(label) > 63:
        return label
    return "xn--" + label.encode("punycode").decode("ascii")


def _decodes(label: str) -> bool:
    """Whether a label is plain, or an A-label that stands for something."""
    if not label.startswith("xn--"):
        return True
    try:
        return not label[4:].encode("ascii").decode("punycode").isascii()
    except (UnicodeError, ValueError):
        return False


def _unquoted(local: str) -> str:
    """A local part without quotes that it does not need."""
    bare = local[1:-1]
    return bare if _QUOTED.fullmatch(local) and _LOCAL.fullmatch(bare) else local


def _shown(given: str) -> str:
    return repr(given if len(given) <= 80 else f"{given[:80]}…")
