"""Comments: searched, read, downloaded; and why a mail is (not) among them."""

from exchange_sync.web.pages.comments import asking, files, reading, searching, why

PAGES = (searching, reading, files, why, asking)
