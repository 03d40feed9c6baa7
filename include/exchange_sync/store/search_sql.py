"""The one statement by which comments are searched. See store/searching.py for what it is to do.

``raw`` is where it looks, ``keys`` what of it the asker may read, in order and behind the last page, ``hits`` those
that meet the conditions without an index. It stops at the first page full of hits; beside them it tells where raw and
keys ended, and after how many, so that the reader learns how far was looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exchange_sync.store.searching import Place, Search

Values = dict[str, Any]
_KEY = ("timestamp", "id", "bucket_id")
MERGED_BUCKETS = 16  # so many are walked side by side; more, along the time of all


def order(*, older: bool) -> str:
    """ORDER BY's columns, in the direction of reading."""
    return ", ".join(f"{column} {'DESC' if older else 'ASC'}" for column in _KEY)


def statement(raw: str, behind: str, filters: str, *, older: bool) -> str:
    """The whole; its values are ``buckets``, ``budget`` and ``limit``, beside those of its parts."""
    forth, back = order(older=older), order(older=not older)
    columns = ", ".join(_KEY)
    return f"""WITH raw AS MATERIALIZED ({raw}),
        keys AS MATERIALIZED (SELECT {columns} FROM raw WHERE bucket_id = ANY(%(buckets)s) {behind}
            ORDER BY {forth} LIMIT %(budget)s),
        hits AS (SELECT {columns} FROM (SELECT * FROM keys ORDER BY {forth}) AS k {filters} LIMIT %(limit)s)
        SELECT 'hit' AS kind, {columns}, 1 AS n FROM hits
        UNION ALL (SELECT 'keys', {columns}, (SELECT count(*) FROM keys) FROM keys ORDER BY {back} LIMIT 1)
        UNION ALL (SELECT 'raw', {columns}, (SELECT count(*) FROM raw) FROM raw ORDER BY {back} LIMIT 1)"""


def by_words(search: Search) -> str:
    """All that the index of words finds. Values: ``lead`` and window's."""
    return f"""SELECT timestamp, id, bucket_id FROM comment_texts
        WHERE search @@ %(lead)s::tsquery AND bucket_id = ANY(%(buckets)s) {window(search)}"""


def by_time(search: Search, behind: str, *, older: bool) -> str:
    """Along the time of a sender's domain, or of everything. Values: ``raw``, and those of window and behind."""
    return _along(f"true {window(search)} {behind}", older=older)


def by_bucket(search: Search, at: Place | None, values: Values, *, older: bool) -> str:
    """Along the time of a few buckets side by side. Values: ``raw``, window's; the buckets' are added."""
    parts = []
    for number, bucket in enumerate(search.buckets):
        values[f"bucket_{number}"] = bucket
        behind = _behind_in(bucket, at, older=older) if at else ""
        parts.append(f"({_along(f'bucket_id = %(bucket_{number})s {window(search)} {behind}', older=older)})")
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS merged ORDER BY {order(older=older)} LIMIT %(raw)s"


def _along(condition: str, *, older: bool) -> str:
    return f"""SELECT timestamp, id, bucket_id FROM comment_texts WHERE {condition}
        ORDER BY {order(older=older)} LIMIT %(raw)s"""


def behind(at: Place | None, *, older: bool) -> str:
    """What comes after a place. Values: at_timestamp, at_id, at_bucket."""
    if at is None:
        return ""
    return f"AND (timestamp, id, bucket_id) {'<' if older else '>'} (%(at_timestamp)s, %(at_id)s, %(at_bucket)s)"


def _behind_in(bucket: str, at: Place, *, older: bool) -> str:
    """The same within one bucket, as its index on time and id can enter by."""
    beyond = "<" if older else ">"
    equal = "=" if (bucket < at.bucket_id if older else bucket > at.bucket_id) else ""
    return f"AND (timestamp, id) {beyond}{equal} (%(at_timestamp)s, %(at_id)s)"


def window(search: Search) -> str:
    """Domain and time. Values: domain, since, until."""
    parts = [
        "AND sender_domain = %(domain)s" if search.domain else "",
        "AND timestamp >= %(since)s" if search.since else "",
        "AND timestamp < %(until)s" if search.until else "",
    ]
    return " ".join(parts)


def filters(search: Search, values: Values, *, words: bool) -> str:
    """Joins that let through what meets the conditions without an index. OFFSET 0: one look-up a key, in their order,
    whatever the planner thinks of it. words: whether these are among them."""
    joins = []
    if words:
        joins.append(_each("comment_texts", "t.search @@ %(words)s::tsquery", "texts"))
    if search.walks:
        joins.append(_each("comments", _about_comment(search, values), "met"))
    return " ".join(joins)


def _each(table: str, condition: str, name: str) -> str:
    return f"""CROSS JOIN LATERAL (SELECT 1 AS {name} FROM {table} t
        WHERE t.bucket_id = k.bucket_id AND t.id = k.id AND {condition} OFFSET 0) AS {name}"""


def _about_comment(search: Search, values: Values) -> str:
    parts = []
    if search.folder:
        values["folder"] = search.folder
        folder = "lower(t.user_properties ->> 'string:Folder')"
        parts.append(f"({folder} = lower(%(folder)s) OR starts_with({folder}, lower(%(folder)s) || '/'))")
    for number, (name, value) in enumerate(search.properties):
        parts.append(_property(number, name, value, values))
    return " AND ".join(parts)


def _property(number: int, name: str, value: str, values: Values) -> str:
    """A property by its whole name, or without the kind before the colon."""
    kind, _, rest = name.partition(":")
    base = rest if kind in ("string", "number") else name
    values |= {f"text_{number}": f"string:{base}", f"number_{number}": f"number:{base}", f"value_{number}": value}
    parts = []
    if kind != "number":
        parts.append(f"lower(t.user_properties ->> %(text_{number})s) = lower(%(value_{number})s)")
    as_number = _number(value)
    if kind != "string" and as_number is not None:
        values[f"as_number_{number}"] = as_number
        parts.append(f"t.user_properties -> %(number_{number})s = to_jsonb(%(as_number_{number})s::numeric)")
    return f"({' OR '.join(parts) or 'false'})"


def _number(value: str) -> str | None:
    text = value.strip().replace(",", "")
    digits = text.removeprefix("-").replace(".", "", 1)
    return text if digits.isascii() and digits.isdigit() and len(digits) <= 30 else None
