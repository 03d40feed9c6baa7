"""Addresses as enriching reads them: SMTP, domains, and what counts as the same organisation."""

from __future__ import annotations

from collections.abc import Iterable

from exchange_sync.model.cleaned import Person
from exchange_sync.model.comment import EmailFacts

# providers whose customers share a domain without belonging together
_SHARED = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "aol.com"),
        *("icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "fastmail.com", "mail.com", "gmx.com"),
        *("gmx.de", "gmx.net", "gmx.at", "web.de", "t-online.de", "mail.ru", "yandex.ru", "qq.com", "163.com"),
    )
)


def is_smtp(address: str) -> bool:
    """True for an SMTP address; False for an Exchange one (``/O=…/CN=…``, also when wrapped as IMCEAEX)."""
    return "@" in address and not address.startswith("/") and not address.upper().startswith("IMCEAEX-")


def sender_address(facts: EmailFacts) -> str:
    """The sender's SMTP address: the mail's own, or where that is an Exchange address the server's; "" if neither."""
    written = facts.cleaned.sender.address if facts.cleaned.sender else ""
    if is_smtp(written):
        return written
    resolved = facts.properties.sender.address
    return resolved if is_smtp(resolved) else ""


def recipients(facts: EmailFacts) -> tuple[Person, ...]:
    """Everybody the email is addressed to: To, Cc, Bcc, each address once."""
    seen: dict[str, Person] = {}
    cleaned = facts.cleaned
    for person in (*cleaned.to, *cleaned.cc, *cleaned.bcc):
        seen.setdefault((person.address or person.name).casefold(), person)
    return tuple(seen.values())


def domain_of(address: str) -> str:
    """The domain in lower case, international names in Unicode; "" where there is none."""
    if not is_smtp(address):
        return ""
    domain = address.rpartition("@")[2].strip(" .>[]").lower()
    if "xn--" in domain:
        try:
            return domain.encode("ascii").decode("idna")
        except (UnicodeError, ValueError):
            return domain
    return domain


def domains_of(people: Iterable[Person]) -> tuple[str, ...]:
    """The different domains of people, in order."""
    return tuple(dict.fromkeys(domain for person in people if (domain := domain_of(person.address))))


def same_organisation(address: str, mailbox: str) -> bool:
    """True if address belongs to the mailbox's organisation: the same domain, or one below the other.

    Of a mailbox at a provider that everybody uses, only the address itself does.
    """
    ours, theirs = domain_of(mailbox), domain_of(address)
    if not ours or not theirs or ours in _SHARED:
        return bool(address) and address.casefold() == mailbox.casefold()
    return ours == theirs or ours.endswith("." + theirs) or theirs.endswith("." + ours)
