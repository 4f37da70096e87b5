"""The command line: `hallway serve`, `check`, `record`, `replay`, `sign-in`, `user`, `healthcheck`. Errors are one sentence and exit code 1."""

import contextlib
import sys
import urllib.request
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from rich.console import Console

from app import logs
from app.actions.accounts import make_sign_in
from app.cli_parts import (
    Config,
    Database,
    PublicUrl,
    existing,
    load_settings,
    open_context,
    open_store,
    out,
)
from app.cli_users import users
from app.clock import SystemClock
from app.errors import HallwayError, UsageError
from app.networks import check_wall
from app.recap.follow import StoreWall
from app.recap.record import record as record_wall
from app.rehearsal import EVENT
from app.serve import Links
from app.serve import serve as run_service
from app.service import Service
from app.settings import Settings, load, slug_of
from app.sources.replay.check import check as check_replay
from app.sources.replay.source import replay_event

app = typer.Typer(
    help="A conference hashtag on every screen.", no_args_is_help=True, add_completion=False
)
app.add_typer(users, name="user")

Tag = Annotated[
    list[str] | None, typer.Option(help="A hashtag to follow, with or without #. Repeat for more.")
]
Server = Annotated[
    list[str] | None, typer.Option(help="A Mastodon server to ask. Repeat for more.")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. [default: 8080]")]


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
    settings = load_settings(config, flags)
    fresh = rehearsal and database is None
    folder = _own_folder("rehearsal", settings.port) if fresh else None
    _serve(settings, fresh=folder, quick=rehearsal)


@app.command()
def check(tag: Tag = None, server: Server = None, config: Config = None) -> None:
    """Say in plain words, for each source, whether it can be read, and why not.

    Example: hallway check --tag pyfest26 --server https://mastodon.social
    """
    settings = load_settings(config, {"wall": [_wall_of(tag, server)] if tag else None})
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
    settings = existing(load_settings(config, {"database": database}))
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
    folder = None if database else _own_folder("replay", settings.port)
    _serve(settings, fresh=folder, quick=True)


@app.command("sign-in")
def sign_in(config: Config = None, database: Database = None, public_url: PublicUrl = None) -> None:
    """Print a new one-time sign-in link for a moderator.

    Example: hallway sign-in
    """
    settings = existing(load_settings(config, {"database": database, "public_url": public_url}))
    token = uvloop.run(_new_sign_in(settings))
    out.print(f"{settings.base_url()}/sign-in#{token}", soft_wrap=True)


@app.command()
def healthcheck(port: Port = None, config: Config = None) -> None:
    """Exit 0 when the service on this machine is ready: for containers and monitors.

    Example: hallway healthcheck --port 8080
    """
    settings = load_settings(config, {"port": port})
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


def _wall_of(tags: list[str], servers: list[str] | None) -> dict[str, Any]:
    return {
        "slug": slug_of(tags[0]),
        "hashtags": tags,
        "source": [{"kind": "mastodon", "server": s} for s in servers or ()],
    }


def _replay_wall(file: Path, speed: float) -> dict[str, Any]:
    event = replay_event(file)
    if not event.hashtags:
        raise UsageError(
            f"Line 1 of {file} names no hashtag: nothing of it would be shown.",
            hint='Write "hashtags": ["…"] into it.',
        )
    return {
        "slug": slug_of(file.stem),
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


def _serve(settings: Settings, *, fresh: Path | None, quick: bool) -> None:
    """Run the service; with `fresh`, in a folder that is emptied first; with `quick`, a link signs in at once."""
    if fresh is not None:
        places = {"database": str(fresh / "hallway.sqlite3"), "media_folder": fresh / "media"}
        settings = settings.model_copy(update=places)
    logs.set_up(settings.log_format)
    uvloop.run(run_service(settings, _say_hello, fresh=fresh, quick=quick))


def _say_hello(service: Service, links: Links, _port: int) -> None:
    """What an operator needs to know, once pages can be opened."""
    base = service.settings.base_url()
    for wall in service.settings.wall:
        tags = " ".join(f"#{tag}" for tag in wall.hashtags)
        out.print(f"\n[bold]{wall.wall().title}[/bold]  {tags}")
        out.print(f"  wall           {base}/wall/{wall.slug}", soft_wrap=True)
        out.print(f"  attendee view  {base}/live/{wall.slug}", soft_wrap=True)
        out.print(f"  moderator desk {base}/desk/{wall.slug}", soft_wrap=True)
    if links.sign_in:
        out.print(f"\nSign in at once by  {links.sign_in}", soft_wrap=True)
    if links.set_up:
        out.print(f"\nSet it up, once, at  {links.set_up}", soft_wrap=True)
    else:
        out.print(f"\nThe crew signs in at  {base}/sign-in", soft_wrap=True)
    another = f"hallway sign-in --database {service.settings.database} --public-url {base}"
    out.print(f"A link for whoever cannot: {another}\nStop: Ctrl-C.\n", soft_wrap=True)


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
    async with open_store(settings) as store:
        wall = await StoreWall.open(store, slug)
        out.print(
            f"Recording {wall.event.title} to {file}. Stop: Ctrl-C.", markup=False, soft_wrap=True
        )
        await record_wall(wall, file, SystemClock(), event=wall.event)


async def _new_sign_in(settings: Settings) -> str:
    async with open_context(settings) as context:
        return await make_sign_in(context)
