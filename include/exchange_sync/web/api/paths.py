"""Names in paths: ``owner/name`` (also sent as one segment, ``owner%2Fname``) or ``id:<hex>`` (reference 3.1).

Routing works on the percent-decoded path, so both spellings of a name are one and the same here.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.convertors import Convertor, register_url_convertor

from exchange_sync.store.sources import Ref


class _RefConvertor(Convertor[str]):
    """``id:…`` or two segments."""

    regex = "id:[^/]+|(?!id:)[^/]+/[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _OwnerConvertor(_RefConvertor):
    """One segment that is no id."""

    regex = "(?!id:)[^/]+"


register_url_convertor("exchange_ref", _RefConvertor())
register_url_convertor("exchange_owner", _OwnerConvertor())

REF = "{ref:exchange_ref}"
OWNER = "{owner:exchange_owner}"


def reference(
    ref: Annotated[
        str,
        Path(
            description="`owner/name`, its slash also as `%2F`; or `id:` and the id in hex",
            json_schema_extra={"pattern": "^(id:[0-9a-f]{16}|[a-z0-9_-]{1,100}/[A-Za-z0-9_-]{1,256})$"},
            examples=["acme/support"],
        ),
    ],
) -> Ref:
    """What a path names."""
    if ref.startswith("id:"):
        return Ref(id=ref.removeprefix("id:"))
    owner, _, name = ref.partition("/")
    return Ref(owner=owner, name=name)


RefDep = Annotated[Ref, Depends(reference)]
