"""Everything that can be deleted is, whatever hangs on it: the database itself says what may hang on what."""

from __future__ import annotations

from datetime import UTC, datetime

from exchange_sync.store import incidents, trying
from exchange_sync.store.incidents import Failure

from tests.integration.pipeline.conftest import World
from tests.support.filled_pages import fill
from tests.web.api.conftest import Api, bad, good
from tests.web.api.test_adding import comment, email

B, S, D, N = "/api/_private/buckets", "/api/v1/sources", "/api/v1/datasets", "/api/_private/integrations"
TIME = "2026-01-01T00:00:00Z"


def hanging(world: World, table: str, row_id: object) -> dict[str, int]:
    """Every column of the database that refers to this row, as ``table.column``, and in how many rows."""
    columns = world.rows(
        """SELECT c.conrelid::regclass::text AS child, a.attname::text AS name FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = %s::regclass AND cardinality(c.conkey) = 1""",
        table,
    )
    return {
        f"{one['child']}.{one['name']}": int(
            str(world.rows(f"SELECT count(*) AS n FROM {one['child']} WHERE {one['name']} = %s", row_id)[0]["n"])
        )
        for one in columns
    }


def id_of(world: World, table: str, name: str) -> str:
    return str(world.rows(f"SELECT id FROM {table} WHERE name = %s", name)[0]["id"])


def stream_with_everything(api: Api, dataset: str) -> None:
    """A stream that stands somewhere and has an exception."""
    at = f"{D}/acme%2F{dataset}/streams"
    good(api.op.put(at, json={"stream": {"name": "bot", "start": "beginning"}}))
    batch = good(api.op.post(f"{at}/bot/fetch", json={"size": 1}))
    good(api.op.post(f"{at}/bot/advance", json={"sequence_id": batch["sequence_id"]}))
    exception = {"uid": batch["results"][0]["comment"]["uid"], "metadata": {"type": "x"}}
    good(api.op.put(f"{at}/bot/exceptions", json={"exceptions": [exception]}))


def source_with_everything(api: Api) -> str:
    """A source of its own comments: one with an attachment, one erased, one still there; in a stream. Its bucket."""
    good(api.op.put(f"{S}/acme%2Fown", json={"source": {}}))
    file = {"name": "a.txt", "size": 1, "content_type": "text/plain"}
    new = [comment("kept", attachments=[file]), comment("gone"), comment("more")]
    good(api.op.post(f"{S}/acme%2Fown/sync", json={"comments": new}))
    put = "/api/_private/sources/acme%2Fown/comments/kept/attachments/0"
    good(api.op.put(put, files={"file": b"x"}))
    good(api.op.delete(f"{S}/acme%2Fown/comments?id=gone&id=never-there"))
    source = good(api.op.get(f"{S}/acme%2Fown"))["source"]["id"]
    good(api.op.put(f"{D}/acme%2Fset", json={"dataset": {"source_ids": [source]}}))
    stream_with_everything(api, "set")
    [row] = api.world.rows("SELECT bucket_id FROM sources WHERE id = %s", source)
    return str(row["bucket_id"])


def test_a_source_goes_with_its_erased_comments_and_its_hidden_bucket(api: Api) -> None:
    bucket = source_with_everything(api)
    source = id_of(api.world, "sources", "own")
    before = hanging(api.world, "buckets", bucket)
    assert before["tombstones.bucket_id"] == 1
    assert {name for name, count in before.items() if count} >= {
        "comments.bucket_id", "sources.bucket_id", "stream_cursors.bucket_id", "tombstones.bucket_id",
    }  # fmt: skip

    good(api.op.delete(f"{S}/acme%2Fown"))

    bad(api.op.get(f"{S}/acme%2Fown"), 404)
    assert set(hanging(api.world, "buckets", bucket).values()) == {0}
    assert set(hanging(api.world, "sources", source).values()) == {0}
    assert api.world.rows("SELECT 1 FROM buckets WHERE hidden") == []
    assert api.world.rows("SELECT 1 FROM attachments") == []
    good(api.op.put(f"{S}/acme%2Fown", json={"source": {}}))
    assert good(api.op.get("/api/_private/sources/acme%2Fown/comments"))["comments"] == []


def test_an_interrupted_deletion_of_a_source_is_done_again(api: Api) -> None:
    source_with_everything(api)
    with api.world.db.transaction() as cursor:  # as far as a first attempt had come
        cursor.execute("DELETE FROM comments WHERE id = 'kept'")

    good(api.op.delete(f"{S}/acme%2Fown"))

    assert api.world.rows("SELECT 1 FROM buckets WHERE hidden") == []


