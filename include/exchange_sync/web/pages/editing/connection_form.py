"""The fields of a connection, as the form shows them and as people fill them in. Secrets go in and never out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from exchange_sync.source.connection_fields import FIELDS, ConnectionField
from exchange_sync.web.kept_secrets import SecretNeeded
from exchange_sync.web.pages.visiting import text

PREFIX = "c_"
_SPOKEN = {
    "basic": "Basic: user name and password",
    "ntlm": "NTLM: user name and password",
    "kerberos": "Kerberos: the ticket of the workers",
    "oauth_secret": "OAuth with a client secret",
    "oauth_certificate": "OAuth with a certificate",
    "client_certificate": "Client certificate (TLS)",
    "ews": "EWS",
    "graph": "Microsoft Graph (not there yet)",
    "impersonation": "Impersonation",
    "delegate": "Delegate: rights on each mailbox",
}
_PASSWORDS = ("basic", "ntlm", "oauth_secret")
COLUMNS = (
    ConnectionField("host", "Server", "Its name, or the whole EWS address, https only.", "server"),
    ConnectionField("port", "Port", "Empty for 443.", "server", whole=True),
    ConnectionField(
        "login",
        "User name",
        "The service account: name@example.com or DOMAIN\\name.",
        "login",
        only_for=("basic", "ntlm"),
    ),
    ConnectionField("password", "Password or client secret", "", "login", secret=True, only_for=_PASSWORDS),
)
_ORDER = {"authentication": -1, "login": 0, "password": 1}
ALL = (*COLUMNS, *FIELDS)
_TITLES = {"server": "Server", "login": "Log-in", "advanced": "Network and limits"}


@dataclass(frozen=True)
class Shown:
    """One field on the page. held: a secret that is kept, and so need not be given. only_for: words for the script."""

    name: str
    label: str
    hint: str
    value: str
    choices: Sequence[tuple[str, str]] = ()
    kind: str = "text"
    held: bool = False
    only_for: str = ""


@dataclass(frozen=True)
class Section:
    """Fields under one title. folded: closed until somebody opens it, or something in it is wrong."""

    title: str
    fields: list[Shown] = field(default_factory=list)
    folded: bool = False


def sections(kept: Mapping[str, Any] | None, typed: FormData | None, faults: Mapping[str, str]) -> list[Section]:
    """The form. kept: as Connections.read tells it; typed: as just sent, where it is shown again with its faults."""
    found = []
    for key, title in _TITLES.items():
        fields = sorted((one for one in ALL if one.section == key), key=lambda one: _ORDER.get(one.name, 2))
        shown = [_shown(one, kept or {}, typed) for one in fields]
        wrong = any(PREFIX + one.name in faults for one in fields)
        found.append(Section(title, shown, folded=key == "advanced" and not wrong))
    return found


def _shown(one: ConnectionField, kept: Mapping[str, Any], typed: FormData | None) -> Shown:
    held = bool(kept.get("has_password")) if one.name == "password" else one.name in kept.get("has", ())
    value = ""
    if not one.secret:
        value = text(typed, PREFIX + one.name) if typed is not None else _kept_value(one, kept)
    return Shown(
        name=PREFIX + one.name,
        label=one.label,
        hint=one.description,
        value=value or (one.default if one.choices or one.whole else ""),
        choices=[(choice, _SPOKEN.get(choice, choice)) for choice in one.choices],
        kind="select" if one.choices else "lines" if one.lines else "password" if one.secret else "text",
        held=held,
        only_for=" ".join(one.only_for),
    )


def _kept_value(one: ConnectionField, kept: Mapping[str, Any]) -> str:
    held = kept.get(one.name) if one in COLUMNS else kept.get("extra", {}).get(one.name)
    return "" if held is None else str(held)


def fields(form: FormData, kept: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """What was filled in, as Connections.write takes it, and faults by the form's names.

    A secret that was left empty is left out; one that was to be forgotten is empty. The kept schema stays.
    """
    faults: dict[str, str] = {}
    found: dict[str, Any] = {"host": text(form, "c_host") or None, "login": text(form, "c_login") or None}
    found["schema"] = (kept or {}).get("schema") or None
    found["port"] = _port(text(form, "c_port"), faults)
    password = form.get("c_password")
    if isinstance(password, str) and password:
        found["password"] = password  # as it is: a password may begin or end with a space
    found["extra"] = {}
    for one in FIELDS:
        value = text(form, PREFIX + one.name).replace("\r\n", "\n")
        if value and value != one.default:
            found["extra"][one.name] = int(value) if one.whole and value.isascii() and value.isdigit() else value
        elif one.secret and text(form, f"forget_{one.name}"):
            found["extra"][one.name] = ""
    return found, faults


def _port(given: str, faults: dict[str, str]) -> int | None:
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65_535:
        faults["c_port"] = "Expected a number from 1 to 65535, or nothing."
        return None
    return int(given)


def placed(error: Exception) -> dict[str, str]:
    """What does not fit, beside its field: the checks name the fields at the beginning of what they say."""
    if isinstance(error, SecretNeeded):
        what = ", ".join(_label(name) for name in error.changed)
        told = f"Give it again: {what} changed, and a kept secret is sent nowhere new."
        return {PREFIX + error.secret: told}
    message = str(error)
    head = message.partition(":")[0]
    named = [name for name in _names(head) if any(one.name == name for one in ALL)]
    if not named and head.startswith("server URL"):
        named = ["server_url"]
    told = message[:1].upper() + message[1:]
    return {PREFIX + name: told for name in named} or {"connection": told}


def _names(head: str) -> list[str]:
    """``login, password (or client secret)`` and ``timeout 0`` name login and password, and timeout."""
    return [part.strip().split(" ")[0] for part in head.removeprefix("extra ").split(",")]


def _label(name: str) -> str:
    names = {"username": "login", "server_url": "host"}
    return next((one.label for one in ALL if one.name == names.get(name, name)), name)


def described(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A connection that is not to be edited here, in lines: label and value, secrets by whether there is one."""
    lines = []
    for one in ALL:
        shown = _shown(one, kept, None)
        value = ("kept" if shown.held else "") if one.secret else _kept_value(one, kept)
        if value:
            lines.append((one.label, value))
    return lines
