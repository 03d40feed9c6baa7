"""The demo's Exchange: the simulator as a process, over TLS, with mail in it and more trickling in."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.files import private_directory
from stack.layout import ROOT, Layout, script
from stack.patience import Patience
from stack.processes import ProcessError, Processes

NAME = "exchange-simulator"
READY_SECONDS = 240.0
ANSWER_SECONDS = 300.0  # a look into memory; what it waits for is a turn on a busy machine


@dataclass(frozen=True)
class Mail:
    """What the simulator serves. path: mail on disk; None takes its own seeds. trickle: seconds between new emails."""

    path: Path | None = None
    trickle: float = 20.0


@dataclass(frozen=True)
class Simulator:
    """The simulator of one stack."""

    layout: Layout

    @property
    def ready_file(self) -> Path:
        """simulator.json: appears when the mailboxes are filled and the server listens."""
        return self.layout.simulator / "simulator.json"

    def start(self, processes: Processes, mail: Mail, ports: Mapping[str, int], environment: Mapping[str, str]) -> None:
        """Start it unless it runs. Returns at once; ``wait`` waits."""
        if processes.is_running(NAME):
            return
        private_directory(self.layout.simulator)
        self.ready_file.unlink(missing_ok=True)
        command = [script(NAME), "serve", "--state", str(self.layout.simulator), "--trickle", str(mail.trickle)]
        command += ["--port", str(ports["exchange"]), "--control-port", str(ports["exchange_control"])]
        command += ["--mail", str(mail.path)] if mail.path else ["--seed", "firm"]
        processes.start(NAME, command, environment, ROOT)

    def wait(self, processes: Processes, seconds: float = READY_SECONDS) -> dict[str, Any]:
        """What simulator.json says, once it is there. Raises ProcessError when the simulator ends before."""
        patience = Patience(seconds, processes.processor_seconds)
        while not self.ready_file.exists():
            processes.require(NAME)
            if patience.over():
                raise ProcessError(f"the simulator is not ready after {patience.spent()}: see {processes.log(NAME)}")
            time.sleep(0.1)
        facts: dict[str, Any] = json.loads(self.ready_file.read_text(encoding="utf-8"))
        return facts

    def mailboxes(self) -> list[str]:
        """The addresses of its mailboxes, from its control API."""
        facts = json.loads(self.ready_file.read_text(encoding="utf-8"))
        headers = {"Authorization": f"Bearer {facts['token']}"}
        request = urllib.request.Request(f"{facts['control_url']}/mailboxes", headers=headers)
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return sorted(each["address"] for each in json.load(answer)["mailboxes"])
