"""What programs add: raw emails by the pipeline, comments by ids of their own (reference 2.3, 2.5, 3, 4)."""

from __future__ import annotations

from typing import Any

from exchange_sync.model.identity import comment_id

from tests.integration.pipeline.conftest import BOTH, SUPPORT, BucketConfig
from tests.support.mail import mail
from tests.web.api.conftest import Api, bad, good, identifier
from tests.web.api.test_streams import BOT, drain, make

EMAILS = "/api/_private/buckets/acme%2Fmail/emails"
PAGE = "/api/_private/sources/acme%2Fmail/comments"
SYNC = "/api/v1/sources/acme%2Fown/sync"
OWN = "/api/_private/sources/acme%2Fown/comments"


def email(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"<mail-{number}@client.example>", "mailbox": "upload.eml", "timestamp": "2026-03-02T12:00:00Z",
        "mime_content": mail(number).decode(), **more,
    }  # fmt: skip


def comment(name: str, text: str = "Good morning", **more: Any) -> dict[str, Any]:
    return {"id": name, "timestamp": "2026-03-02T12:00:00Z", "messages": [{"body": {"text": text}}], **more}


def own_source(api: Api) -> None:
    good(api.op.put("/api/v1/sources/acme%2Fown", json={"source": {"title": "Our own"}}))


def test_an_uploaded_email_is_the_comment_that_a_sync_would_have_made(api: Api) -> None:
    metadata = {"folder": ["Inbox"], "importance": "Normal", "size": 400}
    assert good(api.op.put(f"{EMAILS}?no_charge=false", json={"emails": [email(1, metadata=metadata)]})) == {
        "status": "ok"
    }
    [uploaded] = good(api.viewer.get(PAGE))["comments"]
    other = "/api/_private/buckets/acme%2Fother"
    good(api.op.put(other, json={"bucket": {"bucket_type": "emails"}}))
    api.deliver(2)
    synced = good(api.viewer.get(f"/api/v1/sources/acme/mail/comments/{identifier(2)}"))["comment"]

    same = ("string:Sender", "string:Sender Domain", "number:Recipient Count", "string:Has Signature", "string:Folder")
    assert uploaded["id"] == identifier(1)
    for name in same:
        assert uploaded["user_properties"].get(name) == synced["user_properties"].get(name), name
    assert uploaded["user_properties"]["string:Mailbox"] == "upload.eml"
    assert set(uploaded["messages"][0]) == set(synced["messages"][0])
    assert uploaded["messages"][0]["body"]["text"] == synced["messages"][0]["body"]["text"].replace("2", "1")


def test_an_uploaded_email_that_is_there_already_changes_nothing(api: Api) -> None:
    api.deliver(1)
    before = api.world.fingerprint()

    good(api.op.put(EMAILS, json={"emails": [email(1), email(1)]}))

    assert api.world.fingerprint() == before


def test_a_synced_copy_of_an_uploaded_email_shows_its_mailbox(api: Api) -> None:
    good(api.op.put(EMAILS, json={"emails": [email(1)]}))

    api.deliver(1)

    [found] = good(api.viewer.get(PAGE))["comments"]
    assert found["user_properties"]["string:Mailbox"] == SUPPORT
    assert found["user_properties"]["string:Folder"] == "Inbox"


def test_uploaded_emails_come_out_as_they_went_in_whatever_their_bytes(api: Api) -> None:
    plain = email(1)
    bytes_ = email(
        2, mime_content="Message-ID: <mail-2@client.example>\r\n\r\nGr\xfc\xdfe \x00", mime_encoding="latin-1"
    )

    good(api.op.put(EMAILS, json={"emails": [plain, bytes_]}))

    first, second = good(api.viewer.post(EMAILS, json={}))["emails"]
    assert first["mime_content"] == plain["mime_content"]
    assert "mime_encoding" not in first
    assert (second["mime_content"], second["mime_encoding"]) == (bytes_["mime_content"], "latin-1")


def test_an_upload_beyond_the_quota_is_refused_whole(api: Api) -> None:
    api.world.configure(BOTH, bucket=BucketConfig("acme", "mail", quota_emails=1))

    message = bad(api.op.put(EMAILS, json={"emails": [email(1), email(2)]}), 422)

    assert "quota" in message
    assert good(api.viewer.get(PAGE))["comments"] == []


