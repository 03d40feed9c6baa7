"""The API's routes, each with what it takes and a call that it answers; and what everybody is told by each kind.

The walk of every route as everybody goes by these tables (test_walk.py).
"""

from __future__ import annotations

from tests.web.api.conftest import identifier

VIEW, CONSUME, CHANGE = "view", "consume", "change"
KEY = "0000000000000001"
COMMENT = {"id": "a", "timestamp": "2026-01-01T00:00:00Z", "messages": [{"body": {"text": "x"}}]}
MIME = "Message-ID: <w@x>\n\nx"
EMAIL = {"id": "<w@x>", "mailbox": "m", "timestamp": "2026-01-01T00:00:00Z", "mime_content": MIME}
DOCUMENT = {"raw_email": {"headers": {"raw": "Message-ID: <r@x>"}, "body": {"plain": "x"}}}
STATE = {"mailbox_name": "m", "status": "UP_TO_DATE", "last_synced_at": "2026-01-01T00:00:00Z"}
FILE = {"file": b"x"}
EXCEPTIONS = {"exceptions": [{"uid": "s.c", "metadata": {"type": "x"}}]}
CONNECTION = {
    "application": {"kind": "basic"},
    "access": {"kind": "user_access", "username": "a@b.c", "password": "p"},
    "microsoft_api": {"kind": "ews"},
    "ews_endpoint": "https://x.example/EWS/Exchange.asmx",
}
B, S, D, N = "/api/_private/buckets", "/api/v1/sources", "/api/v1/datasets", "/api/_private/integrations"
P, F = "/api/_private/sources", "/api/_private/datasets"

