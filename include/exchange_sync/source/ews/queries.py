"""The requests that are sent, as XML. Element order follows the schema's sequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lxml import etree

from exchange_sync.source.ews.anchor import carried
from exchange_sync.source.ews.names import as_utc, element, m, t, up_to_second

COMMIT_TIME = "0x670a"  # PidTagLocalCommitTimeMax: when the folder's content last changed
DELETED_COUNT = "0x670b"  # PidTagDeletedCountTotal: how many items were ever deleted from it
SENDER_SMTP = "0x5d01"  # PidTagSenderSmtpAddress
FROM_SMTP = "0x5d02"  # PidTagSentRepresentingSmtpAddress
FOLDER_FIELDS = ("folder:ParentFolderId", "folder:DisplayName", "folder:FolderClass", "folder:TotalCount")
FOLDER_TAGS = ((COMMIT_TIME, "SystemTime"), (DELETED_COUNT, "Integer"))


def field(uri: str) -> etree._Element:
    """A property by its name, such as ``item:Size``."""
    return element(t("FieldURI"), FieldURI=uri)


def tag(number: str, kind: str) -> etree._Element:
    """A MAPI property by its tag."""
    return element(t("ExtendedFieldURI"), PropertyTag=number, PropertyType=kind)


def shape(
    name: str, fields: Iterable[str], tags: Iterable[tuple[str, str]] = (), extra: Sequence[etree._Element] = ()
) -> etree._Element:
    """A response shape: ids only, and exactly the properties named (reference 3.1: each costs the server)."""
    wanted = [field(uri) for uri in fields] + [tag(*one) for one in tags]
    made = element(m(name), element(t("BaseShape"), text="IdOnly"), *extra)
    if wanted:
        made.append(element(t("AdditionalProperties"), *wanted))
    return made


def folder_id(key: str) -> etree._Element:
    """A folder by the server's id."""
    return element(t("FolderId"), Id=key)


def distinguished(name: str, mailbox: str | None) -> etree._Element:
    """A folder by its distinguished id; mailbox names whose it is, for delegate access."""
    made = element(t("DistinguishedFolderId"), Id=name)
    if mailbox is not None:
        made.append(element(t("Mailbox"), element(t("EmailAddress"), text=carried(mailbox))))
    return made


def get_folders(which: Iterable[etree._Element], *, ids_only: bool = False) -> etree._Element:
    """GetFolder."""
    wanted = shape("FolderShape", ()) if ids_only else shape("FolderShape", FOLDER_FIELDS, FOLDER_TAGS)
    return element(m("GetFolder"), wanted, element(m("FolderIds"), *which))


def find_folders(parents: Iterable[etree._Element], offset: int, page: int) -> etree._Element:
    """FindFolder, at all depths below the parents."""
    view = element(m("IndexedPageFolderView"), MaxEntriesReturned=str(page), Offset=str(offset), BasePoint="Beginning")
    wanted = shape("FolderShape", FOLDER_FIELDS, FOLDER_TAGS)
    return element(m("FindFolder"), wanted, view, element(m("ParentFolderIds"), *parents), Traversal="Deep")


def sync_items(key: str, state: str | None, limit: int) -> etree._Element:
    """SyncFolderItems: ids, received times and sizes of what changed since state."""
    made = element(
        m("SyncFolderItems"),
        shape("ItemShape", ("item:DateTimeReceived", "item:Size")),
        element(m("SyncFolderId"), folder_id(key)),
    )
    if state is not None:
        made.append(element(m("SyncState"), text=state))
    made.append(element(m("MaxChangesReturned"), text=str(limit)))
    made.append(element(m("SyncScope"), text="NormalItems"))
    return made


def get_items(ids: Iterable[str], wanted: etree._Element) -> etree._Element:
    """GetItem."""
    return element(m("GetItem"), wanted, element(m("ItemIds"), *(element(t("ItemId"), Id=one) for one in ids)))


def find_items(key: str, since: datetime | None, until: datetime | None, offset: int, page: int) -> etree._Element:
    """FindItem by received time in [since, until), oldest first."""
    made = element(
        m("FindItem"),
        shape("ItemShape", ("item:DateTimeReceived", "item:Size")),
        element(m("IndexedPageItemView"), MaxEntriesReturned=str(page), Offset=str(offset), BasePoint="Beginning"),
        Traversal="Shallow",
    )
    bounds = [("IsGreaterThanOrEqualTo", since), ("IsLessThan", up_to_second(until) if until else None)]
    tests = [_received(test, when) for test, when in bounds if when is not None]
    if tests:
        made.append(element(m("Restriction"), tests[0] if len(tests) == 1 else element(t("And"), *tests)))
    made.append(element(m("SortOrder"), element(t("FieldOrder"), field("item:DateTimeReceived"), Order="Ascending")))
    made.append(element(m("ParentFolderIds"), folder_id(key)))
    return made


def find_named(keys: Iterable[str], message_ids: Iterable[str], limit: int) -> etree._Element:
    """FindItem by Message-ID in several folders; limit: items of each. Exchange compares without regard to case."""
    tests = [
        element(
            t("IsEqualTo"),
            field("message:InternetMessageId"),
            element(t("FieldURIOrConstant"), element(t("Constant"), Value=one)),
        )
        for one in message_ids
    ]
    return element(
        m("FindItem"),
        shape("ItemShape", ("item:DateTimeReceived", "item:Size")),
        element(m("IndexedPageItemView"), MaxEntriesReturned=str(limit), Offset="0", BasePoint="Beginning"),
        element(m("Restriction"), tests[0] if len(tests) == 1 else element(t("Or"), *tests)),
        element(m("ParentFolderIds"), *(folder_id(key) for key in keys)),
        Traversal="Shallow",
    )


def _received(test: str, when: datetime) -> etree._Element:
    constant = element(t("FieldURIOrConstant"), element(t("Constant"), Value=as_utc(when)))
    return element(t(test), field("item:DateTimeReceived"), constant)


def get_attachment(key: str) -> etree._Element:
    """GetAttachment; an attached item comes as MIME."""
    return element(
        m("GetAttachment"),
        element(m("AttachmentShape"), element(t("IncludeMimeContent"), text="true")),
        element(m("AttachmentIds"), element(t("AttachmentId"), Id=key)),
    )


def resolve_names(address: str) -> etree._Element:
    """ResolveNames in the directory."""
    return element(
        m("ResolveNames"),
        element(m("UnresolvedEntry"), text=address),
        ReturnFullContactData="false",
        SearchScope="ActiveDirectory",
    )
