"""The environment of the stack's processes: Airflow's measured settings, the product's own, and little else.

The figures behind the settings stand beside them; they were measured on two cores.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stack.databases import with_database
from stack.keys import Keys
from stack.layout import ROOT, Layout

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
# Set by whoever calls us, for another Airflow or another Python; here they would only confuse.
_NOT_OURS = ("AIRFLOW", "EXCHANGE_SYNC_", "PYTHON", "VIRTUAL_ENV", "PIP_", "UV_", "PYTEST_")
_HERE = "127.0.0.1,localhost,::1"

# PARALLELISM: each worker's first task is slow, so few workers warm sooner (first run 25 s with 4, 47 s with 16).
# MIN_HEARTBEAT_INTERVAL: at the default 5 a finished task holds its slot for up to 5 s.
# ORPHANED_TASKS_CHECK_INTERVAL: at the default 300 the tasks of a killed scheduler stand still for up to five minutes.
# SCHEDULER_IDLE_SLEEP_TIME: at the default 1 every step of a chain waits 0.9 s; 0.1 costs a fifth of a core when idle.
# MIN_FILE_PROCESS_INTERVAL: reading the file of 200 integrations costs ten seconds of processor; at 10 a whole core.
# What has changed does not wait for it: `exchange-sync housekeeping --every` asks for a reading within seconds.
_MEASURED = {
    "CORE__PARALLELISM": "4",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "API__WORKERS": "1",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
}
_FIXED = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__AUTH_MANAGER": FAB,
    "CORE__LOAD_EXAMPLES": "False",
    # The Test button of the connection form. Off by default, since who may edit connections could have any host called;
    # here Airflow listens to this machine alone, and that is its administrator.
    "CORE__TEST_CONNECTION": "Enabled",
    # A name that every machine resolves: the page fetches a running task's log from this address.
    "CORE__HOSTNAME_CALLABLE": "local_stack.hostname",
    "LOGGING__COLORED_CONSOLE_LOG": "False",
    # A task's log holds the product's sentences: not "Returned value not shown", nor a library's deprecations.
    "LOGGING__NAMESPACE_LEVELS": "airflow.task.operators=WARNING py.warnings=ERROR",
    "LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
    "LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    "API__HOST": "127.0.0.1",
    "API__INSTANCE_NAME": "Exchange Sync",
}


def base(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what belongs to another Airflow or Python, and with no proxy to ourselves."""
    caller = os.environ if environment is None else environment
    kept = {name: value for name, value in caller.items() if not name.startswith(_NOT_OURS)}
    for name in ("no_proxy", "NO_PROXY"):
        kept[name] = f"{kept[name]},{_HERE}" if kept.get(name) else _HERE
    return {
        **kept,
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        # One thread each: four workers on few cores gain nothing from more, and each costs memory.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TQDM_DISABLE": "1",  # Great Expectations' progress bar would reach task logs as an error
        "GX_ANALYTICS_ENABLED": "false",
    }


def product(layout: Layout, database_url: str) -> dict[str, str]:
    """The product's own settings (exchange_sync.settings)."""
    return {
        "EXCHANGE_SYNC_DATABASE_URL": database_url,
        "EXCHANGE_SYNC_HOME": str(layout.product),
        "EXCHANGE_SYNC_ALLOWED_NETWORKS": "127.0.0.0/8, ::1/128",  # where the stack's own Exchange listens
    }


def airflow(layout: Layout, keys: Keys, database_url: str, folders: Mapping[str, Path]) -> dict[str, str]:
    """Airflow's settings. database_url: any database of the server, whose ``airflow`` database is meant.

    folders: ``dags`` and ``plugins``.
    """
    url = database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    port = keys.ports["airflow"]
    settings = {
        **_MEASURED,
        **_FIXED,
        "CORE__DAGS_FOLDER": str(folders["dags"]),
        "CORE__PLUGINS_FOLDER": str(folders["plugins"]),
        "CORE__FERNET_KEY": keys.fernet_key,
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": with_database(url, "airflow"),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(layout.airflow / "bundles"),
        "API__PORT": str(port),
        "API__BASE_URL": f"http://localhost:{port}",
        "API__SECRET_KEY": keys.secret_key,
        "API_AUTH__JWT_SECRET": keys.jwt_secret,
        "LOGGING__WORKER_LOG_SERVER_PORT": str(keys.ports["task_logs"]),
    }
    named = {f"AIRFLOW__{name}": value for name, value in settings.items()}
    return {"AIRFLOW_HOME": str(layout.airflow), **named}
