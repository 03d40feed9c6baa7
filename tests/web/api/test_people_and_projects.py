"""Projects, users, quotas, the state of a whole bucket, and streams under their former name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.store import subscribers

from tests.integration.pipeline.conftest import BOTH, BucketConfig
from tests.web.api.conftest import Api, bad, good, identifier

PROJECTS = "/api/_private/projects"
NEW = f"{PROJECTS}/new"
USER = {
    "id", "created", "username", "email", "verified", "organisation_permissions",
    "derived_organisation_permissions", "global_permissions", "sso_global_permissions",
    "derived_user_global_permissions", "derived_global_permissions", "last_login_at", "is_support_user",
}  # fmt: skip
STATE = "/api/_private/bucket-sync-state/acme/mail"
TRIGGERS = "/api/v1/datasets/acme%2Fmail/triggers"


def test_a_project_is_made_changed_and_deleted(api: Api) -> None:
    body = {"project": {"title": "New ones", "description": "Of today"}, "user_ids": []}
    made = good(api.op.put(NEW, json=body))["project"]

    assert set(made) == {"id", "name", "title", "description", "created_at", "updated_at", "user_auto_join"}
    assert (made["name"], made["title"], made["description"]) == ("new", "New ones", "Of today")
    assert made == good(api.viewer.get(NEW))["project"]
    assert {"name": "new", "title": "New ones", "description": "Of today"} in good(api.viewer.get("/api/v1/projects"))[
        "projects"
    ]
    assert [one["name"] for one in good(api.viewer.get(f"{PROJECTS}?cm_only=true"))["projects"]] == ["acme", "new"]
    changed = good(api.op.post(NEW, json={"project": {"title": "Newer"}}))["project"]
    assert (changed["title"], changed["description"]) == ("Newer", "Of today")
    assert "exists" in bad(api.op.put(NEW, json={"project": {}}), 409)
    assert "exists" in bad(api.op.put(f"{PROJECTS}/acme", json={"project": {}}), 409)
    good(api.op.put("/api/v1/sources/new%2Fone", json={"source": {}}))
    for query in ("", "?force=true"):
        assert "1 sources" in bad(api.op.delete(f"{NEW}{query}"), 409)
    good(api.op.delete("/api/v1/sources/new%2Fone"))
    good(api.op.delete(NEW))
    bad(api.op.delete(NEW), 404)
    assert [one["name"] for one in good(api.viewer.get(PROJECTS))["projects"]] == ["acme"]


def test_a_project_that_is_there_by_what_it_owns_can_be_given_a_title(api: Api) -> None:
    assert (
        good(api.op.post(f"{PROJECTS}/acme", json={"project": {"title": "Acme Ltd"}}))["project"]["title"] == "Acme Ltd"
    )
    assert good(api.viewer.get(f"{PROJECTS}/acme"))["project"]["title"] == "Acme Ltd"
    counts = good(api.viewer.get(f"{PROJECTS}/acme/resource_counts"))
    assert {name: counts[name] for name in ("buckets", "dashboards", "datasets", "integrations", "sources")} == {
        "buckets": 1, "dashboards": 0, "datasets": 1, "integrations": 1, "sources": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Upper", "a b", "a.b", "x" * 101])
def test_a_project_is_called_as_owners_are(api: Api, name: str) -> None:
    assert "not a name" in bad(api.op.put(f"{PROJECTS}/{name}", json={"project": {}}), 422)


def test_a_title_that_could_not_be_shown_is_refused(api: Api) -> None:
    assert "title" in bad(api.op.put(NEW, json={"project": {"title": "x" * 129}}), 422)


def test_an_admin_sees_everybody_and_others_see_themselves(api: Api) -> None:
    person = subscribers.Person("ann", "ann@acme.example", ("Viewer",), may_view=True)
    subscribers.seen(api.world.db, person, datetime.now(UTC))
    both = [api.admin, api.viewer]

    everybody = good(both[0].get("/api/_private/users"))["users"]

    assert [one["username"] for one in everybody] == ["admin", "ann", "viewer"]
    assert all(set(one) == USER for one in everybody)
    ann = everybody[1]
    assert ann["organisation_permissions"]["acme"] == [
        "buckets-items-read", "buckets-read", "integrations-read", "sources-read", "triggers-read", "voc-readonly",
    ]  # fmt: skip
    assert good(api.admin.get(f"/api/_private/users/{ann['id']}"))["user"] == ann
    assert {"email": "ann@acme.example", "username": "ann", "last_login_at": None} in good(
        api.admin.get("/api/v1/users")
    )["users"]
    [own] = good(api.viewer.get("/api/_private/users"))["users"]
    assert own["username"] == "viewer"
    assert {**own, "last_login_at": None} == good(api.viewer.get("/auth/user"))["user"]
    bad(api.viewer.get(f"/api/_private/users/{ann['id']}"), 404)
    assert [one["username"] for one in good(api.viewer.get("/api/v1/users"))["users"]] == ["viewer"]


def test_quotas_tell_the_bounds_that_there_are(api: Api) -> None:
    api.world.configure(BOTH, bucket=BucketConfig("acme", "mail", quota_emails=9))
    api.deliver(1, 2)

    found = {one.pop("quota_kind"): one for one in good(api.viewer.get("/api/_private/quotas"))["quotas"]}

    assert found["comments_per_source"] == {"hard_limit": 9, "current_max_usage": 2}
    assert found["mailboxes_per_integration"] == {"hard_limit": 10_000, "current_max_usage": 2}
    assert found["sources_per_dataset"] == {"hard_limit": 1_024, "current_max_usage": 1}
    assert found["triggers_per_dataset"] == {"hard_limit": 1_024, "current_max_usage": 0}


def test_the_state_of_a_whole_bucket_is_kept_as_it_was_put(api: Api) -> None:
    bad(api.viewer.get(STATE), 404)
    state: dict[str, Any] = {
        "sync_state": "opaque ✓",
        "progress_timestamp": "2026-01-01T00:00:00Z",
        "last_synced_at": None,
    }

    assert good(api.op.put(STATE, json={"bucket_sync_state": state})) == {"status": "ok"}
    assert good(api.viewer.get(STATE))["bucket_sync_state"] == state
    good(api.op.put(STATE, json={"bucket_sync_state": {"sync_state": ""}}))
    assert good(api.viewer.get(STATE.replace("acme/mail", "acme%2Fmail")))["bucket_sync_state"] == {"sync_state": ""}
    bad(api.viewer.put(STATE, json={"bucket_sync_state": state}), 403)


def test_a_pushed_state_answers_as_the_contract_has_it(api: Api) -> None:
    path = "/api/_private/buckets/acme%2Fmail/keyed-sync-state/abc"
    state = {
        "mailbox_name": "m", "folder_id": "f", "folder_path": ["Inbox"], "status": "IN_PROGRESS",
        "last_synced_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert good(api.op.put(path, json={"keyed_sync_state": state})) == {"status": "ok"}
    assert good(api.viewer.get(path))["keyed_sync_state"] == state


def test_streams_answer_to_their_former_name(api: Api) -> None:
    made = good(api.op.put(TRIGGERS, json={"trigger": {"name": "bot", "start": "beginning"}}))["trigger"]
    api.deliver(1)
    one = f"{TRIGGERS}/bot"

    assert made == good(api.viewer.get(one))["trigger"]
    assert [made] == good(api.viewer.get(TRIGGERS))["triggers"]
    assert made == good(api.viewer.get(one.replace("triggers", "streams")))["stream"]
    assert good(api.op.post(one, json={"trigger": {"title": "Bot"}}))["trigger"]["title"] == "Bot"
    batch = good(api.user.post(f"{one}/fetch", json={"size": 4}))
    assert [found["comment"]["id"] for found in batch["results"]] == [identifier(1)]
    good(api.user.post(f"{one}/advance", json={"sequence_id": batch["sequence_id"]}))
    assert good(api.user.post(f"{one}/fetch", json={"size": 4}))["results"] == []
    reset = good(api.user.post(f"{one}/reset", json={"to_comment_created_at": "2026-01-01T00:00:00"}))
    assert set(reset) == {"status", "sequence_id", "trigger"}
    uid = batch["results"][0]["comment"]["uid"]
    good(api.user.put(f"{one}/exceptions", json={"exceptions": [{"uid": uid, "metadata": {"type": "x"}}]}))
    assert len(api.world.rows("SELECT 1 FROM stream_exceptions")) == 1
    good(api.user.delete(f"{one}/exceptions"))
    assert api.world.rows("SELECT 1 FROM stream_exceptions") == []
    bad(api.user.get(f"{one}/results"), 404)
    good(api.op.delete(one))
    bad(api.viewer.get(one), 404)
    assert "trigger" in bad(api.op.put(TRIGGERS, json={"stream": {"name": "bot"}}), 422)


def test_what_is_open_of_an_integrations_errors_can_be_asked_for(api: Api) -> None:
    path = "/api/_private/integrations/acme%2Fexchange/errors"
    for query in ("", "?open=true", "?open=false"):
        assert good(api.viewer.get(f"{path}{query}"))["errors"] == []
