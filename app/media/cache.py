"""Keeps rendered pictures: the latest in memory, many more on a bounded part of the disk.

One file holds the three sizes of one address: SHA-256 of what follows, three big-endian u32
lengths, the bodies. A length of 0 says that the size is the same as the one before it.
"""

import asyncio
import hashlib
import os
import re
import secrets
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import structlog

from app.ports import Clock

Size = Literal["s", "m", "l"]
SIZES: tuple[Size, ...] = ("s", "m", "l")
_HEAD = struct.Struct(">32s3I")
_NAME = re.compile(r"[0-9a-f]{64}")
_TMP_MAX_AGE_S = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of a picture, ready to be sent."""

    body: bytes
    etag: str
    """With its quotes, as the header wants it."""
    content_type: str = "image/webp"


P = ParamSpec("P")
R = TypeVar("R")
Renditions = Mapping[Size, Rendition]


def renditions(bodies: Sequence[bytes]) -> Renditions:
    """The three sizes (s, m, l) with their etags."""
    digests = (hashlib.sha256(body).hexdigest()[:32] for body in bodies)
    made = (Rendition(body, f'"{digest}"') for body, digest in zip(bodies, digests, strict=True))
    return dict(zip(SIZES, made, strict=True))


def pack(picture: Renditions) -> bytes:
    """The bytes of a cache file."""
    bodies = [picture[size].body for size in SIZES]
    again = [False, bodies[1] == bodies[0], bodies[2] == bodies[1]]
    kept = [b"" if same else body for body, same in zip(bodies, again, strict=True)]
    rest = _HEAD.pack(b"", *map(len, kept))[32:] + b"".join(kept)
    return hashlib.sha256(rest).digest() + rest


def unpack(data: bytes) -> Renditions | None:
    """What `pack` was given; None when the bytes are not what was written."""
    if len(data) < _HEAD.size or hashlib.sha256(data[32:]).digest() != data[:32]:
        return None
    bodies: list[bytes] = []
    at = _HEAD.size
    for length in _HEAD.unpack_from(data)[1:]:
        bodies.append(data[at : at + length] if length else bodies[-1])
        at += length
    return renditions(bodies)


class Shelf:
    """The latest pictures in memory, bounded by bytes; the one not used for longest goes first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[str, Renditions] = OrderedDict()
        self._bytes = 0

    def get(self, url: str) -> Renditions | None:
        """The picture, if it is here."""
        if url in self._held:
            self._held.move_to_end(url)
        return self._held.get(url)

    def addresses(self) -> list[str]:
        """Of the pictures that are here."""
        return list(self._held)

    def put(self, url: str, picture: Renditions) -> None:
        """Hold a picture; others may have to go."""
        self.forget(url)
        self._held[url] = picture
        self._bytes += _weight(picture)
        while self._bytes > self._limit:
            self.forget(next(iter(self._held)))

    def forget(self, url: str) -> None:
        """Let go of a picture."""
        picture = self._held.pop(url, None)
        self._bytes -= _weight(picture) if picture else 0


class Disk:
    """Cache files in a folder, bounded by bytes, least lately used erased first.

    Nothing here raises for a disk that is full or broken: the cache then forgets, and says so once.
    Several processes may share a folder; each counts what it has seen of it.
    """

    def __init__(self, folder: Path, limit_bytes: int, clock: Clock) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._clock = clock
        self._sizes: OrderedDict[str, int] | None = None
        self._healthy = True
        # One thread, so that what is asked happens in that order: also when a write is cancelled
        # while it runs, an erase that was asked for after it comes after it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="media-cache")

    async def get(self, url: str) -> Renditions | None:
        """The picture, if it is on disk and whole. A broken file is erased."""
        return await self._run(self._get, _name(url))

    async def put(self, url: str, picture: Renditions) -> None:
        """Write a picture; others may have to go."""
        await self._run(self._put, _name(url), pack(picture))

    async def forget(self, url: str) -> None:
        """Erase a picture. Raises OSError when it is there and cannot be erased."""
        await self._run(self._erase, _name(url))

    async def names(self) -> list[str]:
        """The names of all files, those of other processes too: SHA-256 of the address in hex. Old drafts are erased."""
        return await self._run(self._names)

    async def erase(self, name: str) -> None:
        """Erase a file by its name. Raises OSError when it is there and cannot be erased."""
        await self._run(self._erase, name)

    def close(self) -> None:
        """End the thread, once it has done what it was asked."""
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(work, *args, **kwargs))

    def _get(self, name: str) -> Renditions | None:
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain(error)
            return None
        picture = unpack(data)
        if picture is None:
            log.warning("media_cache_file_broken", file=path.name)
            self._remove(path)
            return None
        self._touch(name, len(data))
        return picture

    def _put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        draft = path.with_suffix(f".{secrets.token_hex(8)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
            draft.replace(path)
            self._healthy = True
        except OSError as error:
            self._complain(error)
            self._remove(draft)
            return
        self._touch(name, len(data))
        self._evict()

    def _erase(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        self._known().pop(name, None)

    def _evict(self) -> None:
        known = self._known()
        total = sum(known.values())
        while total > self._limit and known:
            name, size = known.popitem(last=False)
            total -= size
            self._remove(self._path(name))

    def _touch(self, name: str, size: int) -> None:
        """Note the use, on disk too: so the order survives a restart."""
        known = self._known()
        known[name] = size
        known.move_to_end(name)
        used_at = self._clock.now().timestamp()
        try:
            os.utime(self._path(name), (used_at, used_at))
        except OSError as error:
            self._complain(error)

    def _names(self) -> list[str]:
        self._sizes = None
        return [name for name in self._known() if _NAME.fullmatch(name)]

    def _known(self) -> OrderedDict[str, int]:
        """Names and bytes of the files, least lately used first."""
        if self._sizes is None:
            self._sizes, drafts = scan(self._folder)
            for draft in drafts:
                self._remove(draft)
        return self._sizes

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if self._healthy:
            log.warning("media_cache_disk_unusable", error=str(error), folder=str(self._folder))
        self._healthy = False


def scan(folder: Path) -> tuple[OrderedDict[str, int], list[Path]]:
    """Cache files and their bytes, least lately used first; and drafts that a crash left."""
    found: list[tuple[float, str, int]] = []
    drafts = []
    for path in folder.glob("??/*"):
        try:
            stat = path.stat()
        except OSError:
            continue  # erased meanwhile by another process
        if path.suffix != ".tmp":
            found.append((stat.st_mtime, path.name, stat.st_size))
        elif time.time() - stat.st_mtime > _TMP_MAX_AGE_S:
            drafts.append(path)
    return OrderedDict((name, size) for _, name, size in sorted(found)), drafts


def _name(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _weight(picture: Renditions) -> int:
    return sum({rendition.etag: len(rendition.body) for rendition in picture.values()}.values())
