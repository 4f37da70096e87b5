"""Who follows the shared deflate stream: from message to message all its viewers must be sent the same."""

from collections.abc import MutableMapping

from app.live.deflate import SharedStream
from app.live.line import Line
from app.live.outgoing import Outgoing, Way
from app.live.websocket import text_frame

OUTSIDE = 3
"""The stream begins anew when those outside it have been sent this many times as many messages as it has followers.

A beginning costs each follower some 300 bytes, and saves each viewer outside as much a message. docs/decisions/0006.
"""
STRETCH = 128
"""Messages after which it begins anew however few are outside."""

Place = tuple[int, Way]
"""Where viewers stand, and how they take what comes next."""
Groups = MutableMapping[Place, list[Line]]


class Chain:
    """One deflate stream, and the seq at which all who follow it stand.

    A page can follow only from the stream's beginning on, where it refers to nothing before. So who joins, or was sent
    another frame than the rest, gets frames deflated on their own until the stream begins anew: nothing is sent again.
    """

    def __init__(self) -> None:
        self._stream = SharedStream()
        self._outside = 0
        self.at = -1

    def follows(self, place: Place) -> bool:
        """Whether those at this place can decode the next message."""
        return place == (self.at, Way.STREAM)

    def gather(self, groups: Groups) -> None:
        """Before a pass: begin anew when it is worth it, or when nobody follows, with all who stand at one seq."""
        followers = len(groups.get((self.at, Way.STREAM), ()))
        outside = {seq: len(lines) for (seq, way), lines in groups.items() if way is Way.SINGLE}
        self._outside += sum(outside.values())
        if followers and self._outside < OUTSIDE * followers and self._stream.count < STRETCH:
            return
        if not followers:
            self.at = max(outside, key=lambda seq: outside[seq], default=self.at)
        self._stream.restart()
        self._outside = 0
        joining = groups.pop((self.at, Way.SINGLE), [])
        groups.setdefault((self.at, Way.STREAM), []).extend(joining)

    def next(self, frame: Outgoing, seq: int) -> bytes:
        """The stream's next message, which brings its viewers to `seq`."""
        self.at = seq
        return text_frame(self._stream.next(frame.payload), deflated=True)
