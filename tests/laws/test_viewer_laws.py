"""Laws 2 and 3 over real sockets: pages drop and resume at random, pokes are lost at random, and all end alike.

The service is the real one on a real port, once with each way of delivery. Its bounds (window, changes kept in memory,
items of one resume) are made so small that they are crossed all the time.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

import pytest
import uvloop
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.actions.walls import set_up
from app.domain.arrival import Arrival, AuthorGone, Batch
from app.domain.identity import item_id
from app.domain.wall import Audience, Session
from app.domain.window import View
from tests.factories import HOME, WALL, at, author, deleted, post, posted, reposted, unreposted
from tests.laws.viewer_page import Offer, Page
from tests.laws.viewer_world import AUDIENCES, POSTS, World, secret_post, small_bounds

T = TypeVar("T")
PLACES = 4
"""Pages of each audience."""
numbers = st.integers(1, POSTS)
poked = st.booleans()
usually = st.sampled_from([True, True, True, False])
rarely = st.sampled_from([False, False, False, True])
audiences = st.sampled_from(AUDIENCES)
places = st.integers(0, PLACES - 1)
offers: st.SearchStrategy[Offer] = st.sampled_from(["any", "any", "any", "none", "small"])


class ViewerMachine(RuleBasedStateMachine):
    """A wall, everything that happens to it, and pages that come and go."""

    delivery: ClassVar[Literal["auto", "plain"]] = "auto"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hallway-viewers-"))
        self.bounds = small_bounds()
        self.bounds.__enter__()
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.seen = 100.0
        self.floods = self.epochs = 0

    @initialize(
        offers=st.tuples(*[offers] * PLACES),
        here=st.lists(usually, min_size=PLACES, max_size=PLACES),
        chosen=st.sets(numbers, min_size=POSTS // 2),
        restarts=rarely,
    )
    def open(
        self, offers: tuple[Offer, ...], here: list[bool], chosen: set[int], *, restarts: bool
    ) -> None:
        self.restarts = restarts
        self.world = World(self.folder, self.delivery)
        self.run(self.world.open())
        self.pages = {a: [self.world.page(a, offer) for offer in offers] for a in AUDIENCES}
        self.enter(*(posted(secret_post(n, 0)) for n in sorted(chosen)), poked=True)
        for pages in self.pages.values():
            for page, is_here in zip(pages, here, strict=True):
                if is_here:
                    self.run(page.come())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def enter(self, *said: Arrival, poked: bool) -> None:
        context = self.world.context(poked=poked)
        self.run(arrive(context, WALL.slug, "test", Batch(said, "c")))
        self.run(self.world.remember())

    def later(self) -> float:
        self.seen += 1
        return self.seen

    # what networks say

    @rule(chosen=st.sets(numbers, min_size=1, max_size=3), held=rarely, old=rarely, poked=poked)
    def posts_arrive(self, chosen: set[int], *, held: bool, old: bool, poked: bool) -> None:
        seen = self.later()
        version = 1 if old else int(seen)
        shown = [secret_post(n, version, sensitive=held) for n in sorted(chosen)]
        self.enter(*(posted(s, seen=seen) for s in shown), poked=poked)

    @precondition(lambda self: self.floods < 2)
    @rule(poked=poked)
    def more_than_is_kept_arrives(self, *, poked: bool) -> None:
        self.floods += 1
        self.posts_arrive(set(range(1, POSTS + 1)), held=False, old=False, poked=poked)

    @rule(number=numbers, poked=poked)
    def a_post_leaves_the_hashtag(self, number: int, *, poked: bool) -> None:
        seen = self.later()
        self.enter(
            posted(secret_post(number, int(seen), hashtags=("other",)), seen=seen), poked=poked
        )

    @rule(number=numbers, known=st.booleans(), poked=poked)
    def a_post_is_deleted(self, number: int, *, known: bool, poked: bool) -> None:
        self.enter(deleted(number, seen=self.later(), known=known), poked=poked)

    @rule(number=numbers, by=st.sampled_from(["rae", "sol"]), back=st.booleans(), poked=poked)
    def a_post_is_passed_on(self, number: int, by: str, *, back: bool, poked: bool) -> None:
        word = unreposted if back else reposted
        self.enter(word(number, by, seen=self.later()), poked=poked)

    @rule(number=numbers, poked=poked)
    def an_author_is_gone(self, number: int, *, poked: bool) -> None:
        key = author(f"person{number:02d}").key
        said = AuthorGone(server=HOME, seen_at=at(self.later()), author_key=key)
        self.enter(said, poked=poked)

    # what the crew does

    @rule(
        number=numbers,
        decision=st.sampled_from(["hide", "hide", "show", "pin", "unpin"]),
        poked=poked,
    )
    def a_moderator_decides(self, number: int, decision: Any, *, poked: bool) -> None:
        id_ = item_id(post(number).key)
        if self.run(self.world.statuses()).get(id_, "gone") != "gone":
            self.run(decide(self.world.context(poked=poked), WALL.slug, id_, decision))
            self.run(self.world.remember())

    @rule(title=st.sampled_from(["Opening", "Closing"]), poked=poked)
    def the_programme_changes(self, title: str, *, poked: bool) -> None:
        session = Session(title=title, starts_at=at(0), ends_at=at(60))
        context, join_url = self.world.context(poked=poked), "https://wall.example/live/pyfest26"
        self.run(set_up(context, WALL, join_url=join_url, sessions=[session]))
        self.run(self.world.remember())

    @precondition(lambda self: self.epochs < 2)
    @rule(anew=st.booleans())
    def another_epoch_begins(self, *, anew: bool) -> None:
        self.epochs += 1
        self.world.begin_an_epoch(anew=anew)
        self.run(self.world.remember())

    # what pages and the service do

    @rule(audience=audiences, place=places, how=st.sampled_from(["close", "reset"]))
    def a_page_leaves_or_comes_back(self, audience: Audience, place: int, how: Any) -> None:
        page = self.pages[audience][place]
        self.run(page.go(how) if page.connected else self.come_back(page))

    @rule(audience=audiences, place=places, offer=offers)
    def a_page_is_new(self, audience: Audience, place: int, offer: Offer) -> None:
        self.run(self.leave(self.pages[audience][place]))
        page = self.pages[audience][place] = self.world.page(audience, offer)
        self.run(page.come())

    @rule(audience=audiences, place=places)
    def a_page_stops_reading_or_reads_on(self, audience: Audience, place: int) -> None:
        page = self.pages[audience][place]
        if page.connected and not page.stopped:
            page.stop_reading()
        else:
            page.read_on()

    @rule(missed=st.sets(numbers, max_size=3), how=st.sampled_from(["close", "reset"]), poked=poked)
    def everybody_drops_and_comes_back_at_once(
        self, missed: set[int], how: Any, *, poked: bool
    ) -> None:
        pages = [page for each in self.pages.values() for page in each]
        self.run(self.drop(pages, how))
        if missed:
            self.posts_arrive(missed, held=False, old=False, poked=poked)
        self.run(self.storm(pages))

    @precondition(lambda self: self.restarts)
    @rule()
    def the_service_restarts(self) -> None:
        """Once in some runs: it takes as long as hundreds of other steps."""
        self.restarts = False
        self.run(self.restart())

    @rule(turns=st.integers(1, 20))
    def a_moment_passes(self, turns: int) -> None:
        self.run(self.wait(turns))

    @rule()
    def the_hub_looks_by_itself(self) -> None:
        self.run(self.world.service.hub.look())

    # the laws

    @rule()
    def settle(self) -> None:
        self.run(self.all_are_alike())

    async def all_are_alike(self) -> None:
        await self.world.service.hub.look()
        for audience in AUDIENCES:
            fresh = self.world.page(audience)
            await fresh.come()
            await fresh.until_level()
            if audience == "public":
                assert self.world.kinds() == {"lean" if self.delivery == "auto" else "plain"}
            assert dict(fresh.view.items) == await self.world.truth(audience)
            for page in self.pages[audience]:
                await self.is_like(page, fresh)
            await self.leave(fresh)

    async def is_like(self, page: Page, fresh: Page) -> None:
        """A page that follows is level; one that is away would be, had it come back."""
        assert fresh.pulse_seq == fresh.view.seq, "the pulse sends a page that is level away"
        page.read_on()
        if not page.cut and not page.away and await page.until_at(fresh.view.epoch, fresh.view.seq):
            assert page.view == fresh.view
            return
        assert page.away or page.stopped, f"it was cut with {page.code}"
        again = self.twin(page)
        await again.come()
        await again.until_level()
        assert again.view == fresh.view
        await self.leave(again)

    async def come_back(self, page: Page) -> None:
        assert page.away or page.stopped, f"it was cut with {page.code}"
        await page.go()
        await page.come()

    async def drop(self, pages: list[Page], how: Any) -> None:
        """Whoever is here leaves; who was cut had stopped reading."""
        for page in pages:
            assert page.connected or page.away or page.stopped, f"it was cut with {page.code}"
        await asyncio.gather(*(page.go(how) for page in pages))

    async def storm(self, pages: list[Page]) -> None:
        """All at once."""
        await asyncio.gather(*(page.come() for page in pages))

    async def restart(self) -> None:
        """Whoever is here is told so, and comes back."""
        here = [page for each in self.pages.values() for page in each if page.connected]
        await self.world.restart()
        for page in here:
            page.read_on()
            code = await page.until_cut()
            assert code == 1012 or page.stopped, f"it was told {code}"
            await page.go()
        await self.storm(here)

    def twin(self, page: Page) -> Page:
        """A page that knows the same."""
        view = View(page.view.epoch, page.view.seq, page.view.tip, dict(page.view.items))
        return Page(page.address, page.headers, page.offer, view)

    async def leave(self, page: Page) -> None:
        """It goes, and what it was told is judged."""
        await page.go()
        self.judge(page)

    def judge(self, page: Page) -> None:
        if "audience=public" in page.address:
            for received in page.received:
                self.world.judge(received)
        page.received.clear()

    async def wait(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    async def end(self) -> None:
        try:
            await self.all_are_alike()
            for pages in self.pages.values():
                for page in pages:
                    await self.leave(page)
        finally:
            await self.world.close()

    def teardown(self) -> None:
        try:
            if hasattr(self, "pages"):
                self.run(self.end())
        finally:
            self.runner.close()
            self.bounds.__exit__(None, None, None)
            shutil.rmtree(self.folder, ignore_errors=True)


class PlainMachine(ViewerMachine):
    """The same over any ASGI server's sockets."""

    delivery = "plain"


# 35 × 50: 1,750 steps for each line
MANY = settings(max_examples=35, stateful_step_count=50, deadline=None)
ViewerMachine.TestCase.settings = PlainMachine.TestCase.settings = MANY
TestViewers = pytest.mark.slow(pytest.mark.timeout(900)(ViewerMachine.TestCase))
TestViewersByThePlainPath = pytest.mark.slow(pytest.mark.timeout(900)(PlainMachine.TestCase))
