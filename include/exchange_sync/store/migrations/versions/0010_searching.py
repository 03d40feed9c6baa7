"""What the page searches comments by: their words beside them, written by triggers (decision 57).

Revision ID: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What parts words, and what is not seen and parts none. store/search_query.py cuts what is asked for in the same way.
# Normalizing sorts marks in a time that grows with the square of their number (40 s for 100,000): so runs are parted.
WORDS = r"""
CREATE FUNCTION search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(
        regexp_replace(
            left(CASE WHEN cut.value IS NFKC NORMALIZED THEN cut.value ELSE normalize(cut.value, NFKC) END, 100000),
            '[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+', '', 'g'),
        '[\u0001-/:-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u05be\u05c0\u05c3\u05f3\u05f4'
        '\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u3030'
        '\u303d-\u303f\u30fb\U0001f000-\U0001faff]+', ' ', 'g')
    FROM (SELECT regexp_replace(left(value, 100000), '([^\u0001-\u02ff]{128})', '\1 ', 'g') AS value) AS cut
$$;
"""

# A tsvector holds 1 MB. What would not fit is searched by its beginning: no mail may make a load fail.
VECTOR = """
CREATE FUNCTION comment_search(properties jsonb, messages jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    told text;
BEGIN
    SELECT left(concat_ws(' ', string_agg(one.subject, ' '), string_agg(one.sender, ' '),
            left(properties ->> 'string:Sender Name', 1000), left(properties ->> 'string:Sender Domain', 1000),
            string_agg(one.body, ' ')), 100000) INTO told
    FROM (SELECT left(m -> 'subject' ->> 'text', 10000) AS subject, left(m ->> 'from', 1000) AS sender,
                left(m -> 'body' ->> 'text', 100000) AS body
            FROM jsonb_array_elements(CASE jsonb_typeof(messages) WHEN 'array' THEN messages END) AS m LIMIT 64) AS one;
    RETURN to_tsvector('pg_catalog.simple', search_words(told));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN to_tsvector('pg_catalog.simple', search_words(left(told, 10000)));
END $$;
CREATE FUNCTION comment_domain(properties jsonb, sender text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(coalesce(lower(properties ->> 'string:Sender Domain'),
        CASE WHEN strpos(sender, '@') > 0 THEN lower(substring(sender FROM '[^@]*$')) ELSE '' END), 255)
$$;
"""

TABLE = """
CREATE TABLE comment_texts (
    bucket_id     text NOT NULL,
    id            text COLLATE "C" NOT NULL,
    timestamp     timestamptz NOT NULL,
    sender_domain text COLLATE "C" NOT NULL,
    search        tsvector NOT NULL
);
INSERT INTO comment_texts (bucket_id, id, timestamp, sender_domain, search)
    SELECT bucket_id, id, timestamp, comment_domain(user_properties, sender),
        comment_search(user_properties, messages) FROM comments;
ALTER TABLE comment_texts ADD PRIMARY KEY (bucket_id, id);
ALTER TABLE comment_texts ADD FOREIGN KEY (bucket_id, id) REFERENCES comments ON DELETE CASCADE;
CREATE INDEX comment_texts_search ON comment_texts USING gin (search);
CREATE INDEX comment_texts_bucket ON comment_texts (bucket_id, timestamp, id);
CREATE INDEX comment_texts_timestamp ON comment_texts (timestamp, id, bucket_id);
CREATE INDEX comment_texts_domain ON comment_texts (sender_domain, timestamp, id, bucket_id);
ANALYZE comment_texts;
"""

# New comments in one statement for all of a part. Renaming a folder changes user_properties alone: nothing to do.
TRIGGERS = """
CREATE FUNCTION comment_texts_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO comment_texts (bucket_id, id, timestamp, sender_domain, search)
        SELECT bucket_id, id, timestamp, comment_domain(user_properties, sender),
            comment_search(user_properties, messages) FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_texts_added AFTER INSERT ON comments
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION comment_texts_added();
CREATE FUNCTION comment_texts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE comment_texts SET timestamp = NEW.timestamp, sender_domain = comment_domain(NEW.user_properties, NEW.sender),
        search = comment_search(NEW.user_properties, NEW.messages)
        WHERE bucket_id = NEW.bucket_id AND id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_texts_changed AFTER UPDATE OF messages, timestamp, sender ON comments FOR EACH ROW
    WHEN (OLD.messages IS DISTINCT FROM NEW.messages OR OLD.timestamp <> NEW.timestamp OR OLD.sender <> NEW.sender)
    EXECUTE FUNCTION comment_texts_changed();
"""


def upgrade() -> None:
    """Add them, and the words of all comments that are there: about five minutes for a million."""
    for part in (WORDS, VECTOR, TABLE, TRIGGERS):
        op.execute(part)


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore a backup instead")
