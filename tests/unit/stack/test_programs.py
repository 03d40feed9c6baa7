"""Programs beside Python: found where they are, told where they are not."""

from __future__ import annotations

import pytest

from stack import programs


@pytest.fixture
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("EXCHANGE_SYNC_CHROMIUM", raising=False)
    return tmp_path


def test_a_program_is_found_under_any_of_its_names(bare):
    other = bare / "google-chrome"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert programs.find("chromium") == str(other)


def test_a_named_program_is_taken_as_it_is(bare, monkeypatch):
    monkeypatch.setenv("EXCHANGE_SYNC_CHROMIUM", "/opt/browser")
    assert programs.find("chromium") == "/opt/browser"


def test_what_is_not_here_and_cannot_be_installed_is_told(bare):
    assert programs.ensure(["chromium"]) == ["chromium"]
