"""Splits lines into body, signature and quoted history: the order in which the rules apply."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.clean.normal import clip
from exchange_sync.clean.split.author import Evidence, lines_of
from exchange_sync.clean.split.banners import banner_end
from exchange_sync.clean.split.facts import UNKNOWN, MailFacts
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.marks import break_up, find_marks, has_head
from exchange_sync.clean.split.prefixes import mark_other_quotes
from exchange_sync.clean.split.result import SplitText
from exchange_sync.clean.split.segments import Segment, cut, settle, split_after_device
from exchange_sync.clean.split.signature import is_delimiter, signature_start


def split_lines(lines: list[Line], facts: MailFacts = UNKNOWN) -> SplitText:
    """The three parts of a message. Every word of the lines is in exactly one of them."""
    lines = break_up(lines)
    banner = banner_end(lines)
    head, lines = lines[:banner], lines[banner:]
    marks = find_marks(lines, facts.answers)
    mark_other_quotes(lines, marks)
    segments = cut(lines, marks)
    if _is_interleaved(lines, segments):
        segments = _keep_whole(lines, segments)
    else:
        segments = split_after_device(lines, settle(segments))
    return _parts(lines, segments, head, facts)


def _is_interleaved(lines: Sequence[Line], segments: Sequence[Segment]) -> bool:
    """True if the author answers between quotes: own text stands after one quote and before another without a head."""
    after_quote = own_text = False
    for segment in segments:
        if not segment.quoted:
            own_text = after_quote and _says_more(lines, segment)
        elif segment.rest or (segment.mark is not None and segment.mark.forward):
            return False
        elif own_text and segment.mark is None and not has_head(lines, segment.start):
            return True
        else:
            after_quote = True
    return False


def _has_words(lines: Sequence[Line]) -> bool:
    return any(sign.isalnum() for line in lines for sign in line.text[:MARK_LENGTH])


def _keep_whole(lines: Sequence[Line], segments: Sequence[Segment]) -> list[Segment]:
    """The segments with all up to the author's last words made the message; what is quoted below answers nothing."""
    last = max(index for index, segment in enumerate(segments) if not segment.quoted and _says_more(lines, segment))
    return [Segment(0, segments[last].end, quoted=False), *settle(segments[last + 1 :])]


def _says_more(lines: Sequence[Line], segment: Segment) -> bool:
    """True if the author's words are there, and not a signature alone."""
    own = lines[segment.start : segment.end]
    return _has_words(own[: signature_start(own, whole=True)])


def _parts(lines: Sequence[Line], segments: Sequence[Segment], banner: Sequence[Line], facts: MailFacts) -> SplitText:
    own = [segment for segment in segments if not segment.quoted]
    history = [segment for segment in segments if segment.quoted]
    evidence = Evidence(facts, lines_of(line for segment in history for line in lines[segment.start : segment.end]))
    body: list[list[Line]] = []
    signature: list[list[Line]] = []
    open_ended = True  # only blank text and signatures follow
    for segment in reversed(own):
        chunk = list(lines[segment.start : segment.end])
        start = (
            signature_start(
                chunk, whole=_may_be_whole(lines, segments, segment, forwards=facts.forwards), evidence=evidence
            )
            if open_ended
            else len(chunk)
        )
        signature.insert(0, chunk[start:])
        body.insert(0, chunk[:start])
        if any(not line.blank for line in chunk[:start]):
            open_ended = False
    quoted = [list(lines[segment.start : segment.end]) for segment in history]
    forward = bool(history) and not (history[0].mark and history[0].mark.attribution)
    if not any(not line.blank for chunk in body for line in chunk):
        _lift(quoted)
    return _never_empty([_join(body), _join(signature), _join(quoted), _join([banner])], forward=forward)


def _lift(quoted: Sequence[Sequence[Line]]) -> None:
    """Takes one quote mark off history that HTML holds in one quote: it is to become the message (a bare forward)."""
    lines = [line for chunk in quoted for line in chunk if not line.blank]
    if lines and all(line.contained and line.raw.startswith(">") for line in lines):
        for line in lines:
            line.raw = line.raw.removeprefix(">").removeprefix(" ")


def _may_be_whole(lines: Sequence[Line], segments: Sequence[Segment], segment: Segment, *, forwards: bool) -> bool:
    """True if all of the segment may be signature: it stands below history, or above it with a delimiter first.

    forwards: the subject says so: what is forwarded is the message, and what programs add above it is not.
    """
    if any(other.quoted and other.start < segment.start for other in segments):
        return True
    if forwards and segment.end < len(lines):
        return True
    first = next((line for line in lines[segment.start : segment.end] if not line.blank), None)
    return first is not None and segment.end < len(lines) and (first.signature or is_delimiter(first))


def _never_empty(parts: Sequence[str], *, forward: bool) -> SplitText:
    """A message of nothing but history (a bare forward) or nothing but a signature is its own body.

    parts: body, signature, quoted, banner. forward: what is quoted may be a forward, and is the message if no other is.
    """
    body, signature, quoted, banner = parts
    if not body and quoted and (forward or not signature):
        body, quoted = quoted, ""
    elif not body:
        body, signature = signature, ""
    if not body:
        body, banner = banner, ""
    quoted = "\n\n".join(part for part in (banner, quoted) if part)
    return SplitText(clip(body), clip(signature), clip(quoted))


def _join(chunks: Sequence[Sequence[Line]]) -> str:
    """The raw text of chunks of lines, without the blank lines around each."""
    texts = ["\n".join(line.raw.rstrip() for line in chunk).strip("\n") for chunk in chunks]
    return "\n\n".join(text for text in texts if text.strip())
