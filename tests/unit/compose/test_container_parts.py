"""The small programs that run inside containers."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stack import container, healthy


@pytest.fixture
def server():
    """A server that answers /good with 200 and all else with 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/good" else 503)
            self.end_headers()

        def log_message(self, *words):
            """Quiet."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


def test_a_service_that_answers_well_is_healthy(server):
    assert healthy.main(f"{server}/good") == 0


def test_a_service_that_answers_with_an_error_is_not_and_the_reason_is_told(server, capsys):
    assert healthy.main(f"{server}/bad") == 1
    assert "503" in capsys.readouterr().err


def test_a_service_that_does_not_answer_is_not_healthy():
    assert healthy.main("http://127.0.0.1:1/good") == 1


def test_what_the_environment_lacks_is_named(monkeypatch, capsys):
    for name in ("DATABASE_ADMIN_URL", "EXCHANGE_SYNC_DATABASE_URL", "DEMO_HOME"):
        monkeypatch.delenv(name, raising=False)
    for step, lacking in (("init", "EXCHANGE_SYNC_DATABASE_URL"), ("demo", "DEMO_HOME")):
        assert container.main([step]) == 1
        assert lacking in capsys.readouterr().err


def test_a_database_that_never_answers_is_told_without_its_password(monkeypatch, capsys):
    monkeypatch.setattr(container, "PATIENCE_SECONDS", 0)
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql://postgres:hunter2@127.0.0.1:1/postgres")
    assert container.main(["init"]) == 1
    told = capsys.readouterr().err
    assert "PostgreSQL cannot be reached" in told
    assert "hunter2" not in told


def test_airflow_s_home_gets_the_settings_that_import_ahead(monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert container.main(["home"]) == 0
    text = (tmp_path / "config" / "airflow_local_settings.py").read_text()
    assert "exchange_sync." in text
    compile(text, "airflow_local_settings.py", "exec")
