"""Bluesky's own server program, real accounts on it, and what becomes of what they do on the wall."""

import io
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from PIL import Image

from tests.networks.atproto_servers import Network, network
from tests.networks.jetstream_bridge import Jetstream
from tests.networks.small_appview import SmallAppView
from tests.networks.watched_wall import WatchedWall, watched

Posts = dict[str, dict[str, Any]]

BY_HAND = tuple(os.environ.get("ATPROTO_NETWORK", "").split())
"""Addresses of a data server and of an AppView that run already: the whole of @atproto/dev-env, started by hand."""

pytestmark = pytest.mark.anyio


ours = pytest.mark.skipif(bool(BY_HAND), reason="that server is not ours to look into, or to kill")


@pytest.fixture(scope="module")
def atproto(npm_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A directory and a data server, for all tests of this file."""
    if BY_HAND:
        yield Network(Path(), pds_port=urlsplit(BY_HAND[0]).port or 80)
        return
    with network(tmp_path_factory.mktemp("atproto")) as found:
        yield found


@dataclass
class Stage:
    """The network as Hallway asks it."""

    jets: tuple[Jetstream, Jetstream]
    view: SmallAppView
    folder: Path
    more: AsyncExitStack

    async def wall(self, *, form: str = "", **settings: object) -> WatchedWall:
        """The service, following it; `form`: the path at which the stream is asked."""
        hosts = [jet.base + form for jet in self.jets]
        source = f'kind = "bluesky"\njetstream = {hosts}\nappview = ["{self.view.base}"]\n'
        source += "".join(f"{name} = {value}\n" for name, value in settings.items())
        wall = await self.more.enter_async_context(watched(self.folder, source))
        await wall.until(lambda _: any(jet.asked for jet in self.jets))
        return wall

    async def stop(self) -> None:
        """The service ends, as at a restart."""
        await self.more.aclose()
        self.more = AsyncExitStack()
        for jet in self.jets:
            jet.asked.clear()


@pytest.fixture
async def stage(atproto: Network, tmp_path: Path) -> AsyncIterator[Stage]:
    server = atproto.pds.replace("http:", "ws:")
    one, other = Jetstream(server), Jetstream(server, seq=7_000)
    async with one.running(), other.running(), SmallAppView(atproto.pds).running() as view:
        view.base = BY_HAND[1] if BY_HAND else view.base
        made = Stage((one, other), view, tmp_path, AsyncExitStack())
        try:
            yield made
        finally:
            await made.more.aclose()


def picture() -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(raw, "PNG")
    return raw.getvalue()


@ours
def test_nothing_listens_outside_of_this_machine(atproto: Network) -> None:
    for process in atproto.processes.values():
        sockets = psutil.Process(process.pid).net_connections("inet")
        assert {one.laddr.ip for one in sockets if one.status == "LISTEN"} == {"127.0.0.1"}


@pytest.mark.parametrize("form", ["", "/subscribe"])
async def test_posts_of_real_accounts_come_and_their_deletion_takes_them_away(
    atproto: Network, stage: Stage, form: str
) -> None:
    ada = atproto.join("ada")
    wall = await stage.wall(form=form)
    first = ada.post("Grüße 🎉 aus der Halle", "PyFest26")
    ada.post("Nothing to do with it", "elsewhere")
    ada.create("app.bsky.feed.post", {"text": "Tagged out of sight", "tags": ["pyfest26"]})
    posts = await wall.shows("Grüße 🎉 aus der Halle #PyFest26", "Tagged out of sight")

    assert len(posts) == 2
    ada.delete(first)
    assert list(await wall.lacks("Grüße 🎉 aus der Halle #PyFest26")) == ["Tagged out of sight"]


async def test_pictures_quotes_and_answers_come_whole(atproto: Network, stage: Stage) -> None:
    ada, bob = atproto.join("ada"), atproto.join("bob")
    wall = await stage.wall()
    blob = ada.upload(picture())
    image = {"alt": "The stage", "image": blob, "aspectRatio": {"width": 4, "height": 3}}
    images = {"$type": "app.bsky.embed.images", "images": [image]}
    first = ada.post("From the keynote", "PyFest26", embed=images)
    there = bob.reference(first)
    quote = {"$type": "app.bsky.embed.record", "record": there}
    quoting = bob.post("Look at this", "PyFest26", embed=quote)
    bob.post("Agreed!", "PyFest26", reply={"root": there, "parent": there})
    posts = await wall.shows(
        "From the keynote #PyFest26", "Look at this #PyFest26", "Agreed! #PyFest26"
    )

    (shown,) = posts["From the keynote #PyFest26"]["media"]
    assert (shown["kind"], shown["alt"]) == ("image", "The stage")
    assert posts["Look at this #PyFest26"]["quote"]["text"] == "From the keynote #PyFest26"
    assert posts["Agreed! #PyFest26"]["is_reply"]
    gate = {"post": first, "createdAt": "2026-11-21T09:30:00Z", "detachedEmbeddingUris": [quoting]}
    ada.put("app.bsky.feed.postgate", first.rpartition("/")[2], gate)
    await wall.until(lambda posts: posts["Look at this #PyFest26"]["quote"] is None)


async def test_who_passed_a_post_on_is_named_until_it_is_taken_back(
    atproto: Network, stage: Stage
) -> None:
    ada, bob = atproto.join("ada"), atproto.join("bob")
    wall = await stage.wall()
    first = ada.post("Pass it on", "PyFest26")
    await wall.shows("Pass it on #PyFest26")
    repost = bob.repost(first)
    posts = await wall.until(lambda posts: posts["Pass it on #PyFest26"]["passed_on"]["by"])

    named = posts["Pass it on #PyFest26"]["passed_on"]
    assert (named["count"], named["by"][0]["handle"]) == (1, bob.handle)
    bob.delete(repost)
    await wall.until(lambda posts: posts["Pass it on #PyFest26"]["passed_on"]["count"] == 0)


async def test_a_repost_that_is_taken_back_after_a_restart_or_meanwhile_is_followed(
    atproto: Network, stage: Stage
) -> None:
    ada, bob, eve = atproto.join("ada"), atproto.join("bob"), atproto.join("eve")
    wall = await stage.wall()
    first = ada.post("Pass it on", "PyFest26")
    await wall.shows("Pass it on #PyFest26")
    reposts = [one.repost(first) for one in (bob, eve)]
    await wall.until(lambda posts: len(posts["Pass it on #PyFest26"]["passed_on"]["by"]) == 2)
    await stage.stop()
    bob.delete(reposts[0])
    wall = await stage.wall()
    await wall.until(lambda posts: passed_on(posts, "Pass it on #PyFest26") == [eve.handle])
    eve.delete(reposts[1])
    await wall.until(lambda posts: passed_on(posts, "Pass it on #PyFest26") == [])


def passed_on(posts: Posts, text: str) -> list[str] | None:
    return [one["handle"] for one in posts[text]["passed_on"]["by"]] if text in posts else None


async def test_accounts_that_leave_take_everything_with_them_and_may_come_back(
    atproto: Network, stage: Stage
) -> None:
    ada, bob = atproto.join("ada"), atproto.join("bob")
    wall = await stage.wall()
    for number in range(3):
        ada.post(f"Note {number}", "PyFest26")
    bob.post("I stay", "PyFest26")
    await wall.shows("Note 0 #PyFest26", "Note 1 #PyFest26", "Note 2 #PyFest26", "I stay #PyFest26")
    ada.deactivate()
    await wall.until(lambda posts: set(posts) == {"I stay #PyFest26"})
    ada.activate()
    await wall.shows("Note 0 #PyFest26", "Note 1 #PyFest26", "Note 2 #PyFest26", "I stay #PyFest26")
    await stage.stop()
    wall = await stage.wall()
    bob.vanish()
    await wall.lacks("I stay #PyFest26")


async def test_names_and_wishes_of_real_profiles_are_followed(
    atproto: Network, stage: Stage
) -> None:
    ada, bob = atproto.join("ada"), atproto.join("bob")
    eve = atproto.join("eve", description="Not on screens, please: #nowall")
    wall = await stage.wall()
    eve.post("Just for you", "PyFest26")
    ada.post("Hello", "PyFest26")
    bob.post("Hidden soon", "PyFest26")
    posts = await wall.shows("Hello #PyFest26", "Hidden soon #PyFest26")

    assert "Just for you #PyFest26" not in posts
    ada.edit_profile(displayName="Ada L.")
    await wall.until(lambda posts: posts["Hello #PyFest26"]["author"]["name"]["text"] == "Ada L.")
    renamed = ada.rename("new" + ada.handle)
    await wall.until(lambda posts: posts["Hello #PyFest26"]["author"]["handle"] == renamed.handle)
    wish = {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "!no-unauthenticated"}],
    }
    bob.edit_profile(displayName="Bob", labels=wish)
    await wall.lacks("Hidden soon #PyFest26")


async def test_an_answer_that_the_starter_of_the_thread_hides_leaves(
    atproto: Network, stage: Stage
) -> None:
    ada, bob = atproto.join("ada"), atproto.join("bob")
    wall = await stage.wall()
    first = ada.post("Questions?", "PyFest26")
    there = bob.reference(first)
    answer = bob.post("Buy my course!", "PyFest26", reply={"root": there, "parent": there})
    await wall.shows("Questions? #PyFest26", "Buy my course! #PyFest26")
    gate = {"post": first, "createdAt": "2026-11-21T09:30:00Z", "hiddenReplies": [answer]}
    ada.put("app.bsky.feed.threadgate", first.rpartition("/")[2], gate)
    assert "Questions? #PyFest26" in await wall.lacks("Buy my course! #PyFest26")


@ours
async def test_nothing_is_lost_while_hallway_is_stopped_or_the_server_is_killed(
    atproto: Network, stage: Stage
) -> None:
    ada = atproto.join("ada")
    wall = await stage.wall()
    leaves = ada.post("Soon gone", "PyFest26")
    await wall.shows("Soon gone #PyFest26")
    await stage.stop()
    ada.delete(leaves)
    ada.post("While you were away", "PyFest26")
    wall = await stage.wall()
    posts = await wall.shows("While you were away #PyFest26")
    assert "Soon gone #PyFest26" not in posts
    ada.post("Before the power cut", "PyFest26")
    atproto.kill_pds()
    atproto.start()
    ada.post("After the power cut", "PyFest26")
    await wall.shows("Before the power cut #PyFest26", "After the power cut #PyFest26")


async def test_another_host_goes_on_where_one_was_cut_off(atproto: Network, stage: Stage) -> None:
    ada = atproto.join("ada")
    wall = await stage.wall()
    ada.post("By the first", "PyFest26")
    await wall.shows("By the first #PyFest26")
    await stage.jets[0].cut()
    ada.post("By the second", "PyFest26")
    await wall.shows("By the first #PyFest26", "By the second #PyFest26")
    assert stage.jets[1].asked


async def test_frames_come_compressed_where_that_is_wished(atproto: Network, stage: Stage) -> None:
    ada = atproto.join("ada")
    wall = await stage.wall(compressed="true")
    ada.post("Small on the wire", "PyFest26")
    await wall.shows("Small on the wire #PyFest26")
    assert stage.jets[0].binary
