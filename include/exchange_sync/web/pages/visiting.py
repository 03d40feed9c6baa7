"""Who opens a page, and may they? The same rules as the API's (web/auth.py), by Airflow's session."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request

from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller, is_same_origin
from exchange_sync.web.protocol import ApiError
from exchange_sync.web.services import services_of

FRAME = "/plugin/exchange"  # where Airflow shows these pages in its own frame; the plugin's url_route
_READING = ("GET", "HEAD")


class Elsewhere(Exception):
    """What was asked for is to be seen at another address."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def visitor(request: Request) -> Caller:
    """The signed-in person behind a page. Raises 401, 403 for a POST from another site, Elsewhere.

    A link that was copied from inside the frame opens the same page inside Airflow's frame again.
    """
    services = services_of(request)
    if services.airflow_path is not None and request.headers.get("sec-fetch-dest") == "document":
        raise Elsewhere(framed(services.airflow_path, request))
    identity = services.identities.identify(request)
    if identity is None:
        raise ApiError(401, "You are not signed in.")
    if request.method not in _READING and not is_same_origin(request):
        raise ApiError(403, "This was not sent by a page of this server. Open the page again and repeat it there.")
    return Caller(services, identity)


def framed(airflow_path: str, request: Request) -> str:
    """The address at which Airflow shows the page of this request inside its frame."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{airflow_path}{FRAME}{request.url.path}{query}"


async def _form(request: Request) -> FormData:
    return await request.form(max_fields=5_000)


VisitorDep = Annotated[Caller, Depends(visitor)]
FormDep = Annotated[FormData, Depends(_form)]


def integration(caller: Caller, owner: str, name: str, permission: str = may.VIEW_INTEGRATIONS) -> Row:
    """An integration that the visitor may see, and for which permission is held. Raises 404, 403."""
    return caller.find("integrations", Ref(owner=owner, name=name), permission)


def text(form: FormData, name: str) -> str:
    """A field of a form, trimmed; "" when it is missing."""
    value: Any = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """All values of a field that may be given several times, trimmed, without empty ones."""
    return [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]


def numbers(form: FormData, name: str) -> list[int]:
    """All values of a field that may be given several times, as ids of rows. Raises 422 for what is no number."""
    found = texts(form, name)
    if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in found):
        raise ApiError(422, f"{name} is not a number: open the page again and repeat it there")
    return [int(value) for value in found]
