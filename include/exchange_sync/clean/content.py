"""Which parts of a message are its text, and which are attachments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from exchange_sync.clean import calendar, limits, tnef
from exchange_sync.clean.armor import unwrap_signed
from exchange_sync.clean.attachments import describe
from exchange_sync.clean.cms import signed_content
from exchange_sync.clean.decoding import html_of, plain_of
from exchange_sync.clean.mime import Part, parse
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.clean.uu import take_uuencoded
from exchange_sync.model.cleaned import AttachmentInfo

_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_ENCRYPTED = {"application/pgp-encrypted", "application/x-microsoft-rpmsg-message"}
_READABLE = {
    "text/plain",
    "text/html",
    "text/enriched",
    "text/richtext",
    "text/markdown",
    "text/x-patch",
    "text/x-diff",
}
_STATUS = {"message/delivery-status", "message/disposition-notification", "message/feedback-report"}
_MESSAGES = {"message/rfc822", "message/global", "message/news"}
_FOR_MACHINES = {"text/x-amp-html", "text/watch-html", "application/applefile"}


@dataclass(frozen=True)
class Piece:
    """One run of text of a message. instead: what to read if this one turns out to be empty."""

    text: str
    is_html: bool = False
    instead: tuple[Piece, ...] = ()


@dataclass
class Content:
    """What a message holds. returned: messages that came back with a bounce or report, apart from its text."""

    pieces: list[Piece] = field(default_factory=list)
    attachments: list[AttachmentInfo] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)  # of the attachments, by place; only where asked for
    nested: list[bytes] = field(default_factory=list)
    returned: list[bytes] = field(default_factory=list)
    # read only where no piece holds text: packed bodies, invitations, machine-readable status
    spare: list[Piece] = field(default_factory=list)
    invitation: str = ""  # what the first text/calendar says


def read_content(
    root: Part, problems: Problems, *, keep_contents: bool = False, beside: Iterable[Part] = ()
) -> Content:
    """Sorts the parts of a message. beside: parts that lay around it, which are attachments. Never raises."""
    reader = _Reader(problems, keep_contents)
    reader.visit(root, 0)
    for part in beside:
        reader.attach(part)
    return reader.content


class _Reader:
    """Walks the tree once, in order; ``depth`` bounds the recursion."""

    def __init__(self, problems: Problems, keep_contents: bool) -> None:
        self.problems = problems
        self.keep_contents = keep_contents
        self.content = Content()
        self.opened = 0

    def visit(self, part: Part, depth: int) -> None:
        if not part.parts:
            self._leaf(part, depth)
        elif depth >= limits.STRUCTURE_DEPTH:
            for leaf in part.leaves():
                self._leaf(leaf, depth)
        elif part.content_type == "multipart/alternative":
            self._alternative(part, depth)
        elif part.content_type == "multipart/report":
            self._report(part, depth)
        else:
            if part.content_type == "multipart/encrypted":
                self.problems.note(Problem.ENCRYPTED)
            for child in part.parts:
                self.visit(child, depth + 1)

    def _alternative(self, part: Part, depth: int) -> None:
        """Of several forms of one text, the last HTML is the author's; plain text stands by in case it is empty."""
        outer, forms = self.content.pieces, []
        for child in part.parts:
            self.content.pieces = []
            self.visit(child, depth + 1)
            if any(piece.text.strip() for piece in self.content.pieces):
                forms.append(self.content.pieces)
        self.content.pieces = outer
        if not forms:
            return
        rich = next((form for form in reversed(forms) if any(piece.is_html for piece in form)), None)
        if rich is None:
            outer.extend(forms[-1])
            return
        if all(piece.is_html for piece in rich):  # documents around a picture or file
            rich = [Piece("<br>".join(piece.text for piece in rich), is_html=True)]
        plain = next((form for form in reversed(forms) if not any(piece.is_html for piece in form)), [])
        outer.append(replace(rich[0], instead=tuple(plain)))
        outer.extend(rich[1:])

    def _report(self, part: Part, depth: int) -> None:
        """A bounce or receipt (RFC 6522): its text is the message; what came back is kept apart."""
        for child in part.parts:
            if child.content_type in _MESSAGES or child.content_type == "text/rfc822-headers":
                self.content.returned.append(child.content(self.problems))
            else:
                self.visit(child, depth + 1)

    def _leaf(self, part: Part, depth: int) -> None:
        kind = part.content_type
        if kind in _SIGNATURES or kind in _FOR_MACHINES:
            return
        if kind in _MESSAGES:
            self.content.nested.append(part.content(self.problems))
            self.attach(part)
        elif kind in _STATUS:
            self.content.spare.append(Piece(plain_of(part, self.problems)))
        elif kind in tnef.TYPES or part.filename.lower() == "winmail.dat":
            self._packed(part)
        elif kind in _SMIME:
            self._smime(part, depth)
        elif kind == "text/calendar":
            invitation = calendar.read_invitation(plain_of(part, self.problems))
            self.content.invitation = self.content.invitation or invitation
            self.content.spare.append(Piece(invitation))
            self.attach(part)
        elif self._is_text(part):
            self._text(part)
        else:
            if kind in _ENCRYPTED:
                self.problems.note(Problem.ENCRYPTED)
            elif kind in _READABLE and not self.content.pieces:
                self.content.spare.append(self._piece(part))
            self.attach(part)

    def attach(self, part: Part) -> None:
        """A part as a file."""
        content = part.content(self.problems)
        self._attach_files([(describe(part, content, self.problems), content)])

    def _attach_files(self, files: list[tuple[AttachmentInfo, bytes]]) -> None:
        self.content.attachments.extend(info for info, _ in files)
        if self.keep_contents:
            self.content.contents.extend(content for _, content in files)

    def _is_text(self, part: Part) -> bool:
        if part.disposition == "attachment" or part.main_type != "text":
            return False
        if part.filename:
            return part.content_type in _READABLE and not self.content.pieces
        return part.content_type in _READABLE or not part.content_type.startswith(("text/x-v", "text/v", "text/dir"))

    def _piece(self, part: Part) -> Piece:
        text = html_of(part, self.problems) if part.content_type == "text/html" else plain_of(part, self.problems)
        is_html = part.content_type == "text/html" or text[:200].lstrip().lower().startswith(
            ("<html", "<!doctype html")
        )
        return Piece(text, is_html)

    def _text(self, part: Part) -> None:
        piece = self._piece(part)
        if piece.is_html:
            self.content.pieces.append(piece)
            return
        text, files = take_uuencoded(piece.text, self.problems)
        self._attach_files(files)
        if "-----BEGIN PGP MESSAGE-----" in text:
            self.problems.note(Problem.ENCRYPTED)
        self.content.pieces.append(Piece(unwrap_signed(text)))

    def _packed(self, part: Part) -> None:
        packed = tnef.unpack(part.content(self.problems), self.problems)
        if packed is None:
            self.attach(part)
            return
        self._attach_files(packed.files)
        plain = (Piece(packed.plain),) if packed.plain.strip() else ()
        if packed.html.strip():
            self.content.spare.append(Piece(packed.html, is_html=True, instead=plain))
        else:
            self.content.spare.extend(plain)

    def _smime(self, part: Part, depth: int) -> None:
        """An opaque signature holds a whole message; anything else of this type is encrypted."""
        inner = signed_content(part.content(self.problems))
        if inner is None or self.opened >= limits.NESTED_MESSAGES:
            self.problems.note(Problem.ENCRYPTED)
            self.attach(part)
            return
        self.opened += 1
        self.visit(parse(inner, self.problems), depth + 1)
