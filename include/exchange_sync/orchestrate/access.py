"""Airflow's users, roles and permissions (its FAB auth manager), as the product needs them.

Runs outside tasks: Airflow bars those from its database. ``exchange-sync housekeeping`` calls it, and so does set-up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from exchange_sync.orchestrate.airflow_api import SERVICE_ROLE
from exchange_sync.store.subscribers import Person, Role

log = logging.getLogger(__name__)

VIEW = ("can_read", "View integrations")
MODIFY = ("can_edit", "Modify integrations")
# Airflow shows the menu's entries that come from plugins to those alone who may read its list of plugins.
MENU = ("can_read", "Plugins")
# The service account sees and ends runs. Airflow asks for the right to edit the run's DAG besides, which stands in the
# access_control of our DAGs alone; a right to change the runs of one DAG it does not know.
RUNS = (("can_read", "DAG Runs"), ("can_edit", "DAG Runs"))
# "granted to Viewer (view), Op and Admin (both)" (issue 4); User is Viewer and more in Airflow.
GRANTED = {"Viewer": (VIEW,), "User": (VIEW,), "Op": (VIEW, MODIFY), "Admin": (VIEW, MODIFY)}


def uses_fab() -> bool:
    """Whether Airflow's users are FAB's; with another auth manager nothing here applies."""
    from airflow.configuration import conf

    return "FabAuthManager" in conf.get("core", "auth_manager")


def prepare(named: Iterable[str] = ()) -> tuple[list[Person], list[Role]]:
    """Create what is missing of permissions and the service account's role; then the users and the roles."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        _grant(manager, frozenset(named))
        people = [_person(user) for user in manager.get_all_users() if user.is_active]
        found = [person for person in people if SERVICE_ROLE not in person.roles]
        return found, sorted(map(_role, manager.get_all_roles()), key=lambda role: role.name)


def _grant(manager: Any, named: frozenset[str]) -> None:
    if manager.find_role(SERVICE_ROLE) is None:
        manager.add_role(SERVICE_ROLE)
    _give(manager, SERVICE_ROLE, RUNS)
    for name, permissions in GRANTED.items():
        _give(manager, name, permissions)
    for role in manager.get_all_roles():
        held = {_words(permission) for permission in role.permissions}
        if MENU not in held and (VIEW in held or role.name in named):
            manager.add_permission_to_role(role, manager.create_permission(*MENU))
            log.info("role %s may now see the menu's entry Exchange", role.name)


def _give(manager: Any, name: str, permissions: Iterable[tuple[str, str]]) -> None:
    role = manager.find_role(name)
    if role is None:
        return
    held = {_words(permission) for permission in role.permissions}
    for wanted in permissions:
        if wanted not in held:
            manager.add_permission_to_role(role, manager.create_permission(*wanted))
            log.info("role %s may now: %s", name, " ".join(wanted))


def _person(user: Any) -> Person:
    may_view = any(_role(role).may_view for role in user.roles)
    return Person(user.username, user.email or "", tuple(sorted(role.name for role in user.roles)), may_view)


def _role(role: Any) -> Role:
    held = {_words(permission) for permission in role.permissions}
    return Role(role.name, VIEW in held, MODIFY in held)


def _words(permission: Any) -> tuple[str, str]:
    return permission.action.name, permission.resource.name
