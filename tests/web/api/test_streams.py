"""Streams: fetch is a repeatable read, only advance moves, a comment is delivered once (reference 2.11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, BucketConfig, IntegrationConfig, MailboxConfig
from tests.support.mail import mail
from tests.web.api.conftest import Api, bad, good, identifier

STREAMS = "/api/v1/datasets/acme%2Fmail/streams"
BOT = f"{STREAMS}/bot"


@pytest.fixture
def bot(api: Api) -> Api:
    """With a stream that starts at the beginning."""
    make(api, start="beginning")
    return api


def make(api: Api, **fields: Any) -> dict[str, Any]:
    return dict(good(api.op.put(STREAMS, json={"stream": {"name": "bot", **fields}}))["stream"])


def fetch(api: Api, size: int = 64, **more: Any) -> dict[str, Any]:
    return good(api.user.post(f"{BOT}/fetch", json={"size": size, **more}))


def advance(api: Api, sequence_id: str) -> None:
    assert good(api.user.post(f"{BOT}/advance", json={"sequence_id": sequence_id}))["sequence_id"] == sequence_id


def ids(batch: dict[str, Any]) -> list[str]:
    return [result["comment"]["id"] for result in batch["results"]]


def drain(api: Api, size: int = 64) -> list[str]:
    """What a client's loop sees until nothing is left."""
    seen: list[str] = []
    while True:
        batch = fetch(api, size)
        if not batch["results"] and not batch["filtered"]:
            return seen
        seen += ids(batch)
        advance(api, batch["sequence_id"])


def test_a_fetch_gives_the_same_again_until_it_is_advanced(bot: Api) -> None:
    bot.deliver(1, 2, 3)

    first = fetch(bot, 2)

    assert fetch(bot, 2) == first
    assert ids(first) == [identifier(1), identifier(2)]
    assert not first["is_end_sequence"]
    advance(bot, first["sequence_id"])
    second = fetch(bot, 2)
    assert ids(second) == [identifier(3)]
    assert second["is_end_sequence"]
    advance(bot, second["sequence_id"])
    assert fetch(bot)["results"] == []


def test_advancing_to_a_single_result_leaves_those_behind_it(bot: Api) -> None:
    bot.deliver(1, 2, 3)

    advance(bot, fetch(bot)["results"][1]["sequence_id"])

    assert ids(fetch(bot)) == [identifier(3)]


def test_a_late_advance_takes_nothing_back(bot: Api) -> None:
    bot.deliver(1, 2, 3)
    batch = fetch(bot)
    advance(bot, batch["sequence_id"])

    advance(bot, batch["results"][0]["sequence_id"])

    assert fetch(bot)["results"] == []


def test_a_new_stream_starts_now_unless_it_is_told_to_start_at_the_beginning(api: Api) -> None:
    api.deliver(1)
    make(api)
    api.deliver(2)

    assert drain(api) == [identifier(2)]
    good(api.op.put(STREAMS, json={"stream": {"name": "all", "start": "beginning"}}))
    everything = good(api.user.post(f"{STREAMS}/all/fetch", json={"size": 9}))
    assert ids(everything) == [identifier(1), identifier(2)]


def test_a_moved_mail_is_not_delivered_again(bot: Api) -> None:
    bot.deliver(1, 2)
    assert len(drain(bot)) == 2
    exchange = bot.world.exchange
    done = exchange.add_folder(SUPPORT, ("Done",))
    item = exchange.deliver(SUPPORT, exchange.folder(SUPPORT, "Inbox"), mail(3))
    bot.world.sync()
    assert drain(bot) == [identifier(3)]
    exchange.move(SUPPORT, item, done)

    bot.world.sync()

    assert drain(bot) == []
    shown = good(bot.viewer.get(f"/api/v1/sources/acme/mail/comments/{identifier(3)}"))["comment"]
    assert shown["user_properties"]["string:Folder"] == "Done"


def test_a_stream_that_asked_for_it_gets_a_moved_mail_again(api: Api) -> None:
    make(api, redeliver="properties", start="beginning")
    exchange = api.world.exchange
    item = exchange.deliver(SUPPORT, exchange.folder(SUPPORT, "Inbox"), mail(1))
    api.world.sync()
    assert drain(api) == [identifier(1)]
    exchange.move(SUPPORT, item, exchange.add_folder(SUPPORT, ("Done",)))

    api.world.sync()

    [result] = fetch(api)["results"]
    assert result["comment"]["user_properties"]["string:Folder"] == "Done"
    advance(api, result["sequence_id"])
    api.world.sync()
    assert drain(api) == []


