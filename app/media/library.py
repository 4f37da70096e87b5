"""Pictures by address: from memory, from disk, or fetched and rendered once for all who ask."""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from app.domain.identity import media_id, media_id_of
from app.errors import HallwayError
from app.media.assets import SCHEME, read_asset
from app.media.cache import Disk, Rendition, Renditions, Shelf, Size, renditions
from app.media.errors import MediaRefused, MediaUnavailable
from app.media.fetch import Fetcher, Limits
from app.media.guard import Guard, Resolver, resolve
from app.media.uploads import SCHEME as UPLOAD
from app.media.uploads import Uploads, webp_size
from app.media.worker import Worker
from app.ports import Clock

__all__ = ["Limits", "MediaLibrary", "MediaRefused", "MediaUnavailable", "Rendition", "Size"]

_REFUSED_S = 3600.0
_RETRY_S = 60.0
_TAKEN_AWAY = "The picture was taken away just now."
_MAX_FAILURES = 10_000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no picture at an address, and until when nobody asks again."""

    reason: str
    refused: bool
    until: float
    """Monotonic seconds."""

    def error(self, now: float) -> HallwayError:
        """A new error to raise."""
        if self.refused:
            return MediaRefused(self.reason)
        return MediaUnavailable(self.reason, retry_after_s=max(self.until - now, 1.0))


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that was sent to a wall, as it is kept: its address, and its size in pixels where known."""

    url: str
    width: int | None
    height: int | None


_Outcome = Renditions | Failure
_Flight = asyncio.Task[_Outcome]


