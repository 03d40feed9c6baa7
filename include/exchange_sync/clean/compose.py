"""From a message's pieces of text to one body, one signature, one quoted history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exchange_sync.clean import limits
from exchange_sync.clean.content import Content, Piece, read_content
from exchange_sync.clean.mime import parse
from exchange_sync.clean.normal import clip
from exchange_sync.clean.problems import Problems
from exchange_sync.clean.split.facts import UNKNOWN, MailFacts
from exchange_sync.clean.text import SplitText, html_to_text, is_way_in, normalise, split_html, split_plain

_EMPTY = SplitText("", "", "")
_LIST_FOOTER = "____"
# a plain alternative this long, and this many times longer than the HTML beside it, is the real one; a shorter
# one is a note such as "your program cannot show this message"
_REAL_LENGTH, _REAL_FACTOR = 500, 5


def compose(content: Content, problems: Problems, facts: MailFacts = UNKNOWN) -> SplitText:
    """The text of a message. Where no piece holds text, what else can be read of it. facts: of its headers."""
    text = _read(content.pieces, facts)
    if text == _EMPTY:
        text = _read(content.spare, facts)
    elif content.invitation and is_way_in(text.body):  # a program wrote the block alone: the event is the message
        event = split_plain(content.invitation, facts)
        text = SplitText(event.body, clip(_joined((event.signature, text.body, text.signature))), text.quoted)
    if text == _EMPTY and content.nested:
        text = SplitText(clip(_nested(content.nested, problems)), "", "")
    if content.returned:
        quoted = _joined((text.quoted, _nested(content.returned, problems)))
        text = SplitText(text.body, text.signature, clip(quoted))
    return text


def _read(pieces: Sequence[Piece], facts: MailFacts) -> SplitText:
    if len(pieces) == 1:
        return _one(pieces[0], facts)
    texts: list[SplitText] = []
    footers: list[str] = []
    known: set[str] = set()
    for piece in _merged(pieces):
        if texts and not piece.is_html and piece.text.lstrip().startswith(_LIST_FOOTER):
            footers.append(normalise(piece.text).strip())
            continue
        text = _one(piece, facts)
        letters = "".join("".join((text.body, text.signature, text.quoted)).split())
        if letters and letters not in known:
            known.add(letters)
            texts.append(text)
    return SplitText(
        clip(_joined(text.body for text in texts)),
        clip(_joined([*(text.signature for text in texts), *footers])),
        clip(_joined(text.quoted for text in texts)),
    )


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbouring plain pieces are one text: a program split them around an attachment."""
    merged: list[Piece] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        footer = piece.text.lstrip().startswith(_LIST_FOOTER)
        if before and not (before.is_html or piece.is_html or footer):
            merged[-1] = Piece(f"{before.text.rstrip()}\n\n{piece.text}")
        else:
            merged.append(piece)
    return merged


def _one(piece: Piece, facts: MailFacts) -> SplitText:
    text = split_html(piece.text, facts) if piece.is_html else split_plain(piece.text, facts)
    if not piece.instead:
        return text
    length = len(text.body) + len(text.signature) + len(text.quoted)
    other = sum(len(form.text.strip()) for form in piece.instead)
    return _read(piece.instead, facts) if not length or other > max(_REAL_LENGTH, _REAL_FACTOR * length) else text


def _nested(messages: Sequence[bytes], problems: Problems) -> str:
    """The whole texts of messages inside this one, each under its subject; the first few of them."""
    out: list[str] = []
    for message in messages[: limits.NESTED_MESSAGES]:
        root = parse(message, problems)
        inner = read_content(root, problems)
        pieces = inner.pieces or inner.spare
        text = _joined(html_to_text(p.text) if p.is_html else normalise(p.text).strip() for p in pieces)
        out.append(_joined((normalise(root.headers.text("subject", problems)), text)))
    return _joined(out)


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())
