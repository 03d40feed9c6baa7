"""Users, projects and quotas."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from exchange_sync.web.api.models.common import Body, Ok, Shown, Strict
from exchange_sync.web.api.models.places import HexId


class User(Shown):
    """A user. organisation_permissions: what may be done with each project's things. verified: always."""

    id: HexId
    username: str
    email: str
    created: datetime
    last_login_at: datetime | None
    verified: bool
    is_support_user: bool
    organisation_permissions: dict[str, list[str]]
    derived_organisation_permissions: dict[str, list[str]]
    global_permissions: list[str]
    sso_global_permissions: list[str]
    derived_user_global_permissions: list[str]
    derived_global_permissions: list[str]


class OneUser(Ok):
    """One user."""

    user: User


class Users(Ok):
    """Those that the caller may see."""

    users: list[User]


class PublicUser(Shown):
    """A user by name."""

    email: str
    username: str
    last_login_at: datetime | None


class PublicUsers(Ok):
    """Those that the caller may see."""

    users: list[PublicUser]


class Refreshed(Ok):
    """Permissions are looked up anew with every request: there is nothing to refresh."""

    permissions_refreshed: None = None


class Empty(Body):
    """An empty object."""


class Project(Shown):
    """An owner of buckets, sources, datasets and integrations. user_auto_join: never; roles say who may what."""

    id: HexId
    name: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    user_auto_join: bool


class Projects(Ok):
    """Those that the caller may see."""

    projects: list[Project]


class OneProject(Ok):
    """One of them."""

    project: Project


class PublicProject(Shown):
    """A project by name."""

    name: str
    title: str
    description: str


class PublicProjects(Ok):
    """Those that the caller may see."""

    projects: list[PublicProject]


class ResourceCounts(Ok):
    """What a project owns. dashboards: there are none."""

    buckets: int
    dashboards: int
    datasets: int
    integrations: int
    sources: int
    users_with_permissions: int


class ProjectFields(Strict):
    """What can be said of a project."""

    title: Annotated[str, Field(max_length=128)] | None = None
    description: Annotated[str, Field(max_length=4_096)] | None = None
    user_auto_join: Literal[False] | None = None


class PutProject(Body):
    """A project to make. user_ids and uipath_user_ids are accepted: roles say who may what."""

    project: ProjectFields
    user_ids: Annotated[list[HexId], Field(max_length=1_024)] | None = None
    uipath_user_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1_024)] | None = None


class PostProject(Body):
    """What to change of a project."""

    project: ProjectFields


class Quota(Shown):
    """A bound. current_max_usage: of what comes nearest to it."""

    quota_kind: str = Field(examples=["comments_per_source"])
    hard_limit: int
    current_max_usage: int


class Quotas(Ok):
    """The bounds that there are here."""

    quotas: list[Quota]