class MediaLibrary:
    """The pictures of posts in three sizes, WebP only, fetched under guard and kept."""

    def __init__(
        self,
        cache_dir: Path,
        *,
        clock: Clock,
        assets: Mapping[str, Path] | None = None,
        allowed_hosts: Collection[str] = (),
        resolver: Resolver = resolve,
        limits: Limits | None = None,
        cache_bytes: int = 512 * _MIB,
        memory_bytes: int = 64 * _MIB,
        ssl_context: ssl.SSLContext | None = None,
        worker: Worker | None = None,
    ) -> None:
        """`assets` maps names to folders; `allowed_hosts` are `host` or `host:port` that the
        operator named: they may lie on private addresses and use other ports.

        Nothing is fetched or started before `get`.
        """
        self._clock = clock
        self._limits = limits or Limits()
        self._folders = tuple((assets or {}).values())
        self._fetcher = Fetcher(Guard(allowed_hosts, resolver), self._limits, ssl_context)
        self._worker = worker or Worker()
        self._shelf = Shelf(memory_bytes)
        self._disk = Disk(cache_dir, cache_bytes, clock)
        self._uploads = Uploads(cache_dir / "uploads")
        self._flights: dict[str, _Flight] = {}
        self._erasures: dict[str, _Flight] = {}
        self._failures: OrderedDict[str, Failure] = OrderedDict()
        self._closed = False

    async def get(self, url: str, size: Size) -> Rendition:
        """The picture at `url`, in at most 256 (s), 800 (m) or 1920 (l) pixels, never enlarged.

        Raises MediaRefused when we do not show it, MediaUnavailable when it cannot be had now.
        """
        picture = self._shelf.get(url)
        if picture is None:
            outcome = self._failure(url) or await self._join(url)
            if isinstance(outcome, Failure):
                raise outcome.error(self._clock.monotonic())
            picture = outcome
        return picture[size]

    async def keep(self, name: str, source: bytes) -> Upload:
        """Render a photo that somebody sent and keep it under a name of hex digits until it is forgotten.

        Raises MediaRefused when it is no picture we show, MediaUnavailable when it cannot be made or kept now.
        """
        picture = renditions(await self._worker.render(source))
        url = await self._uploads.keep(name, picture)
        return Upload(url, *(webp_size(picture["l"].body) or (None, None)))

    async def sweep_uploads(self, kept: Collection[str]) -> None:
        """Erase photos that no post has any more; `kept` are the addresses that posts have."""
        await self._uploads.sweep(kept)

    async def forget(self, url: str) -> None:
        """Erase what is kept of `url`, and stop fetching it. Raises OSError when that fails."""
        self._shelf.forget(url)
        erasure = self._erasures.get(url) or _start(self._erasures, url, self._erase(url))
        await asyncio.wait({erasure})
        erasure.result()

    async def sweep(self, needed: Callable[[Sequence[str]], Awaitable[Collection[str]]]) -> int:
        """Forget every picture whose id (`media_id`) is not among the `needed` of those asked; how many there were.

        Assets stay: they are the operator's files. Raises OSError when a file cannot be erased.
        """
        addresses = (*self._shelf.addresses(), *self._flights, *self._failures)
        held = {media_id(url): url for url in addresses if not url.startswith(SCHEME)}
        files = {media_id_of(bytes.fromhex(name)): name for name in await self._disk.names()}
        ids = sorted(held.keys() | files.keys())
        useless = set(ids).difference(await needed(ids))
        for id_ in useless:
            if id_ in held:
                await self.forget(held[id_])
            else:
                await self._disk.erase(files[id_])
        return len(useless)

    async def aclose(self) -> None:
        """Stop fetching and end the worker; `get` then answers only from memory."""
        self._closed = True
        for flight in self._flights.values():
            flight.cancel()
        ending = {*self._flights.values(), *self._erasures.values()}
        if ending:
            await asyncio.wait(ending)
        await self._worker.aclose()
        await self._fetcher.aclose()
        self._disk.close()

    def _failure(self, url: str) -> Failure | None:
        failure = self._failures.get(url)
        return failure if failure and failure.until > self._clock.monotonic() else None

    async def _join(self, url: str) -> _Outcome:
        """One flight for all who ask; it goes on when those who asked have left."""
        if self._closed:
            raise MediaUnavailable("The service is stopping.")
        flight = self._erasures.get(url) or self._flights.get(url)
        flight = flight or _start(self._flights, url, self._fly(url))
        await asyncio.wait({flight})
        if flight.cancelled():
            raise MediaUnavailable(_TAKEN_AWAY)
        return flight.result()

    async def _erase(self, url: str) -> Failure:
        """Who asks meanwhile waits for this, so nobody reads from disk what is being erased."""
        if flight := self._flights.get(url):
            flight.cancel()
            await asyncio.wait({flight})
        self._shelf.forget(url)
        self._failures.pop(url, None)
        await self._disk.forget(url)
        if url.startswith(UPLOAD):
            await self._uploads.erase(url)
        return Failure(_TAKEN_AWAY, refused=False, until=self._clock.monotonic() + _RETRY_S)

    async def _fly(self, url: str) -> _Outcome:
        picture = None if url.startswith(UPLOAD) else await self._disk.get(url)
        if picture is None:
            try:
                picture = await self._made(url)
            except (MediaRefused, MediaUnavailable) as error:
                return self._failed(url, error)
        self._shelf.put(url, picture)
        return picture

    async def _made(self, url: str) -> Renditions:
        return await (self._uploads.get(url) if url.startswith(UPLOAD) else self._render(url))

    async def _render(self, url: str) -> Renditions:
        async with self._source(url) as source:
            picture = renditions(await self._worker.render(source))
        if not url.startswith(SCHEME):  # assets are near, and their files may change
            await self._disk.put(url, picture)
        return picture

    @asynccontextmanager
    async def _source(self, url: str) -> AsyncIterator[bytes]:
        if url.startswith(SCHEME):
            read = to_thread.run_sync(read_asset, url, self._folders, self._limits.max_bytes)
            yield await read
        else:
            async with self._fetcher.source(url) as source:
                yield source

    def _failed(self, url: str, error: MediaRefused | MediaUnavailable) -> Failure:
        refused = isinstance(error, MediaRefused)
        wait_s = error.retry_after_s if isinstance(error, MediaUnavailable) else _REFUSED_S
        failure = Failure(error.message, refused, self._clock.monotonic() + wait_s)
        self._failures[url] = failure
        self._failures.move_to_end(url)
        if len(self._failures) > _MAX_FAILURES:
            self._failures.popitem(last=False)
        return failure


def _start(among: dict[str, _Flight], url: str, work: Coroutine[Any, Any, _Outcome]) -> _Flight:
    """Run `work`, findable under its address until it ends."""
    task = among[url] = asyncio.create_task(work)
    task.add_done_callback(lambda _: among.pop(url))
    return task
