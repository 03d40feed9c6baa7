"""What a person has: messages, subscriptions, tokens."""

from exchange_sync.web.pages.people import notifications, subscriptions, subscriptions_of, tokens

PAGES = (notifications, subscriptions, subscriptions_of, tokens)
