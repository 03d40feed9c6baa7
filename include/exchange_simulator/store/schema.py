"""The tables. One file (or memory) holds everything, so a restart keeps ids, sync states and mail."""

SCHEMA_VERSION = 1

DDL = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mailboxes (
    row INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL UNIQUE COLLATE NOCASE, display_name TEXT NOT NULL,
    language TEXT NOT NULL, guid TEXT NOT NULL UNIQUE, legacy_dn TEXT NOT NULL, has_archive INTEGER NOT NULL,
    state_epoch INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS people (
    legacy_dn TEXT PRIMARY KEY COLLATE NOCASE, address TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS folders (
    row INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
    mailbox INTEGER NOT NULL REFERENCES mailboxes(row) ON DELETE CASCADE, parent INTEGER, role TEXT,
    name TEXT NOT NULL, folder_class TEXT, kind TEXT NOT NULL, archive INTEGER NOT NULL, hidden INTEGER NOT NULL,
    created_seq INTEGER NOT NULL, changed_seq INTEGER NOT NULL, deleted_seq INTEGER, commit_time INTEGER NOT NULL,
    deleted_total INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS folders_by_mailbox ON folders(mailbox, role);
CREATE TABLE IF NOT EXISTS contents (
    row INTEGER PRIMARY KEY AUTOINCREMENT, sha256 BLOB NOT NULL UNIQUE, mime BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    row INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
    mailbox INTEGER NOT NULL REFERENCES mailboxes(row) ON DELETE CASCADE, folder INTEGER NOT NULL,
    content INTEGER NOT NULL, item_class TEXT NOT NULL, subject TEXT NOT NULL, message_id TEXT,
    received INTEGER NOT NULL, sent INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
    size INTEGER NOT NULL, importance TEXT NOT NULL, sensitivity TEXT NOT NULL, categories TEXT NOT NULL,
    is_read INTEGER NOT NULL, is_draft INTEGER NOT NULL, has_attachments INTEGER NOT NULL,
    from_name TEXT NOT NULL, from_address TEXT NOT NULL, sender_name TEXT NOT NULL, sender_address TEXT NOT NULL,
    routing TEXT NOT NULL, display_to TEXT NOT NULL, display_cc TEXT NOT NULL, in_reply_to TEXT NOT NULL,
    created_seq INTEGER NOT NULL, changed_seq INTEGER NOT NULL, read_seq INTEGER NOT NULL,
    born INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS items_newest ON items(folder, received, row);
CREATE INDEX IF NOT EXISTS items_create ON items(folder, created_seq);
CREATE INDEX IF NOT EXISTS items_update ON items(folder, changed_seq) WHERE changed_seq > 0;
CREATE INDEX IF NOT EXISTS items_read ON items(folder, read_seq) WHERE read_seq > 0;
CREATE INDEX IF NOT EXISTS items_unread ON items(folder, is_read);
CREATE INDEX IF NOT EXISTS items_of_mailbox ON items(mailbox);
CREATE INDEX IF NOT EXISTS items_of_content ON items(content);
CREATE TABLE IF NOT EXISTS removed (
    row INTEGER PRIMARY KEY AUTOINCREMENT, folder INTEGER NOT NULL, key TEXT NOT NULL,
    created_seq INTEGER NOT NULL, removed_seq INTEGER NOT NULL, born INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS removed_by_folder ON removed(folder, removed_seq);
CREATE TABLE IF NOT EXISTS accounts (
    username TEXT PRIMARY KEY COLLATE NOCASE, password TEXT NOT NULL, address TEXT COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS rights (
    username TEXT NOT NULL COLLATE NOCASE, mailbox TEXT NOT NULL COLLATE NOCASE, folder TEXT NOT NULL,
    access TEXT NOT NULL, PRIMARY KEY (username, mailbox, folder));
"""

LATER_COLUMNS = (
    ("items", "born", "INTEGER NOT NULL DEFAULT 0", "UPDATE items SET born = created_seq"),
    ("removed", "born", "INTEGER NOT NULL DEFAULT 0", "UPDATE removed SET born = created_seq"),
)
"""What a state that was written before lacks: table, column, its definition, and what fills it."""

LATER_INDEXES = "CREATE INDEX IF NOT EXISTS items_born ON items(mailbox, born);"