@pytest.mark.parametrize(
    "mails", [100, pytest.param(2_000, marks=pytest.mark.long), pytest.param(10_000, marks=pytest.mark.soak)]
)
def test_renaming_a_folder_of_many_mails_adds_nothing(bot: Api, mails: int) -> None:
    exchange = bot.world.exchange
    old = exchange.add_folder(SUPPORT, ("Claims 2025",))
    for number in range(mails):
        exchange.deliver(SUPPORT, old, mail(number))
    bot.world.sync()
    assert len(drain(bot, 1_024)) == mails
    exchange.rename_folder(SUPPORT, old, ("Claims",))

    bot.world.sync()

    assert set(bot.world.folders().values()) == {"Claims"}
    assert drain(bot) == []


def test_a_bot_that_moves_each_mail_it_handles_sees_each_once(bot: Api) -> None:
    exchange = bot.world.exchange
    done = exchange.add_folder(SUPPORT, ("Done",))
    items = {}
    seen: list[str] = []
    for number in range(6):
        items[identifier(number)] = exchange.deliver(SUPPORT, exchange.folder(SUPPORT, "Inbox"), mail(number))
        bot.world.sync()
        for result in fetch(bot)["results"]:
            seen.append(result["comment"]["id"])
            exchange.move(SUPPORT, items[result["comment"]["id"]], done)
            advance(bot, result["sequence_id"])
        bot.world.sync()

    assert seen == [identifier(number) for number in range(6)]


def test_comments_that_the_filter_refuses_are_passed_over_and_counted(api: Api) -> None:
    wanted = {"messages": {"from": {"one_of": ["bob@client.example"]}}}
    stream = make(api, comment_filter=wanted, start="beginning")
    assert stream["comment_filter"] == wanted
    api.deliver(1, 2)
    api.deliver(3, sender="bob@client.example")
    api.deliver(4, 5)

    few = fetch(api, 1, max_filtered=1)
    assert (ids(few), few["filtered"], few["is_end_sequence"]) == ([], 1, False)
    advance(api, few["sequence_id"])
    rest = fetch(api)
    assert (ids(rest), rest["filtered"], rest["is_end_sequence"]) == ([identifier(3)], 3, True)
    advance(api, rest["results"][0]["sequence_id"])
    trailing = fetch(api)
    assert (ids(trailing), trailing["filtered"]) == ([], 2)
    advance(api, trailing["sequence_id"])
    assert fetch(api)["filtered"] == 0


def test_results_is_the_newer_spelling_of_fetch(bot: Api) -> None:
    bot.deliver(1, 2, 3)
    for path in (BOT, BOT.replace("/v1/", "/preview/")):
        body = good(bot.user.get(f"{path}/results", params={"max_results": 2, "max_filtered": 15}))

        assert [result["comment"]["id"] for result in body["results"]] == [identifier(1), identifier(2)]
        assert [result["prediction"] for result in body["results"]] == [None, None]
        assert (body["num_filtered"], body["more_results"]) == (0, True)
    advance(bot, body["results"][0]["continuation"])
    assert ids(fetch(bot)) == [identifier(2), identifier(3)]


def test_reset_goes_back_and_forth_by_the_time_of_creation(bot: Api) -> None:
    bot.deliver(1)
    first = good(bot.viewer.get(f"/api/v1/sources/acme/mail/comments/{identifier(1)}"))["comment"]["created_at"]
    bot.deliver(2)
    second = good(bot.viewer.get(f"/api/v1/sources/acme/mail/comments/{identifier(2)}"))["comment"]["created_at"]
    assert len(drain(bot)) == 2

    def reset(to: str) -> list[str]:
        body = good(bot.user.post(f"{BOT}/reset", json={"to_comment_created_at": to}))
        assert body["stream"]["name"] == "bot"
        assert body["sequence_id"]
        return ids(fetch(bot))

    assert reset(first) == [identifier(1), identifier(2)]
    assert reset(second) == [identifier(2)]
    assert reset("2020-06-03T16:05:00") == [identifier(1), identifier(2)]
    assert reset("2199-01-01T00:00:00Z") == []


