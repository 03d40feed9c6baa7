"""Airflow's own commands, several in one process: each `airflow` call on its own costs 4 to 10 s of imports.

Run as ``python -m stack.airflow_setup`` with Airflow's environment. The commands come on standard input, each a JSON
list on a line, and are run as they come; so passwords are in no process list, and the caller may send the later ones
when it knows them. The only module of this room that imports Airflow, and only its command line.
"""

from __future__ import annotations

import json
import sys
import time


def main() -> int:
    """Run every command of standard input in turn; one that fails ends the process with its status."""
    from airflow.cli import cli_parser

    parser = cli_parser.get_parser()
    for line in sys.stdin:
        begun = time.monotonic()
        words = json.loads(line)
        arguments = parser.parse_args(words)
        arguments.func(arguments)
        print(f"{' '.join(words[:2])}: {time.monotonic() - begun:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
