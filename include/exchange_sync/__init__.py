"""Exchange Sync: Exchange mailboxes become clean comments, on Apache Airflow."""

__version__ = "0.1.0"
