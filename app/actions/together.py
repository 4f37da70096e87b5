"""What a change of some posts means for others: the copies of their notes, and the posts that quote them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.actions.context import Before, Change, look, quotable, write_changed
from app.domain.book import Book
from app.domain.fold import CROWD, Group
from app.domain.identity import item_id
from app.domain.people import Circle
from app.domain.record import Record, standing_part
from app.domain.voice import Voice
from app.storage.people import People
from app.storage.reading import Voiced, WallRow
from app.storage.transaction import Transaction

UNKNOWN = look(Record(id="", key=""))


async def circle_of(
    tx: Transaction, wall_id: int, records: Iterable[Record], more: Iterable[str] = ()
) -> Circle:
    """What the crew thinks of the authors of these posts and of `more`, and everybody who is blocked."""
    keys = {r.author_key for r in records if r.author_key}
    return await People(tx).circle(wall_id, sorted(keys.union(more)))


@dataclass(slots=True)
class Together:
    """The posts that an action changes, and how every one of them was before."""

    tx: Transaction
    wall: WallRow
    book: Book
    before: dict[str, Before] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before |= {id_: look(record) for id_, record in self.book.records.items()}

    @classmethod
    async def of(cls, tx: Transaction, wall: WallRow, ids: Iterable[str]) -> "Together":
        """Posts of a wall, as an action finds them."""
        records = await tx.records(wall.id, ids)
        circle = await circle_of(tx, wall.id, records.values())
        return cls(tx, wall, Book(wall.settings, wall.policy, records, {}, {}, circle))

    async def settle(self, ids: Iterable[str], *, arriving: bool = False) -> Change:
        """Derive what is shown of these posts, and of all that share their voice or quote them; write what changed.

        `arriving`: what these posts quote may have changed too, and most are only seen again.
        """
        reached = await self._settle_moved(ids) if arriving else (await self.agree(ids))[0]
        quoting = await self._quoting(reached)
        if arriving:
            quoting |= await self._load_quoted(reached)
        self.book.settle_quotes(quoting)
        changed = [self.book.records[id_] for id_ in sorted(reached | quoting)]
        await self.tx.drop_reposters(self.wall.id, sorted(self.book.emptied))
        return await write_changed(self.tx, self.wall, changed, self.before)

    async def agree(self, ids: Iterable[str]) -> tuple[set[str], list[Group]]:
        """Settle these posts and all that share a voice with them; which those are, and their groups."""
        posts = set(ids)
        self.book.settle(posts)
        return await self._fold(posts)

    async def _fold(self, settled: set[str]) -> tuple[set[str], list[Group]]:
        reached, crowded, asked = settled, set[int](), set[int]()
        while voices := self._voices(reached, asked):
            asked |= {digest for voice in voices for digest in voice if digest is not None}
            found = await self.tx.voiced(self.wall.id, voices)
            many = {v.digest for v in found if self._is_crowd(v, reached)}
            crowded |= many
            fresh = await self._sharing([v for v in found if v.digest not in many]) - reached
            await self.load(fresh)
            self.book.settle(fresh)
            reached = reached | fresh
        return reached, self.book.fold(reached, crowded)

    async def _settle_moved(self, ids: Iterable[str]) -> set[str]:
        """As `agree`, but a post that stands as it stood is not asked for its kin: it stands to all as it did."""
        touched = set(ids)
        self.book.settle(touched)
        records = self.book.records
        moved = {i for i in touched if standing_part(records[i]) != self._before(i).standing}
        reached, _ = await self._fold(moved)
        return reached | touched

    def _voices(self, ids: Iterable[str], asked: set[int]) -> set[Voice]:
        """The voices of these posts, now and before, without what was asked for already."""
        voices = {self.book.records[id_].voice for id_ in ids}
        voices |= {self._before(id_).voice for id_ in ids}
        left = {Voice(*(None if digest in asked else digest for digest in v)) for v in voices}
        return left - {Voice()}

    def _is_crowd(self, voiced: Voiced, reached: set[str]) -> bool:
        """Whether too many share a digest, before this action and after it: then nothing is tied, as nothing was."""
        if voiced.posts <= CROWD:
            return False
        now = sum(voiced.digest in self.book.records[id_].voice for id_ in reached)
        was = sum(voiced.digest in self._before(id_).voice for id_ in reached)
        return voiced.posts - was + now > CROWD

    async def _sharing(self, found: Iterable[Voiced]) -> set[str]:
        ids, more = set(), set()
        for voiced in found:
            ids |= {voiced.first, voiced.last}
            more |= {voiced.digest} if voiced.posts > 2 else set()
        return ids | set(await self.tx.with_voices(self.wall.id, sorted(more)))

    async def _quoting(self, ids: Iterable[str]) -> set[str]:
        """Posts that quote one of these that was fit to be quoted before and is not now, or the other way."""
        records = self.book.records
        changed = [i for i in ids if quotable(records[i]) != self._before(i).quotable]
        found = set(await self.tx.quoting(self.wall.id, changed))
        await self.load(found)
        return found

    async def _load_quoted(self, ids: Iterable[str]) -> set[str]:
        """Those of these posts that quote others; what they quote is read."""
        quotes = {id_: quote for id_ in ids if (quote := self.book.records[id_].quote)}
        await self.load({item_id(quote.key) for quote in quotes.values() if quote.key})
        return set(quotes)

    async def load(self, ids: set[str]) -> None:
        """Take more posts along, and remember how they were."""
        fresh = await self.tx.records(self.wall.id, sorted(ids - self.book.records.keys()))
        self.before |= {id_: look(record) for id_, record in fresh.items()}
        self.book.records |= fresh
        if fresh:
            self.book.circle.add(await circle_of(self.tx, self.wall.id, fresh.values()))

    def _before(self, id_: str) -> Before:
        return self.before.get(id_, UNKNOWN)
