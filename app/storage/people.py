"""What the crew thinks of people, in the store. Accounts stand there by the digests of their keys."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, or_, select

from app.domain.identity import account_digest
from app.domain.people import Circle, Person
from app.storage.reading import Reading
from app.storage.schema import person
from app.storage.upsert import upsert

_COLUMNS = (
    person.c.author_key,
    person.c.standing,
    person.c.approved_ms,
    person.c.media_ms,
    person.c.handle,
)
AT_ONCE = 400
"""SQLite takes only so many values in one statement."""


class People:
    """The people of a wall of whom the crew thinks anything."""

    def __init__(self, tx: Reading) -> None:
        self._connection = tx.connection

    async def circle(self, wall_id: int, keys: Sequence[str]) -> Circle:
        """What is thought of the accounts with these keys, and everybody who is blocked."""
        found: list[Person] = []
        for start in range(0, max(1, len(keys)), AT_ONCE):
            asked = [account_digest(key) for key in keys[start : start + AT_ONCE]]
            either = or_(person.c.author_key.in_(asked), person.c.standing == "blocked")
            query = select(*_COLUMNS).where(person.c.wall_id == wall_id, either)
            found += [Person(*row) for row in await self._connection.execute(query)]
        return Circle(found)

    async def of(self, wall_id: int, digest: str) -> Person:
        """One of them; a stranger when nothing is known."""
        here = and_(person.c.wall_id == wall_id, person.c.author_key == digest)
        row = (await self._connection.execute(select(*_COLUMNS).where(here))).first()
        return Person(*row) if row else Person(digest)

    async def standing(self, wall_id: int) -> Sequence[Person]:
        """Everybody who is listed or blocked, by handle."""
        known = person.c.standing != ""
        query = select(*_COLUMNS).where(person.c.wall_id == wall_id, known)
        rows = await self._connection.execute(query.order_by(person.c.handle))
        return [Person(*row) for row in rows]

    async def put(self, wall_id: int, one: Person) -> None:
        """Write down what is thought of somebody now; nothing at all is no row."""
        here = and_(person.c.wall_id == wall_id, person.c.author_key == one.digest)
        if not one.standing and one.approved_ms is None and one.media_ms is None:
            await self._connection.execute(delete(person).where(here))
            return
        row = {
            "wall_id": wall_id,
            "author_key": one.digest,
            "standing": one.standing,
            "approved_ms": one.approved_ms,
            "media_ms": one.media_ms,
            "handle": one.handle if one.standing else "",
        }
        await self._connection.execute(upsert(person, self._connection.dialect.name), [row])
