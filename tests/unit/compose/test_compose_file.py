"""What docker-compose.yaml promises. No Docker engine is at hand: this is all read, nothing is run here."""

import copy
import re
from dataclasses import fields

import pytest
from compose_pydantic import ComposeSpecification
from exchange_sync.settings import Settings
from pydantic import ValidationError

from stack import environment
from stack.keys import Keys
from stack.layout import Layout

from .conftest import ROOT, VARIABLE, texts

OURS = "exchange-sync"
ENDS = {"init", "demo"}
NO_CHECK = {
    "init": "it ends, and others wait for its status",
    "demo": "it ends",
    "housekeeping": "a loop without a port; restarted when it ends",
}


def specification(document):
    """The specification allows extensions (x-…) at the top; the package's model of it does not know them."""
    return {key: value for key, value in document.items() if not key.startswith("x-")}


def test_the_file_fits_the_compose_specification(document):
    ComposeSpecification.model_validate(specification(document))


@pytest.mark.parametrize("change", [{"imagee": "x"}, {"restart": 3}, {"depends_on": {"redis": {"condition": "ready"}}}])
def test_the_specification_s_model_refuses_what_does_not_fit(document, change):
    wrong = copy.deepcopy(specification(document))
    wrong["services"]["airflow-worker"].update(change)
    with pytest.raises(ValidationError):
        ComposeSpecification.model_validate(wrong)


def test_the_whole_stack_is_there(services):
    core = {"postgres", "redis", "init", "housekeeping", "serve"}
    airflow = {"airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-worker"}
    assert core | airflow | {"simulator", "demo"} <= set(services)
    assert services["simulator"]["profiles"] == ["demo"] == services["demo"]["profiles"]


def test_every_variable_is_explained_in_the_example_and_none_is_there_for_nothing(document, example):
    used = {match[1] for text in texts(document) for match in VARIABLE.finditer(text) if match[1]}
    handed_on = {
        name for name, value in document["x-airflow-environment"].items() if value is None and name.startswith("EXCH")
    }
    assert used | handed_on | {"COMPOSE_PROFILES"} == set(example)


def test_nothing_but_braces_refers_to_a_variable(document):
    """$NAME without braces would pass the test above unseen."""
    for text in texts(document):
        assert "$" not in VARIABLE.sub("", text), text


def test_every_setting_of_the_product_can_be_set_in_the_example(document, example):
    given_by_the_image = {"snapshot"}  # below EXCHANGE_SYNC_HOME
    names = {
        "EXCHANGE_SYNC_" + field.name.upper() for field in fields(Settings) if field.name not in given_by_the_image
    }
    names.add("EXCHANGE_SYNC_ALLOWED_NETWORKS")  # read by what connects, so no field of Settings
    assert names == {name for name in document["x-airflow-environment"] if name.startswith("EXCHANGE_SYNC_")}


def test_the_example_s_settings_are_the_defaults(example):
    settings = Settings.from_environment({"EXCHANGE_SYNC_DATABASE_URL": "postgresql://x"})
    for name, value in example.items():
        if name.startswith("EXCHANGE_SYNC_") and value and not value.startswith("<"):
            assert float(value) == getattr(settings, name.removeprefix("EXCHANGE_SYNC_").lower()), name


def test_every_service_that_is_waited_for_exists_and_can_become_what_is_waited_for(services):
    for name, service in services.items():
        for other, wanted in service.get("depends_on", {}).items():
            check = services[other].get("healthcheck", {})
            if wanted["condition"] == "service_completed_successfully":
                assert other in ENDS, f"{name} waits for the end of {other}, which does not end"
            else:
                assert wanted["condition"] == "service_healthy", f"{name} waits for {other} without a condition"
                assert check.get("test"), f"{name} waits for the health of {other}, which has no check"


def test_a_service_outside_a_profile_never_waits_for_one_inside(services):
    """Compose refuses the whole file when the profile is off."""
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert set(services[other].get("profiles", [])) <= set(service.get("profiles", [])), (name, other)


