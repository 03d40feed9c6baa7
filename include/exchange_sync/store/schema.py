"""The schema, kept by Alembic (``exchange-sync init-db``)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x45584353  # one migration at a time, whoever asks for it


def upgrade(database_url: str, revision: str = "head") -> str:
    """Bring the schema to a revision and return it. Harmless when it is there already.

    Raises sqlalchemy.exc.OperationalError when PostgreSQL cannot be reached.
    """
    engine = create_engine(database_url.replace("postgres://", "postgresql://", 1))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
            return _current(connection)
    finally:
        engine.dispose()


def head() -> str:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""
