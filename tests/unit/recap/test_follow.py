"""What of a wall may be written into a recording."""

from pathlib import Path

import pytest

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.recap.follow import StoreWall
from tests.factories import WALL, post, posted
from tests.fakes import house

pytestmark = pytest.mark.anyio


async def test_posts_of_x_are_not_recorded(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        batch = Batch([posted(1), posted(post(2, network="x"))])
        await arrive(home.context, WALL.slug, "test", batch)
        wall = await StoreWall.open(home.store, WALL.slug)
        stored = await wall.changes_after(0)
    assert [s.post.network for s in stored if s.post] == ["mastodon"]
