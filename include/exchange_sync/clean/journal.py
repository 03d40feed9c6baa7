"""Journal reports: an envelope mail in which Exchange hands a mail on to an archive (decision 130).

Evidence: the header that Exchange writes; where a server has dropped it, a text that is nothing but the report's
lines, with the Message-ID of the message beside it. A mail that only carries another one is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from exchange_sync.clean import limits, tnef
from exchange_sync.clean.charset import decode
from exchange_sync.clean.headers import Headers
from exchange_sync.clean.ids import read_ids
from exchange_sync.clean.journal_text import ReportText, read_report_text
from exchange_sync.clean.mime import Part, parse
from exchange_sync.clean.problems import Problems
from exchange_sync.clean.text import html_to_text

_MARKS = frozenset(("x-ms-journal-report", "x-ms-exchange-organization-journal-report", "x-ms-exchange-journal-report"))
_OLD_MARKS = frozenset(("content-identifier", "content-identifer"))  # Exchange 2003 wrote the second
_OLD_VALUE = b"exjournalreport"
_MESSAGES = ("message/rfc822", "message/global")
_ENCRYPTED = (b"application/x-microsoft-rpmsg-message", b"message.rpmsg")
_TEXT_BYTES = 512 * 1024  # of a report's text
_SOME = 256  # bytes that tell whether a text begins as a report does
_LEVELS = 3  # a report that was journaled itself
_BEGINS = re.compile(rb"(?:\s|<[^<>]{0,200}>)*(?:sender|on-behalf-of)\s{0,5}:", re.IGNORECASE)


@dataclass(frozen=True)
class Journal:
    """What a journal report holds. mail: None where nothing in it can be read as the journaled mail.

    told: of its text. beside: what else lay in the report, as attachments. headers: of the reports, outermost first.
    """

    mail: Part | None
    told: ReportText
    beside: tuple[Part, ...] = ()
    headers: tuple[Headers, ...] = ()


def read_journal(root: Part, problems: Problems) -> Journal | None:
    """The mail that a report carries, also out of a report of a report; None for any other mail. Never raises."""
    found = _opened(root, problems)
    whole = found
    for _ in range(_LEVELS - 1):
        if found is None or found.mail is None or whole is None:
            break
        found = _opened(found.mail, problems)
        if found is not None and found.mail is not None:
            whole = Journal(
                found.mail,
                found.told.beside(whole.told),
                (*found.beside, *whole.beside),
                (*whole.headers, *found.headers),
            )
    return whole


def _opened(root: Part, problems: Problems) -> Journal | None:
    marked = _is_marked(root.headers)
    if not marked and not root.parts:
        return None
    leaves = list(root.leaves())
    messages = [leaf for leaf in leaves if leaf.content_type in _MESSAGES]
    text = next((leaf for leaf in leaves if _is_text(leaf)), None)
    if not marked and not (messages and text is not None and _begins(text)):
        return None
    texts = [leaf for leaf in leaves if _is_text(leaf) and (leaf is text or not _is_other_form(leaf, text))]
    told = read_report_text("\n".join(_text_of(leaf, problems) for leaf in texts))
    carried = _carried(messages, told, problems)
    if not marked and (carried is None or not told.is_whole or _id_of(carried[1]) != told.message_id):
        return None
    left = [leaf for leaf in leaves if not _is_text(leaf)]
    if carried is None and (packed := next((leaf for leaf in left if _holds_mail(leaf)), None)):
        carried = packed, _of_tnef(packed, told, root.headers, problems)
    if carried is None:
        return Journal(None, told, headers=(root.headers,)) if told.sender and told.message_id else None
    leaf, mail = carried
    if told.message_id and not _id_of(mail):  # the server gave it one, and told it in the report alone
        mail = replace(mail, headers=_with_id(mail.headers, told.message_id))
    return Journal(mail, told, tuple(part for part in left if part is not leaf), (root.headers,))


def _is_marked(headers: Headers) -> bool:
    for name, value in headers.fields:
        if name in _MARKS or (name in _OLD_MARKS and value.strip().lower() == _OLD_VALUE):
            return True
    return False


def _is_text(part: Part) -> bool:
    return part.content_type in ("text/plain", "text/html") and part.disposition != "attachment" and not part.filename


def _is_other_form(part: Part, text: Part | None) -> bool:
    """Whether it says in HTML what the report's plain text says."""
    return text is not None and text.content_type == "text/plain" and part.content_type == "text/html"


def _begins(part: Part) -> bool:
    """A look at the first bytes, which most mails end with."""
    raw = part.data[part.start : min(part.end, part.start + 8 * _SOME)]
    if part.headers.raw("content-transfer-encoding").strip().lower() == b"base64":
        raw = replace(part, end=min(part.end, part.start + 8 * _SOME)).content(Problems())
    start = raw.lower().find(b"<body")
    return _BEGINS.match(raw, max(start, 0)) is not None


def _text_of(part: Part, problems: Problems) -> str:
    text = decode(part.content(problems)[:_TEXT_BYTES], part.params.get("charset"), problems)
    return html_to_text(text) if part.content_type == "text/html" else text


def _carried(messages: list[Part], told: ReportText, problems: Problems) -> tuple[Part, Part] | None:
    """Of the attached messages the one that the report names; else the first in clear, before an encrypted copy."""
    opened = [(leaf, parse(leaf.content(problems), problems)) for leaf in messages[: limits.NESTED_MESSAGES]]
    named = [pair for pair in opened if told.message_id and _id_of(pair[1]) == told.message_id]
    clear = [pair for pair in named or opened if not _is_encrypted(pair[1])]
    return next(iter(clear or named or opened), None)


def _is_encrypted(mail: Part) -> bool:
    return any(
        leaf.content_type.encode() in _ENCRYPTED or leaf.filename.lower().encode() in _ENCRYPTED
        for leaf in mail.leaves()
    )


def _id_of(mail: Part) -> str:
    return next(iter(read_ids([mail.headers.text("message-id", Problems())])), "")


def _with_id(headers: Headers, message_id: str) -> Headers:
    return Headers([*((name, value) for name, value in headers.fields if name != "message-id"),
                    ("message-id", message_id.encode())])  # fmt: skip


def _holds_mail(part: Part) -> bool:
    return part.content_type in tnef.TYPES and tnef.unpack(part.content(Problems()), Problems()) is not None


def _of_tnef(packed: Part, told: ReportText, report: Headers, problems: Problems) -> Part:
    """A mail that came as winmail.dat alone: its headers are those that the report tells, its date the report's."""
    fields = {
        "From": told.sender,
        "Subject": told.subject,
        "Message-ID": told.message_id,
        "To": ", ".join(told.of("to", "recipient", "recipients")),
        "Cc": ", ".join(told.of("cc")),
        "Bcc": ", ".join(told.of("bcc")),
        "Date": report.text("date", problems),
        "Content-Type": packed.content_type,
        "Content-Transfer-Encoding": packed.headers.text("content-transfer-encoding", problems),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return parse(head.encode() + b"\r\n" + packed.data[packed.start : packed.end], problems)
