"""Teams, Slack, webhooks and some hundred services more, by Apprise."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import apprise

from exchange_sync.notify.api import Message, NotSent

# Apprise logs addresses, which are secrets, when one does not fit.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


def send(urls: Sequence[str], message: Message) -> None:
    """One message to each address of a service. Raises NotSent when one of them fails or does not fit."""
    service = apprise.Apprise()
    if not urls or not all(service.add(url) for url in urls):
        raise NotSent("the connection holds no address that Apprise knows")
    if not service.notify(title=message.title, body=message.text, body_format=apprise.NotifyFormat.TEXT):
        raise NotSent("the service did not take the message")
