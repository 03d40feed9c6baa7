"""Collects the text of an HTML document line by line, as a reader would see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchange_sync.clean.html.containers import Role
from exchange_sync.clean.normal import CUT_MARK, normalise
from exchange_sync.clean.split.footers import is_device_line
from exchange_sync.clean.split.line import Line, plain_line

_SPACE = re.compile(r"[ \t\n\r\f]+")
_LIMIT = 400_000  # characters; far above what is kept, so that no document can fill the memory
_ALTERNATIVE = 200  # characters of an image's description
_CELL = " | "
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?(?:tel:)?")
_ADVERTISED = re.compile(r" ?<https?://[^<>]{1,2000}>")  # in "Get Outlook for iOS <link>"
_LINKS = ("http://", "https://", "ftp://", "mailto:", "tel:")


@dataclass(slots=True)
class _Container:
    """An open container. reply: the author may write in it behind its first quote. history: what is written now is."""

    reply: bool
    history: bool = True


class Writer:
    """Turns text, breaks and quotes into lines. A break is only pending until text follows it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._buffer: list[str] = []  # the pieces of the line being written
        self._break = 0  # before the next text: 1 = a new line, 2 = a blank line too
        self._spaced = False  # the last line is the blank one of a margin
        self._space = False  # a space before the next text
        self._prefix = ""  # a bullet before the next text
        self._pre = 0
        self._lists: list[int] = []  # one number a list: -1 for bullets, else the last number given
        self._rows: list[int] = []  # one a table row: how many lines there were when it began
        self._cell_open = False  # at the start of a cell that continues its row's line
        self._quotes: list[bool] = []  # one a blockquote: True if a mail program's
        self._containers: list[_Container] = []
        self._signatures = 0
        self._signed = False  # a signature has begun whose end no tag tells
        self._ends = False
        self._written = 0
        self._boxes = 0  # coloured boxes that are open
        self._boxed = False  # something on the line being written stands in one
        self._top = True  # nothing yet stood outside of one

    def text(self, text: str) -> None:
        """Writes text as HTML shows it: runs of white space are one space, no-break spaces stay."""
        if self._written > _LIMIT:
            return
        if self._written + len(text) > _LIMIT:
            text = text[: max(0, _LIMIT - self._written)] + CUT_MARK
            self._written = _LIMIT + 1
        if self._pre:
            self._preformatted(text)
            return
        words = _SPACE.sub(" ", text)
        if not words or words == " ":
            self._space = self._space or bool(words)
            return
        self._space = self._space or words[0] == " "
        self._write(words.strip(" "))
        self._space = words[-1] == " "

    def _preformatted(self, text: str) -> None:
        first, *others = text.split("\n")
        if first:
            self._write(first)
        for part in others:
            self.line_break()
            if part:
                self._write(part)

    def _write(self, text: str) -> None:
        self._flush()
        if self._prefix:
            self._buffer.append(self._prefix)
            self._prefix = ""
        elif self._space and self._buffer:
            self._buffer.append(" ")
        self._space = self._cell_open = False
        self._buffer.append(text)
        self._written += len(text)
        self._boxed = self._boxed or self._boxes > 0

    def _flush(self) -> None:
        """Carries out the pending break."""
        if self._break:
            self._end_line()
            if self._break > 1 and self.lines and not self.lines[-1].blank:
                self._append("")
                self._spaced = True
            self._break = 0

    def _end_line(self) -> None:
        if self._buffer:
            self._append("".join(self._buffer))
            self._buffer.clear()
        self._space = False

    def _append(self, raw: str) -> None:
        if not raw.isprintable():
            raw = normalise(raw).replace("\n", " ")
        text, marks = raw.strip(), 0
        spaced, self._spaced = self._spaced, False
        if (
            spaced and not text and not self._rows
        ):  # <p>&nbsp;</p> or <p><br></p> is one blank line, with or without a margin
            return
        if "<http" in text and is_device_line(text):
            raw = text = _ADVERTISED.sub("", text)
        if text.startswith(">"):
            marked = plain_line(text)
            text, marks = marked.text, marked.depth
        cites = sum(self._quotes)
        contained = cites > 0 or any(box.history for box in self._containers)
        shown = "> " * cites + raw if cites else raw
        self.lines.append(
            Line(
                raw=shown.rstrip(),
                text=text,
                depth=len(self._quotes) + marks,
                contained=contained,
                soft=bool(self._quotes) and not contained and not marks,
                signature=self._signatures > 0 or (self._signed and not contained),
                ends=self._ends and bool(text),
                boxed=self._boxed and self._top,
            )
        )
        self._top = self._top and (self._boxed or not text)
        self._boxed = False
        self._ends = self._ends and not text

    def line_break(self) -> None:
        """A hard break (<br>)."""
        self._flush()
        if self._buffer:
            self._end_line()
        elif self.lines:
            self._append("")

    def block(self, breaks: int) -> None:
        """A block begins or ends here: 1 = on its own line, 2 = with a blank line around."""
        if not self._cell_open:
            self._break = max(self._break, breaks)
            self._space = False

    def row_begin(self) -> None:
        """A table row begins, on a line of its own."""
        if not self._cell_open:
            self._flush()
        self._rows.append(len(self.lines))

    def row_end(self) -> None:
        """A table row ends."""
        if self._rows:
            self._rows.pop()
        self.block(1)

    def cell(self) -> None:
        """A table cell begins: it continues its row's line if the cells before are on that one line."""
        if self._buffer and self._rows and len(self.lines) == self._rows[-1]:
            line = "".join(self._buffer).rstrip()
            if line:
                self._buffer = [line, " " if line.endswith((":", "：")) else _CELL]
            else:
                self._buffer = []
            self._break = 0
            self._space = False
        self._cell_open = not self._break

    def cell_end(self) -> None:
        """A table cell ends; whether its line does too shows when the next one begins."""
        self._cell_open = False
        if len(self._buffer) > 1 and not "".join(self._buffer[2:]).strip() and self._buffer[1] in (_CELL, " "):
            del self._buffer[1:]

    def list_begin(self, *, ordered: bool) -> None:
        """A list begins."""
        self._lists.append(0 if ordered else -1)

    def list_end(self) -> None:
        """A list ends."""
        if self._lists:
            self._lists.pop()

    def bullet(self) -> None:
        """The next text is a list item's."""
        mark = "- "
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            mark = f"{self._lists[-1]}. "
        self._prefix = "  " * min(max(0, len(self._lists) - 1), 10) + mark

    def list_mark(self, mark: str) -> None:
        """The next text is a list item's, whose bullet or number Word wrote as text."""
        words = mark.strip("\xa0 \t\r\n")[:10]
        self._prefix = f"{words} " if words[:-1].isalnum() and words.endswith((".", ")")) else "- "

    def image(self, alternative: str) -> None:
        """An image is its alternative text, in brackets."""
        words = _SPACE.sub(" ", alternative[:_ALTERNATIVE]).strip()
        if words:
            self.text(f"[{words}]")

    def position(self) -> int:
        """Where a link's text begins: how much of the current line is written."""
        return 0 if self._break else len(self._buffer)

    def link(self, address: str, start: int) -> None:
        """Writes a link's address behind its text, unless the text says it already."""
        if not address.lower().startswith(_LINKS):
            return
        shown = "".join(self._buffer[start:])
        if not shown.strip():
            return
        mail = address.lower().startswith("mailto:")
        target = address[7:].split("?")[0] if mail else address
        bare = _SCHEME.sub("", target.lower()).rstrip("/")
        if bare and _comparable(bare) not in _comparable(shown.lower()):
            self._buffer.append(f" <{target}>")
            self._written += len(target)

    def preformatted(self, step: int) -> None:
        """Enters (+1) or leaves (-1) text whose white space is kept."""
        self._pre = max(0, self._pre + step)

    def enter(self, role: Role) -> None:
        """A quote, a container of history or a signature begins; a blank line above it stays outside."""
        if role is Role.BOX:
            self._boxes += 1
            return
        if self._break > 1:
            self._flush()
        self._end_line()
        if role is Role.CITE or role is Role.SOFT:
            self._quotes.append(role is Role.CITE or bool(self._containers))
        elif role is Role.END:
            self._ends = self._ends or not (self._quotes or self._containers)
        elif role is Role.SIGNATURE:
            self._signatures += 1
        elif role is Role.SIGNED:
            self._signed = True
        elif role is Role.HISTORY or role is Role.REPLY:
            self._containers.append(_Container(reply=role is Role.REPLY))

    def leave(self, role: Role) -> None:
        """What `enter` began ends."""
        if role is Role.BOX:
            self._boxes -= 1
            return
        self._end_line()
        if role is Role.CITE or role is Role.SOFT:
            self._quotes.pop()
            if not self._quotes and self._containers and self._containers[-1].reply:
                self._containers[-1].history = False
        elif role is Role.SIGNATURE:
            self._signatures -= 1
        elif role is Role.HISTORY or role is Role.REPLY:
            self._containers.pop()

    def is_at_top(self) -> bool:
        """True as long as nothing is written outside of coloured boxes."""
        return self._top

    def in_history(self) -> bool:
        """True inside a quote or a container of history."""
        return bool(self._quotes or self._containers)

    def finish(self) -> list[Line]:
        """All lines."""
        self._end_line()
        return self.lines


def _comparable(text: str) -> str:
    return text.replace("-", "").replace(" ", "")
