"""Integrations, their connection and their errors (reference 2.6, 2.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from exchange_sync.web.api.models.common import Body, Moment, Ok, Shown, Strict
from exchange_sync.web.api.models.places import HexId, Named

Name = Annotated[str, Field(min_length=1, max_length=256)]
Secret = Annotated[str, Field(max_length=16_384)]
Path = Annotated[list[Annotated[str, Field(min_length=1, max_length=1_024)]], Field(min_length=1, max_length=64)]
Paths = Annotated[list[Path], Field(max_length=1_024)]
Names = Annotated[list[Name], Field(max_length=1_024)]
Reason = Literal["user", "quota", "sync_error"]
MAILBOXES = 10_000  # of one integration


class Application(Strict):
    """How to log in: ``ntlm``, ``custom`` (a client secret), ``private_key`` (a certificate), or ``basic`` (ours).

    Without kind a thumbprint means ``private_key``, and nothing at all ``ntlm``.
    """

    kind: Literal["custom", "private_key", "ntlm", "basic"] | None = None
    tenant_id: Name | None = None
    client_id: Name | None = None
    client_secret: Secret | None = None
    thumbprint: Name | None = None
    private_key: Secret | None = None

    @model_validator(mode="after")
    def known(self) -> Self:
        """Which kind it is, from what is given."""
        if self.kind is None:
            if self.thumbprint is not None:
                self.kind = "private_key"
            elif self.tenant_id is None and self.client_id is None and self.client_secret is None:
                self.kind = "ntlm"
            else:
                raise ValueError("kind: expected custom, private_key, ntlm or basic")
        return self


class Access(Strict):
    """As a service user, or as the application itself."""

    kind: Literal["user_access", "app_access"]
    username: Name | None = None
    password: Secret | None = None


class MicrosoftApi(Strict):
    """Which of Exchange's interfaces."""

    kind: Literal["graph", "ews"]


class ConnectionModel(Strict):
    """One connection to one Exchange. Secrets are written, never read.

    What is left out, or null, stays as it is kept. Of a new one: EWS, and without ews_endpoint Exchange Online.
    """

    application: Application
    access: Access
    microsoft_api: MicrosoftApi | None = None
    ews_endpoint: Annotated[str, Field(max_length=2_048)] | None = None
    build_version: Annotated[str, Field(max_length=64)] | None = None


Address = Annotated[str, Field(min_length=1, max_length=320)]


class MailboxCheck(Shown):
    """One mailbox. folders, items: as the server counts them; null where it was not reached, for remedy to mend."""

    mailbox: str
    ok: bool
    message: str = Field(examples=["12 folders, 1,204 items"])
    remedy: str | None = None
    folders: int | None = None
    items: int | None = None


class ValidateRequest(Body):
    """Credentials to try. With integration_id, secrets that are left out are those of its connection.

    mailboxes (ours): further mailboxes to look at. What is wrong with one of them alone is told in the answer.
    """

    connection: ConnectionModel
    test_mailbox: Address | None = None
    integration_id: HexId | None = None
    mailboxes: Annotated[list[Address], Field(max_length=20)] | None = None


class ValidateResult(Ok):
    """They work. Where the request names mailboxes (ours), also checks: the lines of ``exchange-sync check``, and
    mailboxes: each that was looked at."""

    result: str = Field(examples=["credentials are valid"])
    checks: list[str] | None = None
    mailboxes: list[MailboxCheck] | None = None


class BucketSpecification(Strict):
    """Which bucket; it is made where it is missing."""

    project_name: Name
    name: Name
    title: Annotated[str, Field(max_length=256)] | None = None


class MailboxFields(Strict):
    """One mailbox. sync_attachments (ours): ``none``, ``not_inline`` or ``all``; true means ``not_inline``.

    include and archive (ours): folders beyond the defaults, as in the configuration file. What is left out of a mailbox
    that is there already stays as it is; null, or an empty list, takes it away. A new one needs its bucket.
    """

    email: Name
    bucket_specification: BucketSpecification | None = None
    enabled: bool = True
    disabled_reason: Reason | None = None
    start_timestamp: Moment | None = None
    sync_attachments: bool | Literal["none", "not_inline", "all"] = "none"
    include: Names | None = None
    archive: bool = False
    folder_allowlist: Paths | None = None
    folder_denylist: Paths | None = None
    participant_allowlist: Names | None = None
    participant_denylist: Names | None = None
    participant_domain_allowlist: Names | None = None
    participant_domain_denylist: Names | None = None


