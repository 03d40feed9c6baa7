"""What a person may have done to an integration or a mailbox: each action is told first, then done, then recorded.

A GET shows what will happen; its form's POST does it. Switches bear when the thing was last changed, so that nobody
turns what somebody else has just turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.store.database import Row
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import text

# What was done, by the key that the address bears: never text from the address itself.
DONE = {
    "started": "Started. It goes on where it stopped; the first run follows within a minute.",
    "started-later": "Started. Airflow's switch follows within a minute, and the first run with it.",
    "stopped": "Stopped. A run that is under way ends by itself; nothing is lost.",
    "stopped-later": "Stopped. Airflow's switch follows within a minute; nothing is lost.",
    "synced": "A run was started. What it finds shows here when it is over.",
    "mailbox-started": "The mailbox is started. The next run reads it and goes on where it stopped.",
    "mailbox-stopped": "The mailbox is stopped. What it has brought stays.",
    "relisted": "The next run lists it again from the start. Nothing is downloaded twice.",
    "retried": "The quarantined emails are tried again in the next run.",
    "backfill": "The backfill was started. Airflow's page of it shows how far it is.",
    "saved": "Saved.",
}


@dataclass(frozen=True)
class Ask:
    """A question before an action. says: what will happen, sentence by sentence. button: the action in two words.

    here: the path that the form is sent to. back: where the way back leads. updated_at: as the thing was read, for
    what is refused when it was changed meanwhile. refused: why it cannot be done now; then there is no button.
    folder: the key of the folder that is meant; "" for all.
    """

    title: str
    says: tuple[str, ...]
    button: str
    here: str
    back: str
    danger: bool = False
    updated_at: datetime | None = None
    refused: str = ""
    folder: str = ""


def again(bad: int) -> tuple[str, ...]:
    """What trying so many quarantined emails again does."""
    many = "1 quarantined email is" if bad == 1 else f"{bad:,} quarantined emails are"
    return (
        f"{many} downloaded and cleaned once more in the next run.",
        "What is still bad returns to the quarantine, and its next attempt by itself is put off further.",
    )


def ask(request: Request, visitor: Caller, question: Ask) -> Response:
    """The question as a page."""
    return page(request, visitor, "integrations/ask.html", title=question.title, section="integrations", ask=question)


def as_read(form: FormData) -> datetime:
    """When the thing that a form is about was last changed, as its sender read it. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(text(form, "updated_at"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput("The form is not complete: open the page again and repeat it there.")
    return moment


def path_of(row: Row) -> str:
    """The path of an integration's page."""
    return f"/integrations/{row['owner']}/{row['name']}"
