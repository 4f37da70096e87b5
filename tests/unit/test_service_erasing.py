"""The service forgets the pictures of erased posts, keeps those of others, and serves what is hidden to nobody outside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Arrival, Batch
from app.domain.identity import item_id, media_id
from app.media.cache import Disk, renditions
from app.service import Service
from app.settings import load
from tests.factories import HOME, author, deleted, picture, post, posted
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

WALL = """
[[wall]]
mode = "open"
slug = "pyfest26"
hashtags = ["PyFest26"]
[[wall.source]]
kind = "mastodon"
server = "fedi.example"
"""


def url(name: str) -> str:
    return f"https://{HOME}/media/{name}.jpg"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    config = tmp_path / "walls.toml"
    config.write_text(WALL)
    flags = {"database": str(tmp_path / "walls.sqlite3"), "media_folder": str(tmp_path / "media")}
    made = Service(load(config, flags), clock=FakeClock())
    await made.open()
    yield made
    await made.close()


async def enter(service: Service, *said: Arrival) -> None:
    await arrive(service.context, "pyfest26", "test", Batch(said))


async def cached(service: Service, *names: str) -> set[str]:
    """Which of these pictures are on the disk; `put` by another process that shares the folder."""
    disk = Disk(service.settings.media_folder, 2**20, service.clock)
    found = {name for name in names if await disk.get(url(name)) is not None}
    disk.close()
    return found


async def test_pictures_of_erased_posts_leave_the_disk_and_those_that_others_need_stay(
    service: Service,
) -> None:
    bare = author(avatar=None)
    one = post(1, media=(picture("a"), picture("b")), author=bare)
    await enter(service, posted(one), posted(post(2, media=(picture("b"),), author=bare)))
    disk = Disk(service.settings.media_folder, 2**20, service.clock)
    for name in "abc":
        await disk.put(url(name), renditions([b"s", b"m", b"l"]))
    disk.close()
    await service.eraser.look()
    assert await cached(service, "a", "b", "c") == {"a", "b"}
    await enter(service, deleted(1))
    await service.eraser.look()
    assert await cached(service, "a", "b", "c") == {"b"}


async def test_the_picture_of_a_hidden_post_is_for_the_crew_only_and_of_an_erased_one_for_nobody(
    service: Service,
) -> None:
    await enter(service, posted(post(1, media=(picture("a"),))))

    async def seen_by() -> list[str]:
        async with service.store.read() as reading:
            return [
                who for who in ("public", "crew") if await reading.picture(media_id(url("a")), who)
            ]

    assert await seen_by() == ["public", "crew"]
    await decide(service.context, "pyfest26", item_id(post(1).key), "hide")
    assert await seen_by() == ["crew"]
    await enter(service, deleted(1))
    assert await seen_by() == []


async def test_ending_the_service_leaves_no_word_of_what_was_erased(service: Service) -> None:
    await enter(service, posted(post(1, "zebraquagga #pyfest26")), posted(2))
    await enter(service, deleted(1))
    await service.close()
    files = Path(service.settings.database).parent.glob("walls.sqlite3*")
    assert not any(b"zebraquagga" in file.read_bytes() for file in files)
