"""Fixtures of the source's unit tests: see ews_canned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests.adapters
from exchange_sync.source.ews.source import EwsSource

from tests.unit.source.ews_canned import NOW, FakeExchange, connection


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> FakeExchange:
    fake = FakeExchange()

    def send(adapter, request, stream=False, **others):
        made = fake.send(request)
        if not stream:
            made.content  # noqa: B018 (as requests does)
        return made

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return fake


@pytest.fixture
def source(exchange: FakeExchange) -> Iterator[EwsSource]:
    made = EwsSource(connection(), clock=lambda: NOW, find_page=3)
    yield made
    made.close()
