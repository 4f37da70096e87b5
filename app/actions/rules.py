"""The rules of a wall: changed one at a time, and tried on what is there before they are."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.moderation import SLICE, Decided
from app.actions.modes import put_desk
from app.actions.together import Together
from app.domain.post import Post, RichText
from app.domain.rules import Kind, Rule, RuleBook, Subject, check_rule
from app.errors import InvalidError, NotFoundError
from app.storage.queue import Judged, Passer, Queue
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

MOST = 2_000
EXAMPLES = 20
DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have caught: in the last day, of what waits, of what is shown; ids of some, newest first."""

    today: int
    waiting: int
    shown: int
    examples: tuple[str, ...]


async def preview(context: Context, slug: str, rule: Rule) -> Preview:
    """Try a rule on everything that is kept, without changing anything."""
    check_rule(rule)
    since_ms = context.now_ms() - DAY_MS
    _, kept = await _everything(context, slug)
    caught = await asyncio.to_thread(_caught, [rule], kept)
    return Preview(
        today=sum(j.entered_ms >= since_ms for j in caught),
        waiting=sum(j.status == "pending" for j in caught),
        shown=sum(j.status in ("approved", "copy") for j in caught),
        examples=tuple(j.id for j in caught[:EXAMPLES]),
    )


async def rules_of(context: Context, slug: str) -> Sequence[Rule]:
    """The rules of a wall, in their order."""
    async with context.store.read() as reading:
        return (await reading.wall(slug)).desk.rules


def blocking(*, word: str = "", domain: str = "") -> Rule:
    """The rule that hides everything with a word, or of a server. Blocking the same twice is one rule."""
    kind: Kind = "word" if word else "domain"
    value = (word or domain).strip()
    digest = hashlib.sha256(f"{kind}:{value.casefold()}".encode()).hexdigest()[:12]
    return Rule(id=f"b{digest}", kind=kind, action="hide", values=(value,))


async def put(context: Context, slug: str, rule: Rule, *, actor: Actor = HALLWAY) -> Decided:
    """Add a rule or change the one with its id; what it catches, or caught before, is judged anew."""
    check_rule(rule)
    return await _change(context, slug, {rule.id: rule}, actor, "rule", target=rule.id)


async def remove(context: Context, slug: str, id_: str, *, actor: Actor = HALLWAY) -> Decided:
    """Take a rule away; what it held is judged anew. NotFoundError when there is none of that id."""
    return await _change(context, slug, {id_: None}, actor, "rule", target=id_)


async def take_in(
    context: Context, slug: str, rules: Sequence[Rule], *, actor: Actor = HALLWAY
) -> Decided:
    """Add many rules, changing those with the same ids."""
    for rule in rules:
        check_rule(rule)
    return await _change(context, slug, {r.id: r for r in rules}, actor, "rules", target="rules")


async def restore(
    tx: Transaction,
    wall: WallRow,
    changes: dict[str, Rule | None],
    concerned: Sequence[str],
    places: Mapping[str, int] = MappingProxyType({}),
) -> Change:
    """Change rules inside a transaction, and judge anew the posts that they speak of (`concerned_by`).

    Of two rules the first says why a post waits: one that comes back does so to its place; others are new, and the last.
    """
    known = [r.id for r in wall.desk.rules]
    after = {r.id: r for r in wall.desk.rules} | changes
    order = known + [id_ for id_ in changes if id_ not in known and id_ not in places]
    for id_ in sorted(places.keys() & changes.keys() - set(known), key=lambda id_: places[id_]):
        order.insert(places[id_], id_)
    rules = tuple(rule for id_ in order if (rule := after[id_]) is not None)
    if len(rules) > MOST:
        raise InvalidError("rules", f"At most {MOST:,} rules.")
    change = await put_desk(tx, wall, wall.desk.model_copy(update={"rules": rules}))
    changed = await tx.wall(wall.settings.slug, lock=True)
    items, seq = change.items, change.seq
    for start in range(0, len(concerned), SLICE):
        together = await Together.of(tx, changed, concerned[start : start + SLICE])
        settled = await together.settle(list(together.book.records))
        if settled.items:
            items, seq = items + settled.items, settled.seq
    return Change(wall.settings.slug, seq, items)


async def concerned_by(
    context: Context, slug: str, changes: dict[str, Rule | None]
) -> Sequence[str]:
    """The posts of which these rules speak, as they are or as they will be.

    Looked for before the transaction, beside the loop: posts that arrive meanwhile are judged by whichever rules hold then.
    """
    wall, kept = await _everything(context, slug)
    before = [r for r in wall.desk.rules if r.id in changes]
    speak = [*before, *(rule for rule in changes.values() if rule is not None)]
    async with context.store.read() as reading:
        passers = await Queue(reading).passers(wall.id)
    caught = await asyncio.to_thread(_caught, speak, kept)
    named = await asyncio.to_thread(_naming, speak, passers)
    return list(dict.fromkeys([*(j.id for j in caught), *named]))


async def _change(
    context: Context,
    slug: str,
    changes: dict[str, Rule | None],
    actor: Actor,
    action: str,
    *,
    target: str,
) -> Decided:
    concerned = await concerned_by(context, slug, changes)
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        known = {r.id: r for r in wall.desk.rules}
        if any(rule is None and id_ not in known for id_, rule in changes.items()):
            raise NotFoundError("There is no such rule.", hint="Somebody may have removed it.")
        if all(known.get(id_) == rule for id_, rule in changes.items()):
            return Decided(slug, wall.seq, 0)
        change = await restore(tx, wall, changes, concerned)
        line = await note(
            tx,
            actor,
            context.now_ms(),
            action,
            wall_id=wall.id,
            target=target,
            before={id_: _kept(wall, known.get(id_)) for id_ in changes},
            after={id_: _kept(wall, rule) for id_, rule in changes.items()},
        )
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


async def _everything(context: Context, slug: str) -> tuple[WallRow, Sequence[Judged]]:
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        return wall, await Queue(reading).judged(wall.id)


def _caught(rules: Sequence[Rule], kept: Sequence[Judged]) -> list[Judged]:
    """Those of the posts that any of these rules speaks of, switched on or not."""
    book = RuleBook([rule.model_copy(update={"on": True}) for rule in rules])
    found = []
    for judged in kept:
        post = Post.model_validate_json(judged.body)
        if book.hits(Subject(post, judged.copies, judged.burst)) or book.allows(post.author):
            found.append(judged)
    return found


def _naming(rules: Sequence[Rule], passers: Sequence[Passer]) -> list[str]:
    """The posts under which these rules change who is named."""
    book = RuleBook([rule.model_copy(update={"on": True}) for rule in rules])
    return [
        one.item_id
        for one in passers
        if not book.may_name(
            one.author_key, one.handle, RichText.model_validate_json(one.name).text
        )
    ]


def _kept(wall: WallRow, rule: Rule | None) -> dict[str, object] | None:
    """A rule as the log keeps it, with its place among the others if it was there before."""
    if rule is None:
        return None
    ids = [r.id for r in wall.desk.rules]
    place = {"place": ids.index(rule.id)} if rule.id in ids else {}
    return rule.model_dump(mode="json") | place
