"""What the crew thinks of people: who is blocked with everything of theirs, and whose posts need no look."""

from collections.abc import Sequence
from dataclasses import replace

from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.moderation import Decided
from app.actions.together import Together
from app.domain.identity import account_digest
from app.domain.people import Person, Standing
from app.domain.post import Post
from app.errors import InvalidError, NotFoundError
from app.storage.people import People
from app.storage.queue import Queue
from app.storage.reading import WallRow
from app.storage.transaction import Transaction


async def block_author(context: Context, slug: str, id_: str, *, actor: Actor = HALLWAY) -> Decided:
    """Block who wrote a post: all of theirs is hidden, past and future, also what they passed on. NotFoundError when it is gone."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        record = (await tx.records(wall.id, [id_])).get(id_)
        if record is None or record.post is None:
            raise NotFoundError(
                "That post is not on this wall any more.", hint="Nothing was changed."
            )
        digest = account_digest(record.author_key)
        change, line = await _stand(
            context, tx, wall, digest, "blocked", record.post.author.handle, actor
        )
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


async def set_standing(
    context: Context, slug: str, name: str, standing: Standing, *, actor: Actor = HALLWAY
) -> Decided:
    """List, block or free somebody, by handle, key or digest. Who has not posted here yet is known by key or digest only.

    NotFoundError when nobody of that name ever posted to the wall.
    """
    asked = name.strip().removeprefix("@")
    if not asked:
        raise InvalidError("handle", "Whom do you mean?", hint="Write a handle: ada@fedi.example")
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        digest, handle = await _find(tx, wall, asked)
        change, line = await _stand(context, tx, wall, digest, standing, handle, actor)
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


async def standing(context: Context, slug: str) -> Sequence[Person]:
    """Everybody who is listed or blocked."""
    async with context.store.read() as reading:
        return await People(reading).standing((await reading.wall(slug)).id)


async def stand(tx: Transaction, wall: WallRow, person: Person) -> Change:
    """Write down what is thought of somebody, and settle all of theirs anew."""
    await People(tx).put(wall.id, person)
    key = await Queue(tx).key_of(wall.id, person.digest)
    theirs = await tx.posts_with(wall.id, [key]) if key else ()
    together = await Together.of(tx, wall, theirs)
    together.book.circle.put(person)
    # as with arrivals, what these posts quote is looked at too: it may be theirs
    return await together.settle(list(together.book.records), arriving=True)


async def _stand(
    context: Context,
    tx: Transaction,
    wall: WallRow,
    digest: str,
    standing_: Standing,
    handle: str,
    actor: Actor,
) -> tuple[Change, int]:
    known = await People(tx).of(wall.id, digest)
    if known.standing == standing_:
        return Change(wall.settings.slug, wall.seq, 0), 0
    change = await stand(tx, wall, replace(known, standing=standing_, handle=handle))
    line = await note(
        tx,
        actor,
        context.now_ms(),
        "person",
        wall_id=wall.id,
        target=digest,
        before={"standing": known.standing},
        after={"standing": standing_},
    )
    return change, line


async def _find(tx: Transaction, wall: WallRow, asked: str) -> tuple[str, str]:
    for person in await People(tx).standing(wall.id):
        if asked in (person.digest, person.handle):
            return person.digest, person.handle
    key = await _key(tx, wall, asked)
    if key is None:
        raise NotFoundError(
            f"Nobody called {asked} has posted to this wall.",
            hint="Write the handle with its server, as the post shows it. "
            "Who has not posted yet can be let through by a rule of the kind “allow”.",
        )
    written = await tx.written_by(wall.id, key)
    bodies = [item.body for item in written if item.body]
    handle = Post.model_validate_json(bodies[0]).author.handle if bodies else asked
    return account_digest(key), handle


async def _key(tx: Transaction, wall: WallRow, asked: str) -> str | None:
    """The account that is meant: by its key, the digest of that, or the handle under which it posted."""
    keys = [key for key in await Queue(tx).authors(wall.id) if key]
    exact = next((key for key in keys if asked in (key, account_digest(key))), None)
    if exact:
        return exact
    for judged in await Queue(tx).judged(wall.id):
        author = Post.model_validate_json(judged.body).author
        if author.handle.casefold() == asked.casefold():
            return author.key
    return None
