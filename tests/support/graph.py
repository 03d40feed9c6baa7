"""A bare Graph client for tests: what it sends and gets is seen as it is, and every answer is held to the schema."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import requests
from exchange_simulator.testing import Running

ROOT = Path(__file__).resolve().parents[2]
IMMUTABLE = 'IdType="ImmutableId"'


@cache
def schema() -> dict[str, Any] | None:
    """The strict schema of Graph's mail; None where the data for tests are not there."""
    shared = Path(os.environ.get("EXCHANGE_SYNC_SHARED") or ROOT / ".." / "shared")
    path = shared / "graph" / "graph-mail.schema.json"
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def check(body: Any, definition: str) -> None:
    """Raises jsonschema.ValidationError for an answer that Graph would not give."""
    whole = schema()
    if whole is not None:
        jsonschema.validate(body, {**whole, "$ref": f"#/$defs/{definition}"})


class Graph:
    """Asks a running simulator as an application with a token."""

    def __init__(self, running: Running, mailbox: str, *, immutable: bool = False) -> None:
        self.root = f"{running.simulator.graph_url}/v1.0"
        self.user = f"{self.root}/users/{mailbox}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = running.ca_file
        self.session.headers["Prefer"] = IMMUTABLE if immutable else "odata.maxpagesize=10"
        form = {
            "grant_type": "client_credentials", "client_id": running.username, "client_secret": running.password,
            "scope": "https://graph.microsoft.com/.default",
        }  # fmt: skip
        answer = self.session.post(f"{running.simulator.graph_url}/tenant/oauth2/v2.0/token", data=form)
        check(answer.json(), "TokenAnswer")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, definition: str, *, status: int = 200, **headers: str) -> Any:
        """The JSON of an answer; path: behind the user, or a whole link."""
        answer = self.raw(path, headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json"
        check(answer.json(), definition)
        return answer.json()

    def error(self, path: str, status: int) -> str:
        """The code of a refusal."""
        code: str = self.get(path, "Error", status=status)["error"]["code"]
        return code

    def raw(self, path: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """The answer as it is."""
        return self.session.get(path if path.startswith("https:") else f"{self.user}{path}", headers=headers or {})

    def all(self, path: str, definition: str) -> list[dict[str, Any]]:
        """The values of all pages."""
        found, link = [], path
        while link:
            page = self.get(link, definition)
            found += page["value"]
            link = page.get("@odata.nextLink", "")
        return found

    def round(self, link: str) -> tuple[list[dict[str, Any]], str]:
        """A delta round: its entries, and the link of the next one."""
        entries: list[dict[str, Any]] = []
        while True:
            page = self.get(link, "MessageDeltaPage")
            entries += page["value"]
            if "@odata.deltaLink" in page:
                return entries, page["@odata.deltaLink"]
            link = page["@odata.nextLink"]

    def batch(self, *urls: str, **headers: str) -> dict[str, Any]:
        """What each of these questions is answered, by its place."""
        asked = [
            {"id": str(place), "method": "GET", "url": url, **({"headers": headers} if headers else {})}
            for place, url in enumerate(urls)
        ]
        answer = self.session.post(f"{self.root}/$batch", json={"requests": asked})
        assert answer.status_code == 200, answer.text
        check(answer.json(), "BatchResponse")
        return {one["id"]: one for one in answer.json()["responses"]}
