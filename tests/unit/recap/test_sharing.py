"""What anybody is given over HTTP: posts of X are ids only."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.domain.crew import Signed
from app.live.hub import Hub
from app.live.protocol import item_json, snapshot_frame
from app.recap.sharing import shared_frame
from app.web.walls import snapshot
from tests.factories import post, posted
from tests.fakes import house

X = {
    "id": "p1",
    "kind": "post",
    "seq": 4,
    "no": 2,
    "network": "x",
    "url": "https://x.com/ada_example/status/1990000000000000001",
    "author": {"handle": "ada_example", "name": {"text": "Ada", "spans": []}},
    "text": "Hello #PyFest26",
    "media": [{"src": "/media/abc"}],
    "quote": {"text": "quoted"},
}


def test_of_a_post_of_x_only_ids_are_left() -> None:
    mastodon = X | {"id": "p2", "network": "mastodon", "url": "https://fedi.example/@ada/1"}
    wall, gone = {"id": "w", "kind": "wall", "seq": 1}, {"id": "p3", "seq": 5, "gone": True}
    frame = snapshot_frame("e", 5, 2, [item_json(one) for one in (wall, X, mastodon, gone)])
    told = orjson.loads(shared_frame(frame))
    bare = {"id": "p1", "kind": "post", "seq": 4, "no": 2, "network": "x"}
    bare["url"] = "https://x.com/i/status/1990000000000000001"
    assert told == orjson.loads(frame) | {"items": [wall, bare, mastodon, gone]}
    assert b"ada_example" not in shared_frame(frame).replace(item_json(mastodon), b"")


def test_without_posts_of_x_nothing_is_touched() -> None:
    frame = snapshot_frame("e", 1, 0, [item_json(X | {"network": "mastodon"})])
    assert shared_frame(frame) is frame


@pytest.mark.anyio
async def test_the_route_gives_ids_to_everybody_and_everything_to_the_crew(tmp_path: Path) -> None:
    secret = post(1, "Only on our pages #PyFest26", network="x", url=X["url"])
    async with house(tmp_path) as home:
        await arrive(home.context, "pyfest26", "x:x", Batch([posted(secret)]))
        service: Any = SimpleNamespace(store=home.store, hub=Hub(home.store, home.clock))
        public = await snapshot("pyfest26", service, None)
        crew = await snapshot("pyfest26", service, Signed("a", "Mira", "moderator", "s"), "crew")
    assert b"https://x.com/i/status/1990000000000000001" in public.body
    assert b"Only on our pages" not in public.body
    assert b"Only on our pages" in crew.body
