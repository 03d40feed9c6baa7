"""The demo's story: ``python -m stack.story break | move | fix`` (make demo-break, demo-move, demo-fix).

Each does to the simulated Exchange what people do to a real one, and prints what to watch.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from stack.layout import Layout
from stack.local import DAG_ID, INTEGRATION, LocalStack
from stack.processes import ProcessError

FOLDER = ["Inbox", "Handled"]


class Exchange:
    """The control API of the demo's Exchange."""

    def __init__(self, stack: LocalStack) -> None:
        self.facts = json.loads(stack.simulator.ready_file.read_text(encoding="utf-8"))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer. Raises ProcessError."""
        headers = {"Authorization": f"Bearer {self.facts['token']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.facts["control_url"] + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise ProcessError(f"the demo's Exchange did not do it ({error}); does it run? See: make demo") from error

    def set_password(self, password: str) -> None:
        """Of the service account with which the demo's integration signs in."""
        self.ask("POST", "/accounts", {"username": self.facts["username"], "password": password, "address": None})


def break_it(stack: LocalStack) -> str:
    """The service account's password is changed, and nobody tells the integration."""
    Exchange(stack).set_password("changed by the demo")
    return f"""The password of the service account has been changed on the Exchange. Watch, for about a minute:

  1. {page(stack)}
     Three runs turn red at the gate; its log's last line says why. Each costs one log-in attempt, not one a mailbox.
  2. Then the DAG is paused: its switch mirrors that the integration is disabled.
  3. . .local/env && exchange-sync incidents {INTEGRATION}
     One incident with its reason and remedy. Everybody who may view the integration is told once: by the bell on
     the page Exchange; by e-mail too, once Airflow has a connection smtp_default ("not told yet" until then).

Mail that arrives now waits on the Exchange. Go on with: make demo-fix"""


def move(stack: LocalStack) -> str:
    """A person files an email: the newest of an Inbox goes to another folder."""
    exchange = Exchange(stack)
    mailbox = stack.simulator.mailboxes()[0]
    items = exchange.ask("GET", f"/items?{urllib.parse.urlencode({'mailbox': mailbox, 'folder': 'inbox'})}")["items"]
    if not items:
        raise ProcessError(f"the Inbox of {mailbox} is empty: there is nothing to move")
    exchange.ask("POST", "/folders", {"mailbox": mailbox, "path": FOLDER, "folder_class": "IPF.Note"})
    exchange.ask("POST", "/items/move", {"item_id": items[0]["item_id"], "folder": FOLDER, "mailbox": None})
    message_id = str(items[0]["message_id"] or "")
    return f"""An email of {mailbox} was moved from the Inbox to its folder {FOLDER[-1]}.
(In a German mailbox the Inbox is called Posteingang.) Watch:

  1. {page(stack)}
     Within half a minute a run's note says "1 moved". Nothing is downloaded: the email is known by its Message-ID.
  2. . .local/env && exchange-sync explain '{message_id}'
     Where the email was seen. Its comment shows the new folder; its text and its place in streams stay."""


def fix(stack: LocalStack) -> str:
    """The password is set right again, and the integration enabled."""
    exchange = Exchange(stack)
    exchange.set_password(str(exchange.facts["password"]))
    told = stack.command("enable", INTEGRATION).strip()
    return f"""The password is right again. {told}. Watch:

  1. {page(stack)}
     Within a minute the DAG is unpaused; its next run fetches what arrived meanwhile, and nothing twice.
     (Unpausing it there by hand does the same as the command.)
  2. . .local/env && exchange-sync incidents {INTEGRATION}
     The incident is closed, and a recovery message went to whoever was told."""


def page(stack: LocalStack) -> str:
    """The DAG's page in Airflow."""
    return f"http://localhost:{stack.keys.ports['airflow']}/dags/{DAG_ID}"


ACTS: dict[str, Callable[[LocalStack], str]] = {"break": break_it, "move": move, "fix": fix}


def main(arguments: list[str] | None = None) -> int:
    """The command line. Expected failures are one message and status 1."""
    parser = argparse.ArgumentParser(prog="python -m stack.story", description=__doc__)
    parser.add_argument("act", choices=ACTS)
    chosen = parser.parse_args(arguments)
    stack = LocalStack(Layout())
    if not stack.simulator.ready_file.exists():
        print("The demo does not run here. Start it with: make demo", file=sys.stderr)
        return 1
    try:
        print(ACTS[chosen.act](stack))
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
