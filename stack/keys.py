"""Passwords, keys and ports of one stack: random, made once, kept in one private file."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from stack import ports
from stack.files import read_json, write_json

# The ports that people expect, tried first; a busy one is passed over.
PREFERRED = {"airflow": 8080, "api": 8090, "task_logs": 8793}


@dataclass(frozen=True)
class Keys:
    """What one stack keeps secret, and where it listens. ``ports``: airflow, api and task_logs."""

    fernet_key: str
    jwt_secret: str
    secret_key: str
    admin_password: str
    viewer_password: str
    ports: dict[str, int]


def keys(path: Path) -> Keys:
    """The keys in ``path``, made where there are none.

    Raises ValueError, naming the file, when it is damaged.
    """
    kept = read_json(path)
    if kept:
        try:
            return Keys(**kept)
        except TypeError as error:
            raise ValueError(f"{path} lacks or has too many keys ({error}). `make clean` removes it.") from error
    made = Keys(
        fernet_key=base64.urlsafe_b64encode(os.urandom(32)).decode(),
        jwt_secret=secrets.token_urlsafe(64),  # HS512 wants 64 bytes
        secret_key=secrets.token_urlsafe(32),
        admin_password=secrets.token_urlsafe(12),
        viewer_password=secrets.token_urlsafe(12),
        ports={},
    )
    write_json(path, asdict(made))
    return made


def with_free_ports(path: Path, keep: set[str], preferred: dict[str, int | None], hold: ports.Hold) -> Keys:
    """The keys with a free port for each name of ``preferred``; a remembered one is kept while it is free.

    keep: names whose process runs, and so listens on its own port. preferred: name → where to look first. hold: the
    ports on which nobody listens yet are held by it.
    """
    known = keys(path)
    chosen: dict[str, int] = {}
    for name, first in preferred.items():
        remembered = known.ports.get(name)
        usable = remembered is not None and (name in keep or hold.take(remembered))
        chosen[name] = remembered if usable and remembered is not None else hold.pick(first, set(chosen.values()))
    found = Keys(**{**asdict(known), "ports": chosen})
    if found != known:
        write_json(path, asdict(found))
    return found
