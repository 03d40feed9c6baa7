"""What a page of comments is measured against: FastAPI and psycopg2, one statement, and nobody is asked who they are.

    python -m tests.support.bare_endpoint DATABASE_URL PORT

Rows are read as anybody would, their JSON parsed by the driver and dumped again; the bytes are those of the API.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg2
import psycopg2.extras
import uvicorn
from fastapi import FastAPI, Response

_PAGE = """SELECT c.id, c.sequence, c.timestamp, c.thread_id, c.user_properties, c.messages, c.attachments,
    c.created_at, c.updated_at, s.id AS source_id FROM comments c JOIN sources s ON s.bucket_id = c.bucket_id
WHERE s.owner = %s AND s.name = %s ORDER BY c.timestamp, c.id LIMIT %s"""


def make(url: str) -> FastAPI:
    """The application, with a connection for each of its threads."""
    app = FastAPI()
    mine = threading.local()

    def connection() -> Any:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg2.connect(url, options="-c timezone=UTC")
        return mine.connection

    @app.get("/page/{owner}/{name}")
    def page(owner: str, name: str, limit: int = 64) -> Response:
        with connection() as db, db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(_PAGE, (owner, name, limit + 1))
            rows = cursor.fetchall()
        fields: dict[str, Any] = {"status": "ok", "comments": [_comment(row) for row in rows[:limit]]}
        if len(rows) > limit:
            ended = ["comments", rows[limit - 1]["timestamp"].isoformat(), rows[limit - 1]["id"]]
            fields["continuation"] = base64.urlsafe_b64encode(_json(ended)).decode().rstrip("=")
        return Response(_json(fields), media_type="application/json")

    return app


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _time(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()


def _comment(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": f"{row['source_id']}.{row['id']}",
        "id": row["id"],
        "source_id": row["source_id"],
        "timestamp": _time(row["timestamp"]),
        "thread_id": row["thread_id"],
        "user_properties": row["user_properties"],
        "messages": row["messages"],
        "attachments": row["attachments"],
        "created_at": _time(row["created_at"]),
        "last_modified": _time(row["updated_at"]),
        "context": f"{int(row['updated_at'].timestamp() * 1_000_000):x}-{row['sequence']:x}",
        "text_format": "plain",
        "has_annotations": False,
    }


if __name__ == "__main__":
    uvicorn.run(make(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
