"""`exchange-sync backfill` against an Airflow that answers as the real one was seen to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import typer
from exchange_sync.errors import BadInput, Retriable
from exchange_sync.orchestrate import backfill_command
from exchange_sync.orchestrate.backfill_requests import Airflow, days

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
DAG = "exchange_backfill.acme.mail"


class FakeAirflow(ThreadingHTTPServer):
    """states: of the three runs, one list a look; the last stays. asked: the bodies of what was created."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paused, self.refusal = False, 0
        self.backfills: list[Any] = []
        self.stuck: dict[str, str] = {}  # queued runs before ours, each with its run type
        self.states = [["success", "success", "success"]]
        self.asked: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeAirflow

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/auth/token":
            good = body == {"username": "ann", "password": "right"}
            self._answer(201 if good else 401, {"access_token": "t"})
        elif self.server.refusal:
            self._answer(self.server.refusal, {})
        else:
            self.server.asked.append(body)
            self._answer(200, {"id": 7})

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert body == {"state": "failed"}
        self.server.stuck.pop(unquote(urlsplit(self.path).path.rpartition("/")[2]))
        self._answer(200, {})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/api/v2/backfills/"):
            self._answer(200, self.server.backfills[-1])
            return
        if parts.path == "/api/v2/backfills":
            self._answer(200, {"backfills": self.server.backfills})
            return
        if not parts.path.endswith("/dagRuns"):
            self._answer(200, {"is_paused": self.server.paused})
            return
        query = parse_qs(parts.query)
        if query.get("state") == ["queued"] and query["limit"] != ["1"]:
            runs = [{"dag_run_id": name, "run_type": kind} for name, kind in self.server.stuck.items()]
            self._answer(200, {"total_entries": len(runs), "dag_runs": runs})
            return
        states = self.server.states[0]
        wanted = query.get("state", [""])[0]
        if wanted == "failed" and len(self.server.states) > 1:  # the last question of a look
            self.server.states.pop(0)
        found = [state for state in states if wanted in ("", state)]
        runs = [{"logical_date": "2026-11-02T00:00:00Z", "note": "not done: b@acme.example"} for _ in found]
        self._answer(200, {"total_entries": len(found), "dag_runs": runs})

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def airflow() -> Iterator[FakeAirflow]:
    server = FakeAirflow()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(backfill_command, "POLL_SECONDS", 0.01)

    def run(password: str = "right", since: str = "2026-11-01T00:00:00Z", until: str = "2026-11-04T00:00:00Z") -> None:
        backfill_command.backfill(
            "acme/mail", since, until, airflow_url=airflow.url, airflow_user="ann", airflow_password=password
        )

    return run


