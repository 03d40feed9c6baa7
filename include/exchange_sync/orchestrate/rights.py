"""Who may see and switch an integration's DAGs in Airflow, beyond what the general roles allow."""

from __future__ import annotations

from typing import Any

from exchange_sync.orchestrate.airflow_api import SERVICE_ROLE
from exchange_sync.orchestrate.catalogue import Entry


def access_control(entry: Entry) -> Any:
    """The DAG's access_control: the integration's viewers and editors, and the service account's role.

    Airflow refuses a DAG that names a role it does not have, so only known ones are named, and it takes away what was
    granted by hand. None leaves all as it is.
    """
    rights: dict[str, dict[str, set[str]]] = {}
    for role in entry.known_roles:
        if role in entry.editors:
            rights[role] = {"DAGs": {"can_read", "can_edit"}, "DAG Runs": {"can_read", "can_create"}}
        elif role in entry.viewers:
            rights[role] = {"DAGs": {"can_read"}, "DAG Runs": {"can_read"}}
        elif role == SERVICE_ROLE:
            rights[role] = {"DAGs": {"can_read", "can_edit"}}
    return rights or None
