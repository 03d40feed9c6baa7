"""``exchange-sync check``: lines, status, and a database that stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.cli import app
from ruamel.yaml import YAML
from typer.testing import CliRunner

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running() as made:
        for address in (SUPPORT, CLAIMS):
            made.control.add_mailbox(address, address)
        yield made


def tables(world: World) -> dict[str, str]:
    """All rows of all tables."""
    names = world.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()")
    return {str(one["name"]): repr(world.rows(f'SELECT * FROM "{one["name"]}"')) for one in names}


@pytest.mark.parametrize("right", [True, False])
def test_the_command_tells_each_step_changes_nothing_and_has_a_status(
    world: World, simulator: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    monkeypatch.setenv("EXCHANGE_SYNC_DATABASE_URL", world.settings.database_url)
    monkeypatch.setenv("EXCHANGE_SYNC_BLOB_URL", world.settings.blob_url)
    monkeypatch.setenv("EXCHANGE_SYNC_STAGING_URL", world.settings.staging_url)
    fields = {"host": simulator.ews_url, "login": simulator.username, "extra": {"ca_bundle": simulator.ca_file}}
    fields["password"] = simulator.password if right else "wrong"
    file = tmp_path / "connections.yaml"
    YAML().dump({"exchange_acme": fields}, file)
    before = tables(world)

    ran = CliRunner().invoke(app, ["check", "acme/exchange", "--connections", str(file)])

    assert tables(world) == before
    lines = ran.output.splitlines()
    assert ran.exit_code == (0 if right else 1)
    assert lines[0].startswith("✓ DNS ")
    if right:
        assert {line.split()[1] for line in lines} >= {SUPPORT, CLAIMS, "Authentication", "Certificate"}
        assert all(line.startswith("✓ ") for line in lines)
    else:
        assert lines[-1].startswith("✗ Authentication")
        assert " → " in lines[-1]
        assert simulator.control.authentication()["attempts"] == 1