def test_two_buckets_have_a_cursor_each_and_their_comments_come_by_time(api: Api) -> None:
    two = IntegrationConfig(
        "acme", "exchange", "exchange_acme", mailboxes=(MailboxConfig(SUPPORT, "acme", "mail"),)
    )  # fmt: skip
    other = IntegrationConfig(
        "acme", "other", "exchange_acme", mailboxes=(MailboxConfig(CLAIMS, "acme", "claims"),)
    )  # fmt: skip
    api.world.configure(two)
    api.world.configure(other, bucket=BucketConfig("acme", "claims"))
    sources = {
        name: good(api.viewer.get(f"/api/v1/sources/acme/{name}"))["source"]["id"] for name in ("mail", "claims")
    }
    good(api.op.post("/api/v1/datasets/acme/mail", json={"dataset": {"source_ids": list(sources.values())}}))
    make(api, start="beginning")
    api.deliver(1, 2)
    claim = "/api/_private/buckets/acme%2Fclaims/emails"
    body = {"id": "<claim@x.example>", "mailbox": CLAIMS, "timestamp": "2026-03-02T12:00:00Z"}
    mime = mail(7, message_id="<claim@x.example>").decode()
    good(api.op.put(claim, json={"emails": [{**body, "mime_content": mime}]}))
    api.deliver(3)

    first = fetch(api, 3)

    names = {source_id: name for name, source_id in sources.items()}
    assert [names[result["comment"]["source_id"]] for result in first["results"]] == ["mail", "mail", "claims"]
    advance(api, first["sequence_id"])
    assert ids(fetch(api)) == [identifier(3)]


def test_a_source_added_later_brings_what_was_created_since_the_stream_began(api: Api) -> None:
    api.deliver(1)
    good(api.op.put("/api/v1/datasets/acme%2Flater", json={"dataset": {"source_ids": []}}))
    streams = "/api/v1/datasets/acme%2Flater/streams"
    good(api.op.put(streams, json={"stream": {"name": "bot"}}))
    api.deliver(2)
    source = good(api.viewer.get("/api/v1/sources/acme/mail"))["source"]["id"]

    good(api.op.post("/api/v1/datasets/acme%2Flater", json={"dataset": {"source_ids": [source]}}))

    assert ids(good(api.user.post(f"{streams}/bot/fetch", json={"size": 9}))) == [identifier(2)]


def test_exceptions_are_kept_and_forgotten(bot: Api) -> None:
    bot.deliver(1)
    uid = fetch(bot)["results"][0]["comment"]["uid"]
    exception = {"uid": uid, "metadata": {"type": "No prediction"}}

    assert good(bot.user.put(f"{BOT}/exceptions", json={"exceptions": [exception, exception]})) == {"status": "ok"}
    assert bot.world.rows("SELECT uid, metadata FROM stream_exceptions") == [exception]
    good(bot.user.request("DELETE", f"{BOT}/exceptions", json={"exceptions": [{"uid": uid}]}))

    assert bot.world.rows("SELECT uid FROM stream_exceptions") == []


def test_a_model_is_kept_and_shown_and_answered_without(api: Api) -> None:
    model = {"version": 3, "label_thresholds": [{"name": ["Claim", "New"], "threshold": 0.5}]}
    assert make(api, model=model, start="beginning")["model"] == model
    api.deliver(1)

    [result] = fetch(api)["results"]

    assert set(result) == {"comment", "sequence_id"}


def test_a_stream_without_a_filter_shows_none_rather_than_null(api: Api) -> None:
    assert "comment_filter" not in make(api)
    [stream] = good(api.viewer.get(STREAMS))["streams"]
    assert "comment_filter" not in stream
    assert "model" not in stream
    assert len(stream["id"]) == 32


def test_what_a_stream_was_made_with_stays(bot: Api) -> None:
    changed = good(bot.op.post(BOT, json={"stream": {"name": "bot", "title": "The bot"}}))["stream"]

    assert changed["title"] == "The bot"
    for other in ({"name": "cat"}, {"start": "now"}, {"redeliver": "properties"}):
        assert "once" in bad(bot.op.post(BOT, json={"stream": other}), 422)
    assert "exists" in bad(bot.op.put(STREAMS, json={"stream": {"name": "bot"}}), 409)
    good(bot.op.delete(BOT))
    bad(bot.user.get(BOT), 404)


def test_a_sequence_id_of_another_stream_is_refused(bot: Api) -> None:
    good(bot.op.put(STREAMS, json={"stream": {"name": "cat"}}))
    foreign = good(bot.user.post(f"{STREAMS}/cat/fetch", json={"size": 1}))["sequence_id"]

    for token in (foreign, "qs8QcHIBAADJ1p3W2FtmBB3QiOJsCJlR", "-"):
        assert "sequence_id" in bad(bot.user.post(f"{BOT}/advance", json={"sequence_id": token}), 400)


def test_a_fetch_takes_1_to_1024(bot: Api) -> None:
    for size in (0, 1_025, "many", None):
        assert "size" in bad(bot.user.post(f"{BOT}/fetch", json={"size": size}), 422)
