"""Make an integration, and change it: name, connection, interval, who may see it; with its first mailboxes.

What is written, in this order, all or nothing (decision 54): the database's rows, then the connection in Airflow, then
the commit. So what Airflow refuses undoes the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig, IntegrationConfig
from exchange_sync.model.names import live_dag_id, split_name
from exchange_sync.store import editing, integrations, mailbox_editing, projects, sources
from exchange_sync.store.database import Cursor, Row
from exchange_sync.store.sources import Ref, Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.editing import access as edit_access
from exchange_sync.web.pages.editing import bucket_fields as edit_bucket_fields
from exchange_sync.web.pages.editing import connection as connecting
from exchange_sync.web.pages.editing import connection_form
from exchange_sync.web.pages.editing import fields as read
from exchange_sync.web.pages.editing.fields import Entered, Values
from exchange_sync.web.pages.editing.mailbox_fields import ATTACHMENTS, SWITCHES, Options, options, pasted
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text
from exchange_sync.web.ports import CannotEdit
from exchange_sync.web.protocol import ApiError

router = APIRouter()
SAID = {"saved": "Saved. The next run works by it.", "same": "Nothing was changed."}


def owners(visitor: Caller) -> list[str]:
    """The owners whose integrations the visitor may modify; others may be made by who holds that right in general."""
    with visitor.services.pool.lend() as db:
        names = [row["owner"] for row in projects.listed(db)]
    held = visitor.permissions_of(names)
    found = [name for name in names if may.MODIFY_INTEGRATIONS in held[name]]
    if not found and may.MODIFY_INTEGRATIONS not in visitor.general():
        raise ApiError(403, f"permission {may.SPOKEN[may.MODIFY_INTEGRATIONS]!r} is needed to make an integration")
    return found


@router.get("/integrations/new")
def show_new(request: Request, visitor: VisitorDep) -> Response:
    """An empty form."""
    mine = owners(visitor)
    shown = Values(
        owner=mine[0] if len(mine) == 1 else "",
        interval="60s",
        attachments="none",
        keep_mime="1",
        connection="existing" if visitor.services.connections.ids() else "new",
    )
    return _form(request, visitor, None, shown)


@router.post("/integrations/new")
def create(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """Make it, switched off: the page that follows leads on to check, plan and start."""
    entered = Entered(form)
    new = new_integration(visitor, entered)
    if not entered.faults:
        try:
            with visitor.services.pool.lend() as db, db.transaction() as cursor:
                _create(visitor, cursor, new)
        except (BadInput, CannotEdit) as error:
            taken = "bucket" if str(error).startswith("bucket") else "name"
            entered.fault(taken if isinstance(error, Taken) else "connection", str(error))
    if entered.faults:
        return _form(request, visitor, None, entered.shown(), entered)
    return back_to(request, f"/integrations/{new.config.owner}/{new.config.name}/check", "created")


@dataclass(frozen=True)
class New:
    """What a form asks to be made. bucket: None where it is there already."""

    config: IntegrationConfig
    bucket: BucketConfig | None
    connection: connecting.Chosen
    options: Options


def new_integration(visitor: Caller, entered: Entered) -> New:
    """What a form asks for; what does not fit is kept in entered."""
    owner, name = _name(visitor, entered)
    found = pasted("\n".join(visiting.texts(entered.form, "addresses")), owner, name)
    for problem in found.problems:
        entered.fault("addresses", problem)
    entered.problems["addresses"] = found.problems
    given, bucket, new_bucket = options(entered), None, None
    if found.addresses:
        bucket, new_bucket = edit_bucket_fields.wanted(visitor, entered)
    settings = _settings(visitor, entered, owner, "")
    chosen = connecting.chosen(visitor, entered.form, connecting.Kept(), f"{owner}/{name}")
    entered.faults.update(chosen.faults)
    boxes = tuple(given.of(address, bucket) for address in found.addresses) if bucket else ()
    config = IntegrationConfig(owner, name, chosen.id, mailboxes=boxes, **settings)
    return New(config, new_bucket, chosen, given)


def _name(visitor: Caller, entered: Entered) -> tuple[str, str]:
    owner, name = text(entered.form, "owner").lower(), text(entered.form, "name").lower()
    for key, value in (("owner", owner), ("name", name)):
        try:
            split_name(f"{value}/x", "")
        except BadInput:
            entered.fault(key, "expected 1 to 100 of the characters a-z, 0-9, _ and -")
            return "", ""
    if len(f"backfill_{live_dag_id(owner, name)}") > 240:
        entered.fault("name", "too long for the name of a DAG: choose a shorter one")
    if may.MODIFY_INTEGRATIONS not in visitor.permissions(owner):
        entered.fault("owner", f"you may not make integrations for {owner}")
    with visitor.services.pool.lend() as db:
        if sources.find(db, "integrations", Ref(owner=owner, name=name)) is not None:
            entered.fault("name", f"there is an integration {owner}/{name} already: choose another name")
    return owner, name


def _settings(visitor: Caller, entered: Entered, owner: str, besides: str) -> dict[str, Any]:
    viewers, editors = edit_access.lists(visitor, entered, owner, besides) if owner else ((), ())
    return {
        "title": entered.value("title", read.title, ""),
        "interval_seconds": entered.value("interval", read.interval, 60),
        "viewers": viewers,
        "editors": editors,
    }


def _create(visitor: Caller, cursor: Cursor, new: New) -> None:
    ref, now = Ref(owner=new.config.owner, name=new.config.name), visitor.services.clock()
    editing.require_new(cursor, ref)
    if new.bucket is not None:
        sources.create_bucket(cursor, Ref(owner=new.bucket.owner, name=new.bucket.name), new.bucket.title, now)
        integrations.apply_bucket(cursor, new.bucket, now)
        visitor.record(cursor, "bucket created", f"{new.bucket.owner}/{new.bucket.name}")
    editing.begin_off(cursor, editing.save(cursor, new.config, (), now), now)
    count = len(new.config.mailboxes)
    visitor.record(
        cursor, "integration created", str(ref), enabled=False, mailboxes=count, connection=new.config.connection
    )
    _write_connection(visitor, cursor, new.connection)


def _write_connection(visitor: Caller, cursor: Cursor, chosen: connecting.Chosen) -> None:
    """The last step before the commit: Airflow cannot be rolled back, the database can."""
    if chosen.fields is None:
        return
    action = "connection changed" if chosen.kept else "connection created"
    visitor.record(cursor, action, chosen.id, fields=list(chosen.changed))
    visitor.services.connections.write(chosen.id, chosen.fields, visitor.identity)


@router.get("/integrations/{owner}/{name}/edit")
def show_edit(request: Request, visitor: VisitorDep, owner: str, name: str, done: str = "") -> Response:
    """The integration's settings."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    shown = Values(
        title=row["title"],
        interval=read.spoken_interval(row["interval_seconds"]),
        viewers=list(row["viewers"]),
        editors=list(row["editors"]),
        connection="kept",
        updated_at=row["updated_at"].isoformat(),
    )
    return _form(request, visitor, row, shown, said=SAID.get(done, ""))


