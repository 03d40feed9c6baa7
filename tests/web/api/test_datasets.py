"""A dataset is read as a whole: export, query, statistics, summary, with the keys that the contract names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.mail import mail
from tests.web.api.conftest import Api, bad, good, identifier
from tests.web.api.test_adding import comment, email

D, P, S = "/api/v1/datasets/acme%2Fmail", "/api/_private/datasets/acme%2Fmail", "/api/v1/sources"
STATISTICS = {
    "thread_mode", "by_labels", "by_label_properties", "num_comments", "min_timestamp", "max_timestamp",
    "label_counts", "string_user_property_counts", "email_property_counts", "thread_histogram_counts", "timezone",
}  # fmt: skip
SUMMARY = {
    "user_properties", "label_properties", "annotation_metadata", "source_kinds", "source_names", "labels",
    "entity_defs", "attachments_common_types_extensions", "attachments_file_extensions",
}  # fmt: skip


@pytest.fixture
def filled(api: Api) -> Api:
    """Seven emails of two senders in one source, three comments of a program in another, both in one dataset."""
    api.deliver(1, 2, 3, 4)
    api.deliver(5, 6, 7, sender="bob@other.example")
    good(api.op.put(f"{S}/acme%2Fown", json={"source": {}}))
    new = [comment(f"own-{n}", f"apples and pears {n}", user_properties={"number:Stars": n}) for n in range(3)]
    good(api.op.post(f"{S}/acme%2Fown/sync", json={"comments": new}))
    ids = [good(api.op.get(f"{S}/acme%2F{name}"))["source"]["id"] for name in ("mail", "own")]
    good(api.op.post(D, json={"dataset": {"source_ids": ids}}))
    return api


def pages(api: Api, path: str, key: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        answer = good(api.viewer.post(path, json={**body, **more}))
        found += answer[key]
        if "continuation" not in answer:
            return found
        more = {"continuation": answer["continuation"]}


@pytest.mark.parametrize("order", ["timestamp", "created_at"])
def test_an_export_gives_every_comment_once_in_order(filled: Api, order: str) -> None:
    found = pages(filled, f"{D}/export", "comments", {"order_by": order, "limit": 3})

    assert len({one["comment"]["uid"] for one in found}) == len(found) == 10
    assert [one["comment"][order] for one in found] == sorted(one["comment"][order] for one in found)
    for one in found:
        assert set(one) == {"comment", "annotations", "predictions"}
        assert (one["annotations"], one["predictions"]) == ({"labels": {"assigned": []}}, {"labels": []})
    assert len(good(filled.viewer.post(f"{D}/export", json={}))["comments"]) == 10


def test_an_export_takes_spans_sources_and_uids(filled: Api) -> None:
    everything = pages(filled, f"{D}/export", "comments", {})
    own = good(filled.op.get(f"{S}/acme%2Fown"))["source"]["id"]

    def uids(**body: Any) -> list[str]:
        return [one["comment"]["uid"] for one in pages(filled, f"{D}/export", "comments", {"limit": 2, **body})]

    assert len(uids(source_ids=[own])) == 3
    some = [everything[0]["comment"]["uid"], everything[5]["comment"]["uid"], f"{own}.never-there"]
    assert sorted(uids(comment_uids=some)) == sorted(some[:2])
    assert uids(source_ids=[]) == []
    first, last = "2026-03-02T12:02:00Z", "2026-03-02T13:05:00+01:00"
    span = uids(**{"from": first, "to": last})
    assert len(span) == len([one for one in everything if "12:02" <= one["comment"]["timestamp"][11:16] <= "12:05"])
    assert span == sorted(span, key=[one["comment"]["uid"] for one in everything].index)
    token = good(filled.viewer.post(f"{D}/export", json={"limit": 1}))["continuation"]
    for wrong in ("rubbish", token):
        bad(filled.viewer.post(f"{D}/export", json={"order_by": "created_at", "continuation": wrong}), 400)
    assert "limit" in bad(filled.viewer.post(f"{D}/export", json={"limit": 257}), 422)


def test_sources_over_one_bucket_show_its_comments_each(filled: Api) -> None:
    bucket = good(filled.op.get("/api/_private/buckets/acme%2Fmail"))["bucket"]["id"]
    second = good(filled.op.put(f"{S}/acme%2Fsecond", json={"source": {"bucket_id": bucket}}))["source"]["id"]
    first = good(filled.op.get(f"{S}/acme%2Fmail"))["source"]["id"]
    good(filled.op.post(D, json={"dataset": {"source_ids": [first, second]}}))

    found = pages(filled, f"{D}/export", "comments", {"limit": 3})

    assert len({one["comment"]["uid"] for one in found}) == len(found) == 14


def test_queries_that_need_no_model_are_answered(filled: Api) -> None:
    def query(limit: int = 4, **body: Any) -> list[str]:
        found = pages(filled, f"{P}/query", "results", {"limit": limit, **body})
        assert all(one["labelling"] == [{"group": "default", "assigned": [], "dismissed": []}] for one in found)
        return [one["comment"]["id"] for one in found]

    recent = query(order={"kind": "recent"})
    assert len(recent) == 10
    assert [one for one in recent if not one.startswith("own")] == [identifier(n) for n in (7, 6, 5, 4, 3, 2, 1)]
    sample, other = query(order={"kind": "sample", "seed": 1}), query(order={"kind": "sample", "seed": 2})
    assert query(3, order={"kind": "sample", "seed": 1}) == sample
    assert sorted(sample) == sorted(other) == sorted(recent)
    assert sample != other
    assert sorted(query(1, order={"kind": "text_search", "query": "Pears"})) == ["own-0", "own-1", "own-2"]
    assert query(order={"kind": "text_search", "query": "question number 2"}) == [identifier(2)]
    bobs = {"messages": {"from": {"one_of": ["bob@other.example"]}}}
    assert query(order={"kind": "recent"}, filter=bobs) == [identifier(n) for n in (7, 6, 5)]
    limited = good(filled.viewer.post(f"{P}/query?limit=2", json={"order": {"kind": "recent"}}))
    assert (len(limited["results"]), limited["entity_defs"]) == (2, [])
    more = filled.viewer.post(
        f"{P}/query?limit=2&continuation={limited['continuation']}", json={"order": {"kind": "recent"}}
    )
    assert len(good(more)["results"]) == 2


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"kind": "by_label"}, "by_label needs a model"), ({"kind": "learning"}, "learning needs a model"),
        ({"kind": "sample"}, "seed"), ({"kind": "text_search"}, "query"), ({"kind": "nothing"}, "kind"),
        ({"kind": "text_search", "query": "!!"}, "neither letters nor digits"),
    ],
    ids=str,
)  # fmt: skip
def test_queries_that_cannot_be_answered_say_why(filled: Api, order: dict[str, Any], told: str) -> None:
    assert told in bad(filled.viewer.post(f"{P}/query", json={"order": order}), 422)


def test_statistics_of_a_dataset(filled: Api) -> None:
    asked = {
        "comment_filter": {}, "label_timeseries": False, "label_property_timeseries": False,
        "string_user_property_counts": [{"group_by": "string:Sender"}, {"group_by": "string:Folder", "limit": 1}],
        "email_property_counts": {"sender": {}, "recipient": {}, "sender_domain": {"settings": {"limit": 1}}},
        "source_counts": {},
    }  # fmt: skip
    found = good(filled.viewer.post(f"{P}/statistics", json=asked))["statistics"]

    assert set(found) == STATISTICS | {"source_counts"}
    assert (found["num_comments"], found["min_timestamp"][:16]) == (10, "2026-03-02T12:00")
    senders, folders = found["string_user_property_counts"]
    assert dict(zip(senders["values"], senders["num_comments"], strict=True)) == {
        "ann@client.example": 4, "bob@other.example": 3,
    }  # fmt: skip
    assert (folders["settings"], folders["values"]) == ({"group_by": "string:Folder", "limit": 1}, ["Inbox"])
    people = found["email_property_counts"]
    assert people["sender"]["values"] == ["ann@client.example", "bob@other.example"]
    assert (people["sender_domain"]["values"], people["sender_domain"]["num_comments"]) == (["client.example"], [4])
    assert people["recipient"]["num_comments"] == [7]
    assert sorted(found["source_counts"]["num_comments"]) == [3, 7]
    assert set(good(filled.viewer.post(f"{P}/statistics", json={}))["statistics"]) == STATISTICS
    bob = {"comment_filter": {"messages": {"from": {"one_of": ["bob@other.example"]}}}}
    assert good(filled.viewer.post(f"{P}/statistics", json=bob))["statistics"]["num_comments"] == 3
    nobody = {"comment_filter": {"sources": ["0" * 16]}}
    none = good(filled.viewer.post(f"{P}/statistics", json=nobody))["statistics"]
    assert (none["num_comments"], none["min_timestamp"]) == (0, None)


def test_a_summary_tells_by_what_to_filter(filled: Api) -> None:
    file = {"name": "a.PDF", "size": 1, "content_type": "application/pdf"}
    good(filled.op.post(f"{S}/acme%2Fown/sync", json={"comments": [comment("own-9", attachments=[file])]}))

    found = good(filled.viewer.post(f"{P}/summary", json={}))["summary"]

    assert set(found) == SUMMARY
    texts = {one["full_name"]: one for one in found["user_properties"]["string"]}
    assert texts["string:Folder"] == {
        "full_name": "string:Folder", "too_many_values": False, "values": [{"value": "Inbox"}],
    }  # fmt: skip
    assert {"full_name": "number:Stars"} in found["user_properties"]["number"]
    assert sorted(found["source_names"]) == ["acme/mail", "acme/own"]
    assert found["attachments_common_types_extensions"] == {"application/pdf": ["pdf"]}
    only = {"filter": {"user_properties": {"number:Stars": {"minimum": 1}}}}
    fewer = good(filled.viewer.post(f"{P}/summary", json=only))["summary"]["user_properties"]
    assert (fewer["string"], fewer["number"]) == ([], [{"full_name": "number:Stars"}])


def test_who_may_not_view_a_source_reads_it_by_no_dataset(filled: Api) -> None:
    ids = good(filled.op.get(D))["dataset"]["source_ids"]
    good(filled.op.put("/api/v1/datasets/other%2Fmix", json={"dataset": {"source_ids": ids}}))
    filled.world.rows("UPDATE integrations SET viewers = '{Acme}' RETURNING 1")
    outsider = filled.client(filled.token("outsider", ["Op"]))
    for path, body in (
        ("/api/v1/datasets/other%2Fmix/export", {}),
        ("/api/_private/datasets/other%2Fmix/query", {"order": {"kind": "recent"}}),
        ("/api/_private/datasets/other%2Fmix/statistics", {}),
        ("/api/_private/datasets/other%2Fmix/summary", {}),
    ):
        bad(outsider.post(path, json=body), 403)


def test_a_dataset_and_a_source_have_the_fields_that_the_contract_requires(filled: Api) -> None:
    dataset = good(filled.viewer.get(D))["dataset"]
    assert set(dataset) == {
        "id", "owner", "name", "title", "description", "created", "last_modified", "model_family", "source_ids",
        "has_sentiment", "entity_defs", "general_fields", "label_defs", "label_groups", "_dataset_flags",
        "limited_access", "_label_properties", "_timezone", "_preferred_locales", "_model_config",
    }  # fmt: skip
    source = good(filled.viewer.get(f"{S}/acme%2Fmail"))["source"]
    assert set(source) == {
        "id", "_kind", "owner", "name", "language", "title", "description", "should_translate",
        "sensitive_properties", "created_at", "updated_at", "last_modified", "bucket_id",
    }  # fmt: skip


def test_an_email_has_the_fields_that_the_contract_requires(filled: Api) -> None:
    found = good(filled.viewer.post("/api/_private/buckets/acme%2Fmail/emails", json={"limit": 1}))["emails"][0]
    assert set(found) == {
        "id", "mailbox", "timestamp", "mime_content", "metadata", "attachments", "created_at", "updated_at",
    }  # fmt: skip
    assert set(found["metadata"]) == {
        "sensitivity", "importance", "conversation_id", "conversation_topic", "size", "has_attachments", "is_read",
        "folder", "categories", "received_at",
    }  # fmt: skip
    again = {**found, "metadata": {name: value for name, value in found["metadata"].items() if value is not None}}
    del again["created_at"], again["updated_at"]
    good(filled.op.put("/api/_private/buckets/acme%2Fmail/emails", json={"emails": [again]}))
    assert mail(1).decode() == found["mime_content"]
    assert email(1)["id"] == found["id"]
