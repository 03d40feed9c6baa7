"""Apply: one YAML file becomes the configuration, whole or not at all, with mistakes named by file and line.

buckets:
  - name: acme/support
    quota: {emails: 1000000, bytes: 50000000000}
    keep_mime: true
integrations:
  - name: acme/exchange
    connection: exchange_acme
    interval: 60s
    mailboxes:
      - address: support@acme.example
        bucket: acme/support
        start_time: 2026-01-01T00:00:00Z
        folders: {include: [drafts], archive: false}
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from exchange_sync.errors import BadInput
from exchange_sync.model.addresses import check_address, filter_address, filter_domain
from exchange_sync.model.config import (
    ATTACHMENT_MODES,
    SWITCHABLE,
    BucketConfig,
    Configuration,
    Filters,
    IntegrationConfig,
    MailboxConfig,
)
from exchange_sync.model.names import live_dag_id, split_name, variable_key
from exchange_sync.pipeline.yaml_fields import Fields, days, duration, moment, one_of, paths, text, texts, whole, yes_no


def read(path: Path) -> Configuration:
    """The configuration in a file. Raises BadInput: file, line, what is wrong and what would be right."""
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; see docs/how-to/configure.md for what it holds")
    try:
        document = YAML().load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not UTF-8 text: save it as UTF-8") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadInput(f"{where}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(document, CommentedMap):
        raise BadInput(f"{path}: expected the keys buckets: and integrations: at its top")
    top = Fields(path, document, "the file")
    configuration = Configuration(
        buckets=tuple(top.each("buckets", _bucket)),
        integrations=tuple(top.each("integrations", _integration)),
    )
    top.no_others()
    _unique(path, "bucket", [f"{bucket.owner}/{bucket.name}" for bucket in configuration.buckets])
    _unique(path, "integration", [f"{found.owner}/{found.name}" for found in configuration.integrations])
    return configuration


def _bucket(fields: Fields) -> BucketConfig:
    owner, name = fields.value("name", _name("bucket"))
    quota = fields.inner("quota")
    bucket = BucketConfig(
        owner=owner,
        name=name,
        title=fields.value("title", text, ""),
        quota_emails=quota.value("emails", whole, None),
        quota_bytes=quota.value("bytes", whole, None),
        keep_mime=fields.value("keep_mime", yes_no, True),
        retention_days=fields.value("retention_days", days, None),
    )
    quota.no_others()
    fields.no_others()
    return bucket


def _integration(fields: Fields) -> IntegrationConfig:
    owner, name = fields.value("name", _name("integration"))
    mailboxes = tuple(fields.each("mailboxes", lambda found: _mailbox(found, owner, name)))
    integration = IntegrationConfig(
        owner=owner,
        name=name,
        connection=fields.value("connection", text),
        title=fields.value("title", text, ""),
        interval_seconds=fields.value("interval", duration, 60),
        viewers=fields.value("viewers", texts, ()),
        editors=fields.value("editors", texts, ()),
        mailboxes=mailboxes,
    )
    fields.no_others()
    _unique(fields.path, f"mailbox of {owner}/{name}", [box.address for box in mailboxes], fields.line)
    return integration


def _mailbox(fields: Fields, owner: str, name: str) -> MailboxConfig:
    bucket_owner, bucket_name = fields.value("bucket", _name("bucket"))

    def address(value: object) -> str:
        checked = check_address(text(value))
        variable_key(owner, name, checked)
        return checked

    mailbox = MailboxConfig(
        address=fields.value("address", address),
        bucket_owner=bucket_owner,
        bucket_name=bucket_name,
        enabled=fields.value("enabled", yes_no, True),
        start_time=fields.value("start_time", moment, None),
        attachments=fields.value("attachments", one_of(ATTACHMENT_MODES), "none"),
        filters=_filters(fields),
    )
    fields.no_others()
    return mailbox


def _filters(fields: Fields) -> Filters:
    folders = fields.inner("folders")
    people, domains = fields.inner("participants"), fields.inner("participant_domains")
    filters = Filters(
        include=folders.value("include", _switches, ()),
        archive=folders.value("archive", yes_no, False),
        folder_allow=folders.value("allow", paths, ()),
        folder_deny=folders.value("deny", paths, ()),
        participant_allow=people.value("allow", _addresses, ()),
        participant_deny=people.value("deny", _addresses, ()),
        domain_allow=domains.value("allow", _domains, ()),
        domain_deny=domains.value("deny", _domains, ()),
    )
    for inner in (folders, people, domains):
        inner.no_others()
    return filters


def _addresses(value: object) -> tuple[str, ...]:
    return _each(filter_address, value)


def _domains(value: object) -> tuple[str, ...]:
    return _each(filter_domain, value)


def _each(read: Callable[[str], str], value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read(found) for found in texts(value)))


def _name(what: str) -> Callable[[object], tuple[str, str]]:
    def convert(value: object) -> tuple[str, str]:
        owner, name = split_name(text(value), what)
        if len(f"backfill_{live_dag_id(owner, name)}") > 240:
            raise BadInput(f"{what} {owner}/{name} is too long for a DAG id: choose a shorter name")
        return owner, name

    return convert


def _switches(value: object) -> tuple[str, ...]:
    return tuple(one_of(SWITCHABLE)(found) for found in texts(value))


def _unique(path: Path, what: str, names: list[str], line: int | None = None) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        where = f"{path}:{line}" if line else str(path)
        raise BadInput(f"{where}: {what} {twice[0]} is named twice: keep one of them")