def test_it_starts_every_day_of_the_span_again_and_tells_how_far_it_is(
    airflow: FakeAirflow, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.states = [["success", "running", "queued"], ["success", "success", "running"], ["success"] * 3]
    ask()
    assert airflow.asked == [
        {
            "dag_id": DAG,
            "from_date": FIRST.isoformat(),
            "to_date": LAST.isoformat(),
            "max_active_runs": 2,
            "reprocess_behavior": "completed",
        }
    ]
    assert capsys.readouterr().out.splitlines()[1:] == ["1 of 3 days done", "2 of 3 days done", "3 of 3 days done"]


def test_failed_days_are_named_with_their_note_and_the_status_is_1(
    airflow: FakeAirflow, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.states = [["success", "failed", "success"]]
    with pytest.raises(typer.Exit) as ended:
        ask()
    assert ended.value.exit_code == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "3 of 3 days done, 1 failed",
        "2026-11-02: not done: b@acme.example",
    ]


def test_ctrl_c_stops_watching_and_leaves_it_running(
    airflow: FakeAirflow, ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.states = [["running"] * 3]

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backfill_command.time, "sleep", interrupt)
    ask()
    assert "it goes on in Airflow" in capsys.readouterr().out


def test_refusals_are_one_sentence_with_the_remedy(airflow: FakeAirflow, ask: Any) -> None:
    with pytest.raises(BadInput, match="user or password is wrong"):
        ask(password="wrong")
    airflow.refusal = 409
    with pytest.raises(BadInput, match="still open: wait for it, or cancel it"):
        ask()
    airflow.paused = True
    with pytest.raises(BadInput, match="is paused, so its backfills would wait"):
        ask()
    assert airflow.asked == []


def test_an_airflow_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(Retriable, match="does not answer") as raised:
        Airflow("http://127.0.0.1:1", "ann", "hunter2").start(DAG, FIRST, LAST)
    assert "hunter2" not in repr(raised.value) + repr(Airflow("http://127.0.0.1:1", "ann", "hunter2"))


def test_times_need_a_zone(ask: Any) -> None:
    with pytest.raises(BadInput, match="--from: expected a time with its zone"):
        ask(since="2026-11-01")


def test_the_days_of_a_span_cover_it_and_no_more() -> None:
    def of(since: str, until: str) -> tuple[str, str]:
        first, last = days(datetime.fromisoformat(since), datetime.fromisoformat(until), NOW)
        return f"{first:%m-%d}", f"{last:%m-%d}"

    assert of("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z") == ("11-01", "11-01")
    assert of("2026-11-01T23:00:00Z", "2026-11-02T00:00:01Z") == ("11-01", "11-02")
    assert of("2026-11-01T00:30:00+01:00", "2026-11-01T10:00:00+01:00") == ("10-31", "11-01")
    assert of("2026-11-20T00:00:00Z", "2026-12-24T00:00:00Z") == ("11-20", "11-23"), "up to the last day that is over"
    with pytest.raises(BadInput, match="is not over"):
        of("2026-11-24T01:00:00Z", "2026-11-24T02:00:00Z")
    with pytest.raises(BadInput, match="is not before"):
        of("2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z")


CANCELLED = {"id": 3, "completed_at": "2026-11-20T00:00:00Z"}


def run_it(
    airflow: FakeAirflow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str]:
    monkeypatch.setattr(backfill_command, "POLL_SECONDS", 0.0)
    code = 0
    try:
        backfill_command._in_airflow("acme/mail", FIRST, LAST, (airflow.url, "ann", "right"))
    except typer.Exit as end:
        code = end.exit_code
    return code, capsys.readouterr().out


def test_days_that_a_cancelled_backfill_left_queued_are_freed_and_re_read(
    airflow: FakeAirflow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow.backfills = [CANCELLED]
    airflow.stuck = {
        "backfill__2026-11-01T00:00:00+00:00": "backfill",
        "backfill__2026-11-02T00:00:00+00:00": "backfill",
    }
    code, told = run_it(airflow, capsys, monkeypatch)
    assert (code, airflow.stuck, len(airflow.asked)) == (0, {}, 1)
    assert "2 days were left queued by a backfill that was cancelled: they are re-read now" in told


@pytest.mark.parametrize(
    ("backfills", "stuck"),
    [
        ([{"id": 4, "completed_at": None}, CANCELLED], {"backfill__x": "backfill"}),
        ([CANCELLED], {"scheduled__x": "scheduled", "manual__x": "manual"}),
        ([], {}),
    ],
)
def test_what_is_queued_for_a_reason_is_left_alone(
    airflow: FakeAirflow, backfills: list[Any], stuck: dict[str, str]
) -> None:
    airflow.backfills, airflow.stuck = backfills, dict(stuck)
    assert Airflow(airflow.url, "ann", "right").free(DAG, FIRST, LAST) == 0
    assert airflow.stuck == stuck


def test_one_that_is_cancelled_while_it_is_watched_ends_the_command(
    airflow: FakeAirflow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow.backfills = [{"id": 7, "completed_at": "2026-11-24T09:00:00Z"}]
    airflow.states = [["success", "queued", "queued"]]
    code, told = run_it(airflow, capsys, monkeypatch)
    assert code == 1
    assert "backfill 7 was cancelled: 2 days stay queued" in told
