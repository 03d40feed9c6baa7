"""A world with one of everything that a page may show, and an address of each page in it.

A new route needs nothing here as long as its path has no new parameter. One that has, or that answers with a part of a
page or a file, is named here: tests/web/pages/test_walk.py fails until it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import quote

from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.model.identity import comment_id
from exchange_sync.store import incidents, people, subscribers, switching, trying
from exchange_sync.store.incidents import Failure
from exchange_sync.store.searching import Place
from exchange_sync.web.pages.app import create_pages
from exchange_sync.web.pages.comments.address import written
from fastapi.routing import APIRoute

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail

Route = tuple[str, str]  # method, path with its parameters

HOSTILE = "<script>alert(1)</script> “><img src=x onerror=alert(2)> \u202egpj.exe"
FOREIGN = "أين طلبي؟ שלום"
SECRETS = (
    "acme/exchange",
    "acme/late",
    "exchange_acme",
    "desk@acme.example",
    CLAIMS,
    "Question 1",
    "teams_claims",
    "Claims desk",
)

# What parameters are called → their value in the world; a prefix of a path may call something else so.
_NAMES = {"owner": "acme", "name": "exchange", "address": SUPPORT, "comment_id": comment_id("<mail-1@client.example>")}
_ELSEWHERE = {
    "/comments/": {"name": "mail", "bucket": "mail", "index": "0"},
    "/buckets/": {"name": "mail"},
}
# Answers that are a part of a page, a file or data.
PARTS: frozenset[str] = frozenset(
    {
        "/list",
        "/integrations/{owner}/{name}/now",
        "/integrations/{owner}/{name}/boxes",
        "/notifications/unread",
        "/subscriptions/tests",
        "/integrations/{owner}/{name}/mailboxes/{address}/folders",
        "/comments/{owner}/{bucket}/{comment_id}/original",
        "/comments/attachments/{reference}",
        "/comments/export",
    }
)


def _step(world: World) -> str:
    [row] = world.rows("SELECT timestamp, id, bucket_id FROM comments ORDER BY timestamp DESC OFFSET 2 LIMIT 1")
    place = Place(cast(datetime, row["timestamp"]), str(row["id"]), str(row["bucket_id"]))
    return f"?to=older&at={quote(written(place))}"


QUERIES: dict[str, Callable[[World], str]] = {
    "/subscriptions/all": lambda world: "?wanted=off",
    "/comments/step": _step,
}
# Beside the addresses of all routes: states of pages that look different.
MORE = (
    "/?q=nothing-of-this-name",
    "/integrations/acme/late",
    "/integrations/acme/empty",
    "/notifications?before=1",
    "/subscriptions?done=saved",
    "/subscriptions/all?wanted=on",
    "/comments?q=question",
    "/comments?q=nothing-of-this-word",
    f"/comments/acme/mail/{comment_id('<mail-8@client.example>')}",
    f"/comments/acme/mail/{comment_id('<mail-9@client.example>')}",
    f"/comments/acme/mail/{comment_id('<mail-10@client.example>')}",
    f"/comments/acme/mail/{comment_id('<mail-12@client.example>')}",
    "/nothing/here",
)


def fill(world: World) -> None:
    """Emails, hostile ones too; a failed integration, a mended one, a mailbox of no rights; services, tokens, tests."""
    now = datetime.now(UTC)
    late = IntegrationConfig(
        "acme",
        "late",
        "exchange_late",
        title="Claims desk",
        mailboxes=(MailboxConfig("desk@acme.example", "acme", "mail"),),
    )
    exchange = IntegrationConfig(
        "acme", "exchange", "exchange_acme",
        mailboxes=(MailboxConfig(SUPPORT, "acme", "mail", attachments="all"), MailboxConfig(CLAIMS, "acme", "mail")),
    )  # fmt: skip
    world.configure(exchange, late, IntegrationConfig("acme", "empty", "exchange_empty"))
    _deliver(world)
    person = subscribers.Person("admin", "admin@acme.example", ("Admin",), may_view=True)
    viewer = subscribers.Person("viewer", "viewer@acme.example", ("Viewer",), may_view=True)
    for one in (person, viewer):
        subscribers.seen(world.db, one, now)
    ids = {str(row["name"]): str(row["id"]) for row in world.rows("SELECT id, name FROM integrations")}
    refused = Failure(
        "invalid_exchange_credentials", "HTTP 401", "Exchange refused the log-in.", f"Check it. {HOSTILE}"
    )
    at = now - timedelta(hours=2)
    incidents.integration_failed(
        world.db, ids["exchange"], refused, run="exchange.acme.exchange/r1/gate", limit=1, now=at
    )
    switching.enable(world.db, ids["exchange"], at + timedelta(minutes=30), unpause=False)
    incidents.integration_failed(world.db, ids["late"], refused, run="exchange.acme.late/r1/gate", limit=1, now=now)
    for name in ("exchange", "late"):
        subscribers.add_channel(world.db, ids[name], "teams_claims")
    for username in ("viewer", "admin"):
        people.save_user(world.db, username, f"{username}@acme.example", [username.title()], now)
        people.create_token(world.db, username, now)
    with world.db.transaction() as cursor:
        trying.queue(cursor, "admin", [("in_app", "admin"), ("email", "admin@acme.example")], None, now)


def _deliver(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(1, 8):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    answer = mail(
        8, subject="Re: Question 1", reply_to="<mail-1@client.example>", body="Thanks.\n\n> this is question 1"
    )
    for mime in (
        answer,
        mail(9, subject=HOSTILE, body=f"{HOSTILE}\n"),
        mail(10, subject=FOREIGN, body=f"{FOREIGN}\n" * 50),
        _with_file(12),
    ):
        world.exchange.deliver(SUPPORT, inbox, mime)
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(11))
    world.sync(SUPPORT)
    world.sync(CLAIMS)


def _with_file(number: int) -> bytes:
    message = message_from_bytes(mail(number), policy=policy.default)
    assert isinstance(message, EmailMessage)
    message.add_attachment(HOSTILE.encode(), maintype="text", subtype="html", filename="<img src=x>.html")
    return message.as_bytes()


CONNECTIONS: dict[str, dict[str, Any]] = {
    "exchange_acme": {
        "host": "exchange.acme.example", "port": None, "login": "svc-sync@acme.example", "password": "secret-4711",
        "schema": "", "extra": {"auth": "basic"},
    },
}  # fmt: skip


def routes() -> list[Route]:
    """All that the pages answer, as they say themselves; static files apart."""
    app = create_pages(cast(Any, None))
    found = [route for route in app.routes if isinstance(route, APIRoute)]
    return sorted((method, route.path_format) for route in found for method in route.methods if method != "HEAD")


def documents() -> list[str]:
    """The paths of all pages."""
    return [path for method, path in routes() if method == "GET" and path not in PARTS]


def address(world: World, path: str) -> str:
    """A path with its parameters filled in from the world. Raises AssertionError for one that is not known here."""
    kept = "SELECT min(reference) AS reference FROM attachments"
    names = {
        **_NAMES,
        "reference": str(world.rows(kept)[0]["reference"]),
        "token_id": str(world.rows("SELECT min(id) AS id FROM tokens WHERE revoked_at IS NULL")[0]["id"]),
    }
    for prefix, others in _ELSEWHERE.items():
        if path.startswith(prefix):
            names |= others
    unknown = set(parameters(path)) - set(names)
    assert not unknown, f"{path}: give {', '.join(unknown)} a value in tests/support/filled_pages.py"
    query = QUERIES[path](world) if path in QUERIES else ""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: quote(names[found[1]], safe=""), path) + query


def parameters(path: str) -> Iterable[str]:
    """The names of a path's parameters."""
    return re.findall(r"{(\w+)", path)
