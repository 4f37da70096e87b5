"""Jetstream's frames, compressed: with a dictionary that each host of the second form gives."""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol
from urllib.parse import urlsplit

from app.errors import SourceError, UsageError
from app.sources.bluesky.events import Endpoint
from app.sources.connection import MAX_BODY, NONSENSE, Connection, Timeouts, server_name

DICTIONARY_PATH = "/xrpc/network.bsky.jetstream.getZstdDictionary"
MAGIC = b"\x28\xb5\x2f\xfd"
"""With which a frame of zstd begins (RFC 8878, 3.1.1); JSON begins otherwise."""

LARGEST_DICTIONARY = 4 * 1024 * 1024
"""Bytes; Bluesky's has some 100 KiB."""


class Unpack(Protocol):
    """Bytes of a frame to the bytes of its JSON. What cannot be read is nothing: b""."""

    def __call__(self, raw: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Packing:
    """How one host packs its frames."""

    id: int
    """The dictionary's number, as the host is asked for it."""
    unpack: Unpack


def need_zstd() -> None:
    """Raises UsageError where this Python cannot read zstd."""
    try:
        zstd_module()
    except ImportError:
        raise UsageError(
            "Compressed frames of Jetstream need a package that is not installed.",
            hint="Install Hallway with it: hallway[zstd]. Python 3.14 has it by itself.",
        ) from None


async def fetch_packing(endpoint: Endpoint, *, contact: str, timeouts: Timeouts) -> Packing:
    """The dictionary of this host. Raises SourceError."""
    parts = urlsplit(endpoint.address)
    base = f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"
    server = server_name(base)
    line = Connection(accept="application/octet-stream", contact=contact, timeouts=timeouts)
    async with line:
        with line.patience(server):
            async with line.ask(server, "GET", f"{base}{DICTIONARY_PATH}") as response:
                if not response.is_success:
                    raise SourceError(f"{server} gives no dictionary.", code=NONSENSE)
                raw = b""
                async for chunk in response.aiter_bytes():
                    raw += chunk
                    if len(raw) > LARGEST_DICTIONARY:
                        raise SourceError(f"{server} gives too large a dictionary.", code=NONSENSE)
    return read_packing(raw, server)


def read_packing(raw: bytes, server: str = "") -> Packing:
    """The dictionary in these bytes. Raises SourceError when they hold none."""
    zstd = zstd_module()
    try:
        dictionary = zstd.ZstdDict(raw)
    except (ValueError, zstd.ZstdError):
        raise SourceError(f"{server} gives no usable dictionary.", code=NONSENSE) from None

    def unpack(raw: bytes) -> bytes:
        if not raw.startswith(MAGIC):
            return raw
        opened = zstd.ZstdDecompressor(zstd_dict=dictionary)
        try:
            found = opened.decompress(raw, max_length=MAX_BODY)
        except zstd.ZstdError:
            return b""
        return found if opened.eof else b""  # larger than anything that Jetstream sends

    return Packing(dictionary.dict_id, unpack)


def zstd_module() -> ModuleType:
    """The library. Raises ImportError where there is none."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
