"""A folder as an element: its kind by its class, its properties in the schema's order."""

from __future__ import annotations

from exchange_simulator.ews import extended
from exchange_simulator.ews.item_fields import rights
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape
from exchange_simulator.ews.xml import Element, t
from exchange_simulator.store import Folder, Mailbox
from exchange_simulator.store.folders import Counts
from exchange_simulator.store.ids import change_key
from exchange_simulator.store.names import DISTINGUISHED

_DEFAULT = frozenset(("DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"))
_COUNT_UNREAD = ("Folder", "SearchFolder", "TasksFolder")  # calendars and contacts know no unread items
_KINDS = (("IPF.Appointment", "CalendarFolder"), ("IPF.Contact", "ContactsFolder"), ("IPF.Task", "TasksFolder"))


def folder_id(folder: Folder) -> Element:
    """The t:FolderId."""
    return t("FolderId", Id=folder.key, ChangeKey=change_key(folder.key, folder.changed_seq))


def folder_elements(session: Session, shape: Shape, mailbox: Mailbox, folders: list[Folder]) -> list[Element]:
    """Folders of one mailbox as the shape wants them; the mailbox is counted once for all."""
    counts = session.store.folders.counts(mailbox)
    sized = any(field.tag == 0x0E08 for field in shape.extended)
    sizes = session.store.folders.sizes(mailbox) if sized else {}
    keys = {f.row: f for f in session.store.folders.all(mailbox)}
    nothing = Counts(0, 0, 0)
    return [
        _element(session, shape, folder, keys.get(folder.parent or 0), counts.get(folder.row, nothing),
                 sizes.get(folder.row, 0))
        for folder in folders
    ]  # fmt: skip


def _element(
    session: Session, shape: Shape, folder: Folder, parent: Folder | None, counts: Counts, size: int
) -> Element:
    wanted = shape.wants(_DEFAULT)

    def told(name: str) -> bool:
        return wanted is None or name in wanted

    kind = next((kind for prefix, kind in _KINDS if (folder.folder_class or "").startswith(prefix)), "Folder")
    if folder.kind == "search":
        kind = "SearchFolder"
    parent_id = None
    if parent is not None and told("ParentFolderId"):
        parent_id = t("ParentFolderId", Id=parent.key, ChangeKey=change_key(parent.key, parent.changed_seq))
    known = folder.role in DISTINGUISHED and session.since("Exchange2013")
    return t(
        kind,
        folder_id(folder),
        parent_id,
        t("FolderClass", folder.folder_class) if folder.folder_class and told("FolderClass") else None,
        t("DisplayName", folder.name) if told("DisplayName") else None,
        t("TotalCount", str(counts.total)) if told("TotalCount") else None,
        t("ChildFolderCount", str(counts.children)) if told("ChildFolderCount") else None,
        *extended.of_folder(folder, counts, size, shape.extended),
        rights() if told("EffectiveRights") else None,
        t("DistinguishedFolderId", folder.role) if folder.role and known and told("DistinguishedFolderId") else None,
        t("UnreadCount", str(counts.unread)) if told("UnreadCount") and kind in _COUNT_UNREAD else None,
    )  # fmt: skip
