"""What is tried before anything is synced: the check of a connection, the plan of a first sync."""

from exchange_sync.web.pages.trying import checking, planning

PAGES = (checking, planning)
