"""A stand-alone Exchange server for demos and tests: it imports nothing of exchange_sync."""
