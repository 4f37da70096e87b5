"""The seam of delivery: the far end of one socket, as the crowd sees it."""

from typing import ClassVar, Literal, Protocol

Kind = Literal["lean", "plain"]


class Line(Protocol):
    """The far end of one socket. Takes what it is given at once and never makes the giver wait."""

    kind: ClassVar[Kind]
    pinged: ClassVar[bool]
    """Whether a pulse carries a WebSocket ping, which this line then notes the answer to."""
    framed: ClassVar[bool]
    """Whether it takes WebSocket frames; else their JSON."""
    deflates: bool
    """Whether its page can read deflated frames."""
    silent: bool
    """Whether a ping has not been answered yet."""
    heard: int
    """Frames that came from the page since this was last set to 0."""

    @property
    def open(self) -> bool:
        """Whether frames may be given to it."""
        ...

    def take(self, data: bytes) -> bool:
        """Hand over whole frames. False when not all has left at once: what is left is kept, and the crowd told when it has gone."""
        ...

    def waiting(self) -> int:
        """Bytes that it keeps because the socket did not take them yet."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye; the crowd hears when the line has gone."""
        ...

    def abort(self) -> None:
        """Drop the connection at once, whatever still waits."""
        ...
