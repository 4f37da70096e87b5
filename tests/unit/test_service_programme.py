"""The programme of a wall in the running service: it comes from the settings, follows its file, and leaves with them."""

import asyncio
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from app.actions.walls import set_programme
from app.domain.wall import Session
from app.errors import UsageError
from app.recap.follow import StoreWall
from app.service import Service
from app.settings import MastodonSettings, Settings, WallSettings, load
from app.sources.replay.format import encode_header, parse_header
from tests.factories import WALL, at
from tests.fakes import FakeClock, house

pytestmark = pytest.mark.anyio
SLUG = WALL.slug
TABLE = "title,start,end,code\nTypes,2026-11-21 10:00,10:45,7KQX3P\n"


def service_of(folder: Path, **more: str) -> Service:
    nowhere = MastodonSettings(kind="mastodon", server="http://127.0.0.1:9")
    wall = WallSettings(slug=SLUG, hashtags=("PyFest26",), source=(nowhere,), **more)
    return Service(
        Settings(
            database=str(folder / "walls.sqlite3"), media_folder=folder / "media", wall=(wall,)
        ),
        clock=FakeClock(),
    )


async def talks(service: Service) -> list[str]:
    async with service.store.read() as reading:
        found = await reading.programme((await reading.wall(SLUG)).id)
    return [orjson.loads(body)["title"] for body in found]


async def run_until(service: Service, said: str) -> None:
    """Run until this is said of the programme."""
    running = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(20):
            while service.sources(SLUG)[-1].health.detail != said:
                await asyncio.sleep(0)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_it_is_followed_shown_beside_the_sources_and_leaves_with_its_setting(
    tmp_path: Path,
) -> None:
    file = tmp_path / "programme.csv"
    file.write_text(TABLE, encoding="utf-8")
    service = service_of(tmp_path, programme=str(file), timezone="Europe/Berlin")
    await service.open()
    await run_until(service, "1 talk.")
    assert await talks(service) == ["Types"]
    assert service.sources(SLUG)[-1].name == "programme:programme.csv"
    await service.close()
    after = service_of(tmp_path)
    await after.open()
    assert await talks(after) == []
    await after.close()


async def test_what_was_read_last_is_there_after_a_restart_though_the_file_is_gone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "programme.csv"
    file.write_text(TABLE, encoding="utf-8")
    more = {"programme": str(file), "timezone": "Europe/Berlin"}
    service = service_of(tmp_path, **more)
    await service.open()
    await run_until(service, "1 talk.")
    await service.close()
    file.unlink()
    after = service_of(tmp_path, **more)
    await after.open()
    assert await talks(after) == ["Types"]
    await after.close()


def talk(title: str = "Types", start: float = 0, code: str = "") -> Session:
    return Session(title=title, starts_at=at(start), ends_at=at(start + 60), code=code)


async def test_a_talk_with_a_code_stays_the_same_one_when_it_moves(tmp_path: Path) -> None:
    async with house(tmp_path) as home:

        async def ids() -> set[str]:
            async with home.store.write() as tx:
                others = await tx.others((await tx.wall(SLUG)).id)
            return {i for i, item in others.items() if item.kind == "session" and item.body}

        await set_programme(home.context, SLUG, [talk(code="7KQX3P"), talk("Lunch", 60)])
        before = await ids()
        moved = [talk("Types!", 600, code="7KQX3P"), talk("Lunch", 120)]
        await set_programme(home.context, SLUG, moved)
        assert len(before & await ids()) == 1
        home.announced.clear()
        await set_programme(home.context, SLUG, moved)
        assert home.announced == []


async def test_a_recording_keeps_what_is_known_of_a_talk(tmp_path: Path) -> None:
    whole = talk(code="7KQX3P").model_copy(
        update={
            "track": "Languages",
            "url": "https://pyfest.example/7",
            "tags": ("types",),
            "handles": ("ada@fedi.example",),
        }
    )
    async with house(tmp_path) as home:
        await set_programme(home.context, SLUG, [whole])
        event = (await StoreWall.open(home.store, SLUG)).event
    [again] = parse_header(encode_header(event)).sessions
    assert Session(**again.model_dump()) == whole


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('timezone = "Mars/Olympus"', "“Mars/Olympus” is no time zone"),
        ('programme = "ftp://pyfest.example/x"', "is no address of a schedule"),
    ],
)
def test_a_setting_that_is_not_right_is_named(tmp_path: Path, line: str, said: str) -> None:
    config = tmp_path / "walls.toml"
    config.write_text(f'[[wall]]\nslug = "a"\nhashtags = ["a"]\n{line}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        load(config, {})


def test_calendars_may_be_named_as_calendars_are(tmp_path: Path) -> None:
    config = tmp_path / "walls.toml"
    line = 'programme = "webcal://pyfest.example/all.ics"'
    config.write_text(f'[[wall]]\nslug = "a"\nhashtags = ["a"]\n{line}\n', encoding="utf-8")
    assert load(config, {}).wall[0].programme == "https://pyfest.example/all.ics"
