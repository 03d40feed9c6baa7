"""Airflow and this project know each other: providers load, the connection type and the listener are found."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.orchestrate.provider import get_provider_info
from exchange_sync.source.credentials import ACCESSES, AUTHENTICATIONS, EXTRA_KEYS, PROTOCOLS, TLS_VERSIONS

ROOT = Path(__file__).resolve().parents[2]
PROVIDER_MODULES = (
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.standard.decorators.python",
    "airflow.providers.fab.auth_manager.fab_auth_manager",
    "airflow.providers.celery.executors.celery_executor",
    "airflow.providers.celery.executors.celery_executor_utils",
    "airflow.providers.celery.cli.celery_command",
    "airflow.providers.common.sql.hooks.sql",
    "airflow.providers.smtp.hooks.smtp",
    "airflow.providers.apprise.notifications.apprise",
)


@pytest.mark.parametrize("module", PROVIDER_MODULES)
def test_every_provider_used_can_be_loaded(module: str) -> None:
    importlib.import_module(module)


def test_the_celery_worker_can_be_loaded_with_its_result_backend() -> None:
    code = "from airflow.providers.celery.executors.celery_executor_utils import app; app.backend; print(app.main)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-2_000:]


def test_airflow_finds_the_connection_type_with_its_form() -> None:
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    assert "exchange-sync" in manager.providers
    hook = manager.hooks["exchange"]
    assert hook is not None
    assert hook.hook_name == "Exchange"
    fields = {name for name in manager.connection_form_widgets if name.startswith("extra__exchange__")}
    assert "extra__exchange__ca_bundle" in fields
    assert manager.field_behaviours["exchange"]["relabeling"]["host"] == "Server"


def test_every_field_of_the_form_is_one_that_the_source_takes() -> None:
    (connection,) = get_provider_info()["connection-types"]
    assert set(connection["conn-fields"]) == set(EXTRA_KEYS)


def test_the_choices_of_the_form_are_those_that_the_source_takes() -> None:
    (connection,) = get_provider_info()["connection-types"]
    offered = {name: field["schema"].get("enum") for name, field in connection["conn-fields"].items()}
    assert offered["authentication"] == list(AUTHENTICATIONS)
    assert offered["access"] == list(ACCESSES)
    assert offered["protocol"] == list(PROTOCOLS)
    assert offered["min_tls"] == list(TLS_VERSIONS)


def test_fields_that_hold_secrets_are_masked_in_the_form() -> None:
    (connection,) = get_provider_info()["connection-types"]
    masked = {name for name, f in connection["conn-fields"].items() if f["schema"].get("format") == "password"}
    assert masked == {"proxy", "private_key", "client_certificate"}


def test_a_connection_as_uri_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange_sync.orchestrate.connection import ExchangeHook

    password = "p:a%s/ü@"
    monkeypatch.setenv(
        "AIRFLOW_CONN_ACME",
        f"exchange://svc%40acme.example:{quote(password, safe='')}@mail.acme.example:8443"
        "?authentication=ntlm&access=delegate",
    )
    found = ExchangeHook("acme").get_conn()
    assert found.server_url == "https://mail.acme.example:8443/EWS/Exchange.asmx"
    assert (found.username, found.password) == ("svc@acme.example", password)
    assert (found.authentication, found.access) == ("ntlm", "delegate")


def test_a_server_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange_sync.orchestrate.connection import ExchangeHook

    monkeypatch.setenv(
        "AIRFLOW_CONN_ACME",
        '{"conn_type": "exchange", "host": "http://mail.acme.example", "login": "a", "password": "b"}',
    )
    with pytest.raises(BadInput, match="expected https"):
        ExchangeHook("acme").get_conn()
    worked, told = ExchangeHook("acme").test_connection()
    assert (worked, "expected https" in told) == (False, True)


def test_the_provider_entry_point_loads_nothing_else_of_this_project() -> None:
    code = (
        "import sys; from exchange_sync.orchestrate.provider import get_provider_info; get_provider_info();"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('airflow', 'pandas', 'psycopg2')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"


def test_airflow_finds_the_listener_that_writes_run_notes() -> None:
    from airflow import plugins_manager
    from exchange_sync.orchestrate.listener import ExchangeSyncListeners

    plugins, errors = plugins_manager._get_plugins()
    assert ExchangeSyncListeners.name in {plugin.name for plugin in plugins}
    assert not errors


def test_of_the_plugins_folder_airflow_runs_the_plugin_alone(tmp_path: Path) -> None:
    from airflow._shared.module_loading.file_discovery import find_path_from_directory

    (tmp_path / ".airflowignore").write_text((ROOT / "plugins" / ".airflowignore").read_text())
    (tmp_path / "deeper").mkdir()
    for name in ("exchange_sync_plugin.py", "helper.py", "deeper/more.py"):
        (tmp_path / name).write_text("")
    found = {Path(path).name for path in find_path_from_directory(str(tmp_path), ".airflowignore", "glob")}
    assert {name for name in found if name.endswith(".py")} == {"exchange_sync_plugin.py"}


def test_an_airflow_connection_becomes_the_sources_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange_sync.orchestrate.connection import ExchangeHook

    monkeypatch.setenv(
        "AIRFLOW_CONN_ACME",
        '{"conn_type": "exchange", "host": "mail.acme.example", "login": "svc@acme.example", "password": "p:a%s",'
        ' "extra": {"access": "delegate", "ca_bundle": null, "timeout": 30}}',
    )
    found = ExchangeHook("acme").get_conn()
    assert found.server_url == "https://mail.acme.example/EWS/Exchange.asmx"
    assert (found.username, found.password, found.access, found.timeout) == (
        "svc@acme.example",
        "p:a%s",
        "delegate",
        30,
    )


def test_a_connection_of_another_type_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange_sync.orchestrate.connection import exchange_connection

    monkeypatch.setenv("AIRFLOW_CONN_ACME", "http://mail.acme.example")
    with pytest.raises(BadInput, match="'acme' has type 'http'; expected exchange"):
        exchange_connection("acme")


def test_a_connection_that_airflow_does_not_have_is_named(airflow_database: Path) -> None:
    from exchange_sync.orchestrate.connection import exchange_connection

    with pytest.raises(BadInput, match="Airflow has no connection 'nowhere'"):
        exchange_connection("nowhere")


def test_outside_tasks_a_connection_is_found_in_airflows_database_too(airflow_database: Path) -> None:
    from airflow.models.connection import Connection
    from airflow.utils.session import create_session
    from exchange_sync.orchestrate.connection import exchange_connection

    with create_session() as session:
        session.add(Connection("acme", "exchange", host="mail.acme.example", login="svc", password="a password"))
    assert exchange_connection("acme").username == "svc"


def test_the_test_button_goes_through_every_step_down_to_the_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange_simulator.testing import running
    from exchange_sync.orchestrate.connection import ExchangeHook

    with running(exchange="2019", schemes=("ntlm",)) as simulator:
        simulator.control.set_account("svc@acme.example", "p:a%ß")  # as many service accounts, it has no mailbox
        fields = {
            "conn_type": "exchange", "host": simulator.ews_url, "login": "svc@acme.example", "password": "p:a%ß",
            "extra": {"authentication": "ntlm", "access": "delegate", "ca_bundle": simulator.ca_file},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_ACME", json.dumps(fields))
        worked, told = ExchangeHook("acme").test_connection()
        assert worked, told
        assert [line.split()[1] for line in told.splitlines()] == [
            "DNS", "TCP", "TLS", "Certificate", "Clock", "Offered", "Authentication", "Server",
        ]  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_ACME", json.dumps({**fields, "password": "wrong"}))
        worked, told = ExchangeHook("acme").test_connection()
        assert not worked
        assert "✗ Authentication" in told
