"""GetFolder, FindFolder, SyncFolderHierarchy."""

from __future__ import annotations

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.folder_restriction import folder_test
from exchange_simulator.ews.folder_xml import folder_elements, folder_id
from exchange_simulator.ews.paging import Window, paging_attributes
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape, parse
from exchange_simulator.ews.soap import Answer
from exchange_simulator.ews.xml import Element, attribute, boolean, children, find, m, need, schema_fault, t
from exchange_simulator.store import Folder, Mailbox


def get_folder(session: Session, request: Element) -> list[Answer]:
    """Folders by id."""
    shape = parse(need(request, "FolderShape"))

    def one(element: Element) -> Answer:
        folder = session.folder(element)
        mailbox = session.store.mailboxes.by_row(folder.mailbox)
        return [m("Folders", *folder_elements(session, shape, mailbox, [folder]))]

    return each(children(need(request, "FolderIds")), one)


def each(elements: list[Element], answer: object) -> list[Answer]:
    """One answer for each element; an EwsError that is no fault takes the place of its answer alone."""
    answers: list[Answer] = []
    for element in elements:
        try:
            answers.append(answer(element))  # type: ignore[operator]
        except EwsError as error:
            if error.fault:
                raise
            answers.append(error)
    return answers


def find_folder(session: Session, request: Element) -> list[Answer]:
    """The folders beneath others, page by page."""
    shape = parse(need(request, "FolderShape"))
    traversal = attribute(request, "Traversal")
    if traversal not in ("Shallow", "Deep", "SoftDeleted"):
        raise schema_fault(f"the Traversal '{traversal}' fails the Enumeration constraint.")
    restriction = find(request, "Restriction")
    passes = folder_test(children(restriction)[0]) if restriction is not None else None
    if find(request, "FractionalPageFolderView") is not None:
        raise EwsError("ErrorInvalidFractionalPagingParameters", "Fractional paging is not supported.", fault=True)
    window = Window.parse(find(request, "IndexedPageFolderView"))

    def one(element: Element) -> Answer:
        parent = session.folder(element)
        mailbox = session.store.mailboxes.by_row(parent.mailbox)
        found = [] if traversal == "SoftDeleted" else _beneath(session, mailbox, parent, deep=traversal == "Deep")
        found = [folder for folder in found if passes is None or passes(folder)]
        start, end = window.bounds(len(found))
        page = folder_elements(session, shape, mailbox, found[start:end])
        return [m("RootFolder", t("Folders", *page), **paging_attributes(end, len(found)))]

    return each(children(need(request, "ParentFolderIds")), one)


def _beneath(session: Session, mailbox: Mailbox, parent: Folder, *, deep: bool) -> list[Folder]:
    below: dict[int | None, list[Folder]] = {}
    for folder in session.store.folders.all(mailbox):
        below.setdefault(folder.parent, []).append(folder)
    found: list[Folder] = []

    def visit(row: int) -> None:
        for folder in below.get(row, []):
            if session.sees(mailbox, folder):
                found.append(folder)
            if deep:
                visit(folder.row)

    visit(parent.row)
    return found


def sync_folder_hierarchy(session: Session, request: Element) -> list[Answer]:
    """What changed in the folder tree since a state. Without a root: beneath the mailbox's root."""
    shape = parse(need(request, "FolderShape"))
    target, state = find(request, "SyncFolderId"), find(request, "SyncState")
    try:
        return [_hierarchy(session, shape, target, None if state is None else state.text)]
    except EwsError as error:
        if error.fault:
            raise
        return [error]


def _hierarchy(session: Session, shape: Shape, target: Element | None, state: str | None) -> Answer:
    root = _root(session) if target is None else session.folder(children(target)[0], gone="ErrorSyncFolderNotFound")
    mailbox = session.store.mailboxes.by_row(root.mailbox)
    found, new_state = session.store.changes.folders(mailbox, root, state)
    changes = m("Changes")
    told = [c.folder for c in found if c.kind != "delete" and session.sees(mailbox, c.folder)]
    elements = dict(zip((f.row for f in told), folder_elements(session, shape, mailbox, told), strict=True))
    for change in found:
        if change.folder.row in elements:
            changes.append(t(change.kind.capitalize(), elements[change.folder.row]))
        elif change.kind != "create":
            changes.append(t("Delete", folder_id(change.folder)))
    return [m("SyncState", new_state), m("IncludesLastFolderInRange", boolean(True)), changes]


def _root(session: Session) -> Folder:
    folder = session.store.folders.by_role(session.mailbox(None), "root")
    if folder is None:
        raise EwsError("ErrorSyncFolderNotFound", "The mailbox has no root.")
    return folder