def test_a_source_over_a_bucket_goes_and_the_bucket_stays(api: Api) -> None:
    api.deliver(1)
    stream_with_everything(api, "mail")
    good(api.op.delete(f"{S}/acme%2Fmail/comments?id=never-there"))

    good(api.op.delete(f"{S}/acme%2Fmail"))

    assert len(good(api.op.post(f"{B}/acme%2Fmail/emails", json={}))["emails"]) == 1
    assert good(api.op.get(f"{D}/acme%2Fmail"))["dataset"]["source_ids"] == []
    assert good(api.op.post(f"{D}/acme%2Fmail/streams/bot/fetch", json={"size": 1}))["results"] == []


def test_a_bucket_goes_with_all_that_hangs_on_it(api: Api) -> None:
    good(api.op.put(f"{B}/acme%2Fspare", json={"bucket": {}}))
    spare = f"{B}/acme%2Fspare"
    good(api.op.put(f"{spare}/emails", json={"emails": [email(1), email(2), email(3)]}))
    good(api.op.post(f"{S}/acme%2Fspare/sync", json={"comments": [comment("of-a-program")]}))
    erased = good(api.op.get("/api/_private/sources/acme%2Fspare/comments"))["comments"][0]["id"]
    good(api.op.delete(f"{S}/acme%2Fspare/comments?id={erased}"))
    state = {"mailbox_name": "m", "status": "UP_TO_DATE", "last_synced_at": TIME}
    good(api.op.put(f"{spare}/keyed-sync-state/abc", json={"keyed_sync_state": state}))
    stream_with_everything(api, "spare")
    good(api.op.put(f"{S}/acme%2Fsecond", json={"source": {"bucket_id": id_of(api.world, "buckets", "spare")}}))
    bucket = id_of(api.world, "buckets", "spare")
    with api.world.db.transaction() as cursor:
        cursor.execute(
            "INSERT INTO bucket_sync_states (bucket_id, state) VALUES (%s, '{}') ON CONFLICT DO NOTHING", (bucket,)
        )
    empty = {name for name, count in hanging(api.world, "buckets", bucket).items() if not count}
    assert empty == {"mailboxes.bucket_id"}, "what may hang on a bucket and is not tried here"

    good(api.op.delete(spare))

    assert set(hanging(api.world, "buckets", bucket).values()) == {0}
    bad(api.op.get(f"{S}/acme%2Fsecond"), 404)


def test_a_bucket_that_mailboxes_fill_stays_until_their_integration_is_gone(api: Api) -> None:
    api.deliver(1)
    assert "acme/exchange" in bad(api.op.delete(f"{B}/acme%2Fmail"), 409)
    good(api.op.delete(f"{N}/acme%2Fexchange"))
    good(api.op.delete(f"{B}/acme%2Fmail"))


def test_a_dataset_and_a_stream_go_with_all_that_hangs_on_them(api: Api) -> None:
    source_with_everything(api)
    dataset, stream = id_of(api.world, "datasets", "set"), id_of(api.world, "streams", "bot")
    assert all(hanging(api.world, "streams", stream).values())
    assert all(hanging(api.world, "datasets", dataset).values())

    good(api.op.delete(f"{D}/acme%2Fset/streams/bot"))
    assert set(hanging(api.world, "streams", stream).values()) == {0}
    stream_with_everything(api, "set")
    good(api.op.delete(f"{D}/acme%2Fset"))

    assert set(hanging(api.world, "datasets", dataset).values()) == {0}
    assert api.world.rows("SELECT 1 FROM streams") == []
    good(api.op.get(f"{S}/acme%2Fown"))


def test_an_integration_goes_with_all_that_hangs_on_it_and_its_comments_stay(api: Api) -> None:
    fill(api.world)
    world = api.world
    integration = id_of(world, "integrations", "exchange")
    boxes = [row["id"] for row in world.rows("SELECT id FROM mailboxes WHERE integration_id = %s", integration)]
    failure = Failure("mailbox_not_found", "ErrorNonExistentMailbox", "no such mailbox", "Correct it.")
    incidents.mailbox_failed(world.db, int(str(boxes[0])), failure, run="r", limit=1, now=datetime.now(UTC))
    with world.db.transaction() as cursor:
        trying.queue(cursor, "viewer", [("in_app", "viewer")], integration, datetime.now(UTC))
        cursor.execute("INSERT INTO unsubscriptions VALUES (%s, 'ann', 'email') ON CONFLICT DO NOTHING", (integration,))
    comments = world.rows("SELECT id FROM comments ORDER BY id")
    untried = {name for name, count in hanging(world, "integrations", integration).items() if not count}
    on_boxes = [hanging(world, "mailboxes", box) for box in boxes]
    untried |= {name for name in on_boxes[0] if not any(counts[name] for counts in on_boxes)}
    assert untried == set(), "what may hang on an integration and is not tried here"

    good(api.op.delete(f"{N}/acme%2Fexchange"))

    assert set(hanging(world, "integrations", integration).values()) == {0}
    assert all(set(hanging(world, "mailboxes", box).values()) == {0} for box in boxes)
    assert world.rows("SELECT id FROM comments ORDER BY id") == comments
