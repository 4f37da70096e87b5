"""Everybody who watches one wall as one audience: where each stands, and how all are brought to the head."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from time import monotonic
from typing import get_args

import structlog

from app import metrics
from app.domain.wall import Audience
from app.errors import HallwayError
from app.live.chain import Chain, Place
from app.live.line import Kind, Line
from app.live.outgoing import Outgoing, Way
from app.live.patience import Patience
from app.live.protocol import seen_of
from app.live.tail import Tail
from app.live.websocket import ping_frame

SLICE = 128
"""Sockets written to before the loop gets its turn: some 1 ms. What arrives meanwhile takes a dozen turns to be stored."""
PULSE_S = 15
"""Seconds between two pulses of a viewer; each second brings one to a fifteenth of them."""
CHATTER = 5_000
"""Frames that a page may send between two pulses: it has little to say."""
BATCH_PAUSE_S = 0.01
"""Between two batches when everybody is dismissed, so that they do not all come back in one moment."""

PING = ping_frame()

log = structlog.get_logger()


class Crowd:
    """The viewers of one tail.

    Nothing is queued for a viewer: it stands at a seq, and what it lacks is one frame, made from the tail's state of now,
    the same for all who stand there. So changes that come faster than sockets can be written to merge by themselves.
    """

    def __init__(
        self, tail: Tail, wall: str, audience: Audience, pulse: Callable[[], bytes]
    ) -> None:
        self.tail, self.wall = tail, wall
        self.audience: Audience = audience
        self.counts: Counter[Kind] = Counter()
        self._pulse = pulse
        self._epoch = ""
        self._groups: dict[Place, list[Line]] = {}
        self._new: list[tuple[Line, str, int | None]] = []
        self._patience = Patience()
        self._meter = _Meter(audience)
        self._chain = Chain()
        self._rows: list[set[Line]] = [set() for _ in range(PULSE_S)]
        self._row = 0
        self._moved = asyncio.Event()

    # who is here

    def join(self, line: Line, epoch: str, seq: int | None) -> None:
        """A viewer that stands at (epoch, seq). It is served at once when that needs no waiting."""
        self.counts[line.kind] += 1
        min(self._rows, key=len).add(line)
        if self.tail.loaded and self._is_ready(line, epoch, seq):
            self._serve(line, epoch, seq)
        else:
            self._new.append((line, epoch, seq))
            self._moved.set()

    def left(self, line: Line) -> None:
        """The line is closed and will take nothing more."""
        self.counts[line.kind] -= 1
        self._patience.forget(line)
        for row in self._rows:
            row.discard(line)

    def leaving(self, line: Line) -> None:
        """The line has said goodbye and waits for the answer."""
        self._patience.leaving(line, monotonic())

    def drained(self, line: Line) -> None:
        """All that a stuck line kept has gone."""
        place = self._patience.freed(line)
        if place is not None and line.open:
            self._stand(line, place)
            self._moved.set()

    def heard(self, line: Line, text: bytes) -> None:
        """What a page said. Screens report what they have painted; anything else is passed over."""
        seen = seen_of(text)
        if seen is not None and seen.painted_ms is not None:
            metrics.painted.labels(self.wall).observe(seen.painted_ms / 1000)

    def wake(self) -> None:
        """The tail may have moved."""
        self._moved.set()

    # bringing everybody to the head

    async def run(self) -> None:
        """Keep everybody at the head; without end."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            self._follow_epoch()
            try:
                while self._new or self._behind():
                    await self._welcome()
                    await self._pass()
            except HallwayError as error:  # the store may come back; the next tick tries again
                log.warning("crowd.waits", wall=self.wall, error=str(error))

    async def _welcome(self) -> None:
        """Serve who has come and could not be served at once."""
        await self.tail.load()
        self._follow_epoch()
        while self._new:
            await self._prepare_snapshot()
            some, self._new = self._new[:SLICE], self._new[SLICE:]
            for line, epoch, seq in some:
                if line.open:
                    self._serve(line, epoch, seq)
            await asyncio.sleep(0)

    async def _prepare_snapshot(self) -> None:
        """Deflate it beside the loop if somebody needs that; when the wall moves meanwhile, the rest is done in the loop."""
        some = islice(self._new, SLICE)
        if not all(self._is_ready(*newcomer) for newcomer in some):
            await asyncio.to_thread(self.tail.snapshot().ready, Way.SINGLE)

    async def _pass(self) -> None:
        """Bring who is behind to where the head is now.

        Who is nearest to the head goes first: when something was taken away, it is they who may show it.
        """
        self._follow_epoch()
        self._chain.gather(self._groups)
        for place in sorted(self._behind(), reverse=True):
            if not await self._bring(place):
                return

    async def _bring(self, place: Place) -> bool:
        """One group to the head as it is now. False when the pass must begin anew."""
        seq, target = place[0], self.tail.seq
        lines, frame = self._groups.pop(place, []), self.tail.changes(seq)
        if frame is None:
            self._new += [(line, self._epoch, seq) for line in lines]
            return True
        data, way = self._encode(place, frame, target)
        while lines:
            some = lines[-SLICE:]
            del lines[-SLICE:]
            self._give(some, data, (target, way))
            await asyncio.sleep(0)
            if self.tail.taken_at > target or self.tail.epoch != self._epoch:
                # what we hold may show what has been taken away
                self._groups.setdefault(place, []).extend(lines)
                return False
        return True

    def _encode(self, place: Place, frame: Outgoing, target: int) -> tuple[bytes, Way]:
        if self._chain.follows(place):
            return self._chain.next(frame, target), Way.STREAM
        way = Way.SINGLE if place[1] is Way.STREAM else place[1]
        return frame.ready(way), way

    def _give(self, lines: Sequence[Line], data: bytes, place: Place) -> None:
        level = [line for line in lines if line.take(data)]
        self._groups.setdefault(place, []).extend(level)
        if len(level) < len(lines):
            for line in set(lines).difference(level):
                if line.open:
                    self._is_stuck(line, place)
        self._meter.sent(lines[0].kind, len(lines), len(data))
        self._meter.took(monotonic() - self.tail.moved_at)

    def _serve(self, line: Line, epoch: str, seq: int | None) -> None:
        """The first frame, if it lacks anything, and a pulse."""
        self._follow_epoch()
        way, first = _way(line), self.tail.first(epoch, seq)
        if first is not None:
            line.take(data := first.ready(way))
            self._meter.sent(line.kind, 1, len(data))
        if line.take(_beat(line, Outgoing(self._pulse()))):
            self._stand(line, (self.tail.seq, way))
        elif line.open:
            self._is_stuck(line, (self.tail.seq, way))

    def _stand(self, line: Line, place: Place) -> None:
        seq, way = place
        if way is Way.STREAM and not self._chain.follows(place):
            way = Way.SINGLE  # the stream went on without it
        self._groups.setdefault((seq, way), []).append(line)

    def _is_ready(self, line: Line, epoch: str, seq: int | None) -> bool:
        first = self.tail.first(epoch, seq)
        return first is None or first.is_ready(_way(line))

    def _is_stuck(self, line: Line, place: Place) -> None:
        self._patience.stuck(line, place, monotonic(), self.tail.volume)

    def _behind(self) -> list[Place]:
        return [
            place for place, lines in self._groups.items() if lines and place[0] != self.tail.seq
        ]

    def _follow_epoch(self) -> None:
        """Another epoch: nobody stands anywhere any more."""
        if self._epoch == self.tail.epoch:
            return
        self._new += [(line, "", None) for group in self._groups.values() for line in group]
        self._groups.clear()
        self._patience.nowhere()
        self._epoch = self.tail.epoch

    # once a second

    async def tick(self) -> None:
        """Pulses for whose turn it is; an end for who takes or says nothing any more."""
        now = monotonic()
        for line, reason in self._patience.over(now, self.tail.volume):
            self._cut(line, reason)
        for line in self._patience.unanswered(now):
            line.abort()
        self._row = (self._row + 1) % PULSE_S
        await self._pulse_row(list(self._rows[self._row]))
        self._drop_closed()
        self._moved.set()

    async def _pulse_row(self, row: list[Line]) -> None:
        pulse = Outgoing(self._pulse())
        waiting = {
            line for line, *_ in self._new
        }  # a pulse before its first frame would say that it is level
        row = [line for line in row if line not in waiting]
        for start in range(0, len(row), SLICE):
            for line in row[start : start + SLICE]:
                if line.silent and line.open:
                    self._cut(line, "silent")
                elif line.open and line not in self._patience:
                    _send_pulse(line, pulse)
            await asyncio.sleep(0)

    def _cut(self, line: Line, reason: str) -> None:
        metrics.cuts.labels(reason).inc()
        line.close(1013, reason)
        line.abort()

    def _drop_closed(self) -> None:
        """Closed lines stay in their group until the next pass; on an idle wall they would gather."""
        held = sum(map(len, self._groups.values())) + len(self._patience)
        if held > sum(self.counts.values()) + SLICE:
            for place, lines in self._groups.items():
                self._groups[place] = [line for line in lines if line.open]

    # the end, and what can be watched

    async def dismiss(self, code: int) -> None:
        """Tell everybody goodbye, in batches."""
        lines = [line for row in self._rows for line in row]
        for start in range(0, len(lines), SLICE):
            for line in lines[start : start + SLICE]:
                line.close(code)
            await asyncio.sleep(BATCH_PAUSE_S)

    def measure(self) -> None:
        """Set the gauges."""
        here = (self.wall, self.audience)
        for kind, count in self.counts.items():
            metrics.viewers.labels(*here, kind).set(count)
        metrics.stuck_viewers.labels(*here).set(len(self._patience))
        metrics.backlog_bytes.labels(*here).set(self._patience.backlog)
        metrics.seq_lag.labels(*here).set(self.lag)

    @property
    def lag(self) -> int:
        """Changes that the viewer who is farthest behind has not been sent."""
        places = [place[0] for place in self._behind()]
        stuck = self._patience.farthest()
        farthest = min(places + ([] if stuck is None else [stuck]), default=self.tail.seq)
        return self.tail.seq - farthest


class _Meter:
    """The counters of one audience, looked up once."""

    def __init__(self, audience: Audience) -> None:
        self._frames = {kind: metrics.frames.labels(audience, kind) for kind in get_args(Kind)}
        self._bytes = {kind: metrics.sent_bytes.labels(audience, kind) for kind in get_args(Kind)}
        self._delivery = metrics.delivery.labels(audience)

    def sent(self, kind: Kind, frames: int, size: int) -> None:
        """So many viewers were sent a frame of `size` bytes."""
        self._frames[kind].inc(frames)
        self._bytes[kind].inc(frames * size)

    def took(self, seconds: float) -> None:
        """How old the change was when it was written."""
        self._delivery.observe(seconds)


def _way(line: Line) -> Way:
    if not line.framed:
        return Way.WHOLE
    return Way.SINGLE if line.deflates else Way.FRAMED


def _send_pulse(line: Line, pulse: Outgoing) -> None:
    line.heard, line.silent = 0, line.pinged
    line.take(_beat(line, pulse) + PING if line.pinged else _beat(line, pulse))


def _beat(line: Line, pulse: Outgoing) -> bytes:
    return pulse.framed if line.framed else pulse.payload
