"""The command line: `hallway serve`, `check`, `record`, `replay`, `sign-in`, `healthcheck`. Errors are one sentence and exit code 1."""

import contextlib
import re
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from rich.console import Console

from app import logs
from app.actions.accounts import make_sign_in
from app.actions.context import Context
from app.clock import SystemClock
from app.domain.text import fold_tag
from app.errors import HallwayError, UsageError
from app.networks import check_wall
from app.recap.follow import StoreWall
from app.recap.record import record as record_wall
from app.rehearsal import EVENT
from app.serve import serve as run_service
from app.service import Service
from app.settings import Settings, load
from app.sources.replay.check import check as check_replay
from app.sources.replay.source import replay_event
from app.storage.store import Store

app = typer.Typer(
    help="A conference hashtag on every screen.", no_args_is_help=True, add_completion=False
)
out = Console(highlight=False)

Tag = Annotated[
    list[str] | None, typer.Option(help="A hashtag to follow, with or without #. Repeat for more.")
]
Server = Annotated[
    list[str] | None, typer.Option(help="A Mastodon server to ask. Repeat for more.")
]
Config = Annotated[Path | None, typer.Option(help="Settings for one or many walls (walls.toml).")]
Host = Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. [default: 8080]")]
Database = Annotated[str | None, typer.Option(help="A file, or postgresql://…")]
PublicUrl = Annotated[str | None, typer.Option(help="The address people use.")]


@app.command()
def serve(
    tag: Tag = None,
    server: Server = None,
    config: Config = None,
    host: Host = None,
    port: Port = None,
    database: Database = None,
    public_url: PublicUrl = None,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="Play the made-up event.")] = False,  # noqa: FBT002
    speed: Annotated[float, typer.Option(help="Speed of the rehearsal; 1 is real time.")] = 10.0,
) -> None:
    """Run the service: the wall, the attendee view and the moderator desk.

    Example: hallway serve --tag pyfest26
    """
    flags: dict[str, Any] = {
        "host": host,
        "port": port,
        "database": database,
        "public_url": public_url,
    }
    if rehearsal:
        flags["wall"] = [_replay_wall(EVENT, speed)]
    elif tag:
        flags["wall"] = [_wall_of(tag, server)]
    settings = _load(config, flags)
    if not settings.wall:
        raise UsageError(
            "There is nothing to show yet.",
            hint="Name a hashtag with --tag, a file with --config, or try --rehearsal.",
        )
    fresh = rehearsal and database is None
    _serve(settings, fresh=_own_folder("rehearsal", settings.port) if fresh else None)


