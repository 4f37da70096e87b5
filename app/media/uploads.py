"""Photos that people sent to a wall: kept as files, rendered anew, for as long as their post is there.

Nothing evicts them: unlike pictures of the networks, they cannot be fetched again.
"""

import os
import re
import secrets
import struct
import time
from collections.abc import Collection
from pathlib import Path

import structlog
from anyio import to_thread

from app.media.cache import Renditions, pack, unpack
from app.media.errors import MediaUnavailable

SCHEME = "upload:"
YOUNG_S = 600
"""A file may be written so long before its post is: younger ones are never swept."""

_NAME = re.compile(r"[0-9a-f]{16,64}")

log = structlog.get_logger(__name__)


class Uploads:
    """Files in one folder, each named like its post. Processes that share a wall share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, name: str, picture: Renditions) -> str:
        """Write a picture; its address. Raises MediaUnavailable when the disk does not take it."""
        path = self._path(name)
        try:
            await to_thread.run_sync(_write, path, pack(picture))
        except OSError as error:
            log.warning("uploads.disk", error=str(error), folder=str(self._folder))
            raise MediaUnavailable("The photo cannot be kept just now.") from error
        return SCHEME + name

    async def get(self, url: str) -> Renditions:
        """The picture at an address that `keep` gave. MediaUnavailable when it is not there, or not whole."""
        try:
            data = await to_thread.run_sync(self._path(url.removeprefix(SCHEME)).read_bytes)
        except (OSError, ValueError) as error:
            raise MediaUnavailable("The photo is not here.") from error
        picture = unpack(data)
        if picture is None:
            raise MediaUnavailable("The photo's file is broken.")
        return picture

    async def erase(self, url: str) -> None:
        """Erase the picture at an address. Raises OSError when it is there and cannot be erased."""
        path = self._path(url.removeprefix(SCHEME))
        await to_thread.run_sync(lambda: path.unlink(missing_ok=True))

    async def sweep(self, kept: Collection[str]) -> int:
        """Erase every picture whose address is not among `kept`, but for young ones; how many there were."""
        return await to_thread.run_sync(
            _sweep, self._folder, {u.removeprefix(SCHEME) for u in kept}
        )

    def _path(self, name: str) -> Path:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is no name of a photo")
        return self._folder / name


def webp_size(body: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as a WebP file's head says (RFC 9649, 2.5 to 2.7); None when it is none."""
    head = body[:30].ljust(30, b"\0")
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return None


def _write(path: Path, data: bytes) -> None:
    """There whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sweep(folder: Path, kept: Collection[str]) -> int:
    old = time.time() - YOUNG_S
    swept = 0
    for path in folder.glob("*"):
        if path.name not in kept and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            swept += 1
    return swept
