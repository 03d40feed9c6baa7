"""Kerberos: a realm of its own, with a real KDC, where MIT Kerberos and gssapi are installed. Elsewhere it skips."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import IntegrationFault
from exchange_sync.pipeline.check import check, passes
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.contract.source.suite import BOX, mail

NEEDED = ("krb5kdc", "kdb5_util", "kadmin.local")
REALM = "FIRM.EXAMPLE"
KDC = """[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
}}
[dbmodules]
db_module_dir = {modules}
"""
CLIENT = """[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{realm} = {{
  kdc = 127.0.0.1:{port}
}}
"""


class Realm:
    """A KDC and the keytabs of its principals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        program = Path(shutil.which(NEEDED[0]) or "").resolve()
        modules = next(program.parents[1].glob("lib*/**/krb5/plugins/kdb"), "")
        words = {"port": self.port, "realm": REALM, "folder": folder, "modules": modules}
        (folder / "kdc.conf").write_text(KDC.format(**words))
        (folder / "krb5.conf").write_text(CLIENT.format(**words))
        self.variables = {"KRB5_CONFIG": f"{folder}/krb5.conf", "KRB5_KDC_PROFILE": f"{folder}/kdc.conf"}
        self._run("kdb5_util", "create", "-s", "-P", "master", "-r", REALM)
        for name in ("HTTP/localhost", "svc-sync", "stranger"):
            self._run("kadmin.local", "-r", REALM, "addprinc", "-randkey", name)
            self._run("kadmin.local", "-r", REALM, "ktadd", "-k", str(self.keytab(name)), name)
        self.process = subprocess.Popen(["krb5kdc", "-n", "-r", REALM], env={**os.environ, **self.variables})
        self._wait()

    def keytab(self, name: str) -> Path:
        return self.folder / f"{name.replace('/', '-')}.keytab"

    def _run(self, *command: str) -> None:
        subprocess.run(command, env={**os.environ, **self.variables}, check=True, capture_output=True, timeout=60)

    def _wait(self) -> None:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the KDC does not answer")


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if importlib.util.find_spec("gssapi") is None:
        missing.append("the package gssapi")
    if missing:
        pytest.skip(f"no Kerberos here: {', '.join(missing)} missing")
    made = Realm(tmp_path_factory.mktemp("realm"))
    yield made
    made.process.terminate()
    made.process.wait()


@pytest.fixture(scope="module")
def simulator(realm: Realm) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KRB5_CONFIG", realm.variables["KRB5_CONFIG"])
        patch.setenv("KRB5_KTNAME", str(realm.keytab("HTTP/localhost")))
        with running(schemes=("kerberos",)) as made:
            made.control.add_mailbox(BOX, "Support")
            made.control.deliver(BOX, mail(1))
            yield made


@pytest.fixture
def connection(simulator: Running, realm: Realm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ExchangeConnection:
    """As the service account, by its keytab."""
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", str(realm.keytab("svc-sync")))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/tickets")
    simulator.control.clear_authentication()
    url = simulator.ews_url.replace("127.0.0.1", "localhost")  # a ticket is for a name
    return ExchangeConnection(url, authentication="kerberos", ca_bundle=simulator.ca_file)


def test_a_keytab_logs_in_and_mail_is_read(connection: ExchangeConnection, simulator: Running) -> None:
    with closing(open_source(connection)) as source:
        source.probe(BOX)
        [inbox] = [one for one in source.folders(BOX) if one.distinguished == "inbox"]
        assert len(source.changes(BOX, inbox.key, None).present) == 1
    counted = simulator.control.authentication()
    assert (counted["failures"], counted["anonymous"]) == (0, 1)
    assert counted["attempts_by_user"] == {"svc-sync": counted["attempts"]}


def test_the_check_passes(connection: ExchangeConnection) -> None:
    lines = check(connection, [BOX])
    assert passes(lines), lines
    assert [line.told for line in lines if line.what == "Offered log-ins"] == ["Negotiate"]


def test_a_stranger_of_the_realm_costs_one_attempt(
    connection: ExchangeConnection, simulator: Running, realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", str(realm.keytab("stranger")))
    with closing(open_source(connection)) as source, pytest.raises(IntegrationFault) as caught:
        source.probe(BOX)
    assert caught.value.reason.code == "HTTP 401"
    assert simulator.control.authentication()["failures"] == 1


def test_without_a_ticket_nothing_is_sent_and_the_remedy_is_named(
    connection: ExchangeConnection, simulator: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", str(tmp_path / "none.keytab"))
    with closing(open_source(connection)) as source, pytest.raises(IntegrationFault) as caught:
        source.probe(BOX)
    assert caught.value.reason.code.startswith("Kerberos ")
    assert "KRB5_CLIENT_KTNAME" in caught.value.reason.remedy
    assert simulator.control.authentication()["attempts"] == 0


def test_a_name_without_a_service_principal_is_no_outage(connection: ExchangeConnection) -> None:
    by_address = replace(connection, server_url=connection.server_url.replace("localhost", "127.0.0.1"))
    with closing(open_source(by_address)) as source, pytest.raises(IntegrationFault, match="no ticket"):
        source.probe(BOX)
