"""One frame on its way out: encoded once, and made ready once for each way of sending it."""

from enum import StrEnum
from functools import cached_property

from app.live import deflate
from app.live.websocket import text_frame

LARGE = 64 * 1024


class Way(StrEnum):
    """How a line takes what it is sent."""

    WHOLE = "whole"
    """The JSON itself; somebody else frames it."""
    FRAMED = "framed"
    """A WebSocket frame."""
    SINGLE = "single"
    """A WebSocket frame that is deflated on its own."""
    STREAM = "stream"
    """A WebSocket frame of the deflate stream that all its viewers share."""


class Outgoing:
    """A frame, as JSON in UTF-8."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    @cached_property
    def framed(self) -> bytes:
        """As a WebSocket frame."""
        return text_frame(self.payload)

    @cached_property
    def single(self) -> bytes:
        """As a WebSocket frame that is deflated on its own."""
        return text_frame(deflate.single(self.payload), deflated=True)

    def is_ready(self, way: Way) -> bool:
        """Whether `ready` costs next to nothing: deflating a whole wall takes some 20 ms."""
        return way is not Way.SINGLE or len(self.payload) < LARGE or "single" in self.__dict__

    def ready(self, way: Way) -> bytes:
        """The bytes for a line; a viewer that is outside the shared stream gets the frame on its own."""
        if way is Way.WHOLE:
            return self.payload
        return self.framed if way is Way.FRAMED else self.single
