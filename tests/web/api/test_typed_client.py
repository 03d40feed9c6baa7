"""A typed client, generated from our own OpenAPI document, reads pages and runs as a bot."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.web.api.conftest import Api, good, identifier
from tests.web.api.test_schema import good_document

LOCK = Path(__file__).resolve().parents[2] / "support" / "client" / "generator.txt"
UV = Path(sys.executable).with_name("uv")


def run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generator, in an environment of its own: it does not go with what the product is locked to."""
    place = tmp_path_factory.mktemp("generator")
    run(UV, "venv", "-q", "--python", sys.executable, place)
    run(UV, "pip", "install", "-q", "--python", place / "bin" / "python", "--require-hashes", "-r", LOCK)
    return place / "bin" / "openapi-python-client"


@pytest.fixture
def package(api: Api, generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The client as a package, generated without a word of complaint."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.json"
    document.write_text(json.dumps(good_document(api)))
    config.write_text(json.dumps({"post_hooks": []}))
    output = tmp_path / "typed_api"
    words = ("generate", "--meta", "none", "--path", document, "--output-path", output, "--config", config)
    told = run(generator, *words, "--fail-on-warning")
    assert "WARNING" not in told, told
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("typed_api")


def called(package: ModuleType, subject: str, name: str) -> Any:
    return importlib.import_module(f"{package.__name__}.api.{subject}.{name}").sync


@pytest.mark.long
def test_a_generated_client_reads_pages_and_runs_as_a_bot(package: ModuleType, api: Api) -> None:
    api.deliver(*range(1, 8))
    models = importlib.import_module(f"{package.__name__}.models")
    client = package.AuthenticatedClient(base_url="http://testserver", token="unused")
    client.set_httpx_client(api.op)
    fetch, advance = called(package, "streams", "fetch_stream"), called(package, "streams", "advance_stream")
    stream = models.StreamFields(name="reports", start=models.StreamFieldsStartType0("beginning"))
    made = called(package, "streams", "put_stream")("acme/mail", client=client, body=models.PutStream(stream=stream))
    assert (made.status, made.stream.name) == ("ok", "reports")
    seen: list[str] = []

    while True:
        batch = fetch("acme/mail", "reports", client=client, body=models.FetchRequest(size=3))
        for result in batch.results:
            seen.append(result.comment.id)
            assert "question number" in result.comment.messages[0].body.text
            body = models.AdvanceRequest(sequence_id=result.sequence_id)
            advance("acme/mail", "reports", client=client, body=body)
        advance("acme/mail", "reports", client=client, body=models.AdvanceRequest(sequence_id=batch.sequence_id))
        if batch.is_end_sequence:
            break

    assert seen == [identifier(number) for number in range(1, 8)]
    page = called(package, "comments", "get_comments")("acme/mail", client=client, limit=3)
    rest = called(package, "comments", "get_comments")("acme/mail", client=client, limit=9, after=page.continuation)
    assert [one.id for one in page.comments + rest.comments] == seen
    [integration] = called(package, "integrations", "get_integrations")(client=client).integrations
    assert {box.email for box in integration.configuration.mailboxes} == {"support@acme.example", "claims@acme.example"}
    missing = called(package, "comments", "get_comment")("acme/none", "x", client=client)
    assert missing is None or missing.status == "error"
    assert good(api.op.get("/api/v1/datasets/acme%2Fmail/streams"))["streams"][0]["name"] == "reports"