def test_a_source_without_a_bucket_holds_comments_of_its_own(api: Api) -> None:
    own_source(api)
    source = good(api.viewer.get("/api/v1/sources/acme%2Fown"))["source"]
    assert "bucket_id" not in source

    counts = good(api.op.post(SYNC, json={"comments": [comment("one", user_properties={"number:Stars": 5})]}))

    assert counts["new"] == 1
    [found] = good(api.viewer.get(OWN))["comments"]
    assert (found["id"], found["uid"]) == ("one", f"{source['id']}.one")
    assert found["user_properties"] == {"number:Stars": 5}
    assert [bucket["name"] for bucket in good(api.viewer.get("/api/_private/buckets"))["buckets"]] == ["mail"]


def test_a_sync_tells_the_four_kinds_apart(api: Api) -> None:
    own_source(api)
    start = [comment("same"), comment("props", user_properties={"string:A": "1"}), comment("text")]
    good(api.op.post(SYNC, json={"comments": start}))

    counts = good(
        api.op.post(
            SYNC,
            json={
                "comments": [
                    comment("same"),
                    comment("props", user_properties={"string:A": "2"}),
                    comment("text", "Good evening"),
                    comment("new"),
                ]
            },
        )
    )

    del counts["status"]
    assert counts == {
        "new": 1, "updated": 2, "updated_properties_only": 1, "updated_text_changed": 1, "unchanged": 1,
    }  # fmt: skip


def test_a_changed_text_is_delivered_again_and_a_changed_property_is_not(api: Api) -> None:
    make(api, start="beginning")
    sync = "/api/v1/sources/acme%2Fmail/sync"
    good(api.op.post(sync, json={"comments": [comment("a"), comment("b")]}))
    assert drain(api) == ["a", "b"]

    good(api.op.post(sync, json={"comments": [comment("a", user_properties={"string:A": "1"}), comment("b", "Bye")]}))

    assert drain(api) == ["b"]
    assert good(api.user.post(f"{BOT}/fetch", json={"size": 1}))["results"] == []


def test_an_email_keeps_what_it_was_loaded_with_when_properties_are_added(api: Api) -> None:
    api.deliver(1)
    found = good(api.viewer.get(PAGE))["comments"][0]
    fields = {name: found[name] for name in ("id", "timestamp", "messages")}

    counts = good(
        api.op.post(
            "/api/v1/sources/acme/mail/sync", json={"comments": [{**fields, "user_properties": {"string:Team": "A"}}]}
        )
    )

    assert (counts["updated_properties_only"], counts["unchanged"]) == (1, 0)
    after = good(api.viewer.get(PAGE))["comments"][0]
    assert after["user_properties"] == {**found["user_properties"], "string:Team": "A"}


def test_putting_comments_answers_exactly_ok_and_overwrites_only_the_latest(api: Api) -> None:
    own_source(api)
    assert good(api.op.put(OWN, json={"comments": [comment("one")]})) == {"status": "ok"}
    seen = good(api.viewer.get("/api/v1/sources/acme%2Fown/comments/one"))["comment"]["context"]

    assert "context" in bad(api.op.put(OWN, json={"comments": [comment("one", "Changed"), comment("two")]}), 409)
    assert len(good(api.viewer.get(OWN))["comments"]) == 1
    good(api.op.put(OWN, json={"comments": [comment("one", "Changed", context=seen)]}))
    bad(api.op.put(OWN, json={"comments": [comment("one", "Again", context=seen)]}), 409)

    [found] = good(api.viewer.get(OWN))["comments"]
    assert found["messages"][0]["body"]["text"] == "Changed"


