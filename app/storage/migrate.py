"""Brings the tables to this version of Hallway."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from app.errors import StoreError


def migrate(connection: Connection) -> None:
    """Bring the tables to this version of Hallway; StoreError when they are of a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4245)"))  # one node migrates
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        if current:
            ScriptDirectory.from_config(config).get_revision(current)
    except CommandError as error:
        raise StoreError(
            f"The database was written by a newer version of Hallway (schema {current}).",
            hint="Install that version, or name another database with --database.",
            code="store.newer",
        ) from error
    command.upgrade(config, "head")
