"""The Exchange generations the simulator can be, and what a request may ask of each."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_simulator.errors import EwsError, UsageError

REQUEST_VERSIONS = (
    "Exchange2007", "Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013",
    "Exchange2013_SP1", "Exchange2015", "Exchange2016",
)  # fmt: skip


@dataclass(frozen=True)
class Generation:
    """One Exchange. build: major, minor, major build, minor build, as ServerVersionInfo tells it."""

    newest: str
    build: tuple[int, int, int, int]


GENERATIONS = {
    "2010-rtm": Generation("Exchange2010", (14, 0, 639, 21)),
    "2010-sp1": Generation("Exchange2010_SP1", (14, 1, 438, 0)),
    "2010": Generation("Exchange2010_SP2", (14, 3, 513, 0)),
    "2013": Generation("Exchange2013_SP1", (15, 0, 1497, 48)),
    "2016": Generation("Exchange2016", (15, 1, 2507, 39)),
    "2019": Generation("Exchange2016", (15, 2, 1544, 11)),
    "se": Generation("Exchange2016", (15, 2, 2562, 17)),
    "online": Generation("Exchange2016", (15, 20, 9412, 12)),
}


def generation(name: str) -> Generation:
    """The generation of a name. Raises UsageError for an unknown one."""
    if name not in GENERATIONS:
        raise UsageError(f"unknown Exchange generation {name!r}; expected one of {', '.join(GENERATIONS)}")
    return GENERATIONS[name]


def at_least(version: str, other: str) -> bool:
    """Whether a request version is as new as another."""
    return REQUEST_VERSIONS.index(version) >= REQUEST_VERSIONS.index(other)


def accept(requested: str | None, server: Generation) -> str:
    """The version a request is answered in. Raises ErrorInvalidServerVersion for one newer than the server."""
    version = requested or "Exchange2007_SP1"
    if version not in REQUEST_VERSIONS or not at_least(server.newest, version):
        raise EwsError("ErrorInvalidServerVersion", "The specified server version is invalid.", fault=True)
    return version