# route → what it takes, a path of acme's that it answers, and a body. "ask" needs a token alone.
ROUTES: dict[tuple[str, str], tuple[str, str, object]] = {
    ("GET", "/auth/user"): ("ask", "/auth/user", None),
    ("POST", "/auth/refresh-user-permissions"): ("ask", "/auth/refresh-user-permissions", {}),
    ("GET", "/api/_private/projects"): ("list", "/api/_private/projects", None),
    ("GET", "/api/_private/projects/{project}"): (VIEW, "/api/_private/projects/acme", None),
    ("GET", "/api/v1/projects"): ("list", "/api/v1/projects", None),
    ("GET", "/api/_private/projects/{project}/resource_counts"): (
        VIEW, "/api/_private/projects/acme/resource_counts", None,
    ),
    ("PUT", "/api/_private/projects/{project}"): ("again", "/api/_private/projects/acme", {"project": {}}),
    ("POST", "/api/_private/projects/{project}"): (CHANGE, "/api/_private/projects/acme", {"project": {"title": "x"}}),
    ("DELETE", "/api/_private/projects/{project}"): ("remove", "/api/_private/projects/acme", None),
    ("GET", "/api/v1/users"): ("ask", "/api/v1/users", None),
    ("GET", "/api/_private/users"): ("ask", "/api/_private/users", None),
    ("GET", "/api/_private/users/{user_id}"): ("missing", "/api/_private/users/0000000000000000", None),
    ("GET", "/api/_private/quotas"): ("ask", "/api/_private/quotas", None),
    ("GET", "/api/_private/bucket-sync-state/{ref}"): (VIEW, "/api/_private/bucket-sync-state/acme/mail", None),
    ("PUT", "/api/_private/bucket-sync-state/{ref}"): (
        CHANGE, "/api/_private/bucket-sync-state/acme/mail", {"bucket_sync_state": {"sync_state": "x"}},
    ),
    ("GET", N): ("list", N, None),
    ("GET", f"{N}/{{owner}}"): ("list", f"{N}/acme", None),
    ("GET", f"{N}/{{ref}}"): (VIEW, f"{N}/acme%2Fexchange", None),
    ("PUT", f"{N}/{{ref}}"): ("make", f"{N}/acme%2Fnew", {"integration": {}}),
    ("POST", f"{N}/{{ref}}"): (CHANGE, f"{N}/acme%2Fexchange", {"integration": {"title": "x"}}),
    ("DELETE", f"{N}/{{ref}}"): (CHANGE, f"{N}/acme%2Fexchange", None),
    ("GET", f"{N}/{{ref}}/errors"): (VIEW, f"{N}/acme%2Fexchange/errors", None),
    ("GET", B): ("list", B, None),
    ("GET", f"{B}/{{owner}}"): ("list", f"{B}/acme", None),
    ("GET", f"{B}/{{ref}}"): (VIEW, f"{B}/acme%2Fmail", None),
    ("PUT", f"{B}/{{ref}}"): ("make", f"{B}/acme%2Fnew", {"bucket": {}}),
    ("POST", f"{B}/{{ref}}"): (CHANGE, f"{B}/acme%2Fmail", {"bucket": {"title": "x"}}),
    ("DELETE", f"{B}/{{ref}}"): (CHANGE, f"{B}/acme%2Fspare", None),
    ("GET", f"{B}/{{ref}}/statistics"): (VIEW, f"{B}/acme%2Fmail/statistics", None),
    ("PUT", f"{B}/{{ref}}/emails"): (CHANGE, f"{B}/acme%2Fmail/emails", {"emails": [EMAIL]}),
    ("POST", f"{B}/{{ref}}/emails"): (VIEW, f"{B}/acme%2Fmail/emails", {}),
    ("GET", f"{B}/{{ref}}/emails"): (VIEW, f"{B}/acme%2Fmail/emails?id=x", None),
    ("GET", f"{B}/{{ref}}/keyed-sync-states"): (VIEW, f"{B}/acme%2Fmail/keyed-sync-states", None),
    ("POST", f"{B}/{{ref}}/keyed-sync-state-ids"): (
        VIEW, f"{B}/acme%2Fmail/keyed-sync-state-ids", {"mailbox_name": "support@acme.example"},
    ),
    ("PUT", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (
        CHANGE, f"{B}/acme%2Fmail/keyed-sync-state/abc", {"keyed_sync_state": STATE},
    ),
    ("GET", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (VIEW, f"{B}/acme%2Fmail/keyed-sync-state/{KEY}", None),
    ("DELETE", f"{B}/{{ref}}/keyed-sync-state/{{key}}"): (CHANGE, f"{B}/acme%2Fmail/keyed-sync-state/{KEY}", None),
    ("GET", S): ("list", S, None),
    ("GET", f"{S}/{{owner}}"): ("list", f"{S}/acme", None),
    ("GET", f"{S}/{{ref}}"): (VIEW, f"{S}/acme%2Fmail", None),
    ("PUT", f"{S}/{{ref}}"): ("make", f"{S}/acme%2Fnew-source", {"source": {}}),
    ("POST", f"{S}/{{ref}}"): (CHANGE, f"{S}/acme%2Fmail", {"source": {"title": "x"}}),
    ("DELETE", f"{S}/{{ref}}"): (CHANGE, f"{S}/acme%2Fspare", None),
    ("POST", f"{S}/{{ref}}/statistics"): (VIEW, f"{S}/acme%2Fmail/statistics", {}),
    ("GET", f"{P}/{{ref}}/comments"): (VIEW, f"{P}/acme%2Fmail/comments", None),
    ("PUT", f"{P}/{{ref}}/comments"): (CHANGE, f"{P}/acme%2Fmail/comments", {"comments": []}),
    ("GET", f"{S}/{{ref}}/comments/{{comment_id}}"): (VIEW, f"{S}/acme%2Fmail/comments/{identifier(1)}", None),
    ("DELETE", f"{S}/{{ref}}/comments"): (CHANGE, f"{S}/acme%2Fmail/comments?id=a", None),
    ("POST", f"{S}/{{ref}}/sync"): (CHANGE, f"{S}/acme%2Fmail/sync", {"comments": [COMMENT]}),
    ("POST", f"{S}/{{ref}}/sync-raw-emails"): (CHANGE, f"{S}/acme%2Fmail/sync-raw-emails", {"documents": [DOCUMENT]}),
    ("GET", f"{S}/{{ref}}/comments/{{comment_id}}/eml"): (VIEW, f"{S}/acme%2Fmail/comments/{identifier(1)}/eml", None),
    ("POST", f"{S}/{{ref}}/export"): (VIEW, f"{S}/acme%2Fmail/export", {}),
    ("GET", f"{S}/{{ref}}/threads"): (VIEW, f"{S}/acme%2Fmail/threads", None),
    ("PUT", f"{B}/{{ref}}/emails/{{email_id}}/attachments/{{index}}"): (
        "attach", f"{B}/acme%2Fmail/emails/%3Cmail-1%40client.example%3E/attachments/0", FILE,
    ),
    ("PUT", f"{P}/{{ref}}/comments/{{comment_id}}/attachments/{{index}}"): (
        "attach", f"{P}/acme%2Fmail/comments/{identifier(1)}/attachments/0", FILE,
    ),
    ("GET", "/api/v1/attachments/{reference}"): ("missing", "/api/v1/attachments/unknown", None),
    ("GET", D): ("list", D, None),
    ("GET", f"{D}/{{owner}}"): ("list", f"{D}/acme", None),
    ("GET", f"{D}/{{ref}}"): (VIEW, f"{D}/acme%2Fmail", None),
    ("PUT", f"{D}/{{ref}}"): ("make", f"{D}/acme%2Fnew-dataset", {"dataset": {}}),
    ("POST", f"{D}/{{ref}}"): (CHANGE, f"{D}/acme%2Fmail", {"dataset": {"title": "x"}}),
    ("DELETE", f"{D}/{{ref}}"): (CHANGE, f"{D}/acme%2Fspare", None),
    ("GET", f"{D}/{{ref}}/streams"): (VIEW, f"{D}/acme%2Fmail/streams", None),
    ("PUT", f"{D}/{{ref}}/streams"): (CHANGE, f"{D}/acme%2Fmail/streams", {"stream": {"name": "new"}}),
    ("GET", f"{D}/{{ref}}/streams/{{stream}}"): (VIEW, f"{D}/acme%2Fmail/streams/bot", None),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/streams/bot", {"stream": {}}),
    ("DELETE", f"{D}/{{ref}}/streams/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/streams/bot", None),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/fetch"): (CONSUME, f"{D}/acme%2Fmail/streams/bot/fetch", {"size": 1}),
    ("GET", f"{D}/{{ref}}/streams/{{stream}}/results"): (CONSUME, f"{D}/acme%2Fmail/streams/bot/results", None),
    ("GET", "/api/preview/datasets/{ref}/streams/{stream}/results"): (
        CONSUME, "/api/preview/datasets/acme%2Fmail/streams/bot/results", None,
    ),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/advance"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/advance", {"sequence_id": "*"},
    ),
    ("POST", f"{D}/{{ref}}/streams/{{stream}}/reset"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/reset", {"to_comment_created_at": "2026-01-01T00:00:00"},
    ),
    ("PUT", f"{D}/{{ref}}/streams/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/exceptions", EXCEPTIONS,
    ),
    ("DELETE", f"{D}/{{ref}}/streams/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/streams/bot/exceptions", {"exceptions": [{"uid": "s.c"}]},
    ),
    ("POST", f"{D}/{{ref}}/export"): (VIEW, f"{D}/acme%2Fmail/export", {}),
    ("POST", f"{F}/{{ref}}/query"): (VIEW, f"{F}/acme%2Fmail/query", {"order": {"kind": "recent"}}),
    ("POST", f"{F}/{{ref}}/statistics"): (VIEW, f"{F}/acme%2Fmail/statistics", {}),
    ("POST", f"{F}/{{ref}}/summary"): (VIEW, f"{F}/acme%2Fmail/summary", {}),
    ("GET", f"{D}/{{ref}}/triggers"): (VIEW, f"{D}/acme%2Fmail/triggers", None),
    ("PUT", f"{D}/{{ref}}/triggers"): (CHANGE, f"{D}/acme%2Fmail/triggers", {"trigger": {"name": "newer"}}),
    ("GET", f"{D}/{{ref}}/triggers/{{stream}}"): (VIEW, f"{D}/acme%2Fmail/triggers/bot", None),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/triggers/bot", {"trigger": {}}),
    ("DELETE", f"{D}/{{ref}}/triggers/{{stream}}"): (CHANGE, f"{D}/acme%2Fmail/triggers/other", None),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/fetch"): (CONSUME, f"{D}/acme%2Fmail/triggers/bot/fetch", {"size": 1}),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/advance"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/advance", {"sequence_id": "*"},
    ),
    ("POST", f"{D}/{{ref}}/triggers/{{stream}}/reset"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/reset", {"to_comment_created_at": "2026-01-01T00:00:00"},
    ),
    ("PUT", f"{D}/{{ref}}/triggers/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/exceptions", EXCEPTIONS,
    ),
    ("DELETE", f"{D}/{{ref}}/triggers/{{stream}}/exceptions"): (
        CONSUME, f"{D}/acme%2Fmail/triggers/bot/exceptions", {"exceptions": [{"uid": "s.c"}]},
    ),
    ("PUT", "/api/_private/validate-exchange-credentials"): (
        "try", "/api/_private/validate-exchange-credentials", {"connection": CONNECTION},
    ),
}  # fmt: skip
OPEN = {("GET", "/openapi.json")}

