"""The cache gives back what it was given or nothing, within its bounds, restarts included."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.media.cache import Disk, Renditions, Shelf, pack, renditions, unpack
from app.ports import Clock

pytestmark = pytest.mark.anyio

Open = Callable[..., Disk]


def picture(weight: int = 100, mark: bytes = b"x") -> Renditions:
    return renditions([mark * weight] * 3)


def url(number: int) -> str:
    return f"https://pics.example/{number}"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def disk(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the same folder as often as asked."""
    opened: list[Disk] = []

    def open_it(limit_bytes: int = 10_000) -> Disk:
        opened.append(Disk(tmp_path, limit_bytes, clock))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=3, max_size=3))
def test_what_is_unpacked_is_what_was_packed(bodies: list[bytes]) -> None:
    assert unpack(pack(renditions(bodies))) == renditions(bodies)


@given(st.binary(min_size=1, max_size=30), st.data())
def test_a_file_with_any_byte_changed_or_missing_is_not_believed(
    body: bytes, data: st.DataObject
) -> None:
    packed = pack(renditions([body, body + b"m", body + b"l"]))
    at = data.draw(st.integers(0, len(packed) - 1))
    changed = bytes([*packed[:at], packed[at] ^ data.draw(st.integers(1, 255)), *packed[at + 1 :]])
    assert unpack(changed) is None
    assert unpack(packed[:at]) is None


def test_sizes_that_are_the_same_are_stored_once() -> None:
    assert len(pack(renditions([b"x" * 1000] * 3))) < 1100


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 60))), st.integers(1, 100))
def test_the_shelf_never_holds_more_than_its_limit(puts: list[tuple[int, int]], limit: int) -> None:
    shelf = Shelf(limit)
    for number, weight in puts:
        shelf.put(url(number), picture(weight))
        held = [found for one in range(6) if (found := shelf.get(url(one)))]
        assert sum(len(found["s"].body) for found in held) <= limit


async def test_a_picture_survives_a_restart(disk: Open) -> None:
    await disk().put(url(1), picture())
    assert await disk().get(url(1)) == picture()


async def test_an_unknown_picture_is_not_there(disk: Open) -> None:
    assert await disk().get(url(1)) is None


async def test_the_picture_not_used_for_longest_goes_first(disk: Open, tmp_path: Path) -> None:
    store = disk(450)
    for number in (1, 2, 3):
        await store.put(url(number), picture())
    await store.get(url(1))
    await store.put(url(4), picture())
    kept = [number for number in range(1, 5) if await store.get(url(number))]
    assert kept == [1, 3, 4][-len(kept) :]
    assert 2 not in kept
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 450


async def test_the_order_of_use_survives_a_restart(disk: Open, clock: Clock) -> None:
    store = disk(500)
    for number in (1, 2, 3):
        await clock.sleep(60)
        await store.put(url(number), picture())
    await clock.sleep(60)
    await store.get(url(1))
    again = disk(500)
    await again.put(url(4), picture())
    assert await again.get(url(2)) is None
    assert await again.get(url(1)) == picture()


async def test_a_smaller_limit_after_a_restart_is_kept(disk: Open, tmp_path: Path) -> None:
    for number in range(20):
        await disk().put(url(number), picture())
    await disk(500).put(url(99), picture())
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 500


async def test_what_is_forgotten_leaves_no_file(disk: Open, tmp_path: Path) -> None:
    store = disk()
    await store.put(url(1), picture())
    await store.forget(url(1))
    await store.forget(url(2))
    assert files(tmp_path) == []
    assert await store.get(url(1)) is None


async def test_what_another_process_wrote_is_found_and_forgotten(
    disk: Open, tmp_path: Path
) -> None:
    here, there = disk(), disk()
    assert await here.get(url(1)) is None
    await there.put(url(1), picture())
    assert await here.get(url(1)) == picture()
    await here.forget(url(1))
    assert files(tmp_path) == []
    assert await there.get(url(1)) is None


async def test_a_broken_file_is_erased_and_reported(disk: Open, tmp_path: Path) -> None:
    store = disk()
    await store.put(url(1), picture())
    files(tmp_path)[0].write_bytes(b"RIFF....WEBP")
    with capture_logs() as logs:
        assert await store.get(url(1)) is None
    assert [entry["event"] for entry in logs] == ["media_cache_file_broken"]
    assert files(tmp_path) == []


async def test_a_full_disk_is_reported_once_and_leaves_nothing_half_written(
    disk: Open, tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    store = disk()
    with full_disk(), capture_logs() as logs:
        for number in range(3):
            await store.put(url(number), picture())
    assert [entry["event"] for entry in logs] == ["media_cache_disk_unusable"]
    assert files(tmp_path) == []
    await store.put(url(1), picture())
    assert await store.get(url(1)) == picture()


async def test_a_folder_that_cannot_be_used_is_no_error(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    store = Disk(tmp_path / "taken", 1000, clock)
    with capture_logs() as logs:
        await store.put(url(1), picture())
        assert await store.get(url(1)) is None
    store.close()
    assert len(logs) == 1


async def test_drafts_that_a_crash_left_are_removed(disk: Open, tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    old, new = tmp_path / "ab" / "abc.1.tmp", tmp_path / "ab" / "abd.2.tmp"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    await disk().put(url(1), picture())
    assert not old.exists()
    assert new.exists()
