"""Who follows the shared deflate stream: from message to message all its viewers must be sent the same."""

from collections.abc import MutableMapping

from app.live.deflate import SharedStream
from app.live.line import Line
from app.live.outgoing import Outgoing, Way
from app.live.websocket import text_frame

STRETCH = 32
"""Messages after which the stream begins anew and takes in who came meanwhile. docs/decisions/0006."""

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
        self.at = -1

    def follows(self, place: Place) -> bool:
        """Whether those at this place can decode the next message."""
        return place == (self.at, Way.STREAM)

    def gather(self, groups: Groups) -> None:
        """Begin anew when it is time, or when nobody follows, with all who stand at one seq."""
        if groups.get((self.at, Way.STREAM)) and self._stream.count < STRETCH:
            return
        deflating = {seq: len(lines) for (seq, way), lines in groups.items() if way is Way.SINGLE}
        if not groups.get((self.at, Way.STREAM)):
            if not deflating:
                return
            self.at = max(deflating, key=lambda seq: deflating[seq])
        self._stream.restart()
        joining = groups.pop((self.at, Way.SINGLE), [])
        groups.setdefault((self.at, Way.STREAM), []).extend(joining)

    def next(self, frame: Outgoing, seq: int) -> bytes:
        """The stream's next message, which brings its viewers to `seq`."""
        self.at = seq
        return text_frame(self._stream.next(frame.payload), deflated=True)