class ConfigurationFields(Strict):
    """What an integration does. connection_id (ours): the Airflow connection; interval_seconds, viewers, editors: ours
    too, roles by their Airflow names."""

    mailboxes: Annotated[list[MailboxFields], Field(max_length=MAILBOXES)] | None = None
    connection: ConnectionModel | None = None
    connection_id: Name | None = None
    interval_seconds: Annotated[int, Field(ge=10, le=86_400)] | None = None
    viewers: Names | None = None
    editors: Names | None = None


class IntegrationNewFields(Strict):
    """An integration to make."""

    title: Annotated[str, Field(max_length=256)] | None = None
    configuration: ConfigurationFields | None = None
    enabled: bool = True
    integration_type: Literal["exchange_online"] = "exchange_online"
    disabled_reason: Reason | None = None


class IntegrationUpdateFields(Strict):
    """What to change. updated_at: as last read; another value means that somebody else changed it meanwhile (409).

    The further fields may come along as they were read; nothing is changed by them.
    """

    title: Annotated[str, Field(max_length=256)] | None = None
    configuration: ConfigurationFields | None = None
    enabled: bool | None = None
    updated_at: Moment | None = None
    id: HexId | None = None
    owner: Name | None = None
    name: Name | None = None
    type: Literal["exchange_online"] | None = None
    created_at: Moment | None = None
    disabled_reason: Reason | None = None


class PutIntegration(Body):
    """An integration to make."""

    integration: IntegrationNewFields


class PostIntegration(Body):
    """What to change of an integration."""

    integration: IntegrationUpdateFields


class BucketShown(Shown):
    """The bucket that a mailbox fills."""

    project_name: str
    name: str
    title: str


class MailboxShown(Shown):
    """One mailbox; what differs from the defaults is there."""

    email: str
    enabled: bool
    sync_attachments: Literal["none", "not_inline", "all"]
    bucket_specification: BucketShown
    disabled_reason: Reason | None = None
    start_timestamp: datetime | None = None
    include: list[str] | None = None
    archive: bool | None = None
    folder_allowlist: list[list[str]] | None = None
    folder_denylist: list[list[str]] | None = None
    participant_allowlist: list[str] | None = None
    participant_denylist: list[str] | None = None
    participant_domain_allowlist: list[str] | None = None
    participant_domain_denylist: list[str] | None = None


class ConfigurationShown(Shown):
    """What an integration does."""

    connection_id: str
    interval_seconds: int
    viewers: list[str]
    editors: list[str]
    mailboxes: list[MailboxShown]


class Integration(Named):
    """One connection to one Exchange, with its mailboxes."""

    configuration: ConfigurationShown
    enabled: bool
    type: Literal["exchange_online"]
    disabled_reason: Reason | None = None


class Integrations(Ok):
    """Those that the caller may see."""

    integrations: list[Integration]


class OneIntegration(Ok):
    """One integration."""

    integration: Integration


class ErrorDetails(Shown):
    """What it was."""

    kind: str = Field(examples=["mailbox_not_found"])
    full_error_text: str


class ErrorAction(Shown):
    """What it disabled; the last two where that is a mailbox."""

    kind: Literal["integration_disabled", "mailbox_disabled"]
    mailbox_name: str | None = None
    bucket_id: HexId | None = None


class IntegrationError(Shown):
    """What disabled an integration or a mailbox. processed_at: when people were notified."""

    id: str
    integration_id: HexId
    error_text: str
    error_details: ErrorDetails
    error_action: ErrorAction
    created_at: datetime
    processed_at: datetime | None = None


class IntegrationErrors(Ok):
    """Of one integration, the newest first."""

    errors: list[IntegrationError]
