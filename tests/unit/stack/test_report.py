"""What make demo prints at its end."""

from __future__ import annotations

from stack import report

ROW = {
    "mailbox": "claims@firm.example", "folders": 21, "listed": 571, "created": 480, "updated": 2, "unchanged": 89,
    "quarantined": 1, "pending": 0, "seconds": 48.4, "skipped": {"draft": 3, "contact": 2},
}  # fmt: skip
FACTS = {
    "airflow_url": "http://127.0.0.1:8081", "api_url": "http://127.0.0.1:8090", "ui_user": "admin",
    "ui_password": "one", "viewer_user": "viewer", "viewer_password": "two",
    "simulator_control_url": "http://127.0.0.1:8444", "simulator_control_token": "three",
}  # fmt: skip


def test_the_table_has_a_line_for_each_mailbox_and_one_of_sums():
    other = {**ROW, "mailbox": "billing@firm.example", "skipped": {"draft": 1}, "seconds": 1.3}
    header, first, second, sums = report.table([ROW, other]).splitlines()
    assert header.split() == ["mailbox", *report._COLUMNS, "skipped"]
    assert first.split()[:9] == ["claims@firm.example", "21", "571", "480", "2", "89", "1", "0", "48.4"]
    assert first.endswith("2 contact, 3 draft")
    assert second.startswith("billing@firm.example")
    assert sums.split()[:9] == ["all", "42", "1142", "960", "4", "178", "2", "0", "49.7"]
    assert sums.endswith("2 contact, 4 draft")


def test_the_directions_name_page_log_ins_tunnel_logs_and_the_way_to_stop():
    told = report.directions(FACTS, "exchange.demo.exchange", ".local/logs")
    assert "http://localhost:8081/dags/exchange.demo.exchange" in told
    assert "admin with one" in told
    assert "viewer with two" in told
    assert "ssh -L 8081:127.0.0.1:8081 -L 8090:127.0.0.1:8090 " in told
    assert "Logs" in told
    assert "make stop" in told
    assert "make clean" in told


def test_without_an_api_none_is_named():
    told = report.directions({**FACTS, "api_url": None}, "exchange.demo.exchange", ".local/logs")
    assert "8090" not in told
    assert "The API" not in told
