"""ResolveNames, ConvertId, GetServerTimeZones."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.operations.folders import each
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.soap import Answer
from exchange_simulator.ews.xml import Element, attribute, boolean, children, find, local, m, need, schema_fault, t
from exchange_simulator.store.ids import guid_in, looks_like_id

_ID_FORMATS = ("EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId")
_ZONES = (
    ("UTC", "(UTC) Coordinated Universal Time", "UTC"),
    ("GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
    ("W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
    ("Romance Standard Time", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Paris"),
    ("Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
    ("Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
    ("Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", "Asia/Tokyo"),
)
_STANDARD, _DAYLIGHT = "std", "dlt"
_EUROPE, _AMERICA = ((3, -1, 2), (10, -1, 3)), ((3, 2, 2), (11, 1, 2))  # (month, which Sunday, hour) to daylight, back
_RULES = {
    "Europe/London": ((3, -1, 1), (10, -1, 2)), "Europe/Berlin": _EUROPE, "Europe/Paris": _EUROPE,
    "America/New_York": _AMERICA, "America/Los_Angeles": _AMERICA,
}  # fmt: skip


def resolve_names(session: Session, request: Element) -> list[Answer]:
    """Whom a name, an address or a legacy DN means."""
    entry = (need(request, "UnresolvedEntry").text or "").strip()
    session.ids += 1
    found = session.store.mailboxes.resolve(entry) if entry else []
    if not found:
        return [EwsError("ErrorNameResolutionNoResults", "No results were found.")]
    full = attribute(request, "ReturnFullContactData") in ("true", "1")
    resolutions = [
        t(
            "Resolution",
            t("Mailbox", t("Name", who.name), t("EmailAddress", who.address), t("RoutingType", "SMTP"),
              t("MailboxType", session.store.meta(f"mailbox_type.{who.address}", "Mailbox"))),
            t("Contact", t("DisplayName", who.name),
              t("EmailAddresses", t("Entry", f"SMTP:{who.address}", Key="EmailAddress1")),
              t("ContactSource", "ActiveDirectory")) if full else None,
        )
        for who in found
    ]  # fmt: skip
    total = str(len(resolutions))
    return [[m("ResolutionSet", *resolutions, TotalItemsInView=total, IncludesLastItemInRange=boolean(True))]]


def convert_id(session: Session, request: Element) -> list[Answer]:
    """Ids in another notation. EwsId, EntryId and HexEntryId are known here; they hold the same bytes.

    Each is answered with the primary address of the mailbox that the id belongs to, whatever mailbox the request names:
    clients ask with any address to learn their own.
    """
    wanted = attribute(request, "DestinationFormat")
    if wanted not in _ID_FORMATS:
        raise schema_fault(f"the DestinationFormat '{wanted}' fails the Enumeration constraint.")

    def one(element: Element) -> Answer:
        session.ids += 1
        if local(element) != "AlternateId":
            raise EwsError("ErrorInvalidOperation", "Ids of public folders are not known here.")
        kind = attribute(element, "Format")
        raw = _raw(attribute(element, "Id"), kind)
        key = base64.b64encode(raw).decode("ascii")
        if kind not in _ID_FORMATS or not looks_like_id(key):
            raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
        meant = session.store.mailboxes.by_guid(guid_in(key))
        mailbox = session.mailbox(meant.address if meant else attribute(element, "Mailbox"))
        written = raw.hex().upper() if wanted == "HexEntryId" else key
        answer = m("AlternateId", Format=wanted, Id=written, Mailbox=mailbox.address)
        answer.set("{http://www.w3.org/2001/XMLSchema-instance}type", "t:AlternateIdType")
        return [answer]

    return each(children(need(request, "SourceIds")), one)


def _raw(text: str, kind: str) -> bytes:
    try:
        return bytes.fromhex(text) if kind == "HexEntryId" else base64.b64decode(text, validate=True)
    except ValueError:
        raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.") from None


def get_server_time_zones(session: Session, request: Element) -> list[Answer]:
    """Time zones by their Windows names: a handful, each with its periods and the rule by which they follow."""
    wanted = find(request, "Ids")
    names = [str(child.text) for child in children(wanted)] if wanted is not None else [name for name, _, _ in _ZONES]
    session.ids += len(names)
    found = [_zone(name, title, zone) for name, title, zone in _ZONES if name in names]
    return [[m("TimeZoneDefinitions", *found)]]


def _zone(name: str, title: str, zone: str) -> Element:
    """One zone: its periods, one group of transitions between them, and the transition into that group."""
    rule = _RULES.get(zone)
    periods = [t("Period", Bias=_bias(zone, 1), Name="Standard", Id=_STANDARD)]
    if rule is None:
        group = [t("Transition", t("To", _STANDARD, Kind="Period"))]
    else:
        periods.append(t("Period", Bias=_bias(zone, 7), Name="Daylight", Id=_DAYLIGHT))
        group = [_recurring(period, *when) for period, when in zip((_DAYLIGHT, _STANDARD), rule, strict=True)]
    return t(
        "TimeZoneDefinition",
        t("Periods", *periods),
        t("TransitionsGroups", t("TransitionsGroup", *group, Id="0")),
        t("Transitions", t("Transition", t("To", "0", Kind="Group"))),
        Id=name,
        Name=title,
    )


def _recurring(period: str, month: int, occurrence: int, hour: int) -> Element:
    """Every year on a Sunday of a month, at an hour of the time that ends then."""
    return t(
        "RecurringDayTransition", t("To", period, Kind="Period"), t("TimeOffset", f"PT{hour}H"),
        t("Month", str(month)), t("DayOfWeek", "Sunday"), t("Occurrence", str(occurrence)),
    )  # fmt: skip


def _bias(zone: str, month: int) -> str:
    offset = datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds() // 60)
    return f"{'-' if minutes > 0 else ''}PT{abs(minutes) // 60}H{abs(minutes) % 60}M"
