"""The machine of laws 1 to 3 of the live model, over the real store and the real frames, for both audiences.

1. A viewer at any seq k that is given the changes from any n <= k is level with a new viewer's snapshot, and frames of
   the past change nothing for it. What the tail makes from memory is what the store says.
2. A viewer that drops and resumes at random, with pokes lost at random, ends in the state of a new one.
3. What was hidden or deleted appears in no later frame, snapshot, quote or picture, nor a copy of it by a hide.
   Of what never was public, the public does not even know the id.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import uvloop
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.actions.walls import withhold_unchecked
from app.domain import window
from app.domain.arrival import Arrival, AuthorGone, Batch
from app.domain.identity import item_id, media_id
from app.domain.post import Post, Quote, RichText
from app.domain.wall import Audience, Session
from app.domain.window import View, apply_frame
from app.live import tail as tail_module
from app.live.outgoing import Outgoing
from app.live.protocol import changes_frame, item_json, snapshot_frame, wire_item
from app.live.tail import Tail
from app.storage import reading as store_module
from app.storage.reading import Reading, StoredItem, WallRow
from app.storage.store import Store
from tests.factories import (
    HOME,
    WALL,
    at,
    author,
    deleted,
    picture,
    post,
    posted,
    reposted,
    unreposted,
)
from tests.fakes import FakeClock, House

POSTS = 12
SMALL_WINDOW = 6
"""Half the posts: so that posts leave the window all the time."""
FEW_KEPT = 8
"""Fewer than there are posts: so that viewers fall out of what the tail keeps."""
FULL_WINDOW, ALL_KEPT = window.WINDOW, tail_module.KEPT
AUDIENCES: tuple[Audience, ...] = ("public", "crew")
DECISIONS = ["hide", "hide", "show", "pin", "unpin", "apart", "together"]
numbers = st.integers(1, POSTS)


COPIES = {11: 1, 12: 2}
"""Posts that a bridge made of others: as one note they are seen once."""
QUOTED, QUOTING = 3, 9
"""A post that another shows within it, once the wall knows it."""


COLOURS = ("amber", "coral", "olive")
SAME = "and what else everybody says at such a conference"
"""So that all are near copies of each other, where a rule asks for that."""


def secret_post(number: int, version: int, **more: Any) -> Post:
    """A post whose text, picture and author occur nowhere else."""
    name, original = f"person{number:02d}", COPIES.get(number)
    handle = f"both{number}@{HOME}"
    if original:
        handle = f"both{original}.{HOME}.ap.brid.gy"
        more |= {"network": "bluesky", "bridged_from": post(original).url}
    return post(
        number,
        text=f"secret{number:02d}x {COLOURS[number % 3]}, {SAME} #pyfest26 v{version}",
        author=author(name, handle=handle, name=RichText(text=f"Name{number:02d}x")),
        media=(picture(f"photo{number:02d}"),),
        edited_at=at(version) if version else None,
        **more,
    )


def secrets_of(number: int) -> list[str]:
    """What must not be seen of a post that left."""
    shown = secret_post(number, 0)
    pictures = [media_id(str(shown.media[0].url)), media_id(str(shown.author.avatar))]
    return [f"secret{number:02d}x", f"Name{number:02d}x", f"person{number:02d}", *pictures]


SECRETS = {n: secrets_of(n) for n in range(1, POSTS + 1)}
NUMBERS = {item_id(post(n).key): n for n in range(1, POSTS + 1)}


VISIBLE = {
    "public": {"approved"},
    "crew": {"approved", "pending", "hidden", "copy"},
    "recording": {"approved", "copy"},
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What must not be seen now: by status, and the ids that the public never heard of."""

    statuses: Mapping[int, str]
    never_shown: frozenset[str]
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other words that must not be seen, for each kind of reader."""

    def check(self, reader: str, text: str) -> None:
        """Nothing that this reader may not see is in a text."""
        for number, secrets in SECRETS.items():
            if self.statuses.get(number) not in VISIBLE[reader]:
                assert not any(secret in text for secret in secrets)
        assert not any(word in text for word in self.more.get(reader, ()))
        if reader == "public":
            assert not any(id_ in text for id_ in self.never_shown)


def copied(view: View) -> View:
    """The same state, which frames may change."""
    return replace(view, items=dict(view.items))


def encoded(items: Iterable[StoredItem], audience: Audience) -> list[bytes]:
    """Items of the store as they go over the wire."""
    return [item_json(wire_item(item, audience)) for item in items]


class Template:
    """A migrated database with one wall, copied for every example: migrating each anew would take most of the time."""

    folder: Path | None = None

    @classmethod
    def copy_to(cls, path: Path) -> None:
        if cls.folder is None:
            cls.folder = Path(tempfile.mkdtemp(prefix="hallway-law-"))
            asyncio.run(cls._make(cls.folder / "template.sqlite3"))
        shutil.copy(cls.folder / "template.sqlite3", path)

    @staticmethod
    async def _make(path: Path) -> None:
        store = Store(f"sqlite:///{path}")
        await store.open()
        await House(store, FakeClock()).set_up()
        await store.close()


class Viewer:
    """A page that follows by frames, drops, and resumes."""

    def __init__(self) -> None:
        self.view = View()

    def take(self, made: Outgoing | None) -> None:
        if made is None:
            return
        frame = orjson.loads(made.payload)
        assert apply_frame(self.view, frame)
        ids = [item["id"] for item in frame["items"]]
        assert len(ids) == len(set(ids)), "an item came twice in one frame"


class WallMachine(RuleBasedStateMachine):
    """A wall, everything that can happen to it, and viewers that come and go."""

    kept = FEW_KEPT
    wall = WALL

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hallway-law-"))
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        window.WINDOW = store_module.WINDOW = SMALL_WINDOW
        tail_module.KEPT = self.kept
        self.facts = Facts({}, frozenset())

    @initialize()
    def open(self) -> None:
        Template.copy_to(self.folder / "wall.sqlite3")
        self.store = Store(f"sqlite:///{self.folder / 'wall.sqlite3'}")
        self.house = House(self.store, FakeClock(at(100)))
        self.run(self.store.open())
        self.run(self.house.set_up(self.wall))
        self.tails = {a: Tail(self.store, WALL.slug, a) for a in AUDIENCES}
        self.viewers = {a: [Viewer(), Viewer()] for a in AUDIENCES}
        self.past: dict[Audience, dict[int, View]] = {a: {} for a in AUDIENCES}
        self.frames: dict[Audience, list[Any]] = {a: [] for a in AUDIENCES}

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def enter(self, *said: Arrival) -> None:
        self.run(arrive(self.house.context, WALL.slug, "test", Batch(said, "c")))

    def later(self) -> float:
        """The time after noon at which a server says something: now, and time goes on."""
        self.house.clock.move(1)
        return (self.house.clock.now() - at(0)).total_seconds()

    # what networks say

    @rule(chosen=st.sets(numbers, min_size=1), version=st.integers(0, 3), sensitive=st.booleans())
    def posts_arrive(self, chosen: set[int], version: int, sensitive: bool) -> None:
        seen = self.later()
        self.enter(
            *(
                posted(secret_post(n, version, sensitive=sensitive), seen=seen)
                for n in sorted(chosen)
            )
        )

    @rule(version=st.integers(0, 3))
    def quotes_arrive(self, version: int) -> None:
        """Only of a post that the wall knows: of others nobody here can say whether they were hidden."""
        if QUOTED in self.facts.statuses:
            quoted = secret_post(QUOTED, 0)
            quote = Quote(author=quoted.author, body=quoted.body, key=quoted.key)
            self.enter(posted(secret_post(QUOTING, version, quote=quote), seen=self.later()))

    @rule(number=numbers.filter(lambda n: n != QUOTED), version=st.integers(1, 3))
    def edited_out_of_the_hashtag(self, number: int, version: int) -> None:
        self.enter(posted(secret_post(number, version, hashtags=("other",)), seen=self.later()))

    @rule(number=numbers, known=st.booleans())
    def deleted_by_its_author(self, number: int, known: bool) -> None:
        self.enter(deleted(number, seen=self.later(), known=known))

    @rule(number=numbers, by=st.sampled_from(["rae", "sol"]), back=st.booleans())
    def passed_on(self, number: int, by: str, back: bool) -> None:
        word = unreposted if back else reposted
        self.enter(word(number, by, seen=self.later()))

    @rule(number=numbers)
    def author_gone(self, number: int) -> None:
        key = author(f"person{number:02d}").key
        self.enter(AuthorGone(server=HOME, seen_at=at(self.later()), author_key=key))

    # what the crew does

    @rule(number=numbers, decision=st.sampled_from(DECISIONS))
    def moderated(self, number: int, decision: Any) -> None:
        if self.facts.statuses.get(number, "gone") != "gone":
            self.run(decide(self.house.context, WALL.slug, item_id(post(number).key), decision))

    @rule(title=st.sampled_from(["Opening", "Closing"]))
    def programme_changes(self, title: str) -> None:
        session = Session(title=title, starts_at=at(0), ends_at=at(60))
        self.run(self.house.set_up(self.wall, sessions=[session]))

    @rule()
    def restarted_after_a_long_time(self) -> None:
        self.house.clock.move(3_600)
        self.run(withhold_unchecked(self.house.context, WALL.slug, asked={HOME}))
        self.tails = {a: Tail(self.store, WALL.slug, a) for a in AUDIENCES}

    # what viewers do

    @rule(
        audience=st.sampled_from(AUDIENCES), which=st.integers(0, 1), further_back=st.integers(0, 5)
    )
    def a_poke_arrives(self, audience: Audience, which: int, further_back: int) -> None:
        """The frame may be made for viewers that stand further back."""
        tail, viewer = self.tails[audience], self.viewers[audience][which]
        self.run(tail.advance())
        if viewer.view.epoch:
            viewer.take(tail.changes(max(0, viewer.view.seq - further_back)))

    @rule(audience=st.sampled_from(AUDIENCES), which=st.integers(0, 1))
    def a_viewer_resumes(self, audience: Audience, which: int) -> None:
        viewer = self.viewers[audience][which]
        self.run(self.tails[audience].load())
        self.resume(audience, viewer.view)

    @rule(audience=st.sampled_from(AUDIENCES), which=st.integers(0, 1))
    def a_viewer_is_new(self, audience: Audience, which: int) -> None:
        self.viewers[audience][which] = Viewer()

    # the laws

    @rule()
    def a_note_is_seen_once(self) -> None:
        statuses = self.facts.statuses
        for copy, original in COPIES.items():
            both = [statuses.get(number) for number in (copy, original)]
            if not self.run(self.stand_apart(copy, original)):
                assert both.count("approved") < 2
                assert "hidden" not in both or "approved" not in both

    async def stand_apart(self, *two: int) -> bool:
        ids = [item_id(post(number).key) for number in two]
        async with self.store.read() as reading:
            wall = await reading.wall(WALL.slug)
            records = await reading.records(wall.id, ids)
        return any(r.apart for r in records.values())

    @rule()
    def pictures_are_asked_for(self) -> None:
        self.run(self.check_no_picture())

    @invariant()
    def the_laws_hold(self) -> None:
        if hasattr(self, "tails"):
            self.run(self.check())

    async def check(self) -> None:
        for tail in self.tails.values():
            await tail.advance()
        async with self.store.read() as reading:
            wall = await reading.wall(WALL.slug)
            self.facts = await self.now(reading, wall)
            for audience in AUDIENCES:
                await self.check_for(audience, reading, wall)

    async def check_for(self, audience: Audience, reading: Reading, wall: WallRow) -> None:
        now = View()
        self.resume(audience, now)
        drifted = [viewer.view for viewer in self.viewers[audience]]
        for view in map(copied, drifted + self.sample_of_the_past(audience)):
            self.resume(audience, view)
            assert view == now
        items = encoded(await reading.window(wall, audience), audience)
        stored = View()
        frame = snapshot_frame(wall.epoch, now.seq, wall.tip(audience), items)
        assert apply_frame(stored, orjson.loads(frame))
        assert stored == now
        for since in {0, *(view.seq for view in self.sample_of_the_past(audience))}:
            made = self.tails[audience].changes(since)
            found = await reading.changes(wall, audience, since, limit=1_000)
            items = encoded(found or (), audience)
            frame = changes_frame(since, now.seq, wall.tip(audience), items)
            self.check_overlaps(audience, now, since, made.payload if made else frame, frame)
        view = copied(now)
        for past in self.frames[audience]:
            assert apply_frame(view, past)
            assert view == now
        self.past[audience][now.seq] = now

    def check_overlaps(self, audience: Audience, now: View, since: int, *frames: bytes) -> None:
        """Changes from n bring every viewer at k >= n level; frames of the past change nothing."""
        for frame in map(orjson.loads, set(frames)):
            for view in (copied(v) for k, v in self.past[audience].items() if k >= since):
                assert apply_frame(view, frame)
                assert view == now
            self.frames[audience].append(frame)

    def sample_of_the_past(self, audience: Audience) -> list[View]:
        """The state before this step, and one of long ago."""
        past = list(self.past[audience].values())
        return [past[-1], past[len(past) // 2]] if past else []

    def resume(self, audience: Audience, view: View) -> None:
        made = self.tails[audience].first(view.epoch, view.seq if view.epoch else None)
        if made is not None:
            self.facts.check(audience, made.payload.decode())
            assert apply_frame(view, orjson.loads(made.payload))

    async def check_no_picture(self) -> None:
        async with self.store.read() as reading:
            for number, secrets in SECRETS.items():
                for picture_id in secrets[3:]:
                    found = await reading.picture(picture_id, "public")
                    assert (found is not None) == (self.facts.statuses.get(number) == "approved")

    async def now(self, reading: Reading, wall: WallRow) -> Facts:
        """The status of every post that the crew ever saw, and what the public never did."""
        found = await reading.changes(wall, "crew", -1, limit=1_000)
        posts = [i for i in found or () if i.id in NUMBERS]
        shown = {i.id for i in posts if i.shown_no is not None}
        return Facts({NUMBERS[i.id]: i.status for i in posts}, frozenset(NUMBERS.keys() - shown))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.close())
        self.runner.close()
        window.WINDOW = store_module.WINDOW = FULL_WINDOW
        tail_module.KEPT = ALL_KEPT
        shutil.rmtree(self.folder, ignore_errors=True)
