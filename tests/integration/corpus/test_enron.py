"""Seven real mailboxes, 2,195 emails in 73 folders, over the wire and into PostgreSQL."""

from __future__ import annotations

from exchange_sync.pipeline.sync import sync_integration
from exchange_sync.store import status

from tests.integration.corpus.conftest import Firm


def test_every_distinct_message_id_is_one_comment_in_the_right_folder_and_again_nothing_happens(enron: Firm) -> None:
    oracle: dict[str, set[tuple[str, str]]] = {}
    for box in enron.simulator.control.mailboxes():
        address = str(box["address"])
        for item in enron.simulator.control.items(address):
            oracle.setdefault(str(item["message_id"]), set()).add((address, "/".join(item["folder_path"])))

    results = sync_integration(enron.context)

    comments = enron.rows(
        """SELECT id, message_id, user_properties ->> 'string:Mailbox' AS mailbox,
            user_properties ->> 'string:Folder' AS folder FROM comments"""
    )
    assert len(comments) == len(oracle) == sum(found["created"] for found in results.values())
    for comment in comments:
        assert (comment["mailbox"], comment["folder"]) in oracle[str(comment["message_id"])]
        assert bytes.fromhex(str(comment["id"])).decode() == comment["message_id"]
    _adds_up(enron)

    before = enron.rows("SELECT * FROM comments ORDER BY id")
    sync_integration(enron.context)  # what changed in the second of its last listing is looked at once more
    enron.simulator.control.clear_calls()
    sync_integration(enron.context)
    assert enron.rows("SELECT * FROM comments ORDER BY id") == before
    operations = enron.simulator.control.counts()["operations"]
    assert "GetItem" not in operations
    assert "SyncFolderItems" not in operations

    enron.rows("UPDATE mailboxes SET watermark = NULL RETURNING 1")  # as if every Variable had been deleted
    enron.simulator.control.clear_calls()
    again = sync_integration(enron.context)
    assert enron.rows("SELECT * FROM comments ORDER BY id") == before
    assert enron.simulator.control.counts()["operations"]["SyncFolderItems"] >= 73
    assert not any(found.get("downloaded") for found in again.values())
    _adds_up(enron)


def _adds_up(enron: Firm) -> None:
    """Listed = loaded + skipped + quarantined + pending, per folder, and all of it what the server counts."""
    seen = 0
    for row in enron.rows("SELECT id FROM mailboxes"):
        for folder in status.folders(enron.db, int(str(row["id"]))):
            assert folder["total"] == folder["listed"], folder["path"]
            assert folder["listed"] == sum(folder[part] for part in ("loaded", "skipped", "quarantined", "pending"))
            assert folder["pending"] == 0
            seen += folder["listed"]
    assert seen == 2_195
