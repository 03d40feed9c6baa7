"""Integrations and their mailboxes: how they are, and what can be done with them."""

from exchange_sync.web.pages.integrations import listing, mailbox, mailbox_actions, one, one_actions

PAGES = (listing, one, one_actions, mailbox, mailbox_actions)
