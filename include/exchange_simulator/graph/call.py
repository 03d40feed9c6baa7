"""A question to Graph and its answer, apart from HTTP: a batch asks the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from exchange_simulator.faults.plan import Fault, Named
from exchange_simulator.graph.errors import GraphError
from exchange_simulator.graph.query import Query
from exchange_simulator.graph.query import read as read_query
from exchange_simulator.store.accounts import Account

VERSIONS = ("v1.0", "beta")


@dataclass
class Call:
    """What is asked. root: ``https://host:port/v1.0``. segments: of the path behind it, decoded.

    What the answer notes for the call log and the faults: operation, mailbox, named, codes, ids.
    """

    method: str
    root: str
    segments: Sequence[str]
    parameters: Sequence[tuple[str, str]]
    prefer: Sequence[str]
    account: Account
    operation: str = "?"
    mailbox: str = ""
    named: list[Named] = field(default_factory=list)
    fault: Fault | None = None

    @property
    def query(self) -> Query:
        """The options. Raises GraphError 400."""
        return read_query(self.parameters, self.prefer)

    @property
    def url(self) -> str:
        """The address without options."""
        return f"{self.root}/{'/'.join(quote(one, safe='$()') for one in self.segments)}"

    def link(self, **options: str) -> str:
        """The address with other options: those given replace theirs."""
        kept = [(name, value) for name, value in self.parameters if name.removeprefix("$").lower() not in options]
        return f"{self.url}?{urlencode([*kept, *((f'${name}', value) for name, value in options.items())], safe='$,')}"

    def fresh_link(self, **options: str) -> str:
        """The address with these options alone."""
        return f"{self.url}?{urlencode([(f'${name}', value) for name, value in options.items()], safe='$')}"

    def beside(self, url: str, method: str, headers: Mapping[str, str]) -> Call:
        """Another question of a batch; url: relative, or absolute on any host, with or without the version."""
        parts = urlsplit(url)
        path = [unquote(one) for one in parts.path.split("/") if one]
        version = self.root.rsplit("/", 1)[1]
        if path and path[0] in VERSIONS:
            version = path.pop(0)
        prefer = [value for name, value in headers.items() if name.lower() == "prefer"]
        return replace(
            self, method=method, root=f"{self.root.rsplit('/', 1)[0]}/{version}", segments=path,
            parameters=parse_qsl(parts.query, keep_blank_values=True), prefer=prefer, operation="?", mailbox="",
            named=[], fault=None,
        )  # fmt: skip


@dataclass
class Reply:
    """What is answered: JSON, or bytes of a media type."""

    status: int
    content: dict[str, Any] | bytes
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    code: str = "NoError"


def refusal(error: GraphError, body: dict[str, Any]) -> Reply:
    """The answer that tells of an error."""
    return Reply(error.status, body, headers=error.headers, code=error.code)