def test_raw_emails_become_comments_of_a_source(api: Api) -> None:
    own_source(api)
    path = "/api/v1/sources/acme%2Fown/sync-raw-emails"
    document = {
        "raw_email": {
            "headers": {"raw": "From: Ann <ann@client.example>\r\nTo: b@acme.example\nSubject: Caf\u00e9\n bar\n"
                        "Message-ID: <raw@x>\nContent-Type: text/plain; charset=x"},
            "body": {"html": "<p>Hello</p><p>Thanks,<br>Ann</p>"},
        },
        "user_properties": {"string:Team": "A"},
    }  # fmt: skip
    parsed = {
        "raw_email": {"headers": {"parsed": {"From": "c@x.example", "Subject": "Two"}}, "body": {"plain": "Hi"}},
        "comment_id": "mine",
    }

    first = good(api.op.post(path, json={"documents": [document, parsed], "include_comments": True}))
    second = good(api.op.post(path, json={"documents": [document, parsed]}))

    assert (first["new"], second["unchanged"], second["updated"]) == (2, 2, 0)
    one, two = first["comments"]
    assert one["id"] == comment_id("<raw@x>")
    assert one["messages"][0]["subject"] == {"text": "Caf\u00e9 bar"}
    assert one["messages"][0]["body"]["text"].startswith("Hello")
    assert one["user_properties"]["string:Team"] == "A"
    assert (two["id"], two["messages"][0]["from"]) == ("mine", "c@x.example")


def test_erased_comments_are_not_brought_back_by_a_sync(api: Api) -> None:
    api.deliver(1, 2, 3)

    good(api.op.delete(PAGE.replace("_private", "v1"), params={"id": [identifier(1), "unknown"]}))
    good(api.op.delete(PAGE.replace("_private", "v1"), params={"ids": f"{identifier(2)},{identifier(1)}"}))
    api.world.rows("DELETE FROM sync_states RETURNING 1")
    api.world.sync()

    assert [one["id"] for one in good(api.viewer.get(PAGE))["comments"]] == [identifier(3)]
    statistics = good(api.viewer.get("/api/_private/buckets/acme%2Fmail/statistics"))["statistics"]
    assert statistics == {"count": {"kind": "exact", "value": 1}}


def test_at_most_128_comments_are_erased_at_once(api: Api) -> None:
    path = "/api/v1/sources/acme%2Fmail/comments"

    bad(api.op.delete(path, params={"ids": ",".join(f"a{n}" for n in range(129))}), 422)
    bad(api.op.delete(path), 422)
    good(api.op.delete(path, params={"ids": ",".join(f"a{n}" for n in range(128))}))


def test_a_bucket_that_a_mailbox_fills_is_not_deleted(api: Api) -> None:
    assert "acme/exchange" in bad(api.op.delete("/api/_private/buckets/acme%2Fmail"), 409)


def test_deleting_a_bucket_takes_its_comments_and_sources_along(api: Api) -> None:
    bucket = good(api.op.put("/api/_private/buckets/acme%2Fgone", json={"bucket": {}}))["bucket"]
    good(api.op.put("/api/_private/buckets/acme%2Fgone/emails", json={"emails": [email(1)]}))

    assert good(api.op.delete(f"/api/_private/buckets/id:{bucket['id']}")) == {"status": "ok"}

    bad(api.viewer.get("/api/_private/buckets/acme%2Fgone"), 404)
    bad(api.viewer.get("/api/v1/sources/acme%2Fgone"), 404)
    assert api.world.fingerprint() == []


def test_deleting_a_source_of_its_own_takes_its_comments_along(api: Api) -> None:
    own_source(api)
    good(api.op.post(SYNC, json={"comments": [comment("one")]}))
    source = good(api.viewer.get("/api/v1/sources/acme%2Fown"))["source"]

    good(api.op.delete(f"/api/v1/sources/id:{source['id']}"))

    assert api.world.fingerprint() == []
    assert len(api.world.rows("SELECT 1 FROM buckets")) == 1


def test_two_sources_may_share_a_bucket(api: Api) -> None:
    api.deliver(1)
    bucket = good(api.viewer.get("/api/_private/buckets/acme%2Fmail"))["bucket"]

    good(api.op.put("/api/v1/sources/acme%2Fsecond", json={"source": {"bucket_id": bucket["id"]}}))

    [found] = good(api.viewer.get("/api/_private/sources/acme%2Fsecond/comments"))["comments"]
    assert found["id"] == identifier(1)
    assert found["uid"] != good(api.viewer.get(PAGE))["comments"][0]["uid"]


