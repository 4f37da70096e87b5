"""How much the form takes, and from whom: in memory only, so that no address and no visit is written down."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from weakref import WeakValueDictionary

from app.actions.quota import Quota, in_words
from app.errors import TooManyError
from app.ports import Clock

EVERY_S = 20
AN_HOUR = 10
PER_ADDRESS, ADDRESS_S = 120, 600
"""A whole hall sits behind one address: so many sendings in so many seconds."""
SMALL_BYTES = 64 * 1024
LARGE_AT_ONCE = 12
"""Bodies with photos that are in memory at once, 10 MB each at most."""
BUSY_S = 10.0


class Gate:
    """Lets sendings of the form in: so many from one address and from one browser, so many large ones at once."""

    def __init__(self, clock: Clock) -> None:
        self._addresses = Quota(PER_ADDRESS, ADDRESS_S, clock)
        self._often = Quota(1, EVERY_S, clock)
        self._many = Quota(AN_HOUR, 3600, clock)
        self._large = 0
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def knock(self, address: str) -> None:
        """Count a sending from an address; "" is one that has none. TooManyError with the time to wait."""
        if not address:
            return
        if wait_s := self._addresses.wait_s(address):
            raise _too_many("Very many posts come from this network just now.", wait_s)
        self._addresses.count(address)

    def check(self, author: str) -> None:
        """TooManyError when this browser may not send yet."""
        if wait_s := self._often.wait_s(author):
            raise _too_many(f"One post every {EVERY_S} seconds.", wait_s)
        if wait_s := self._many.wait_s(author):
            raise _too_many(f"At most {AN_HOUR} posts an hour.", wait_s)

    def count(self, author: str) -> None:
        """Check, and count a post of this browser."""
        self.check(author)
        self._often.count(author)
        self._many.count(author)

    @contextmanager
    def room_for(self, announced: str) -> Iterator[None]:
        """A place for a body of so many bytes as its header says; one that says nothing counts as large."""
        if announced.isdecimal() and int(announced[:20]) <= SMALL_BYTES:
            yield
            return
        if self._large >= LARGE_AT_ONCE:
            raise _too_many("Very many photos are on their way just now.", BUSY_S)
        self._large += 1
        try:
            yield
        finally:
            self._large -= 1

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """One at a time for one post: a page that tries again may overtake itself."""
        lock = self._turns.setdefault(key, asyncio.Lock())
        async with lock:
            yield


def _too_many(message: str, wait_s: float) -> TooManyError:
    return TooManyError(
        message, hint=f"Send yours again in {in_words(wait_s)}.", retry_after_s=wait_s
    )
