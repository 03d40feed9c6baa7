"""Conversations as text files: who writes what to whom, in which order, with alternatives to choose from.

A file under texts/<language>/ opens with `name: value` lines (team, weight, folder, settled, one or more subjects).
Then each email is a section:

    ## client > firm cc broker      the writer; whom to (else who wrote last); copies
    First wording || second wording a paragraph, of which one wording is taken; {names} are filled in
    ~ First wording || second       the same, but all such paragraphs of a conversation take the same number
    @pdf Estimate {claim}           an enclosure: @pdf, @xlsx or @photo, with its title
    @urgent                         high importance
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Enclosure:
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The wordings to choose from; `linked` when the choice is one for the whole conversation."""

    wordings: tuple[str, ...]
    linked: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One email of a conversation; roles, not yet people."""

    role: str
    to: tuple[str, ...]
    copies: tuple[str, ...]
    paragraphs: tuple["Paragraph", ...]
    enclosures: tuple[Enclosure, ...]
    urgent: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation's script. `folder` is where the team files it while open, `settled` where it ends."""

    key: str
    language: str
    team: str
    weight: int
    folder: tuple[str, ...]
    settled: tuple[str, ...]
    subjects: tuple[str, ...]
    turns: tuple[Turn, ...]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All scripts of the package, in the order of their names."""
    found = []
    for folder in sorted(files(__package__).joinpath("texts").iterdir(), key=lambda entry: entry.name):
        if folder.is_dir():
            for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
                if entry.name.endswith(".txt"):
                    found.append(parse(entry.name[:-4], folder.name, entry.read_text(encoding="utf-8")))
    return tuple(found)


def parse(key: str, language: str, text: str) -> Scenario:
    """Read one script; a missing head line raises KeyError with its name."""
    head, *sections = text.split("\n## ")
    fields: dict[str, list[str]] = {}
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        fields.setdefault(name, []).append(value)
    return Scenario(
        key=key,
        language=language,
        team=fields["team"][0],
        weight=int(fields["weight"][0]),
        folder=tuple(fields["folder"][0].split("/")),
        settled=tuple(fields["settled"][0].split("/")),
        subjects=tuple(fields["subject"]),
        turns=tuple(_turns(sections)),
    )


def _turns(sections: list[str]) -> Iterator[Turn]:
    previous = "firm"
    for section in sections:
        head, _, body = section.partition("\n")
        writers, _, copies = head.partition(" cc ")
        role, _, to = writers.partition(" > ")
        lines = body.split("\n")
        marks = [line[1:].partition(" ") for line in lines if line.startswith("@")]
        text = "\n".join(line for line in lines if not line.startswith("@")).strip()
        yield Turn(
            role=role.strip(),
            to=_roles(to) or (previous,),
            copies=_roles(copies),
            paragraphs=tuple(_paragraph(block) for block in text.split("\n\n")),
            enclosures=tuple(Enclosure(kind, title) for kind, _, title in marks if kind != "urgent"),
            urgent=any(kind == "urgent" for kind, _, _ in marks),
        )
        previous = role.strip()


def _paragraph(block: str) -> Paragraph:
    linked = block.startswith("~ ")
    return Paragraph(tuple(wording.strip() for wording in block.removeprefix("~ ").split("||")), linked)


def _roles(text: str) -> tuple[str, ...]:
    return tuple(role.strip() for role in text.split(",") if role.strip())
