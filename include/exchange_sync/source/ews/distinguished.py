"""Which distinguished folders are asked for, by the version of EWS (DistinguishedFolderIdNameType of each schema).

Folders that lie beside the message root (search folders, for instance) are not asked for, but for the recoverable
items. A name that a schema does not hold makes the server refuse the whole request, so newer names go to newer
servers only.
"""

from __future__ import annotations

from exchange_sync.source.ews.versions import ServerVersion

ROOT = "msgfolderroot"
ARCHIVE_ROOT = "archivemsgfolderroot"
INBOX = "inbox"
RSS_CLASS = "IPF.Note.OutlookHomepage"  # EWS has no distinguished id for RSS feeds; their class is theirs alone
RSS = "rssfeeds"

_SINCE_2007 = (
    ROOT,
    INBOX,
    "sentitems",
    "drafts",
    "outbox",
    "deleteditems",
    "junkemail",
    "calendar",
    "contacts",
    "tasks",
    "notes",
    "journal",
    "voicemail",
)
_RECOVERABLE = ("recoverableitemsroot", "recoverableitemsdeletions", "recoverableitemsversions")
_SINCE_2013 = (
    "syncissues",
    "conflicts",
    "localfailures",
    "serverfailures",
    "conversationhistory",
    "recipientcache",
    "quickcontacts",
    "todosearch",
    "imcontactlist",
)
_ARCHIVE = (ARCHIVE_ROOT, "archivedeleteditems")
_ARCHIVE_SINCE_2013 = ("archiveinbox",)


def names_for(version: ServerVersion, *, archive: bool) -> tuple[str, ...]:
    """The distinguished ids to ask a server of this version for."""
    names = list(_SINCE_2007)
    if version.at_least("Exchange2010_SP1"):
        names += _RECOVERABLE
        names += _ARCHIVE if archive else ()
    if version.at_least("Exchange2013"):
        names += _SINCE_2013
        names += _ARCHIVE_SINCE_2013 if archive else ()
    return tuple(names)


def root_of(name: str | None) -> str:
    """The root (model.email.Folder.root) that a distinguished folder lies under."""
    if name and "recoverable" in name:
        return "recoverable"
    return "archive" if name and name.startswith("archive") else "primary"
