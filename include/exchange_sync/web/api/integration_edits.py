"""Integrations as requests describe them, in the model's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from exchange_sync.model.addresses import check_address, filter_address, filter_domain
from exchange_sync.model.config import SWITCHABLE, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.names import split_name, variable_key
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref
from exchange_sync.web.api.models.integrations import (
    ConfigurationFields,
    ConnectionModel,
    IntegrationNewFields,
    IntegrationUpdateFields,
    MailboxFields,
)
from exchange_sync.web.protocol import ApiError

_AUTHENTICATIONS = {
    "basic": "basic", "ntlm": "ntlm", "custom": "oauth_secret", "private_key": "oauth_certificate",
}  # fmt: skip


def changed(known: IntegrationConfig, fields: IntegrationNewFields | IntegrationUpdateFields) -> IntegrationConfig:
    """The integration with what a request gives; the rest stays. Raises BadInput and 422 for what does not fit."""
    given: dict[str, Any] = {}
    if fields.title is not None:
        given["title"] = fields.title
    configuration = fields.configuration or ConfigurationFields()
    if configuration.connection_id is not None:
        given["connection"] = configuration.connection_id
    if configuration.interval_seconds is not None:
        given["interval_seconds"] = configuration.interval_seconds
    for name in ("viewers", "editors"):
        if (value := getattr(configuration, name)) is not None:
            given[name] = tuple(value)
    if configuration.mailboxes is not None:
        given["mailboxes"] = _mailboxes(known, configuration.mailboxes)
    return replace(known, **given)


def buckets(configuration: ConfigurationFields | None, filled: Mapping[str, Ref]) -> dict[Ref, str]:
    """The buckets that mailboxes ask for, each with its title. filled: by address, those that they fill already."""
    found: dict[Ref, str] = {}
    for box in (configuration.mailboxes if configuration else None) or ():
        wanted = box.bucket_specification
        if wanted is None:
            continue
        owner, name = split_name(f"{wanted.project_name}/{wanted.name}", "bucket")
        ref = Ref(owner=owner, name=name)
        if filled.get(check_address(box.email)) != ref:
            found.setdefault(ref, wanted.title or "")
    return found


def connection_fields(model: ConnectionModel) -> dict[str, Any]:
    """A connection as Airflow keeps it: host, login, password, extra. A secret that was left out is left out."""
    extra: dict[str, str] = {"authentication": _AUTHENTICATIONS[model.application.kind or "ntlm"]}
    if model.microsoft_api:
        extra["protocol"] = model.microsoft_api.kind
    if model.ews_endpoint:
        extra["server_url"] = model.ews_endpoint
    if model.build_version:
        extra["build"] = model.build_version
    application = model.application
    given = {"tenant": application.tenant_id, "client_id": application.client_id,
             "private_key": application.private_key, "thumbprint": application.thumbprint}  # fmt: skip
    extra |= {name: value for name, value in given.items() if value}
    fields: dict[str, Any] = {"host": None, "port": None, "schema": None, "login": model.access.username}
    if secret := application.client_secret or model.access.password:
        fields["password"] = secret
    return {**fields, "extra": extra}


def require_same(row: Row, fields: IntegrationUpdateFields) -> None:
    """What an integration is called, and when it was made, may be told as it is. Raises 422 for anything else."""
    for name in ("id", "owner", "name", "created_at"):
        if getattr(fields, name) not in (None, row[name]):
            raise ApiError(422, f"body.integration.{name}: it cannot be changed; leave it out")


def _mailboxes(known: IntegrationConfig, wanted: Sequence[MailboxFields]) -> tuple[MailboxConfig, ...]:
    """In the order of addresses, as the store gives them: so what was read and comes back is the same."""
    there = {box.address: box for box in known.mailboxes}
    found = tuple(sorted((_mailbox(known, there, box) for box in wanted), key=lambda box: box.address))
    addresses = [box.address for box in found]
    if len(set(addresses)) < len(addresses):
        twice = min(address for address, count in Counter(addresses).items() if count > 1)
        raise ApiError(422, f"mailbox {twice} is named twice: keep one of them")
    return found


def _mailbox(known: IntegrationConfig, there: Mapping[str, MailboxConfig], box: MailboxFields) -> MailboxConfig:
    """One mailbox as it is, with what the request names of it."""
    address = check_address(box.email)
    variable_key(known.owner, known.name, address)
    named = box.model_fields_set
    given: dict[str, Any] = {}
    if (bucket := box.bucket_specification) is not None:
        owner, name = split_name(f"{bucket.project_name}/{bucket.name}", "bucket")
        given |= {"bucket_owner": owner, "bucket_name": name}
    elif address not in there:
        raise ApiError(422, f"mailbox {address}: bucket_specification is missing: name the bucket that it fills")
    if "enabled" in named:
        given["enabled"] = box.enabled
    if "start_timestamp" in named:
        given["start_time"] = box.start_timestamp
    if "sync_attachments" in named:
        mode = box.sync_attachments
        given["attachments"] = mode if isinstance(mode, str) else ("not_inline" if mode else "none")
    before = there.get(address) or MailboxConfig(address, given["bucket_owner"], given["bucket_name"])
    return replace(before, **given, filters=_filters(before.filters, box))


def _filters(before: Filters, box: MailboxFields) -> Filters:
    unknown = [name for name in box.include or () if name not in SWITCHABLE]
    if unknown:
        raise ApiError(422, f"include: {unknown[0]!r} is not known: expected any of {', '.join(SWITCHABLE)}")
    read: dict[str, tuple[str, Callable[[], Any]]] = {
        "include": ("include", lambda: tuple(dict.fromkeys(box.include or ()))),
        "archive": ("archive", lambda: box.archive),
        "folder_allowlist": ("folder_allow", lambda: _paths(box.folder_allowlist)),
        "folder_denylist": ("folder_deny", lambda: _paths(box.folder_denylist)),
        "participant_allowlist": ("participant_allow", lambda: _each(filter_address, box.participant_allowlist)),
        "participant_denylist": ("participant_deny", lambda: _each(filter_address, box.participant_denylist)),
        "participant_domain_allowlist": (
            "domain_allow",
            lambda: _each(filter_domain, box.participant_domain_allowlist),
        ),
        "participant_domain_denylist": ("domain_deny", lambda: _each(filter_domain, box.participant_domain_denylist)),
    }
    return replace(before, **{ours: value() for name, (ours, value) in read.items() if name in box.model_fields_set})


def _paths(values: Sequence[Sequence[str]] | None) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(path) for path in values or ())


def _each(read: Callable[[str], str], values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read(value) for value in values or ()))
