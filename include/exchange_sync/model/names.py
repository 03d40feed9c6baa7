"""Names of integrations, buckets, DAGs and Variables, and what makes them valid (design section 1)."""

from __future__ import annotations

import hashlib
import re

from exchange_sync.errors import BadInput

_PART = re.compile(r"[a-z0-9_-]{1,100}")
KEY_LIMIT = 250  # characters: Airflow's limit of a DAG id and of a Variable key


def split_name(name: str, what: str) -> tuple[str, str]:
    """``owner/name`` in its two parts. Raises BadInput that names what was meant and what would be right."""
    parts = name.split("/")
    if len(parts) != 2 or not all(_PART.fullmatch(part) for part in parts):
        raise BadInput(
            f"{what} {name!r} is not valid: expected owner/name, each of 1 to 100 of the characters a-z, 0-9, _ and -"
            ", for example acme/support"
        )
    return parts[0], parts[1]


def live_dag_id(owner: str, name: str) -> str:
    """The id of an integration's live DAG."""
    return f"exchange.{owner}.{name}"


def backfill_dag_id(owner: str, name: str) -> str:
    """The id of an integration's companion backfill DAG."""
    return f"exchange_backfill.{owner}.{name}"


def variable_key(owner: str, name: str, address: str) -> str:
    """The key of the Airflow Variable that holds a mailbox's watermark. Raises BadInput when it would not fit."""
    key = f"exchange.{owner}.{name}.{address}"
    if len(key) > KEY_LIMIT:
        raise BadInput(
            f"mailbox {address!r} of {owner}/{name}: its watermark's Variable key would have {len(key)} characters, "
            f"Airflow takes {KEY_LIMIT}; choose a shorter owner or name"
        )
    return key


def attempt_id(dag_id: str, run_id: str, map_index: int, try_number: int) -> str:
    """The name of one task's attempt at a mailbox, which names its batch: the same for nothing else."""
    parts = (dag_id, run_id, map_index, try_number)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