@router.post("/integrations/{owner}/{name}/edit")
def change(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Change it, unless somebody else has since it was read: 409, with all that was typed."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    entered = Entered(form)
    settings, stale = _settings(visitor, entered, owner, row["id"]), False
    try:
        chosen = connecting.chosen(visitor, form, connecting.kept(visitor, row), f"{owner}/{name}")
        entered.faults.update(chosen.faults)
        if not entered.faults:
            with visitor.services.pool.lend() as db, db.transaction() as cursor:
                _change(visitor, cursor, row["id"], {**settings, "connection": chosen.id}, chosen, read_at(form))
    except Taken as error:
        entered.fault("updated_at", str(error))
        stale = True
    except (BadInput, CannotEdit) as error:
        entered.fault("connection", str(error))
    if entered.faults:
        return _form(request, visitor, row, entered.shown(), entered, status=409 if stale else 422)
    return back_to(request, f"/integrations/{owner}/{name}/edit", "saved")


def read_at(form: visiting.FormDep) -> datetime:
    """When the integration was last changed, as the form's reader saw it. Raises Taken without it."""
    try:
        return datetime.fromisoformat(text(form, "updated_at"))
    except ValueError:
        raise Taken("this form does not say which state it was made from: open the page again") from None


def _change(
    visitor: Caller, cursor: Cursor, row_id: str, wanted: dict[str, Any], chosen: connecting.Chosen, seen: datetime
) -> None:
    now = visitor.services.clock()
    row = editing.hold(cursor, row_id, seen)
    wanted = {**wanted, "viewers": list(wanted["viewers"]), "editors": list(wanted["editors"])}
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if changed or chosen.fields is not None:
        sources.update(cursor, "integrations", row_id, changed, now)
    if changed:
        visitor.record(cursor, "integration changed", f"{row['owner']}/{row['name']}", fields=sorted(changed))
    _write_connection(visitor, cursor, chosen)


def _form(
    request: Request,
    visitor: Caller,
    row: Row | None,
    shown: Values,
    entered: Entered | None = None,
    *,
    status: int = 422,
    said: str = "",
) -> Response:
    kept = connecting.kept(visitor, row)
    faults = entered.faults if entered else {}
    typed = (
        entered.form
        if entered and not (row is not None and shown["connection"] == "kept" and not kept.editable)
        else None
    )
    values: dict[str, Any] = {
        "v": shown,
        "faults": faults,
        "problems": entered.problems if entered else {},
        "kept": kept,
        "described": connection_form.described(kept.read) if kept.read else [],
        "sections": connection_form.sections(kept.read, typed, faults),
        "choosable": [("", "choose …"), *((name, name) for name in visitor.services.connections.ids())],
        "roles": edit_access.known_roles(visitor),
        "row": row,
        "said": said,
    }
    if row is None:
        values |= {"owners": owners(visitor), "buckets": edit_bucket_fields.choices(visitor)}
        values |= {"attachments": ATTACHMENTS, "switches": SWITCHES}
        answer = page(
            request, visitor, "editing/edit_new.html", title="New integration", section="integrations", **values
        )
    else:
        with visitor.services.pool.lend() as db:
            values["mailboxes"] = mailbox_editing.count(db, row["id"])
            values["own_buckets"] = mailbox_editing.buckets_of(db, row["id"])
        title = f"Edit {row['owner']}/{row['name']}"
        answer = page(request, visitor, "editing/edit.html", title=title, section="integrations", **values)
    if faults:
        answer.status_code = status
    return answer
