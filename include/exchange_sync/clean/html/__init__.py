"""Turns an email's HTML into text, and cuts the quote containers that mail programs write."""
