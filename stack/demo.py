"""The face of the local stack: ``python -m stack.demo start [--mail PATH] | stop | clean`` (make demo, stop, clean)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stack import report
from stack.account import AccountError
from stack.files import private_directory, read_json, write_json
from stack.layout import Layout
from stack.local import DAG_ID, LocalStack, Options
from stack.postgres import PostgresError
from stack.processes import ProcessError
from stack.progress import Progress
from stack.rest import RestError
from stack.simulator import Mail


class UsageError(ValueError):
    """What was asked for does not fit; the message says what would."""


def start(layout: Layout, mail: Path | None) -> None:
    """Start everything, wait until all mail is comments, tell how to go on."""
    _remember_mail(layout, mail)
    progress = Progress(write=lambda line: print(line, flush=True))
    stack = LocalStack(layout, Options(mail=Mail(path=mail)), progress)
    stack.start()
    write_json(layout.facts, stack.facts())
    paused = stack.rest().dags(DAG_ID).get(DAG_ID, False)
    if paused:
        progress.say(f"{DAG_ID} is paused, so nothing is synced; unpause it on its page")
    rows = stack.status() if paused else stack.wait_until_synced()
    print(f"\n{report.table(rows)}")
    print(report.directions(stack.facts(), DAG_ID, str(layout.logs)))
    progress.say("ready")


def stop(layout: Layout) -> None:
    """Stop all processes; the data stays."""
    if not layout.local.exists():
        print("Nothing was ever started here.")
        return
    LocalStack(layout).stop()
    print("All stopped. `make demo` goes on where it was, `make clean` removes the data.")


def clean(layout: Layout) -> None:
    """Stop all processes and remove all data."""
    if layout.local.exists():
        LocalStack(layout).clean()
    print(f"All stopped, and {layout.local.name} is gone.")


def _remember_mail(layout: Layout, mail: Path | None) -> None:
    """One stack serves one set of mail. Raises UsageError when it was filled from another."""
    private_directory(layout.local)
    known, wanted = read_json(layout.mail), {"path": str(mail) if mail else None}
    if mail and not mail.exists():
        raise UsageError(f"MAIL={mail}: there is no such file or folder; give folders of .eml, a Maildir or an mbox")
    if known and mail and known != wanted:
        raise UsageError(f"this demo was filled from {known['path'] or 'its own seeds'}; first run: make clean")
    if not known:
        write_json(layout.mail, wanted)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Expected failures are one message and status 1."""
    parser = argparse.ArgumentParser(prog="python -m stack.demo", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    starting = actions.add_parser("start", help="start everything here, with mail")
    starting.add_argument("--mail", type=lambda text: Path(text).expanduser().resolve(), help="mail on disk")
    actions.add_parser("stop", help="stop all processes")
    actions.add_parser("clean", help="stop, and remove all data")
    chosen = parser.parse_args(arguments)
    layout = Layout()
    try:
        if chosen.action == "start":
            start(layout, chosen.mail)
        else:
            {"stop": stop, "clean": clean}[chosen.action](layout)
    except (AccountError, PostgresError, ProcessError, RestError, UsageError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
