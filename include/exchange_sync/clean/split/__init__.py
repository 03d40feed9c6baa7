"""Splits one email's text into the newest message, its signature and the history it answers."""
