"""The desk's own frame: who of the crew is here and on which post, how the screens are, and what they have proven."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from app.live.claims import Claims
from app.live.protocol import desk_frame
from app.live.screens import Screens, Told
from app.ports import Clock

ROUTINE_S = 1.0
"""What is in no hurry is told after this time at the latest: heartbeats, claims that have ended."""
PAUSE_S = 0.25
"""Changes that come within this time are one frame."""


class _Room:
    """Those who sit at the desk of one wall."""

    def __init__(self, clock: Clock) -> None:
        self.claims = Claims(clock)
        self.seats: dict[Told, tuple[str, str]] = {}
        """The account and the name behind each line."""
        self.told: dict[Told, bytes] = {}
        """The frame that each line was given last."""

    def here(self) -> list[str]:
        """Their names, each once."""
        return sorted({name for _, name in self.seats.values()})


class DeskRoom:
    """The crew that is connected to this process. Nothing of it is written down."""

    def __init__(self, clock: Clock, screens: Screens, moved: asyncio.Event) -> None:
        """`moved` is set, here and by the screens, when there is something to tell at once."""
        self._clock, self._screens, self._moved = clock, screens, moved
        self._rooms: dict[str, _Room] = {}

    @contextmanager
    def seat(self, wall: str, account: str, name: str, line: Told) -> Iterator[None]:
        """Somebody of the crew is connected; when the last page of a person leaves, so does the claim."""
        room = self._room(wall)
        room.seats[line] = (account, name)
        self._moved.set()
        try:
            yield
        finally:
            del room.seats[line]
            room.told.pop(line, None)
            if account not in {who for who, _ in room.seats.values()}:
                room.claims.drop(account)
            self._moved.set()

    def claim(self, wall: str, post: str, account: str, name: str) -> datetime:
        """Claim a post, or claim it again: until when. ConflictError when somebody else is on it."""
        claim = self._room(wall).claims.take(account, name, post)
        self._moved.set()
        return claim.until

    def release(self, wall: str, post: str, account: str) -> None:
        """Free a post that this person claimed."""
        self._room(wall).claims.drop(account, post)
        self._moved.set()

    async def run(self) -> None:
        """Tell the crew what is new, at most four times a second; without end."""
        while True:
            try:
                async with asyncio.timeout(ROUTINE_S):
                    await self._moved.wait()
            except TimeoutError:
                pass
            self._moved.clear()
            self.tell()
            await asyncio.sleep(PAUSE_S)

    def tell(self) -> None:
        """Give everybody the frame of now, unless it is what they have."""
        self._screens.check()
        for wall, room in self._rooms.items():
            if not room.seats:
                continue
            frame = desk_frame(
                room.here(),
                room.claims.as_json(),
                self._screens.told(wall),
                self._screens.proofs(wall),
            )
            for line in room.seats:
                if room.told.get(line) != frame:
                    room.told[line] = frame
                    line.say(frame)

    def _room(self, wall: str) -> _Room:
        if wall not in self._rooms:
            self._rooms[wall] = _Room(self._clock)
        return self._rooms[wall]
