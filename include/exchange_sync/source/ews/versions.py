"""Which version of EWS is declared, and how it is learned without a request of its own (reference 3.2).

A server accepts the versions up to its own. So the first request declares one that every server since 2010 SP2
speaks; its answer names the server's build, and later requests declare that.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchangelib.version import VERSIONS, Build, Version
from lxml import etree

from exchange_sync.source.credentials import build_numbers
from exchange_sync.source.ews.names import number, t

FIRST = "Exchange2010_SP2"
_LOWER = {FIRST: "Exchange2010_SP1", "Exchange2010_SP1": "Exchange2010", "Exchange2010": "Exchange2007_SP1"}
# newest first; the names that later schemas added are accepted by the servers of the same generation
ORDER = ("Exchange2016", "Exchange2015", "Exchange2013_SP1", "Exchange2013", *[FIRST, *_LOWER.values()])


_PRODUCTS = {"14": "Exchange 2010", "15.0": "Exchange 2013", "15.1": "Exchange 2016", "15.2": "Exchange 2019 or SE",
             "15.20": "Exchange Online"}  # fmt: skip


def product(build: str | None) -> str | None:
    """What is called so by people, with its build; None where no build is known."""
    if build is None:
        return None
    major, minor = build.split(".")[:2]
    name = _PRODUCTS.get(f"{major}.{minor}") or _PRODUCTS.get(major, "a version unknown here")
    return f"{name}, build {build}"


@dataclass
class ServerVersion:
    """What is known of the server. declared: the version that requests name. build: None until learned."""

    declared: str = FIRST
    build: str | None = None
    pinned: bool = False
    learned: bool = False

    @classmethod
    def of(cls, build: str | None) -> ServerVersion:
        """Pinned to a build, or to be learned."""
        return cls() if build is None else cls(_declared_by(build), build, pinned=True, learned=True)

    def learn(self, header: etree._Element | None) -> None:
        """Takes the server's build from an answer's header, the first time it is there."""
        info = None if header is None else header.find(t("ServerVersionInfo"))
        if self.learned or info is None:
            return
        parts = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
        numbers = [max(0, number(info.get(part))) for part in parts]
        if not numbers[0]:
            return
        self.build = ".".join(str(part) for part in numbers)
        self.declared = _declared_by(self.build)
        self.learned = True

    def step_down(self) -> bool:
        """After the server refused the declared version: declare another one. False when there is none left.

        Where the refusing answer named the build, learn() has already chosen.
        """
        if self.pinned or self.declared not in _LOWER:
            return False
        self.declared = _LOWER[self.declared]
        return True

    def at_least(self, version: str) -> bool:
        """Does the declared version hold what came with ``version``?"""
        return ORDER.index(self.declared) <= ORDER.index(version) if self.declared in ORDER else True


def _declared_by(build: str) -> str:
    major, minor, *rest = build_numbers(build)
    known = Build(major, minor, *rest)
    try:
        return str(Version(build=known).api_version)
    except (ValueError, KeyError):
        newest: str = VERSIONS[0][1]
        return newest if major >= 15 else FIRST
