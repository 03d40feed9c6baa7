"""Two folders never show one Folder text; filters take the text apart again (decision 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from exchange_simulator.client import Control
from exchange_simulator.testing import running
from exchange_sync.clock import now_utc
from exchange_sync.model.config import Filters
from exchange_sync.model.folder_path import folder_path
from exchange_sync.pipeline.verify import verify
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import mail

SAME_ONCE = [("A/B",), ("A", "B"), ("A\\",), ("A\\", "B"), ("A\\/B",), ("A", "/B"), ("A/", "B")]


def fill(world: World) -> None:
    world.exchange.add_folder(SUPPORT, ("A",))
    for place, path in enumerate(SAME_ONCE, 1):
        key = world.exchange.add_folder(SUPPORT, path)
        world.exchange.deliver(SUPPORT, key, mail(place))


def test_folders_that_differ_show_texts_that_differ(world: World) -> None:
    fill(world)
    world.sync()
    shown = [world.folders()[f"<mail-{place}@client.example>"] for place in range(1, len(SAME_ONCE) + 1)]
    assert len(set(shown)) == len(SAME_ONCE)
    assert [folder_path(text) for text in shown] == SAME_ONCE
    assert shown[:2] == [r"A\/B", "A/B"]
    checks = [check for check in verify(world.context) if check.mailbox == SUPPORT]
    assert all(check.right for check in checks)
    assert len({check.folder for check in checks}) == len(checks)


def test_a_shown_text_in_a_deny_list_means_that_folder_alone(world: World) -> None:
    fill(world)
    first = replace(BOTH.mailboxes[0], filters=Filters(folder_deny=(folder_path(r"A\/B"),)))
    world.configure(replace(BOTH, mailboxes=(first, BOTH.mailboxes[1])))
    world.sync()
    assert sorted(set(range(1, 8)) - {int(name[6]) for name in world.folders()}) == [1]


def test_comments_of_before_are_given_the_new_text_without_a_download(world: World) -> None:
    fill(world)
    world.sync()
    right = world.folders()
    with world.db.transaction() as cursor:  # as they lay before migration 0014, and as that leaves the folders
        cursor.execute(
            """UPDATE comments SET user_properties = user_properties || jsonb_build_object('string:Folder',
                replace(replace(user_properties ->> 'string:Folder', '\\/', '/'), '\\\\', '\\'))"""
        )
        cursor.execute("UPDATE folders SET filed_path = '{}' WHERE array_to_string(path, '') ~ '[/\\\\]'")
    assert world.folders() != right
    world.exchange.calls.clear()
    world.sync()
    assert world.folders() == right
    assert world.exchange.count("mimes") == 0


ARCHIVED = {1: ("inbox",), 2: ("archivemsgfolderroot", "Inbox"), 3: ("archivemsgfolderroot", "Inbox", "Claims"),
            4: ("inbox", "Claims"), 5: ("archivemsgfolderroot", "Online Archive")}  # fmt: skip


@pytest.fixture
def archived(world: World) -> Iterator[tuple[Control, Callable[..., list[int]]]]:
    """A simulated mailbox with an archive of like names; and how to sync it by filters: the numbers of what came."""
    with running() as simulator:
        control = simulator.control
        connection = ExchangeConnection(
            server_url=simulator.ews_url, username=simulator.username, password=simulator.password,
            ca_bundle=simulator.ca_file,
        )  # fmt: skip
        world.context.source_factory = lambda name: open_source(connection, clock=now_utc)
        control.add_mailbox(SUPPORT, archive=True)
        for number, path in ARCHIVED.items():
            control.create_folder(SUPPORT, path)
            control.deliver(SUPPORT, mail(number), folder=path)

        def sync(**filters: object) -> list[int]:
            chosen = Filters(archive=True, **filters)  # type: ignore[arg-type]
            world.configure(replace(BOTH, mailboxes=(replace(BOTH.mailboxes[0], filters=chosen),)))
            world.sync()
            return sorted(int(name[6]) for name in world.folders())

        yield control, sync


def test_the_archives_folders_show_texts_of_their_own(world: World, archived) -> None:
    _, sync = archived
    sync()
    assert world.folders() == {
        "<mail-1@client.example>": "Inbox",
        "<mail-2@client.example>": "Online Archive/Inbox",
        "<mail-3@client.example>": "Online Archive/Inbox/Claims",
        "<mail-4@client.example>": "Inbox/Claims",
        "<mail-5@client.example>": "Online Archive/Online Archive",
    }
    checks = [check for check in verify(world.context) if check.mailbox == SUPPORT]
    assert all(check.right for check in checks)
    assert len({check.folder for check in checks}) == len(checks)


@pytest.mark.parametrize(
    ("filters", "came"),
    [
        ({"folder_allow": (("Inbox",),)}, [1, 4]),
        ({"folder_allow": (("inbox", "claims"),)}, [4]),
        ({"folder_deny": (("Inbox", "Claims"),)}, [1, 2, 3, 5]),
        ({"folder_allow": (folder_path("Online Archive/Inbox"),)}, [2, 3]),
        ({"folder_deny": (folder_path("online archive/inbox/claims"),)}, [1, 2, 4, 5]),
        ({"folder_deny": (("Online Archive",),)}, [1, 4]),
        ({"folder_allow": (("archivemsgfolderroot", "Inbox"),)}, [2, 3]),
        ({"folder_deny": (("archivemsgfolderroot",),)}, [1, 4]),
    ],
)
def test_a_list_means_the_folder_of_that_text_alone(archived, filters: dict[str, object], came: list[int]) -> None:
    _, sync = archived
    assert sync(**filters) == came


def test_comments_of_archived_mail_from_before_get_the_new_text_without_a_download(world: World, archived) -> None:
    control, sync = archived
    sync()
    right = world.folders()
    with world.db.transaction() as cursor:  # as they lay before the archive's folders had a text of their own
        cursor.execute(
            """UPDATE comments SET user_properties = user_properties || jsonb_build_object('string:Folder',
                regexp_replace(user_properties ->> 'string:Folder', '^Online Archive/', ''))"""
        )
        cursor.execute("UPDATE folders SET path = path[2:], filed_path = path[2:] WHERE root = 'archive'")
    assert world.folders() != right
    control.clear_calls()
    world.sync()
    assert world.folders() == right
    assert "GetItem" not in [call["operation"] for call in control.calls()]
