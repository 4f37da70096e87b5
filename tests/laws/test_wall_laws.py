"""Laws 1 to 3 of the live model, over the real store and the real frames, for both audiences.

1. A viewer at any seq k that is given the changes from any n <= k is level with a new viewer's snapshot, and frames of
   the past change nothing for it. What the tail makes from memory is what the store says.
2. A viewer that drops and resumes at random, with pokes lost at random, ends in the state of a new one.
3. What was hidden or deleted appears in no later frame, snapshot, quote or picture, nor a copy of it by a hide.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvloop
from hypothesis import settings
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
from app.storage.reading import StoredItem
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


def secret_post(number: int, version: int, **more: Any) -> Post:
    """A post whose text, picture and author occur nowhere else."""
    name, original = f"person{number:02d}", COPIES.get(number)
    handle = f"both{number}@{HOME}"
    if original:
        handle = f"both{original}.{HOME}.ap.brid.gy"
        more |= {"network": "bluesky", "bridged_from": post(original).url}
    return post(
        number,
        text=f"secret{number:02d}x #pyfest26 v{version}",
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


def check_no_secret(audience: Audience, text: str, statuses: dict[int, str]) -> None:
    """Nothing of a post that this audience may not see is in a frame."""
    visible = {"approved"} if audience == "public" else {"approved", "pending", "hidden", "copy"}
    for number, secrets in SECRETS.items():
        if statuses.get(number) not in visible:
            assert not any(secret in text for secret in secrets)


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

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hallway-law-"))
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        window.WINDOW = store_module.WINDOW = SMALL_WINDOW
        tail_module.KEPT = self.kept
        self.seen = 100.0

    @initialize()
    def open(self) -> None:
        Template.copy_to(self.folder / "wall.sqlite3")
        self.store = Store(f"sqlite:///{self.folder / 'wall.sqlite3'}")
        self.house = House(self.store, FakeClock())
        self.run(self.store.open())
        self.tails = {a: Tail(self.store, WALL.slug, a) for a in AUDIENCES}
        self.viewers = {a: [Viewer(), Viewer()] for a in AUDIENCES}
        self.past: dict[Audience, dict[int, View]] = {a: {} for a in AUDIENCES}
        self.frames: dict[Audience, list[Any]] = {a: [] for a in AUDIENCES}

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def enter(self, *said: Arrival) -> None:
        self.run(arrive(self.house.context, WALL.slug, "test", Batch(said, "c")))

    def later(self) -> float:
        self.seen += 1
        return self.seen

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
        if QUOTED in self.run(self.statuses()):
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
        if self.run(self.statuses()).get(number, "gone") != "gone":
            self.run(decide(self.house.context, WALL.slug, item_id(post(number).key), decision))

    @rule(title=st.sampled_from(["Opening", "Closing"]))
    def programme_changes(self, title: str) -> None:
        session = Session(title=title, starts_at=at(0), ends_at=at(60))
        self.run(self.house.set_up(sessions=[session]))

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
        self.resume(audience, viewer.view, self.run(self.statuses()))

    @rule(audience=st.sampled_from(AUDIENCES), which=st.integers(0, 1))
    def a_viewer_is_new(self, audience: Audience, which: int) -> None:
        self.viewers[audience][which] = Viewer()

    # the laws

    @rule()
    def a_note_is_seen_once(self) -> None:
        statuses = self.run(self.statuses())
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
        statuses = await self.statuses()
        for audience, tail in self.tails.items():
            await tail.advance()
            now = View()
            self.resume(audience, now, statuses)
            drifted = [viewer.view for viewer in self.viewers[audience]]
            for view in map(copied, drifted + self.sample_of_the_past(audience)):
                self.resume(audience, view, statuses)
                assert view == now
            assert await self.stored(audience, now) == now
            await self.check_overlaps(audience, now)
            self.past[audience][now.seq] = now

    def sample_of_the_past(self, audience: Audience) -> list[View]:
        """The state before this step, and one of long ago."""
        past = list(self.past[audience].values())
        return [past[-1], past[len(past) // 2]] if past else []

    async def check_overlaps(self, audience: Audience, now: View) -> None:
        """Changes from n bring every viewer at k >= n level, and frames of the past change nothing."""
        for since in {0, *(view.seq for view in self.sample_of_the_past(audience))}:
            made = self.tails[audience].changes(since)
            stored = await self.stored_changes(audience, since, now)
            for frame in (stored, orjson.loads(made.payload) if made else stored):
                for view in (copied(v) for k, v in self.past[audience].items() if k >= since):
                    assert apply_frame(view, frame)
                    assert view == now
                self.frames[audience].append(frame)
        view = copied(now)
        for frame in self.frames[audience]:
            assert apply_frame(view, frame)
            assert view == now

    def resume(self, audience: Audience, view: View, statuses: dict[int, str]) -> None:
        made = self.tails[audience].first(view.epoch, view.seq if view.epoch else None)
        if made is not None:
            check_no_secret(audience, made.payload.decode(), statuses)
            assert apply_frame(view, orjson.loads(made.payload))

    async def stored(self, audience: Audience, now: View) -> View:
        """The state of a new viewer, by the store alone."""
        async with self.store.read() as reading:
            wall = await reading.wall(WALL.slug)
            items = encoded(await reading.window(wall, audience), audience)
        view = View()
        apply_frame(
            view, orjson.loads(snapshot_frame(wall.epoch, now.seq, wall.tip(audience), items))
        )
        return view

    async def stored_changes(self, audience: Audience, since: int, now: View) -> Any:
        """What changed after a seq, by the store alone."""
        async with self.store.read() as reading:
            wall = await reading.wall(WALL.slug)
            items = await reading.changes(wall, audience, since, limit=1_000)
        tip = wall.tip(audience)
        return orjson.loads(changes_frame(since, now.seq, tip, encoded(items or (), audience)))

    async def check_no_picture(self) -> None:
        statuses = await self.statuses()
        async with self.store.read() as reading:
            for number in range(1, POSTS + 1):
                for picture_id in SECRETS[number][3:]:
                    found = await reading.picture(picture_id, "public")
                    assert (found is not None) == (statuses.get(number) == "approved")

    async def statuses(self) -> dict[int, str]:
        """The status of every post that the crew ever saw."""
        async with self.store.read() as reading:
            wall = await reading.wall(WALL.slug)
            items = await reading.changes(wall, "crew", -1, limit=1_000)
        return {NUMBERS[i.id]: i.status for i in items or () if i.id in NUMBERS}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.close())
        self.runner.close()
        window.WINDOW = store_module.WINDOW = FULL_WINDOW
        tail_module.KEPT = ALL_KEPT
        shutil.rmtree(self.folder, ignore_errors=True)


class AnotherWallMachine(WallMachine):
    """The same with other histories and a tail that keeps all: two halves run side by side."""

    kept = ALL_KEPT


# 2 × 100 × 50: ten thousand steps
HALF = settings(max_examples=100, stateful_step_count=50, deadline=None)
WallMachine.TestCase.settings = AnotherWallMachine.TestCase.settings = HALF
TestTheWall = pytest.mark.slow(pytest.mark.timeout(900)(WallMachine.TestCase))
TestTheWallAgain = pytest.mark.slow(pytest.mark.timeout(900)(AnotherWallMachine.TestCase))
