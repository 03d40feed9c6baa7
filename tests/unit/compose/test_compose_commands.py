"""Every command of docker-compose.yaml exists, with the options that it is given there."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

BIN = Path(sys.executable).parent
OURS = "exchange-sync"


def commands(services):
    """(service, words) of each command and health check that runs in our image."""
    for name, service in services.items():
        if service["image"] == OURS:
            yield name, service["command"]
            test = service["healthcheck"].get("test", ["NONE"])
            if test[0] == "CMD":
                yield name, test[1:]
            elif test[0] == "CMD-SHELL":
                yield name, test[1].split()


def test_every_program_is_one_that_the_image_has(services):
    for name, words in commands(services):
        program = words[0]
        assert program in ("python", "test") or (BIN / program).exists(), f"{name}: {program}"


def test_every_module_that_is_run_exists_and_knows_its_step(services):
    for name, words in commands(services):
        if words[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(words[2]), f"{name}: {words[2]}"
            if words[2] == "stack.container":
                said = subprocess.run(
                    [sys.executable, "-m", "stack.container", "--help"], capture_output=True, text=True
                )
                assert words[3] in said.stdout


@pytest.mark.parametrize("program", ["exchange-sync", "exchange-simulator"])
def test_our_own_programs_know_the_words_that_they_are_given(services, program):
    from exchange_simulator.cli import app as simulator
    from exchange_sync.cli import app as product

    group = typer.main.get_command({"exchange-sync": product, "exchange-simulator": simulator}[program])
    found = [words for _, words in commands(services) if words[0] == program]
    assert found
    for _, name, *rest in found:
        known = {option for parameter in group.commands[name].params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if word.startswith("--")} <= known, name


def test_airflow_knows_the_words_that_it_is_given(services, tmp_path):
    """Airflow's own parser, in a process of its own: importing it here would start an Airflow for every unit test."""
    given = [words[1:] for _, words in commands(services) if words[0] == "airflow"]
    assert len(given) >= 4
    lines = [[word.replace("${WORKER_CONCURRENCY}", "4") for word in words] for words in given]
    code = f"from airflow.cli.cli_parser import get_parser\nfor words in {lines!r}: get_parser().parse_args(words)"
    environment = {"PATH": str(BIN), "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
