"""Comments as files: JSON lines as the API shows them, or Parquet with a column a field."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import Response, StreamingResponse

from exchange_sync.store.database import Row
from exchange_sync.web.api import shapes
from exchange_sync.web.protocol import encoded

TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
_CHUNK = 1 << 20
_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("uid", pa.string()), ("timestamp", _TIME), ("thread_id", pa.string()),
        ("from", pa.string()), ("to", pa.list_(pa.string())), ("cc", pa.list_(pa.string())),
        ("subject", pa.string()), ("body", pa.string()), ("signature", pa.string()),
        ("user_properties", pa.string()), ("attachments", pa.string()), ("created_at", _TIME), ("last_modified", _TIME),
    ]
)  # fmt: skip


def as_file(pages: Iterable[list[Row]], format: Literal["jsonl", "parquet"], name: str) -> Response:
    """The answer that a browser saves under this name. Each row bears the source_id that it is shown under."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{format}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    write = parquet if format == "parquet" else json_lines
    return StreamingResponse(write(pages), 200, headers, media_type=TYPES[format])


def json_lines(pages: Iterable[list[Row]]) -> Iterator[bytes]:
    """One comment a line."""
    for rows in pages:
        yield b"".join(encoded(shapes.comment(row, row["source_id"])) + b"\n" for row in rows)


def parquet(pages: Iterable[list[Row]]) -> Iterator[bytes]:
    """A Parquet file, written to disk page by page before its first byte is sent: its index stands at its end."""
    with tempfile.TemporaryDirectory(prefix="exchange-sync-export-") as folder:
        path = Path(folder) / "comments.parquet"
        with pq.ParquetWriter(path, SCHEMA) as writer:
            for rows in pages:
                if rows:
                    writer.write_table(pa.Table.from_pylist([_record(row) for row in rows], schema=SCHEMA))
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _record(row: Row) -> dict[str, object]:
    """One comment's first message, and all of its properties. Emails have one message."""
    message = row["messages"][0]
    texts = {name: (message.get(name) or {}).get("text", "") for name in ("subject", "body", "signature")}
    return {
        "id": row["id"],
        "uid": f"{row['source_id']}.{row['id']}",
        "timestamp": row["timestamp"],
        "thread_id": row["thread_id"],
        "from": message.get("from"),
        "to": message.get("to") or [],
        "cc": message.get("cc") or [],
        **texts,
        "user_properties": json.dumps(row["user_properties"], ensure_ascii=False),
        "attachments": json.dumps(row["attachments"], ensure_ascii=False),
        "created_at": row["created_at"],
        "last_modified": row["updated_at"],
    }