@app.command()
def check(tag: Tag = None, server: Server = None, config: Config = None) -> None:
    """Say in plain words, for each source, whether it can be read, and why not.

    Example: hallway check --tag pyfest26 --server https://mastodon.social
    """
    settings = _load(config, {"wall": [_wall_of(tag, server)] if tag else None})
    if not settings.wall:
        raise UsageError(
            "There is nothing to check.", hint="Name a hashtag with --tag, or a file with --config."
        )
    good = uvloop.run(_check_all(settings))
    raise typer.Exit(0 if good else 1)


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="The replay file to write; it must not exist.")],
    wall: Annotated[
        str | None, typer.Option(help="The wall's slug; the first one when left out.")
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Write a live wall to a replay file, beside the running service, until Ctrl-C.

    Example: hallway record day1.jsonl --wall pyfest26
    """
    settings = _existing(_load(config, {"database": database}))
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_record(settings, wall, file))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording, as `hallway record` writes it.")],
    speed: Annotated[
        float, typer.Option(help="1 as recorded, 10 ten times as fast, inf all at once.")
    ] = 1.0,
    host: Host = None,
    port: Port = None,
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Play a recording on a wall of its own, with the event, the hashtags and the sessions it names.

    Example: hallway replay day1.jsonl --speed 10
    """
    flags = {"host": host, "port": port, "database": database, "public_url": public_url}
    settings = load(None, {**flags, "wall": [_replay_wall(file, speed)]})
    for finding in check_replay(file):
        if not finding.ok:
            out.print(finding.sentence, markup=False, soft_wrap=True)
    _serve(settings, fresh=None if database else _own_folder("replay", settings.port))


@app.command("sign-in")
def sign_in(config: Config = None, database: Database = None, public_url: PublicUrl = None) -> None:
    """Print a new one-time sign-in link for a moderator.

    Example: hallway sign-in
    """
    settings = _existing(_load(config, {"database": database, "public_url": public_url}))
    token = uvloop.run(_new_sign_in(settings))
    out.print(f"{settings.base_url()}/sign-in#{token}", soft_wrap=True)


@app.command()
def healthcheck(port: Port = None, config: Config = None) -> None:
    """Exit 0 when the service on this machine is ready: for containers and monitors.

    Example: hallway healthcheck --port 8080
    """
    settings = _load(config, {"port": port})
    url = f"http://127.0.0.1:{settings.port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # our own address
            answer.read()
    except OSError as error:
        raise UsageError(
            f"The service at {url} is not ready: {error}.", hint="Is `hallway serve` running?"
        ) from error


def main() -> None:
    """Run a command; what went wrong is told in one sentence."""
    try:
        app()
    except HallwayError as error:
        _complain(error)
    except ExceptionGroup as group:
        known, rest = group.split(HallwayError)
        if known is None or rest is not None:
            raise
        _complain(_first(known))


def _complain(error: HallwayError) -> NoReturn:
    Console(stderr=True, highlight=False).print(f"hallway: {error}", soft_wrap=True, markup=False)
    sys.exit(1)


def _first(group: ExceptionGroup[HallwayError]) -> HallwayError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


def _load(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Settings from the file that was named, else from walls.toml when no wall was named."""
    default = Path("walls.toml")
    if config is None and not flags.get("wall") and default.is_file():
        config = default
    return load(config, flags)


def _wall_of(tags: list[str], servers: list[str] | None) -> dict[str, Any]:
    return {
        "slug": _slug(tags[0]),
        "hashtags": tags,
        "source": [{"kind": "mastodon", "server": s} for s in servers or ()],
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold_tag(text))[:63].strip("-") or "wall"


def _replay_wall(file: Path, speed: float) -> dict[str, Any]:
    event = replay_event(file)
    if not event.hashtags:
        raise UsageError(
            f"Line 1 of {file} names no hashtag: nothing of it would be shown.",
            hint='Write "hashtags": ["…"] into it.',
        )
    return {
        "slug": _slug(file.stem),
        "title": event.title,
        "hashtags": event.hashtags,
        "place": event.place,
        "mode": "open",  # it was public once, and shall play without anybody at the desk
        "alarm": 0,
        "source": [{"kind": "replay", "file": file, "speed": speed}],
    }


def _own_folder(what: str, port: int) -> Path:
    """One for each port: who holds the port may begin anew without taking anything from another."""
    return Path(f"data/{what}-{port}")


def _serve(settings: Settings, *, fresh: Path | None) -> None:
    """Run the service; with `fresh`, in a folder that is emptied first."""
    if fresh is not None:
        places = {"database": str(fresh / "hallway.sqlite3"), "media_folder": fresh / "media"}
        settings = settings.model_copy(update=places)
    logs.set_up(settings.log_format)
    uvloop.run(run_service(settings, _say_hello, fresh=fresh))


def _say_hello(service: Service, token: str, port: int) -> None:
    """What an operator needs to know, once pages can be opened."""
    base = service.settings.model_copy(update={"port": port}).base_url()
    for wall in service.settings.wall:
        tags = " ".join(f"#{tag}" for tag in wall.hashtags)
        out.print(f"\n[bold]{wall.wall().title}[/bold]  {tags}")
        out.print(f"  wall           {base}/wall/{wall.slug}", soft_wrap=True)
        out.print(f"  attendee view  {base}/live/{wall.slug}", soft_wrap=True)
        out.print(f"  moderator desk {base}/desk/{wall.slug}", soft_wrap=True)
    out.print(f"\nModerators sign in once by  {base}/sign-in#{token}", soft_wrap=True)
    another = f"hallway sign-in --database {service.settings.database} --public-url {base}"
    out.print(f"Another link: {another}\nStop: Ctrl-C.\n", soft_wrap=True)


async def _check_all(settings: Settings) -> bool:
    good = True
    for wall in settings.wall:
        async for place, findings in check_wall(
            wall, clock=SystemClock(), contact=settings.contact
        ):
            out.print(place, style="bold", markup=False, soft_wrap=True)
            for finding in findings:
                good = good and finding.ok
                mark = "✓" if finding.ok else "✗"
                out.print(f"  {mark} {finding.sentence}", markup=False, soft_wrap=True)
    return good


async def _record(settings: Settings, slug: str | None, file: Path) -> None:
    async with _open_store(settings) as store:
        wall = await StoreWall.open(store, slug)
        out.print(
            f"Recording {wall.event.title} to {file}. Stop: Ctrl-C.", markup=False, soft_wrap=True
        )
        await record_wall(wall, file, SystemClock(), event=wall.event)


async def _new_sign_in(settings: Settings) -> str:
    async with _open_store(settings) as store:
        return await make_sign_in(Context(store, SystemClock(), lambda _wall, _seq: None))


def _existing(settings: Settings) -> Settings:
    if "://" not in settings.database and not Path(settings.database).is_file():
        raise UsageError(
            f"There is no database {settings.database} here.",
            hint="Run this in the folder of the service, or name the file with --database.",
        )
    return settings


@contextlib.asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[Store]:
    store = Store(settings.database_url())
    try:
        await store.open()
        yield store
    finally:
        await store.close()
