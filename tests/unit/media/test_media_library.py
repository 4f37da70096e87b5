"""The library answers from what it has, asks once for all, and remembers what cannot be had."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from app.media.errors import MediaRefused, MediaUnavailable
from app.media.library import MediaLibrary
from app.media.worker import Worker
from app.ports import Clock

pytestmark = pytest.mark.anyio

Encode = Callable[..., bytes]


class CountingWorker(Worker):
    """Paints without a process, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.rendered: list[bytes] = []

    async def render(self, source: bytes) -> list[bytes]:
        self.rendered.append(source)
        await asyncio.sleep(0)
        return [source + size for size in (b"s", b"m", b"l")]


class FakeNames:
    """Answers every name with one address, and counts who was asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return [self.address]


@pytest.fixture
def painter() -> CountingWorker:
    return CountingWorker()


@pytest.fixture
def names() -> FakeNames:
    return FakeNames("93.184.215.14")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
async def library(
    tmp_path: Path, photos: Path, clock: Clock, painter: CountingWorker, names: FakeNames
) -> AsyncIterator[MediaLibrary]:
    assets = {"none": tmp_path / "missing", "rehearsal": photos}
    library = MediaLibrary(
        tmp_path / "cache", clock=clock, assets=assets, resolver=names, worker=painter
    )
    yield library
    await library.aclose()


async def test_an_asset_is_found_in_the_registered_folders(
    library: MediaLibrary, photos: Path
) -> None:
    (photos / "stage.jpg").write_bytes(b"photo")
    small, large = (
        await library.get("asset:stage.jpg", "s"),
        await library.get("asset:stage.jpg", "l"),
    )
    assert (small.body, large.body) == (b"photos", b"photol")
    assert small.content_type == "image/webp"
    assert small.etag != large.etag
    assert (small.etag[0], small.etag[-1]) == ('"', '"')


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../secret.jpg", "/etc/passwd", "sub/a.jpg", "a\\b.jpg", "a\0.jpg", ".hidden"],
)
async def test_an_asset_is_never_a_path(name: str, library: MediaLibrary, photos: Path) -> None:
    (photos.parent / "secret.jpg").write_bytes(b"secret")
    (photos / ".hidden").write_bytes(b"secret")
    with pytest.raises(MediaRefused):
        await library.get(f"asset:{name}", "s")


async def test_a_link_out_of_the_folder_is_refused(library: MediaLibrary, photos: Path) -> None:
    (photos.parent / "secret.jpg").write_bytes(b"secret")
    (photos / "link.jpg").symlink_to(photos.parent / "secret.jpg")
    with pytest.raises(MediaRefused):
        await library.get("asset:link.jpg", "s")


async def test_a_missing_asset_is_unavailable(library: MediaLibrary, photos: Path) -> None:
    (photos / "folder.jpg").mkdir()
    for name in ("nothing.jpg", "folder.jpg"):
        with pytest.raises(MediaUnavailable):
            await library.get(f"asset:{name}", "s")


async def test_an_asset_over_the_limit_is_refused(library: MediaLibrary, photos: Path) -> None:
    with (photos / "huge.jpg").open("wb") as file:
        os.truncate(file.fileno(), 11 * 1024 * 1024)
    with pytest.raises(MediaRefused):
        await library.get("asset:huge.jpg", "s")


async def test_many_who_ask_at_once_cause_one_rendering(
    library: MediaLibrary, photos: Path, painter: CountingWorker
) -> None:
    (photos / "stage.jpg").write_bytes(b"photo")
    asked = [library.get("asset:stage.jpg", size) for size in ("s", "m", "l") * 20]
    assert len(await asyncio.gather(*asked)) == 60
    assert painter.rendered == [b"photo"]


async def test_one_who_leaves_does_not_end_it_for_the_others(
    library: MediaLibrary, photos: Path, painter: CountingWorker
) -> None:
    (photos / "stage.jpg").write_bytes(b"photo")
    first = asyncio.create_task(library.get("asset:stage.jpg", "s"))
    second = asyncio.create_task(library.get("asset:stage.jpg", "s"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).body == b"photos"
    assert first.cancelled()
    assert painter.rendered == [b"photo"]


async def test_a_refused_picture_is_not_asked_for_again_for_an_hour(
    library: MediaLibrary, names: FakeNames, clock: Clock
) -> None:
    names.address = "10.0.0.1"
    for _ in range(3):
        with pytest.raises(MediaRefused):
            await library.get("http://pics.example/a", "s")
        await clock.sleep(1700)
    assert len(names.asked) == 1
    await clock.sleep(1700)
    with pytest.raises(MediaRefused):
        await library.get("http://pics.example/a", "s")
    assert len(names.asked) == 2


async def test_an_unavailable_picture_is_asked_for_again_after_a_minute(
    library: MediaLibrary, names: FakeNames, clock: Clock, connections: list[tuple[str, int]]
) -> None:
    async def ask() -> float:
        with pytest.raises(MediaUnavailable) as caught:
            await library.get("http://pics.example/a", "s")
        return caught.value.retry_after_s

    assert await ask() == 60
    await clock.sleep(45)
    assert await ask() == 15
    await clock.sleep(16)
    assert await ask() == 60
    assert connections == [("93.184.215.14", 80)] * 2


async def test_every_failed_answer_is_an_error_of_its_own(library: MediaLibrary) -> None:
    answers = await asyncio.gather(
        *(library.get("file:///etc/passwd", "s") for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, MediaRefused) for answer in answers)
    assert len({id(answer) for answer in answers}) == 3


async def test_who_asks_while_it_is_being_forgotten_gets_nothing(
    library: MediaLibrary, photos: Path
) -> None:
    (photos / "stage.jpg").write_bytes(b"photo")
    before = asyncio.create_task(library.get("asset:stage.jpg", "s"))
    await asyncio.sleep(0)
    forgetting = asyncio.create_task(library.forget("asset:stage.jpg"))
    await asyncio.sleep(0)
    during = asyncio.create_task(library.get("asset:stage.jpg", "s"))
    await asyncio.gather(forgetting, library.forget("asset:stage.jpg"))
    for asked in (before, during):
        with pytest.raises(MediaUnavailable):
            await asked


async def test_closing_answers_those_who_wait_and_takes_no_more(
    library: MediaLibrary, photos: Path
) -> None:
    (photos / "stage.jpg").write_bytes(b"photo")
    waiting = asyncio.create_task(library.get("asset:stage.jpg", "s"))
    await asyncio.sleep(0)
    await library.aclose()
    for asked in (waiting, library.get("asset:stage.jpg", "s")):
        with pytest.raises(MediaUnavailable):
            await asked


async def test_assets_are_rendered_by_the_real_worker(
    tmp_path: Path, photos: Path, clock: Clock, encoded: Encode
) -> None:
    (photos / "stage.png").write_bytes(encoded(Image.new("RGB", (900, 300))))
    library = MediaLibrary(tmp_path / "cache", clock=clock, assets={"rehearsal": photos})
    assert (await library.get("asset:stage.png", "m")).body[8:12] == b"WEBP"
    await library.aclose()
