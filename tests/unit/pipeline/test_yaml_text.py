"""A YAML file is read only where it is small, flat, and stands for a bearable number of values."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.pipeline import apply, connections
from exchange_sync.pipeline.yaml_text import BYTES, bounded

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
HOSTILE = {
    "a billion laughs": (LAUGHS, r":6: its aliases stand for more than 1,000,000 values"),
    "deep in brackets": ("[" * 100_000, "nested more than 20 deep"),
    "deep in braces": ("{a: " * 5_000, "nested more than 20 deep"),
    "deep by lines": ("".join(f"{' ' * n}a:\n" for n in range(200)), "nested more than 20 deep"),
    "what holds itself": ("a: &a [*a]\n", "repeats what holds it"),
    "large": ("# " + "x" * BYTES, "larger than 4 MiB"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_told_and_takes_no_time(tmp_path: Path, kind: str) -> None:
    text, told = HOSTILE[kind]
    file = tmp_path / "file.yaml"
    file.write_text(text)
    begun = time.process_time()
    for read in (bounded, apply.read, lambda path: connections.from_file(path)("exchange_acme")):
        with pytest.raises(BadInput, match=told):
            read(file)
    assert time.process_time() - begun < 10


def test_anchors_that_people_use_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(
        "buckets:\n- name: acme/mail\nintegrations:\n- name: acme/exchange\n  connection: exchange_acme\n  mailboxes:\n"
        "  - address: a@acme.example\n    bucket: acme/mail\n    filters: &same {deny: [x.example]}\n"
        "  - address: b@acme.example\n    bucket: acme/mail\n    filters: *same\n"
    )
    assert bounded(file)
