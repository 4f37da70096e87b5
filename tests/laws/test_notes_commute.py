"""Law 4 for notes: copies, their counts and quotes come out the same, in whatever order and batches arrivals come.

Over the real store, because what shares a voice and what quotes what is found there.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from app.actions.arrivals import arrive
from app.domain.arrival import Arrival, AuthorGone, Batch, Edited, Unreposted
from app.live.protocol import wire_item
from tests.factories import WALL, at, author
from tests.fakes import House, house
from tests.notes import NOTE, ada_on, lost_on, note_on, passed_on_by, quoting, seen_on

pytestmark = pytest.mark.slow

KINDS = ("mastodon", "bluesky", "x", "bridge")
NUMBERS = (1, 30)
_slugs = itertools.count()
kinds, numbers = st.sampled_from(KINDS), st.sampled_from(NUMBERS)
moments = st.integers(100, 160)


@st.composite
def lives(draw: st.DrawFn, kind: str, number: int) -> list[Arrival]:
    """What one server says of one of Ada's posts: seen, perhaps edited, perhaps lost, perhaps back."""
    times = sorted(draw(st.sets(moments, min_size=1, max_size=3)))
    said: list[Arrival] = [seen_on(kind, number, seen=times[0], sensitive=draw(st.booleans()))]
    edit = draw(
        st.sampled_from(
            [
                {"text": "Quite other words #pyfest26"},
                {"hashtags": ("other",)},
                {"text": f"{NOTE} 🐍"},
            ]
        )
    )
    for seconds in times[1:]:
        if draw(st.booleans()):
            post = note_on(kind, number, edited_at=at(50), **edit)
            shown = seen_on(kind, number, seen=seconds)
            said.append(Edited(**(shown.model_dump() | {"kind": "edited", "post": post})))
            break
        said.append(said[0].model_copy(update={"seen_at": at(seconds)}))
    if draw(st.integers(0, 3)) == 0:
        said.append(lost_on(kind, number, seen=draw(moments)))
    return said


@st.composite
def histories(draw: st.DrawFn) -> list[Arrival]:
    """Everything that was ever said of Ada's notes and of the posts that quote them."""
    said: list[Arrival] = []
    there = draw(st.lists(st.tuples(kinds, numbers), min_size=2, max_size=5, unique=True))
    for kind, number in there:
        said += draw(lives(kind, number))
    for by, (kind, number) in enumerate(draw(st.lists(st.sampled_from(there), max_size=3)), 50):
        said.append(quoting(kind, number, by, seen=draw(moments)))
    for name in draw(st.lists(st.sampled_from(["bo", "cy"]), max_size=4)):
        kind, number, seen = draw(kinds), draw(numbers), draw(moments)
        word = passed_on_by(name, kind, number, seen=seen)
        back = Unreposted(
            server=word.server, seen_at=at(seen), key=word.key, author_key=author(name).key
        )
        said.append(draw(st.sampled_from([word, word, back])))
    for key in draw(
        st.lists(st.sampled_from([ada_on("bluesky").key, author("bo").key]), max_size=1)
    ):
        said.append(AuthorGone(server="fedi.example", seen_at=at(draw(moments)), author_key=key))
    return said


@asynccontextmanager
async def fresh_wall(home: House) -> AsyncIterator[str]:
    """A wall of this example's own in the one database."""
    wall = WALL.model_copy(update={"slug": f"wall{next(_slugs)}"})
    await home.set_up(wall)
    yield wall.slug


async def wall_after(home: House, batches: list[list[Arrival]]) -> dict[str, Any]:
    """What the crew sees, numbers aside, and what is kept of people who passed something on."""
    async with fresh_wall(home) as slug:
        for batch in batches:
            await arrive(home.context, slug, "test", Batch(batch))
        async with home.store.read() as reading:
            wall = await reading.wall(slug)
            items = [i for i in await reading.window(wall, "crew") if i.kind == "post"]
            records = await reading.records(wall.id, [i.id for i in items])
        shown = {i.id: orjson.loads(orjson.dumps(wire_item(i, "crew"))) for i in items}
        for id_, item in shown.items():
            del item["seq"], item["no"]
            item["people"] = sorted(k for k, r in records[id_].reposters.items() if not r.gone)
        return shown


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as made:
        yield made


@pytest.fixture(scope="module")
def home(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = house(tmp_path_factory.mktemp("notes"))
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@given(history=histories(), data=st.data())
@settings(max_examples=120, deadline=None)
def test_notes_and_quotes_are_the_same_in_any_order_and_any_batches(
    runner: asyncio.Runner, home: House, history: list[Arrival], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    shuffled = data.draw(st.permutations(history + again))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=6).map(sorted))
    batches = [shuffled[a:b] for a, b in itertools.pairwise([0, *cuts, len(shuffled)])]
    assert runner.run(wall_after(home, batches)) == runner.run(wall_after(home, [history]))
