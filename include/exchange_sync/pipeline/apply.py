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
from dataclasses import dataclass, field
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
from exchange_sync.pipeline.yaml_fields import (
    Fields,
    Mistakes,
    days,
    duration,
    moment,
    one_of,
    paths,
    text,
    whole,
    yes_no,
)
from exchange_sync.pipeline.yaml_text import bounded
from exchange_sync.store import integrations
from exchange_sync.store.database import Database


@dataclass
class _Lines:
    """What is named where in a file: (name, line) of buckets and integrations, and each mailbox with its two lines."""

    mistakes: Mistakes
    buckets: list[tuple[str, int]] = field(default_factory=list)
    integrations: list[tuple[str, int]] = field(default_factory=list)
    mailboxes: list[Placed] = field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """A mailbox of the file. line: of its address. bucket_line: of its bucket."""

    integration: str
    config: MailboxConfig
    line: int
    bucket_line: int


def read(path: Path) -> Configuration:
    """The configuration in a file. Raises BadInput with every mistake: file, line, what is wrong and what is right."""
    configuration, lines = _read(path)
    lines.mistakes.require_none()
    return configuration


def read_for(db: Database, path: Path) -> Configuration:
    """As read, and the mistakes too that show only beside what is configured already."""
    configuration, lines = _read(path)
    named = {(bucket.owner, bucket.name) for bucket in configuration.buckets}
    for box in lines.mailboxes:
        bucket = (box.config.bucket_owner, box.config.bucket_name)
        if all(bucket) and bucket not in named and not integrations.bucket_is_there(db, *bucket):
            told = f"there is no bucket {'/'.join(bucket)}: name it under buckets: in the same file"
            lines.mistakes.add(box.bucket_line, f"bucket: {told}")
        elif all(bucket) and (other := integrations.other_bucket(db, box.integration, box.config)):
            told = (
                f"mailbox {box.config.address} already fills bucket {other}: moving it would split its mail; keep its "
                "bucket, or configure the address under another integration"
            )
            lines.mistakes.add(box.bucket_line, f"bucket: {told}")
    lines.mistakes.require_none()
    return configuration


def _read(path: Path) -> tuple[Configuration, _Lines]:
    lines = _Lines(Mistakes(path))
    top = Fields(lines.mistakes, _document(path), "the file")
    configuration = Configuration(
        buckets=tuple(top.each("buckets", lambda found: _bucket(found, lines))),
        integrations=tuple(top.each("integrations", lambda found: _integration(found, lines))),
    )
    top.no_others()
    _unique(lines.mistakes, "bucket", lines.buckets)
    _unique(lines.mistakes, "integration", lines.integrations)
    return configuration, lines


def _document(path: Path) -> CommentedMap:
    """The file as YAML. Raises BadInput where it is none: then nothing else can be told of it."""
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; see docs/how-to/configure.md for what it holds")
    try:
        document = YAML().load(bounded(path))
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not UTF-8 text: save it as UTF-8") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadInput(f"{where}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(document, CommentedMap):
        raise BadInput(f"{path}: expected the keys buckets: and integrations: at its top")
    return document


def _bucket(fields: Fields, lines: _Lines) -> BucketConfig:
    owner, name = _named(fields, "name", "bucket")
    if owner:
        lines.buckets.append((f"{owner}/{name}", fields.line_of("name")))
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


def _integration(fields: Fields, lines: _Lines) -> IntegrationConfig:
    owner, name = _named(fields, "name", "integration")
    if owner:
        lines.integrations.append((f"{owner}/{name}", fields.line_of("name")))
    before = len(lines.mailboxes)
    mailboxes = tuple(fields.each("mailboxes", lambda found: _mailbox(found, owner, name, lines)))
    integration = IntegrationConfig(
        owner=owner,
        name=name,
        connection=fields.value("connection", text),
        title=fields.value("title", text, ""),
        interval_seconds=fields.value("interval", duration, 60),
        viewers=fields.values("viewers", text),
        editors=fields.values("editors", text),
        mailboxes=mailboxes,
    )
    fields.no_others()
    own = [(box.config.address, box.line) for box in lines.mailboxes[before:]]
    _unique(lines.mistakes, f"mailbox of {owner}/{name}", own)
    return integration


def _mailbox(fields: Fields, owner: str, name: str, lines: _Lines) -> MailboxConfig:
    bucket_owner, bucket_name = _named(fields, "bucket", "bucket")

    def address(value: object) -> str:
        checked = check_address(text(value))
        variable_key(owner, name, checked)
        return checked

    mailbox = MailboxConfig(
        address=fields.value("address", address) or "",
        bucket_owner=bucket_owner,
        bucket_name=bucket_name,
        enabled=fields.value("enabled", yes_no, True),
        start_time=fields.value("start_time", moment, None),
        attachments=fields.value("attachments", one_of(ATTACHMENT_MODES), "none"),
        filters=_filters(fields),
    )
    fields.no_others()
    if mailbox.address:
        placed = Placed(f"{owner}/{name}", mailbox, fields.line_of("address"), fields.line_of("bucket"))
        lines.mailboxes.append(placed)
    return mailbox


def _filters(fields: Fields) -> Filters:
    folders = fields.inner("folders")
    people, domains = fields.inner("participants"), fields.inner("participant_domains")
    filters = Filters(
        include=folders.values("include", one_of(SWITCHABLE)),
        archive=folders.value("archive", yes_no, False),
        folder_allow=folders.value("allow", paths, ()),
        folder_deny=folders.value("deny", paths, ()),
        participant_allow=people.values("allow", _as(filter_address)),
        participant_deny=people.values("deny", _as(filter_address)),
        domain_allow=domains.values("allow", _as(filter_domain)),
        domain_deny=domains.values("deny", _as(filter_domain)),
    )
    for inner in (folders, people, domains):
        inner.no_others()
    return filters


def _as(read_text: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: read_text(text(value))


def _named(fields: Fields, key: str, what: str) -> tuple[str, str]:
    """``owner/name`` under a key, in its two parts; empty ones where it does not fit."""

    def convert(value: object) -> tuple[str, str]:
        owner, name = split_name(text(value), what)
        if len(f"backfill_{live_dag_id(owner, name)}") > 240:
            raise BadInput(f"{what} {owner}/{name} is too long for a DAG id: choose a shorter name")
        return owner, name

    found: tuple[str, str] | None = fields.value(key, convert)
    return found or ("", "")


def _unique(mistakes: Mistakes, what: str, named: list[tuple[str, int]]) -> None:
    first: dict[str, int] = {}
    for name, line in named:
        if name in first:
            mistakes.add(line, f"{what} {name} is named twice, first on line {first[name]}: keep one of them")
        first.setdefault(name, line)
