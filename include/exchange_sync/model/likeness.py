"""Whether two emails of one Message-ID are one (decision 64). Standard library only, no I/O.

Scanners, phones and badly written programs send different mails under one Message-ID, and anyone who has seen one can
send another. So a second mail counts as known only where nothing of it would be lost: by its cheap properties where
they leave no doubt (``surely_one``), else by its text and files once it has been read (``adds_nothing``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SAME_SECOND = timedelta(seconds=2)  # the Date that a program writes, and the moment at which the server took the mail
RETRIED = timedelta(minutes=2)  # a phone that sends once more writes a new Date
_SIZE_SHARE, _SIZE_SPARE = 0.25, 10 * 1024  # what delivery adds, where the beginning of the text agrees
_ADDED_WORDS = 200  # of a banner, a list's footer or a disclaimer
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"[<(\[]?(?:https?://|www\.)\S+", re.IGNORECASE)
_TAGGED = re.compile(r"(?:.*[\])}>*:|»】]|[A-Z]+)\Z", re.DOTALL)
_TAG_BEHIND = re.compile(r"[\[({<*|«【].*\Z", re.DOTALL)
_MACHINE = (  # stems that what gateways, lists and journals add to a text has in most languages
    "extern", "outside", "caution", "warning", "achtung", "vorsicht", "warnung", "attention", "avertissement",
    "prudence", "atención", "cuidado", "atenção", "attenzione", "esterno", "let op", "waarschuwing", "buiten", "uwaga",
    "zewnętrz", "внимание", "осторожно", "внешн", "注意", "外部", "警告", "unsubscribe", "mailing list", "mailman",
    "listinfo", "abmelden", "désabonner", "darse de baja", "confidential", "vertraulich", "confidentiel", "disclaimer",
    "privileged", "scanned", "virus", "geprüft", "intended", "subscription", "_____", "do not click",
)  # fmt: skip


@dataclass(frozen=True)
class File:
    """One attachment, as far as files are told apart. name: its letters and digits; sha256: None where not known."""

    name: str
    size: int
    sha256: str | None = None


@dataclass(frozen=True)
class Mail:
    """What is compared of one email. sender: SMTP or "" or an Exchange name; sent: aware; size: bytes as the server
    counts. text_mark: of the beginning of its text, as the server tells it (identity.text_mark), "" where it does not.
    copy_key: what copies of one delivered mail share (model.email.ItemProperties), "" where the server tells none.
    """

    sender: str
    sent: datetime | None
    subject: str
    size: int = 0
    text_mark: str = ""
    copy_key: str = ""


@dataclass(frozen=True)
class Read:
    """An email that has been read. parts: body, signature and quoted history."""

    mail: Mail
    parts: tuple[str, str, str]
    files: tuple[File, ...] = ()


def surely_one(mail: Mail, known: Mail) -> bool:
    """Whether what the server tells of both leaves no doubt that they are one; else the mail is to be read."""
    if mail.copy_key and mail.copy_key == known.copy_key:
        return True  # moved or copied by a person, who may have edited it
    if mail.sent is None or known.sent is None or abs(mail.sent - known.sent) >= timedelta(seconds=1):
        return False
    if _senders(mail, known) is False or not _subjects_agree(mail.subject, known.subject):
        return False
    if mail.text_mark and known.text_mark:
        return mail.text_mark == known.text_mark and _near(mail.size, known.size)
    return mail.size == known.size


def adds_nothing(new: Read, known: Read) -> bool:
    """Whether a mail is the known one, perhaps altered on its way by a list, a gateway or a server.

    What the new one has beyond the known is lost when they are taken for one; it may be a machine's addition only.
    """
    if not _subjects_agree(new.mail.subject, known.mail.subject):
        return False
    if is_another(new.mail.sent, known.mail.sent):
        return False
    apart = None if new.mail.sent is None or known.mail.sent is None else abs(new.mail.sent - known.mail.sent)
    if _senders(new.mail, known.mail) is False and (apart is None or apart > SAME_SECOND):
        return False  # a list writes itself into From, but leaves the Date
    return _files_within(new.files, known.files) and _text_within(new.parts, known.parts)


def is_another(sent: datetime | None, other: datetime | None) -> bool:
    """Whether two emails of one Message-ID are two for certain, when no more is known than their seconds of sending."""
    return sent is not None and other is not None and abs(sent - other) > RETRIED


def _senders(one: Mail, other: Mail) -> bool | None:
    """Whether the senders agree; None where one of them is no SMTP address."""
    if "@" not in one.sender or "@" not in other.sender:
        return None
    return one.sender.strip().casefold() == other.sender.strip().casefold()


def _near(one: int, other: int) -> bool:
    """Whether two sizes may be of one mail; a server that tells none says nothing."""
    return not one or not other or abs(one - other) <= _SIZE_SPARE + _SIZE_SHARE * min(one, other)


def _subjects_agree(one: str, other: str) -> bool:
    """The same, but for what a list or gateway puts before or behind it: ``[EXTERNAL]``, ``[list]``, ``SPAM:``."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    if short.casefold() == long.casefold():
        return True
    added = len(long) - len(short)
    if long.casefold().endswith(short.casefold()) and _TAGGED.match(long[:added].strip()):
        return True
    return long.casefold().startswith(short.casefold()) and bool(_TAG_BEHIND.match(long[len(short) :].strip()))


def _plain(subject: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", subject).split())


def _files_within(new: Sequence[File], known: Sequence[File]) -> bool:
    """Whether every file of the new mail is among the known one's: by content, or by name where that is not known."""
    contents = {one.sha256 for one in known if one.sha256}
    names = {one.name for one in known}
    unread = {one.name for one in known if not one.sha256}
    return all(one.sha256 in contents or one.name in unread if one.sha256 else one.name in names for one in new)


def _text_within(new: tuple[str, str, str], known: tuple[str, str, str]) -> bool:
    """Whether the known mail's text holds the new one's, a machine's additions apart."""
    if _words(" ".join(new)) == _words(" ".join(known)):
        return True
    body, signature, quoted = zip(new, known, strict=True)
    return (
        _piece_within(*body, by_machine=False)
        and _piece_within(*signature, by_machine=True)
        and _piece_within(*quoted, by_machine=False)
    )


def _piece_within(new: str, known: str, *, by_machine: bool) -> bool:
    """Of one piece. by_machine: what is added there need not look like a machine's, since cleaning found it to be."""
    ours, theirs = _words(new), _words(known)
    long, short = (ours, theirs) if len(ours) > len(theirs) else (theirs, ours)
    start = _place(long, short)
    if start is None:
        return False
    added = long[:start] + long[start + len(short) :]
    if len(added) > _ADDED_WORDS:
        return False
    if by_machine or long is theirs:  # what the known mail has more is not lost
        return True
    told = " ".join(added)
    return any(stem in told for stem in _MACHINE)


def _place(long: list[str], short: list[str]) -> int | None:
    """Where the short text stands in the long one, at its beginning, its end, or with additions around it."""
    for start in (0, len(long) - len(short)):
        if long[start : start + len(short)] == short:
            return start
    if not short:
        return None
    limit = min(len(long) - len(short), _ADDED_WORDS)
    starts = (place for place in range(limit + 1) if long[place] == short[0])
    tried = (start for start, _ in zip(starts, range(20), strict=False))  # a bound: common words begin many texts
    return next((start for start in tried if long[start : start + len(short)] == short), None)


def _words(text: str) -> list[str]:
    """The words of a text without its links, which gateways rewrite."""
    return _WORD.findall(unicodedata.normalize("NFKC", _LINK.sub(" ", text)).casefold())
