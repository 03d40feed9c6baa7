"""One simulator for each test, with one mailbox in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exchange_simulator.testing import Running, running

from tests.support.soap import Soap

ANNA = "anna@firm.example"


@pytest.fixture
def exchange() -> Iterator[Running]:
    with running() as simulator:
        simulator.control.add_mailbox(ANNA, "Anna Berg", language="de")
        yield simulator


@pytest.fixture
def anna(exchange: Running) -> Iterator[Soap]:
    soap = Soap(exchange, ANNA)
    yield soap
    soap.close()
