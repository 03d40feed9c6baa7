"""Forms: an integration, its connection, its mailboxes and buckets; made, changed, deleted."""

from exchange_sync.web.pages.editing import bucket, deleting, integration, mailbox, mailboxes

PAGES = (integration, mailboxes, bucket, deleting, mailbox)
