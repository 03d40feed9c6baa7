"""Integrations as requests describe them, in the model's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from exchange_sync.model.addresses import check_address, filter_address, filter_domain
from exchange_sync.model.config import SWITCHABLE, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.names import split_name, variable_key
from exchange_sync.store.sources import Ref
from exchange_sync.web.api.models.integrations import (
    ConfigurationFields,
    ConnectionModel,
    IntegrationNewFields,
    IntegrationUpdateFields,
    MailboxFields,
)
from exchange_sync.web.protocol import ApiError

_PROTOCOLS = {"ews": "ews", "graph": "graph"}
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


def buckets(configuration: ConfigurationFields | None) -> dict[Ref, str]:
    """The buckets that mailboxes ask for, each with its title."""
    found: dict[Ref, str] = {}
    for box in (configuration.mailboxes if configuration else None) or ():
        wanted = box.bucket_specification
        owner, name = split_name(f"{wanted.project_name}/{wanted.name}", "bucket")
        found.setdefault(Ref(owner=owner, name=name), wanted.title or "")
    return found


def connection_fields(model: ConnectionModel) -> dict[str, Any]:
    """A connection as Airflow keeps it: host, login, password, extra. A secret that was left out is left out."""
    extra: dict[str, str] = {
        "protocol": _PROTOCOLS[model.microsoft_api.kind],
        "authentication": _AUTHENTICATIONS[model.application.kind],
    }
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


def _mailboxes(known: IntegrationConfig, wanted: Sequence[MailboxFields]) -> tuple[MailboxConfig, ...]:
    found = tuple(_mailbox(known, box) for box in wanted)
    addresses = [box.address for box in found]
    if len(set(addresses)) < len(addresses):
        twice = min(address for address, count in Counter(addresses).items() if count > 1)
        raise ApiError(422, f"mailbox {twice} is named twice: keep one of them")
    return found


def _mailbox(known: IntegrationConfig, box: MailboxFields) -> MailboxConfig:
    address = check_address(box.email)
    variable_key(known.owner, known.name, address)
    bucket = box.bucket_specification
    bucket_owner, bucket_name = split_name(f"{bucket.project_name}/{bucket.name}", "bucket")
    mode = box.sync_attachments
    return MailboxConfig(
        address=address,
        bucket_owner=bucket_owner,
        bucket_name=bucket_name,
        enabled=box.enabled,
        start_time=box.start_timestamp,
        attachments=mode if isinstance(mode, str) else ("not_inline" if mode else "none"),
        filters=_filters(box),
    )


def _filters(box: MailboxFields) -> Filters:
    include = tuple(sorted(set(box.include or ())))
    unknown = [name for name in include if name not in SWITCHABLE]
    if unknown:
        raise ApiError(422, f"include: {unknown[0]!r} is not known: expected any of {', '.join(SWITCHABLE)}")
    return Filters(
        include=include,
        archive=box.archive,
        folder_allow=tuple(tuple(path) for path in box.folder_allowlist or ()),
        folder_deny=tuple(tuple(path) for path in box.folder_denylist or ()),
        participant_allow=_each(filter_address, box.participant_allowlist),
        participant_deny=_each(filter_address, box.participant_denylist),
        domain_allow=_each(filter_domain, box.participant_domain_allowlist),
        domain_deny=_each(filter_domain, box.participant_domain_denylist),
    )


def _each(read: Callable[[str], str], values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read(value) for value in values or ()))
