"""docs/how-to/read-comments.md: its requests, sent as they stand to a server as it is started."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg2
import pytest
from exchange_sync.store import schema

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
PAGE = (ROOT / "docs" / "how-to" / "read-comments.md").read_text(encoding="utf-8")
COMMENT = "3c6d61696c2d3140636c69656e742e6578616d706c653e"
ADD_ONE = """
INSERT INTO buckets (id, owner, name, created_at, updated_at)
    VALUES ('00000000000000aa', 'demo', 'mail', %(now)s, %(now)s);
INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages, attachments,
    sender, observed, size, clean_version, created_at, updated_at)
VALUES ('00000000000000aa', %(id)s, 1, '<mail-1@client.example>', %(now)s, 't', '{"string:Folder": "Inbox"}',
    '[{"from": "a@client.example", "body": {"text": "Hello"}}]', '[]', 'a@client.example', 1, 10, 1, %(now)s, %(now)s);
UPDATE buckets SET last_sequence = 1, emails = 1;
"""


def run(words, environment):
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def environment(database, tmp_path):
    schema.upgrade(database)
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute(ADD_ONE, {"id": COMMENT, "now": datetime(2026, 11, 20, tzinfo=UTC)})
    connection.close()
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "EXCHANGE_SYNC_DATABASE_URL": database, "EXCHANGE_SYNC_HOME": str(tmp_path)}


@pytest.fixture
def server(environment):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = subprocess.Popen(["exchange-sync", "serve", "--port", str(port)], env=environment, cwd=ROOT)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while True:
            try:
                urllib.request.urlopen(f"{url}/openapi.json", timeout=5).close()
                break
            except OSError:
                assert serving.poll() is None
                assert time.monotonic() < end, "the server does not answer"
                time.sleep(0.2)
        yield url
    finally:
        serving.terminate()
        serving.wait(20)


def requests():
    """(method, path with query, body) of every curl line of the page."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("curl "):
                words = shlex.split(line)
                path = next(word for word in words if word.startswith("$API")).removeprefix("$API")
                method = words[words.index("-X") + 1] if "-X" in words else "GET"
                yield method, path, words[words.index("-d") + 1] if "-d" in words else None


def test_every_request_of_the_page_is_answered_as_it_says(environment, server):
    made = re.search(r"exchange-sync token create \S+ --role", PAGE)[0].split()
    token = run([*made, "Op"], environment).strip()
    answers, sequence_id = {}, ""
    for method, path, body in requests():
        if body and "…" in body:
            body = body.replace("…", sequence_id)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = httpx.request(method, server + path, headers=headers, content=body, timeout=30)
        if path.endswith("/REFERENCE"):  # the page's own word for what the reader has to fill in
            assert answer.status_code == 404
            continue
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        answers[path] = answer.json()
        assert answers[path]["status"] == "ok"
        sequence_id = answers[path].get("sequence_id", sequence_id)
    assert len(answers) == 7
    assert [source["name"] for source in answers["/api/v1/sources"]["sources"]] == ["mail"]
    shown = [found for path, found in answers.items() if "?limit=64" in path][0]
    assert [comment["id"] for comment in shown["comments"]] == [COMMENT]
    assert [len(found["results"]) for path, found in answers.items() if path.endswith("/fetch")] == [1]
    assert "reports" in run(["exchange-sync", "token", "list"], environment)
    assert run(["exchange-sync", "token", "revoke", "reports"], environment).strip() == "revoked"


def test_the_pages_python_pages_through_comments_and_its_bot_sees_each_once(environment, server):
    token = run(["exchange-sync", "token", "create", "reports", "--role", "Op"], environment).strip()
    streams = f"{server}/api/v1/datasets/demo/mail/streams"
    wanted = {"stream": {"name": "reports", "start": "beginning"}}
    httpx.put(streams, json=wanted, headers={"Authorization": f"Bearer {token}"}, timeout=30).raise_for_status()
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    program = f"""{code}
class Idle(Exception):
    pass

def stop(seconds):
    raise Idle

def handle(comment):
    print("handled", comment["id"])

time.sleep = stop
print("page", [comment["id"] for comment in comments("demo/mail", from_timestamp="2026-11-01T00:00:00Z")])
for _ in range(2):  # started again, the bot goes on where it was
    try:
        run_bot("/api/v1/datasets/demo/mail/streams/reports", handle)
    except Idle:
        print("idle")
"""
    told = run(
        [sys.executable, "-c", program], {**environment, "API": server, "AUTH": f"Authorization: Bearer {token}"}
    )
    assert told.splitlines() == [f"page ['{COMMENT}']", f"handled {COMMENT}", "idle", "idle"]
