"""What the commands share: how options are named, settings are found, and the store of a service is opened beside it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.actions.context import Context
from app.clock import SystemClock
from app.errors import UsageError
from app.settings import Settings, load
from app.storage.store import Store

out = Console(highlight=False)

Config = Annotated[Path | None, typer.Option(help="Settings for one or many walls (walls.toml).")]
Database = Annotated[str | None, typer.Option(help="A file, or postgresql://…")]
PublicUrl = Annotated[str | None, typer.Option(help="The address people use.")]


def load_settings(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Settings from the file that was named, else from walls.toml when no wall was named."""
    default = Path("walls.toml")
    if config is None and not flags.get("wall") and default.is_file():
        config = default
    return load(config, flags)


def existing(settings: Settings) -> Settings:
    """The same, when there is a database to work on. UsageError when there is none."""
    if "://" not in settings.database and not Path(settings.database).is_file():
        raise UsageError(
            f"There is no database {settings.database} here.",
            hint="Run this in the folder of the service, or name the file with --database.",
        )
    return settings


@contextlib.asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store of a service, which may be running."""
    store = Store(settings.database_url())
    try:
        await store.open()
        yield store
    finally:
        await store.close()


@contextlib.asynccontextmanager
async def open_context(settings: Settings) -> AsyncIterator[Context]:
    """What actions work with, beside a service that may be running: it looks by itself."""
    async with open_store(settings) as store:
        yield Context(store, SystemClock(), lambda _wall, _seq: None)