def test_an_uploaded_email_that_is_sent_again_from_another_folder_has_moved(api: Api) -> None:
    make(api, start="beginning")
    stream = {"stream": {"name": "moves", "start": "beginning", "redeliver": "properties"}}
    good(api.op.put(BOT.removesuffix("/bot"), json=stream))
    good(api.op.put(EMAILS, json={"emails": [email(1, metadata={"folder": ["Inbox"]})]}))
    [before] = good(api.viewer.get(PAGE))["comments"]
    assert drain(api) == [identifier(1)]

    good(api.op.put(EMAILS, json={"emails": [email(1, metadata={"folder": ["Inbox", "Done"]})]}))

    [after] = good(api.viewer.get(PAGE))["comments"]
    assert after["user_properties"] == {**before["user_properties"], "string:Folder": "Inbox/Done"}
    assert after["messages"] == before["messages"]
    assert after["last_modified"] > before["last_modified"]
    assert good(api.viewer.post(EMAILS, json={}))["emails"][0]["metadata"]["folder"] == ["Inbox", "Done"]
    assert drain(api) == []
    [moved] = good(api.user.post(BOT.replace("/bot", "/moves") + "/fetch", json={"size": 9}))["results"]
    assert moved["comment"]["user_properties"]["string:Folder"] == "Inbox/Done"
    good(api.op.put(EMAILS, json={"emails": [email(1, metadata={"folder": ["Inbox", "Done"]})]}))
    assert good(api.viewer.get(PAGE))["comments"] == [after]


def test_of_an_email_that_is_sent_twice_in_one_request_the_last_says_where_it_lies(api: Api) -> None:
    places = [["Inbox"], ["Inbox", "Later"], ["Done"]]
    good(api.op.put(EMAILS, json={"emails": [email(1, metadata={"folder": place}) for place in places]}))

    [found] = good(api.viewer.get(PAGE))["comments"]
    assert found["user_properties"]["string:Folder"] == "Done"


def test_an_upload_moves_nothing_that_a_mailbox_holds(api: Api) -> None:
    api.deliver(1)
    good(api.op.put(EMAILS, json={"emails": [email(1, metadata={"folder": ["Elsewhere"]})]}))
    [found] = good(api.viewer.get(PAGE))["comments"]
    assert found["user_properties"]["string:Folder"] == "Inbox"


def test_statistics_of_a_bucket_count_what_came_as_emails(api: Api) -> None:
    api.deliver(1)
    good(api.op.put(EMAILS, json={"emails": [email(2), email(3)]}))
    good(api.op.post("/api/v1/sources/acme%2Fmail/sync", json={"comments": [comment("a"), comment("b")]}))
    good(api.op.delete(f"/api/v1/sources/acme%2Fmail/comments?id={identifier(3)}&id=a"))

    counted = good(api.viewer.get("/api/_private/buckets/acme%2Fmail/statistics"))["statistics"]["count"]

    assert counted == {"kind": "exact", "value": 2}
    assert good(api.viewer.post("/api/v1/sources/acme%2Fmail/statistics", json={}))["statistics"]["num_comments"] == 3


def test_a_comment_needs_its_id_alone_and_what_is_left_out_stays(api: Api) -> None:
    own_source(api)
    good(api.op.post(SYNC, json={"comments": [{"id": "bare"}, comment("whole", user_properties={"string:A": "1"})]}))
    bare, whole = sorted(good(api.viewer.get(OWN))["comments"], key=lambda one: str(one["id"]))
    assert [message["body"]["text"] for message in bare["messages"]] == [""]
    assert bare["timestamp"] == bare["created_at"]

    for sent in ({"id": "whole"}, {"id": "whole", "messages": []}, {"id": "bare", "messages": None}):
        assert good(api.op.post(SYNC, json={"comments": [sent]}))["unchanged"] == 1
    given = {"id": "whole", "user_properties": {"string:A": "2"}}
    assert good(api.op.post(SYNC, json={"comments": [given]}))["updated_properties_only"] == 1

    after = good(api.viewer.get("/api/v1/sources/acme%2Fown/comments/whole"))["comment"]
    assert (after["messages"], after["timestamp"]) == (whole["messages"], whole["timestamp"])
    assert after["user_properties"] == {"string:A": "2"}
