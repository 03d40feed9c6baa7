"""Trying credentials before they are saved (reference 2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from fastapi import APIRouter
from starlette.responses import Response

from exchange_sync.model.addresses import check_address
from exchange_sync.pipeline.check import CheckLine, reached
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api.kept_secrets import connection_to_try
from exchange_sync.web.api.models import integrations as models
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError, ok

router = APIRouter(tags=["integrations"])


@router.put("/api/_private/validate-exchange-credentials", response_model=models.ValidateResult)
def validate_exchange_credentials(caller: CallerDep, body: models.ValidateRequest) -> Response:
    """Look at name, port and TLS, log in with one cheap read of a mailbox, then count folders and items.

    422 tells what is wrong, and how to mend it."""
    connection_id = None
    if body.integration_id is not None:
        found = caller.find("integrations", Ref(id=body.integration_id), may.MODIFY_INTEGRATIONS)
        connection_id = found["connection"]
    elif may.MODIFY_INTEGRATIONS not in caller.general():
        raise ApiError(403, f"permission {may.SPOKEN[may.MODIFY_INTEGRATIONS]!r} is needed")
    connection = connection_to_try(caller, body.connection, connection_id)
    mailbox = body.test_mailbox or (connection.username if "@" in connection.username else None)
    if mailbox is None:
        raise ApiError(422, "test_mailbox: name a mailbox to try these credentials on")
    mailbox, others = check_address(mailbox), [check_address(one) for one in body.mailboxes or ()]
    lines = list(caller.services.network(connection))
    _require(lines)
    looked_at = list(dict.fromkeys([mailbox, *others]))
    with closing(caller.services.open_source(connection)) as source:
        source.probe(mailbox)
        steps = reached(source, looked_at)
    _require(line for line in steps if line.what not in others)
    boxes = [_shown(line) for line in steps if line.what in looked_at and line.stops]
    if body.mailboxes is None:
        return ok(result="credentials are valid")
    return ok(result="credentials are valid", checks=[str(line) for line in [*lines, *steps]], mailboxes=boxes)


def _require(lines: Iterable[CheckLine]) -> None:
    for line in lines:
        if line.stops and not line.ok:
            raise ApiError(422, f"{line.what}: {line.told}. {line.remedy}")


def _shown(line: CheckLine) -> dict[str, object]:
    counts = {"folders": line.folders, "items": line.items}
    return {"mailbox": line.what, "ok": line.ok, "message": line.told, "remedy": line.remedy or None, **counts}
