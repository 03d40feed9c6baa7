"""The command line: a process that serves, keeps its state, and is gone when told."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from exchange_simulator.server import Options, Simulator, SimulatorError
from exchange_simulator.testing import Running, running, running_process
from exchange_sync.errors import IntegrationFault
from exchange_sync.source.credentials import from_fields
from exchange_sync.source.factory import open_source

from tests.contract.source.logins import SCHEMES
from tests.support.mail import mail
from tests.support.soap import Soap

ANNA = "anna@firm.example"


def test_a_process_serves_and_keeps_ids_states_and_secrets_over_a_restart(tmp_path: Path) -> None:
    with running_process(tmp_path) as first:
        first.control.add_mailbox(ANNA)
        key = first.control.deliver(ANNA, mail(1))[ANNA]
        told = json.loads((tmp_path / "simulator.json").read_text())
        assert set(told) == {"ews_url", "graph_url", "control_url", "token", "ca_file", "username", "password"}
        for name in ("simulator.json", "ca-key.pem", "server-key.pem", "mailboxes.sqlite"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
        soap = Soap(first, ANNA)  # type: ignore[arg-type]
        (state,) = soap.sync("inbox").texts("SyncState")
    assert first.process.returncode == 0
    assert not (tmp_path / "simulator.json").exists()
    with running_process(tmp_path) as second:
        assert (second.password, second.ca_file) == (first.password, first.ca_file)
        soap.running = second  # type: ignore[assignment]
        answer = soap.sync("inbox", state or "")
        assert (answer.codes(), answer.ids()) == (["NoError"], [])
        assert soap.sync("inbox").ids() == [key]


def test_a_killed_process_has_lost_nothing_that_it_confirmed(tmp_path: Path) -> None:
    with running_process(tmp_path) as first:
        first.control.add_mailbox(ANNA)
        keys = [first.control.deliver(ANNA, mail(number))[ANNA] for number in range(20)]
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    with running_process(tmp_path) as second:
        assert {item["item_id"] for item in second.control.items(ANNA)} == set(keys)
        new = second.control.deliver(ANNA, mail(21))[ANNA]
        assert new not in keys


def test_seeds_fill_a_fresh_state_once(tmp_path: Path) -> None:
    with running_process(tmp_path, "--seed", "firm") as first:
        mailboxes = [mailbox["address"] for mailbox in first.control.mailboxes()]
        keys = {item["item_id"] for address in mailboxes for item in first.control.items(address)}
        assert len(mailboxes) == 4
        assert len(keys) > 1000
    with running_process(tmp_path, "--seed", "firm") as second:
        assert {i["item_id"] for a in mailboxes for i in second.control.items(a)} == keys


def test_mail_from_disk_fills_a_fresh_state(tmp_path: Path) -> None:
    folder = tmp_path / "mail" / ANNA / "inbox"
    folder.mkdir(parents=True)
    (folder / "1.eml").write_bytes(mail(1))
    with running_process(tmp_path / "state", "--mail", str(tmp_path / "mail")) as started:
        (item,) = started.control.items(ANNA)
        assert (item["message_id"], item["folder_role"]) == ("<mail-1@client.example>", "inbox")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--seed", "nonsense"], "unknown seed 'nonsense'; expected firm"),
        (["--mail", "/does/not/exist"], "no such file or directory"),
        (["--exchange", "2003"], "unknown Exchange generation '2003'"),
        (["--login", "digest"], "unknown log-in 'digest'; expected some of basic, ntlm, bearer"),
        (["--max-tls", "2.0"], "unknown TLS version '2.0'; expected one of 1.0"),
        (["--ciphers", "NONSENSE"], "ciphers 'NONSENSE': OpenSSL knows none of them"),
    ],
)
def test_what_does_not_fit_is_one_line_and_no_server(tmp_path: Path, arguments: list[str], reason: str) -> None:
    command = [sys.executable, "-m", "exchange_simulator.cli", "serve", "--state", str(tmp_path), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "simulator.json").exists()


def test_two_simulators_never_share_a_state(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(SimulatorError, match="another simulator uses"):
        Simulator(Options(state=tmp_path))
    with running(tmp_path) as again:
        assert isinstance(again, Running)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with running() as first:
        port = int(first.control._url.rpartition(":")[2])
        with pytest.raises(SimulatorError, match=f"127.0.0.1:{port}"), running(control_port=port):
            pass


@pytest.mark.parametrize("authentication", ["basic", "ntlm", "oauth_secret", "oauth_certificate", "client_certificate"])
def test_the_command_line_offers_every_log_in_and_tells_how_to_use_it(tmp_path: Path, authentication: str) -> None:
    scheme = SCHEMES[authentication]
    with running_process(tmp_path, "--login", scheme) as started:
        started.control.add_mailbox(ANNA)
        told = started.told
        login = {"login": told["username"], "password": told["password"]}
        extra = {"authentication": authentication, "ca_bundle": told["ca_file"]}
        if scheme == "bearer":
            extra |= {"client_id": told["username"], "authority": told["token_url"]}
        if authentication == "oauth_certificate":
            login = {"login": "", "password": ""}
            extra |= {"private_key": Path(told["private_key_file"]).read_text(), "thumbprint": told["thumbprint"]}
        if authentication == "client_certificate":
            extra |= {"client_certificate": told["client_certificate_file"]}
        connection = from_fields(told["ews_url"], None, login["login"], login["password"], None, extra)
        with closing(open_source(connection)) as source:
            source.probe(ANNA)
        for file in tmp_path.glob("*.pem"):
            public = file.name in ("ca.pem", "server.pem", "application.pem")
            assert public or stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_tokens_are_shortened_and_revoked_from_outside(tmp_path: Path) -> None:
    with running_process(tmp_path, "--login", "bearer", "--max-tls", "1.2") as started:
        started.control.add_mailbox(ANNA)
        told = started.told
        extra = {"authentication": "oauth_secret", "ca_bundle": told["ca_file"], "client_id": told["username"]}
        connection = from_fields(
            told["ews_url"], None, "", told["password"], None, {**extra, "authority": told["token_url"]}
        )
        with closing(open_source(connection)) as source:
            source.probe(ANNA)
            started.control.revoke_tokens()
            source.probe(ANNA)  # renewed, since the server had taken it before
            assert started.control.tokens() == {"issued": 2, "refused": 0, "seconds": 3600}
            started.control.set_token_life(5)
            started.control.set_account(told["username"], "another")
            started.control.revoke_tokens()
            with pytest.raises(IntegrationFault):
                source.probe(ANNA)
        assert started.control.tokens() == {"issued": 2, "refused": 1, "seconds": 5}
