"""Names of what is made by the API: owners as everywhere in this product, names as the mirrored API has them."""

from __future__ import annotations

import re

from exchange_sync.store.sources import Ref
from exchange_sync.web.protocol import ApiError

_OWNER = re.compile(r"[a-z0-9_-]{1,100}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOWER = re.compile(r"[a-z0-9_-]{1,100}")


def new_name(ref: Ref, what: str) -> None:
    """Raises 422 unless a thing of this kind may be called so: buckets and integrations in lower case (design 1)."""
    wanted = _LOWER if what in ("bucket", "integration") else _NAME
    if ref.id or not _OWNER.fullmatch(ref.owner) or not wanted.fullmatch(ref.name):
        letters = "a-z" if wanted is _LOWER else "A-Z, a-z"
        raise ApiError(
            422,
            f"{what} {ref} is not a name: expected owner/name, the owner of a-z, 0-9, _ and - (at most 100), the name "
            f"of {letters}, 0-9, _ and -",
        )


def new_owner(name: str) -> None:
    """Raises 422 unless an owner may be called so."""
    if not _OWNER.fullmatch(name):
        raise ApiError(422, "project is not a name: expected 1 to 100 of a-z, 0-9, _ and -")


def check_part(name: str, what: str) -> None:
    """Raises 422 unless a stream may be called so."""
    if not _NAME.fullmatch(name):
        raise ApiError(422, f"{what} is not a name: expected 1 to 256 of A-Z, a-z, 0-9, _ and -")