# "attach": the mail names no attachment, so that whoever may is told so. "remove": it is not empty, likewise.
# "again": it is there already.
NEEDS = ("ask", "list", VIEW, CONSUME, CHANGE, "make", "try", "missing", "attach", "remove", "again")
# who → of each need, the status that is right. "outsider" is an Op of another owner: acme belongs to others alone.
RIGHT: dict[str, dict[str, int]] = {
    "anonymous": dict.fromkeys(NEEDS, 401),
    "nobody": {
        "ask": 200,
        "list": 200,
        VIEW: 404,
        CONSUME: 404,
        CHANGE: 404,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 404,
        "remove": 404,
        "again": 403,
    },
    "viewer": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 403,
        CHANGE: 403,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 403,
        "remove": 403,
        "again": 403,
    },
    "user": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 403,
        "make": 403,
        "try": 403,
        "missing": 404,
        "attach": 403,
        "remove": 403,
        "again": 403,
    },
    "op": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 200,
        "make": 200,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 409,
        "again": 409,
    },
    "admin": {
        "ask": 200,
        "list": 200,
        VIEW: 200,
        CONSUME: 200,
        CHANGE: 200,
        "make": 200,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 409,
        "again": 409,
    },
    "outsider": {
        "ask": 200,
        "list": 200,
        VIEW: 404,
        CONSUME: 404,
        CHANGE: 404,
        "make": 403,
        "try": 200,
        "missing": 404,
        "attach": 404,
        "remove": 404,
        "again": 403,
    },
}
