"""Pictures, a clock and a watched network for the tests of media."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image


class HandClock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 9, 30, tzinfo=UTC) + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """An image as the bytes of a file."""

    def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
        out = BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    return encode


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where sockets were to be connected; none of them is."""
    seen: list[tuple[str, int]] = []

    def connect(_: socket.socket, address: tuple[str, int]) -> None:
        seen.append((address[0], address[1]))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return seen