def test_every_service_has_a_health_check_or_a_reason_to_have_none(services):
    without = {name for name, service in services.items() if not service.get("healthcheck", {}).get("test")}
    assert without == set(NO_CHECK)
    assert all(services[name]["healthcheck"] == {"disable": True} for name in without)


def test_what_ends_is_not_started_again_and_all_else_is(services):
    for name, service in services.items():
        assert service["restart"] == ("no" if name in ENDS else "unless-stopped"), name


def test_no_service_runs_as_root_or_may_become_root(services):
    for name, service in services.items():
        assert service["user"] not in ("root", "0", "0:0"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


def test_no_secret_stands_in_the_file(document, example):
    assert all(re.search("PASSWORD|SECRET|KEY", name) for name, value in example.items() if value.startswith("<"))
    for service in document["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|FERNET|TOKEN|AUTH$", name) and value:
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]*)?\}", value), f"{name} is written out"
            for password in re.findall(r"://[^:/@]*:([^@]*)@", value or ""):
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]*)?\}", password), f"{name} holds a password"


def test_the_host_listens_only_where_the_environment_says(services, example):
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("${BIND_ADDRESS}:") for port in published)
    assert example["BIND_ADDRESS"] == "127.0.0.1"


def test_data_lies_in_named_volumes_that_are_declared(document):
    used = set()
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert re.fullmatch("[a-z-]+", source), f"{name} mounts {source} of the host"
            used.add(source)
    assert used == set(document["volumes"])


def test_everything_that_reads_or_writes_mail_shares_blobs_staging_and_logs(services):
    for name, service in services.items():
        if service["image"] == OURS and name != "simulator":
            assert {"data:/var/lib/exchange-sync", "airflow-logs:/var/log/airflow"} <= set(service["volumes"]), name


def test_the_workers_are_celery_s(services):
    environment = services["airflow-worker"]["environment"]
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert environment == services["airflow-scheduler"]["environment"]
    assert environment["AIRFLOW__CELERY__BROKER_URL"].startswith("redis://")


def test_no_service_has_a_fixed_container_name_so_that_it_can_be_scaled(services):
    assert not any("container_name" in service for service in services.values())


def test_airflow_is_set_as_in_the_local_stack_where_nothing_else_is_meant(document):
    """What was measured there holds here as well; neither can go its own way unseen."""
    keys = Keys("fernet", "jwt", "secret", "admin", "viewer", {"airflow": 8080, "task_logs": 8793})
    there = environment.airflow(
        Layout(), keys, "postgresql://host", {"dags": ROOT / "dags", "plugins": ROOT / "plugins"}
    )
    here = document["x-airflow-environment"]
    other_executor = {"CORE__EXECUTOR", "CORE__PARALLELISM"}
    one_machine = {"CORE__HOSTNAME_CALLABLE", "API__HOST", "API__PORT", "LOGGING__WORKER_LOG_SERVER_PORT"}
    private_folder = {f"LOGGING__FILE_TASK_HANDLER_NEW_{what}_PERMISSIONS" for what in ("FOLDER", "FILE")}
    places = {"CORE__DAGS_FOLDER", "CORE__PLUGINS_FOLDER", "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", "API__BASE_URL"}
    places |= {"CORE__EXECUTION_API_SERVER_URL", "DATABASE__SQL_ALCHEMY_CONN"}
    places |= {"CORE__TEST_CONNECTION"}  # in production whoever may edit connections decides whether they are tried
    secret = {"CORE__FERNET_KEY", "API__SECRET_KEY", "API_AUTH__JWT_SECRET"}
    meant = {f"AIRFLOW__{name}" for name in other_executor | one_machine | private_folder | places | secret}
    differing = {name for name, value in there.items() if here.get(name) != value}
    assert differing == meant | {"AIRFLOW_HOME"}
