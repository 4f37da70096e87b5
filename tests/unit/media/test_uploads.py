"""Photos that people sent are kept without what their cameras wrote, until their post is gone."""

import os
import time
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.media.cache import renditions
from app.media.errors import MediaRefused, MediaUnavailable
from app.media.library import MediaLibrary
from app.media.uploads import YOUNG_S, Uploads, webp_size
from app.ports import Clock

pytestmark = pytest.mark.anyio

Encode = Callable[..., bytes]
NAME = "0123456789abcdef"
PICTURE = renditions([b"small", b"medium", b"large"])


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads")


@pytest.fixture
async def library(tmp_path: Path, clock: Clock) -> AsyncIterator[MediaLibrary]:
    library = MediaLibrary(tmp_path, clock=clock)
    yield library
    await library.aclose()


def files(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def from_a_phone() -> bytes:
    """A JPEG with a place, a camera, a comment and a turn, as phones write them."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCamera"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (52.0, 31.0, 12.5)
    out = BytesIO()
    image = Image.effect_noise((90, 60), 50).convert("RGB")
    image.save(out, "JPEG", exif=exif, comment=b"SecretComment")
    return out.getvalue()


async def test_place_and_camera_are_gone_from_every_byte_and_the_photo_is_upright(
    library: MediaLibrary, tmp_path: Path
) -> None:
    source = from_a_phone()
    assert b"SecretCamera" in source
    kept = await library.keep(NAME, source)
    assert (kept.width, kept.height) == (60, 90)
    [file] = files(tmp_path)
    shown = [(await library.get(kept.url, size)).body for size in ("s", "m", "l")]
    for data in (file.read_bytes(), *shown):
        assert not [word for word in (b"Secret", b"Exif", b"EXIF", b"GPS", b"XMP") if word in data]
    with Image.open(BytesIO(shown[2])) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("WEBP", (60, 90), {})


@pytest.mark.parametrize("source", [b"", b"<svg/>", b"GIF89a", b"\xff\xd8\xff" + b"x" * 99])
async def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    library: MediaLibrary, tmp_path: Path, source: bytes
) -> None:
    with pytest.raises(MediaRefused):
        await library.keep(NAME, source)
    assert files(tmp_path) == []


async def test_a_picture_made_to_burst_is_refused_in_words(
    library: MediaLibrary, encoded: Encode
) -> None:
    bomb = encoded(Image.new("1", (7_000, 6_000)))
    assert len(bomb) < 200_000
    with pytest.raises(MediaRefused, match="too many pixels"):
        await library.keep(NAME, bomb)


async def test_a_photo_is_read_from_its_file_after_a_restart(
    uploads: Uploads, tmp_path: Path, clock: Clock
) -> None:
    url = await uploads.keep(NAME, PICTURE)
    library = MediaLibrary(tmp_path, clock=clock, cache_bytes=1)
    assert (await library.get(url, "m")).body == b"medium"
    await library.aclose()
    assert len(files(tmp_path)) == 1  # no second copy in the cache, and nothing evicts it


async def test_a_forgotten_photo_is_gone_from_memory_and_disk(
    library: MediaLibrary, uploads: Uploads, tmp_path: Path
) -> None:
    url = await uploads.keep(NAME, PICTURE)
    await library.get(url, "l")
    await library.forget(url)
    await library.forget(url)
    assert files(tmp_path) == []
    with pytest.raises(MediaUnavailable):
        await library.get(url, "l")


async def test_the_same_photo_again_takes_the_place_of_the_first(
    uploads: Uploads, tmp_path: Path
) -> None:
    assert await uploads.keep(NAME, PICTURE) == await uploads.keep(NAME, PICTURE)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "UPPER0123456789ABCDEF", "a/b", "0" * 65])
async def test_no_name_leads_out_of_the_folder(uploads: Uploads, name: str) -> None:
    with pytest.raises(MediaUnavailable):
        await uploads.get(f"upload:{name}")
    with pytest.raises(ValueError, match="no name"):
        await uploads.keep(name, PICTURE)


async def test_a_broken_file_is_no_picture(uploads: Uploads, tmp_path: Path) -> None:
    url = await uploads.keep(NAME, PICTURE)
    [file] = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(MediaUnavailable, match="broken"):
        await uploads.get(url)


async def test_a_full_disk_is_told_and_leaves_nothing(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.media.uploads.os.fsync", full)
    with pytest.raises(MediaUnavailable):
        await uploads.keep(NAME, PICTURE)
    assert files(tmp_path) == []


async def test_a_sweep_takes_what_no_post_has_but_for_what_came_just_now(
    uploads: Uploads, tmp_path: Path
) -> None:
    kept, dropped, young = [await uploads.keep(c * 16, PICTURE) for c in "abc"]
    long_ago = time.time() - YOUNG_S - 1
    for name in ("a" * 16, "b" * 16):
        os.utime(tmp_path / "uploads" / name, (long_ago, long_ago))
    assert await uploads.sweep({kept}) == 1
    for url in (kept, young):
        await uploads.get(url)
    with pytest.raises(MediaUnavailable):
        await uploads.get(dropped)


async def test_a_sweep_of_nothing_is_quiet(tmp_path: Path) -> None:
    assert await Uploads(tmp_path / "nowhere").sweep(set()) == 0


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("RGBA", {}),
        ("RGB", {"lossless": True}),
        ("RGB", {"exif": b"Exif\0\0" + b"x" * 9}),
    ],
)
def test_the_size_in_a_webp_head_is_that_of_the_picture(
    encoded: Encode, mode: str, options: dict[str, object]
) -> None:
    assert webp_size(encoded(Image.new(mode, (301, 47)), "WEBP", **options)) == (301, 47)


@pytest.mark.parametrize("body", [b"", b"RIFF", b"RIFF0000WEBPVP9 ", b"\x89PNG"])
def test_what_is_no_webp_has_no_size(body: bytes) -> None:
    assert webp_size(body) is None
