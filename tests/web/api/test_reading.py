"""Comments are read as the mirrored API gives them (reference 2.2, 3.1, 3.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.mail import NOON
from tests.web.api.conftest import Api, bad, good, identifier

PAGE = "/api/_private/sources/acme%2Fmail/comments"


def numbers(body: dict[str, object]) -> list[int]:
    """Which of the test mails a page holds."""
    comments: list[dict[str, str]] = body["comments"]  # type: ignore[assignment]
    return [int(bytes.fromhex(one["id"]).decode().split("-")[1].split("@")[0]) for one in comments]


def test_a_comment_has_every_field_that_clients_require(api: Api) -> None:
    api.deliver(1)

    [comment] = good(api.viewer.get(PAGE))["comments"]

    source = good(api.viewer.get("/api/v1/sources/acme%2Fmail"))["source"]
    assert comment["id"] == identifier(1)
    assert comment["uid"] == f"{source['id']}.{comment['id']}"
    assert comment["source_id"] == source["id"]
    [message] = comment["messages"]
    assert message["from"] == "ann@client.example"
    assert message["to"] == ["support@acme.example"]
    assert message["subject"] == {"text": "Question 1"}
    assert "question number 1" in message["body"]["text"]
    for moment in (comment["timestamp"], comment["created_at"], comment["last_modified"], message["sent_at"]):
        assert datetime.fromisoformat(moment).tzinfo is not None
    assert datetime.fromisoformat(comment["timestamp"]) == NOON + timedelta(minutes=1)
    assert comment["attachments"] == []
    assert comment["user_properties"]["string:Folder"] == "Inbox"
    assert all(name.startswith(("string:", "number:")) for name in comment["user_properties"])


def test_pages_follow_each_other_without_gap_or_repetition(api: Api) -> None:
    api.deliver(*range(7))
    seen: list[int] = []
    after: dict[str, str] = {}

    while True:
        body = good(api.viewer.get(PAGE, params={"limit": 3, **after}))
        seen += numbers(body)
        if "continuation" not in body:
            break
        after = {"after": body["continuation"]}

    assert seen == [0, 1, 2, 3, 4, 5, 6]


def test_equal_timestamps_at_a_page_border_lose_nothing(api: Api) -> None:
    api.deliver(*range(5), sent=NOON)

    first = good(api.viewer.get(PAGE, params={"limit": 3}))
    second = good(api.viewer.get(PAGE, params={"limit": 3, "after": first["continuation"]}))

    assert sorted(numbers(first) + numbers(second)) == [0, 1, 2, 3, 4]
    assert "continuation" not in second


def test_descending_gives_the_newest_first(api: Api) -> None:
    api.deliver(*range(5))

    first = good(api.viewer.get(PAGE, params={"limit": 3, "direction": "descending"}))
    second = good(api.viewer.get(PAGE, params={"limit": 3, "direction": "descending", "after": first["continuation"]}))

    assert numbers(first) + numbers(second) == [4, 3, 2, 1, 0]


def test_both_ends_of_a_time_window_count(api: Api) -> None:
    api.deliver(*range(5))

    body = good(
        api.viewer.get(
            PAGE, params={"from_timestamp": "2026-03-02T12:01:00Z", "to_timestamp": "2026-03-02T13:03:00+01:00"}
        )
    )

    assert numbers(body) == [1, 2, 3]


def test_a_plus_that_a_query_string_turned_into_a_space_is_a_plus(api: Api) -> None:
    api.deliver(1)

    assert numbers(good(api.viewer.get(f"{PAGE}?to_timestamp=2026-03-02T14:00:00+01:00"))) == [1]


def test_a_name_may_be_one_segment_or_two_or_an_id(api: Api) -> None:
    api.deliver(1)
    source = good(api.viewer.get("/api/v1/sources/acme%2Fmail"))["source"]

    for name in ("acme%2Fmail", "acme/mail", f"id:{source['id']}", f"id%3A{source['id']}"):
        comment = good(api.viewer.get(f"/api/v1/sources/{name}/comments/{identifier(1)}"))["comment"]
        assert comment["id"] == identifier(1)


def test_a_slash_at_the_end_means_nothing(api: Api) -> None:
    bucket = good(api.viewer.get("/api/_private/buckets/acme%2Fmail"))["bucket"]

    good(api.viewer.get(f"/api/_private/buckets/id:{bucket['id']}/keyed-sync-states%2F"))
    good(api.viewer.get("/api/v1/sources/"))
    good(api.viewer.get("/api/v1/sources/acme/"))


def test_a_page_has_64_comments_unless_asked_and_256_at_most(api: Api) -> None:
    api.deliver(*range(70))

    assert len(good(api.viewer.get(PAGE))["comments"]) == 64
    assert len(good(api.viewer.get(PAGE, params={"limit": 256}))["comments"]) == 70
    assert "limit" in bad(api.viewer.get(PAGE, params={"limit": 257}), 422)
    assert "limit" in bad(api.viewer.get(PAGE, params={"limit": 0}), 422)


def test_a_continuation_of_another_place_is_refused_in_a_sentence(api: Api) -> None:
    api.deliver(*range(3))
    descending = good(api.viewer.get(PAGE, params={"limit": 1, "direction": "descending"}))["continuation"]

    for token in (descending, "rubbish", "bnVsbA", "%00", "é"):
        assert "after" in bad(api.viewer.get(PAGE, params={"after": token}), 400)


def test_threads_name_their_comments_oldest_first(api: Api) -> None:
    api.deliver(1)
    api.deliver(2, reply_to="<mail-1@client.example>")
    api.deliver(3)

    first = good(api.viewer.get("/api/v1/sources/acme%2Fmail/threads", params={"limit": 1}))
    second = good(
        api.viewer.get("/api/v1/sources/acme%2Fmail/threads", params={"limit": 1, "after": first["continuation"]})
    )

    assert "continuation" not in second
    found = sorted(one["comments"] for one in first["threads"] + second["threads"])
    assert found == [[identifier(1), identifier(2)], [identifier(3)]]


def test_thread_properties_come_along_when_asked_for(api: Api) -> None:
    api.deliver(1)
    api.deliver(2, reply_to="<mail-1@client.example>", sender="bob@client.example")

    body = good(api.viewer.get(PAGE, params={"include_thread_properties": "true"}))

    first, second = body["thread_properties"]
    assert first["thread_position"] == 1
    assert first["response_time"] is None
    assert (second["thread_position"], second["response_time"], second["duration"]) == (2, 60.0, 60.0)
    assert second["num_messages"] == 2
    assert second["num_participants"] == 3
    assert second["first_sender"] == "ann@client.example"


def test_statistics_count_all_comments_or_those_that_a_filter_takes(api: Api) -> None:
    api.deliver(1, 2)
    api.deliver(3, sender="bob@client.example")

    def count(comment_filter: dict[str, object]) -> int:
        path = "/api/v1/sources/acme%2Fmail/statistics"
        return int(good(api.viewer.post(path, json={"comment_filter": comment_filter}))["statistics"]["num_comments"])

    assert count({}) == 3
    assert count({"messages": {"from": {"one_of": ["bob@client.example"]}}}) == 1
    assert count({"messages": {"from": {"not_one_of": ["bob@client.example"]}}}) == 2
    assert count({"messages": {"recipient": {"one_of": ["support@acme.example"]}}}) == 3
    assert count({"user_properties": {"string:Folder": {"one_of": ["Inbox"]}}}) == 3
    assert count({"user_properties": {"string:Folder": {"not_one_of": ["Inbox"]}}}) == 0
    assert count({"user_properties": {"number:Recipient Count": {"minimum": 1, "maximum": 1}}}) == 3
    assert count({"user_properties": {"number:No Such": {"minimum": 1}}}) == 0
    assert count({"timestamp": {"minimum": "2026-03-02T12:02:00Z"}}) == 2
    assert count({"sources": ["0123456789abcdef"]}) == 0
    assert count({"messages": {"from": {"domain_one_of": ["Client.example"]}}}) == 3
    assert count({"messages": {"from": {"domain_one_of": ["example"]}}}) == 3
    assert count({"messages": {"from": {"domain_one_of": ["lient.example"]}}}) == 0
    assert count({"messages": {"from": {"domain_not_one_of": ["client.example"]}}}) == 0
    assert count({"messages": {"recipient": {"domain_one_of": ["acme.example"]}}}) == 3
    assert count({"messages": {"cc": {"domain_one_of": ["acme.example"]}}}) == 0
    assert count({"user_properties": {"string:None": {"one_of": ["a"], "include_missing": True}}}) == 3
    assert count({"user_properties": {"string:Folder": {"one_of": ["a"], "include_missing": True}}}) == 0
    assert count({"user_properties": {"number:None": {"minimum": 1, "include_missing": True}}}) == 3
    assert count({"user_properties": {"number:None": {"minimum": 1, "include_missing": False}}}) == 0


def test_raw_emails_come_out_as_they_came_in(api: Api) -> None:
    api.deliver(*range(3))
    path = "/api/_private/buckets/acme%2Fmail/emails"

    first = good(api.viewer.post(path, json={"limit": 2}))
    second = good(api.viewer.post(path, json={"limit": 2, "continuation": first["continuation"]}))
    one = good(api.viewer.get(path, params={"id": "<mail-1@client.example>"}))["emails"]

    everything = first["emails"] + second["emails"]
    assert [email["id"] for email in everything] == [f"<mail-{n}@client.example>" for n in range(3)]
    assert "continuation" not in second
    assert one == [everything[1]]
    assert one[0]["mailbox"] == "support@acme.example"
    assert one[0]["metadata"]["folder"] == ["Inbox"]
    assert "this is question number 1" in one[0]["mime_content"]
    assert good(api.viewer.get(path, params={"id": "<unknown@client.example>"}))["emails"] == []


def test_a_bucket_comes_with_a_source_and_a_dataset_of_its_own_name(api: Api) -> None:
    source = good(api.viewer.get("/api/v1/sources/acme%2Fmail"))["source"]
    dataset = good(api.viewer.get("/api/v1/datasets/acme%2Fmail"))["dataset"]
    bucket = good(api.viewer.get("/api/_private/buckets/acme%2Fmail"))["bucket"]

    assert source["bucket_id"] == bucket["id"]
    assert dataset["source_ids"] == [source["id"]]


def test_sync_states_tell_how_far_each_folder_is(api: Api) -> None:
    api.deliver(1)
    bucket = good(api.viewer.get("/api/_private/buckets/acme%2Fmail"))["bucket"]
    base = f"/api/_private/buckets/id:{bucket['id']}"

    states = good(api.viewer.get(f"{base}/keyed-sync-states"))["keyed_sync_states"]

    inbox = next(state for state in states if state["folder_path"] == ["Inbox"])
    assert (inbox["mailbox_name"], inbox["status"]) == ("support@acme.example", "UP_TO_DATE")
    assert inbox["synced_until"]
    keys = good(api.viewer.post(f"{base}/keyed-sync-state-ids", json={"mailbox_name": "support@acme.example"}))
    each = [good(api.viewer.get(f"{base}/keyed-sync-state/{key}")) for key in keys["keyed_sync_state_ids"]]
    assert [one["keyed_sync_state"] for one in each] == states


def test_deleting_a_sync_state_lists_the_folder_again_and_downloads_nothing(api: Api) -> None:
    api.deliver(1)
    bucket = good(api.viewer.get("/api/_private/buckets/acme%2Fmail"))["bucket"]
    base = f"/api/_private/buckets/id:{bucket['id']}"
    keys = good(api.viewer.post(f"{base}/keyed-sync-state-ids", json={"mailbox_name": "support@acme.example"}))
    states = {key: good(api.viewer.get(f"{base}/keyed-sync-state/{key}")) for key in keys["keyed_sync_state_ids"]}
    key = next(key for key, state in states.items() if state["keyed_sync_state"]["folder_path"] == ["Inbox"])

    good(api.op.delete(f"{base}/keyed-sync-state/{key}"))
    bad(api.op.delete(f"{base}/keyed-sync-state/{key}"), 404)
    api.world.exchange.calls.clear()
    api.world.sync()

    assert api.world.exchange.count("changes") == 1
    assert api.world.exchange.count("mimes") == 0
    assert len(good(api.viewer.get(PAGE))["comments"]) == 1
