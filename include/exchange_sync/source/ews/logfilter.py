"""Keeps exchangelib from writing requests, answers and headers into logs: they hold mail, addresses and passwords."""

from __future__ import annotations

import logging

_MARKS = ("<?xml", "Envelope", "Request headers", "Response headers", "Request XML", "http://schemas.")


class NoContent(logging.Filter):
    """Cuts a record at the first line that carries a request or an answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, shortened where needed."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = "Envelope"
        if any(mark in text for mark in _MARKS):
            record.msg, record.args, record.exc_info = "exchangelib logged a request; its text is withheld", (), None
        return True


def install() -> None:
    """Puts the filter on every logger that exchangelib has made. A filter on a parent would not see their records."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.split(".")[0] == "exchangelib" and not any(isinstance(given, NoContent) for given in logger.filters):
            logger.addFilter(NoContent())
