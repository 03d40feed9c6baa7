"""Writes .env for docker-compose.yaml: ``python3 -m stack.dotenv``. Standard library only: any Python 3 will do.

A copy of .env.example with a new random value wherever that says <random> or <fernet>.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"^([A-Z_]+)=<(random|fernet)>$", re.MULTILINE)


def filled(example: str) -> str:
    """The example with its marks replaced. Values hold letters, digits, - and _, so that addresses may hold them."""
    return _MARK.sub(lambda found: f"{found[1]}={_value(found[2])}", example)


def _value(kind: str) -> str:
    # 48 bytes are 64 letters: what a JWT secret of HS512 wants, and harmless for the others
    return base64.urlsafe_b64encode(os.urandom(32)).decode() if kind == "fernet" else secrets.token_urlsafe(48)


def main(root: Path = ROOT) -> int:
    """Write .env, readable by its owner alone; one that is there is never touched."""
    target = root / ".env"
    text = filled((root / ".env.example").read_text(encoding="utf-8"))
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{target} is there already and stays as it is. To have new secrets, move it away first.")
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{target} is written. The password of Airflow's user admin is AIRFLOW_ADMIN_PASSWORD in it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
