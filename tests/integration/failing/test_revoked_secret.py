"""A secret that is revoked while all was well, by each log-in: the right incident, and all mail once it is mended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exchange_simulator.testing import running

from tests.contract.source.logins import SCHEMES, connect
from tests.integration.failing.conftest import Plant
from tests.integration.failing.test_errors import A, B, Site


@pytest.mark.parametrize("authentication", SCHEMES)
def test_a_revoked_secret_disables_the_integration_with_one_incident(
    make_plant: Callable[..., Plant], authentication: str
) -> None:
    with running(schemes=(SCHEMES[authentication],)) as simulator:
        for address in (A, B):
            simulator.control.add_mailbox(address)
        site = Site(simulator, make_plant, [A, B])
        site.connection = connect(simulator, authentication)
        site.deliver(A)
        site.plant.run()
        assert site.plant.comments() == 1

        if authentication == "client_certificate":
            simulator.store.accounts.remove(simulator.username)
        else:
            simulator.control.set_account(simulator.username, "another")
            simulator.simulator.bearer._keys.clear()
        site.deliver(A)
        for _ in range(3):
            assert site.plant.run().failed

        assert (site.plant.row["enabled"], site.plant.row["disabled_reason"]) == (False, "sync_error")
        [incident] = site.plant.incidents()
        assert (incident["level"], incident["kind"]) == ("integration", "invalid_exchange_credentials")
        assert incident["remedy"]
        assert len(site.plant.messages()) == 1
