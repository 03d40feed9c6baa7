"""Exchange never calls us: while a server is asked for anything, no socket of ours listens (issue 5)."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import exchange_sync
import psutil
import pytest
from exchange_simulator.testing import running_process
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.source.ews.allowlist import READING

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail

PROGRAM = "from exchange_sync.cli import main; main()"
ROOT = Path(exchange_sync.__file__).parent
LISTENERS = {
    "listen",
    "create_server",
    "start_server",
    "create_unix_server",
    "HTTPServer",
    "TCPServer",
    "serve_forever",
}


def sockets(process: psutil.Process) -> list[tuple[str, int]]:
    """State and remote port of every internet socket of a process and its children. A bound UDP socket is NONE."""
    found = []
    for one in (process, *process.children(recursive=True)):
        try:
            found += [(each.status, each.raddr.port if each.raddr else 0) for each in one.net_connections("inet")]
        except psutil.NoSuchProcess:
            continue
    return found


def watched(command: list[str], environment: dict[str, str] | None = None) -> tuple[list[tuple[str, int]], str]:
    """Every socket that was seen while a command ran, looked at a hundred times a second; and its output."""
    process = psutil.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})}
    )
    seen: list[tuple[str, int]] = []
    while process.poll() is None:
        try:
            seen += sockets(process)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.01)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    return seen, output


def listening(seen: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [one for one in seen if one[0] == psutil.CONN_LISTEN]


def test_no_socket_listens_during_check_sync_and_verify(world: World, tmp_path: Path) -> None:
    with running_process() as simulator:
        simulator.control.add_mailbox(SUPPORT, "Support")
        for number in range(40):
            simulator.control.deliver(SUPPORT, mail(number))
        box = MailboxConfig(SUPPORT, "acme", "mail", attachments="all")
        world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(box,)))
        entry = {"host": simulator.ews_url, "login": simulator.username, "password": simulator.password}
        connections = tmp_path / "connections.yaml"
        connections.write_text(json.dumps({"exchange_acme": {**entry, "extra": {"ca_bundle": simulator.ca_file}}}))
        home = {"EXCHANGE_SYNC_DATABASE_URL": world.settings.database_url, "EXCHANGE_SYNC_HOME": str(tmp_path / "home")}
        for verb in ("check", "sync", "verify"):
            command = [sys.executable, "-c", PROGRAM, verb, "acme/exchange", "--connections", str(connections)]
            seen, output = watched(command, home)
            assert ("ESTABLISHED", urlsplit(simulator.ews_url).port) in seen, output  # it was seen at its work
            assert listening(seen) == []
    assert len(world.rows("SELECT id FROM comments")) == 40


def test_a_socket_that_listens_is_seen() -> None:
    planted = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(0.5)"
    assert listening(watched([sys.executable, "-c", planted])[0])
    in_a_child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {planted!r}])"
    assert listening(watched([sys.executable, "-c", in_a_child])[0])


@pytest.mark.parametrize(
    "package", ["source", "clean", "enrich", "quality", "store", "notify", "pipeline", "orchestrate"]
)
def test_no_package_that_works_on_mail_knows_how_to_listen(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        named = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(ast.parse(file.read_text()))}
        assert named & LISTENERS == set(), file


def test_no_operation_that_makes_exchange_call_us_is_let_out() -> None:
    assert not {name for name in READING if "Subscribe" in name or "Notification" in name or "Events" in name}
