"""A folder that may be seen but not read is named as left out, by verify as by sync, and is no fault."""

from __future__ import annotations

import pytest
from exchange_sync.pipeline.verify import FolderCheck, verify
from exchange_sync.source.api import FolderGone

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemorySource


def checks(world: World) -> dict[str, FolderCheck]:
    return {check.folder: check for check in verify(world.context) if check.mailbox == SUPPORT}


@pytest.mark.parametrize("before", [False, True])
def test_it_is_named_as_left_out_and_right_again_once_it_may_be_read(world: World, before: bool) -> None:
    board = world.exchange.add_folder(SUPPORT, ("Inbox", "Board"))
    world.exchange.deliver(SUPPORT, board, mail(1))
    if before:
        world.sync()

    class Denied(MemorySource):
        def changes(self, mailbox, folder_key, state, limit=512):
            if folder_key == board:
                raise FolderGone("may not be read")
            return super().changes(mailbox, folder_key, state, limit)

    world.context.source_factory = lambda name: Denied(world.exchange)
    world.exchange.deliver(SUPPORT, board, mail(2))
    for _ in range(2):
        world.sync()
        found = checks(world)
        assert found["Inbox/Board"].left_out == "not readable"
        assert all(check.right for check in found.values())

    world.context.source_factory = lambda name: MemorySource(world.exchange)
    world.sync()
    assert checks(world)["Inbox/Board"] == FolderCheck(SUPPORT, "Inbox/Board", 2, loaded=2)
