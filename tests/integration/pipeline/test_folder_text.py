"""Two folders never show one Folder text; filters take the text apart again (decision 5)."""

from __future__ import annotations

from dataclasses import replace

from exchange_sync.model.config import Filters
from exchange_sync.model.folder_path import folder_path
from exchange_sync.pipeline.verify import verify

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
