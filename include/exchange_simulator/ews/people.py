"""Addresses as EWS tells them: SMTP, or EX for senders inside the organisation."""

from __future__ import annotations

from exchange_simulator.ews.xml import Element, t
from exchange_simulator.store import MailboxStore


def address(store: MailboxStore, name: str, smtp: str, routing: str = "SMTP") -> Element | None:
    """A t:Mailbox, or None when there is no address. routing EX tells the legacy DN, if the directory has one."""
    if not smtp:
        return None
    found = store.mailboxes.resolve(smtp) if routing == "EX" else []
    if found:
        return t(
            "Mailbox", t("Name", name or found[0].name), t("EmailAddress", found[0].legacy_dn), t("RoutingType", "EX"),
            t("MailboxType", "Mailbox"),
        )  # fmt: skip
    return t(
        "Mailbox", t("Name", name or smtp), t("EmailAddress", smtp), t("RoutingType", "SMTP"),
        t("MailboxType", "OneOff" if routing == "SMTP" else "Mailbox"),
    )  # fmt: skip


def single(store: MailboxStore, element: str, name: str, smtp: str, routing: str) -> Element | None:
    """An element that holds one mailbox, such as t:From."""
    mailbox = address(store, name, smtp, routing)
    return None if mailbox is None else t(element, mailbox)


def several(store: MailboxStore, element: str, pairs: list[tuple[str, str]]) -> Element | None:
    """An element that holds mailboxes, such as t:ToRecipients, or None without any."""
    found = [address(store, name, smtp) for name, smtp in pairs]
    return t(element, *found) if found else None
