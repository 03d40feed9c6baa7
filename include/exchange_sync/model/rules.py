"""Which folders and items count as mail (issue "the main job": folders and items that count).

Folders are told apart by distinguished id and class, never by their localised names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from exchange_sync.model.addresses import address_key, domain_key, in_domains
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder, ItemProperties

_NEVER = frozenset(
    {
        "calendar", "contacts", "tasks", "notes", "journal", "searchfolders", "quickcontacts", "imcontactlist",
        "recipientcache", "voicemail", "peopleconnect", "directory", "favorites", "mycontacts", "todosearch",
    }
)  # fmt: skip
_BELONGS = {  # subfolders that Exchange itself makes, and the switch they follow
    "conflicts": "syncissues",
    "localfailures": "syncissues",
    "serverfailures": "syncissues",
}
_RSS_CLASS = "IPF.Note.OutlookHomepage"  # RSS feeds have a class of their own, no distinguished id
_SWITCHED = {
    "drafts": "drafts",
    "outbox": "outbox",
    "syncissues": "sync issues",
    "conversationhistory": "conversation history",
    "rssfeeds": "RSS feeds",
}
_ARCHIVE_ROOT = "archivemsgfolderroot"
PARTICIPANT = "participant filter"
UNREADABLE = "participants unreadable"
BEFORE_START = "before start"
_MAIL = ("IPM.Note", "IPM.Schedule.Meeting", "REPORT", "IPM.Post")


def folders_left_out(folders: Iterable[Folder], filters: Filters) -> dict[str, str]:
    """Of a whole tree, the folders that are not synced: key → why. A switched-off folder takes its subfolders along."""
    tree = {folder.key: folder for folder in folders}
    found = {key: _own_reason(folder, filters) for key, folder in tree.items()}
    result: dict[str, str] = {}
    for key, folder in tree.items():
        reason = found[key] or _inherited(folder, tree, found) or _listed(names_of(folder, tree), filters)
        if reason:
            result[key] = reason
    return result


def item_left_out(item: ItemProperties) -> str | None:
    """Why an item is skipped: not mail, or a draft; None: it counts."""
    if item.item_class and not any(_is_a(item.item_class, mail) for mail in _MAIL):
        return "not mail"
    return "draft" if item.is_draft else None


def _own_reason(folder: Folder, filters: Filters) -> str | None:
    if folder.root == "recoverable":
        return "recoverable items"
    if folder.is_search:
        return "search folder"
    if folder.root == "archive" and not filters.archive:
        return "archive mailbox"
    switch = _switch(folder)
    if switch:
        return None if switch in filters.include else _SWITCHED[switch]
    if (folder.distinguished or "") in _NEVER or not _is_a(folder.folder_class or "IPF.Note", "IPF.Note"):
        return "not mail"
    return None


def _switch(folder: Folder) -> str | None:
    if _is_a(folder.folder_class or "", _RSS_CLASS):
        return "rssfeeds"
    name = _BELONGS.get(folder.distinguished or "", folder.distinguished or "")
    return name if name in _SWITCHED else None


def _inherited(folder: Folder, tree: dict[str, Folder], found: dict[str, str | None]) -> str | None:
    """What a switched-off ancestor says of this folder; subfolders of a calendar speak for themselves."""
    seen = {folder.key}
    above = folder.parent_key
    while above in tree and above not in seen:
        seen.add(above)
        reason = found[above]
        if reason in _SWITCHED.values():
            return reason
        above = tree[above].parent_key
    return None


def names_of(folder: Folder, tree: Mapping[str, Folder] = MappingProxyType({})) -> list[tuple[str, ...]]:
    """The paths that a list may mean this folder by, in lower case: as shown, and with distinguished ids.

    tree: by key, those above it; without them a folder below another goes by its path alone. The top folder may be
    called by its own id, as ``inbox/Claims``; the archive's as ``archiveinbox/Claims``, or below
    ``archivemsgfolderroot``.
    """
    shown = tuple(name.casefold() for name in folder.path)
    names = [shown]
    roots = 1 if folder.root == "archive" else 0  # steps of the path that are no folder's
    if roots:
        names.append((_ARCHIVE_ROOT, *shown[1:]))
    top, seen = folder, {folder.key}
    while len(top.path) > roots + 1 and (above := tree.get(top.parent_key or "")) and above.key not in seen:
        seen.add(above.key)
        top = above
    if top.distinguished and len(top.path) == roots + 1:
        names.append((top.distinguished.casefold(), *shown[roots + 1 :]))
    return list(dict.fromkeys(names))


def _listed(names: list[tuple[str, ...]], filters: Filters) -> str | None:
    if _under(names, filters.folder_deny):
        return "folder deny list"
    if filters.folder_allow and not _under(names, filters.folder_allow):
        return "not on the folder allow list"
    return None


def _under(names: list[tuple[str, ...]], paths: Iterable[tuple[str, ...]]) -> bool:
    folded = [tuple(name.casefold() for name in path) for path in paths]
    return any(name[: len(path)] == path for name in names for path in folded)


def left_out_by_people(people: Iterable[str], seen: Iterable[str], filters: Filters, *, unreadable: bool) -> str | None:
    """Why an email is skipped for who wrote to whom; None: it counts.

    people: addresses of all its correspondents; seen: whatever else its headers may name, which a deny list heeds too;
    unreadable: they may name somebody whom nobody can read, and then a deny list refuses.
    """
    keys = {address_key(address) for address in people}
    denied = filters.participant_deny or filters.domain_deny
    if denied:
        every = keys | {address_key(address) for address in seen}
        if any(_person_in(person, filters.participant_deny, filters.domain_deny) for person in every):
            return PARTICIPANT
        if unreadable:
            return UNREADABLE
    wanted = filters.participant_allow or filters.domain_allow
    if wanted and not any(_person_in(person, filters.participant_allow, filters.domain_allow) for person in keys):
        return PARTICIPANT
    return None


def _person_in(person: str, addresses: Iterable[str], domains: Iterable[str]) -> bool:
    return any(person == address_key(found) for found in addresses) or in_domains(person, map(domain_key, domains))


def _is_a(name: str, family: str) -> bool:
    """Whether a dotted class is the family's or below it, whatever its case."""
    low, wanted = name.lower(), family.lower()
    return low == wanted or low.startswith(wanted + ".")
