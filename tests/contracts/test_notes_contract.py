"""One note on several networks, and quotes, end to end on each database: what arrives, and what moderators decide."""

import orjson
import pytest

from app.actions.arrivals import arrive
from app.actions.moderation import Decision, decide
from app.actions.walls import withhold_unchecked
from app.domain.arrival import Arrival, AuthorGone, Batch, Edited
from app.domain.fold import CROWD
from app.domain.identity import item_id
from app.domain.wall import Audience, Rules
from app.live.protocol import Wire, wire_item
from tests.contracts.conftest import opened
from tests.factories import WALL, at, author, post, reposted, unreposted
from tests.fakes import House
from tests.notes import ada_on, id_on, lost_on, note_on, passed_on_by, quoting, seen_on

pytestmark = pytest.mark.anyio
SLUG = WALL.slug
MASTODON, BLUESKY = id_on("mastodon"), id_on("bluesky")
BO = item_id(post(50).key)


async def enter(house: House, *said: Arrival) -> int:
    """Each in a batch of its own: what was said before is found in the store."""
    changes = [await arrive(house.context, SLUG, "test", Batch([word])) for word in said]
    return sum(change.items for change in changes)


async def ruled(house: House, id_: str, decision: Decision) -> int:
    return (await decide(house.context, SLUG, id_, decision)).items


async def shown(house: House, audience: Audience = "public") -> dict[str, Wire]:
    """The posts that this audience sees, as they go over the wire."""
    async with house.store.read() as reading:
        items = await reading.window(await reading.wall(SLUG), audience)
    wires = [orjson.loads(orjson.dumps(wire_item(i, audience))) for i in items if i.kind == "post"]
    return {wire["id"]: wire for wire in wires}


async def names_kept(house: House, id_: str) -> list[str]:
    async with house.store.read() as reading:
        records = await reading.records((await reading.wall(SLUG)).id, [id_])
    return [r.handle for r in records[id_].reposters.values()]


async def test_the_public_sees_a_note_once_with_both_links_and_the_crew_sees_the_copy(
    home: House,
) -> None:
    early = at(0)
    await enter(home, seen_on("bluesky"), passed_on_by("bo", "bluesky"))
    assert set(await shown(home)) == {BLUESKY}
    await enter(home, seen_on("mastodon", created_at=early), passed_on_by("cy", "mastodon"))
    (lead,) = (await shown(home)).values()
    assert lead["id"] == MASTODON
    also = {"network": "bluesky", "url": "https://bsky.app/ada/1", "handle": "ada.bsky.social"}
    assert lead["also"] == [also]
    assert lead["passed_on"]["count"] == 2
    crew = await shown(home, "crew")
    assert (crew[BLUESKY]["status"], crew[BLUESKY]["copy_of"]) == ("copy", MASTODON)
    assert "as on Mastodon, 1 s later" in crew[BLUESKY]["rule"]
    assert "copy_of" not in lead


async def test_hiding_any_post_of_a_note_hides_it_whole_and_showing_brings_it_back(
    home: House,
) -> None:
    await enter(home, seen_on("mastodon"), seen_on("bluesky", 1))
    before = await shown(home)
    for hidden, again in ((MASTODON, BLUESKY), (BLUESKY, MASTODON)):
        assert await ruled(home, hidden, "hide") == 2
        assert await shown(home) == {}
        await enter(home, seen_on("mastodon", seen=300), seen_on("bluesky", seen=300))
        assert await shown(home) == {}
        await ruled(home, again, "show")
        back = await shown(home)
        assert [(w["id"], w["no"]) for w in back.values()] == [
            (w["id"], w["no"]) for w in before.values()
        ]


async def test_a_copy_that_arrives_after_the_hide_is_hidden_too_also_when_the_hidden_one_is_deleted(
    home: House,
) -> None:
    await enter(home, seen_on("mastodon"))
    await ruled(home, MASTODON, "hide")
    await enter(home, lost_on("mastodon"), seen_on("bluesky"), seen_on("x"))
    assert await shown(home) == {}
    await ruled(home, BLUESKY, "show")
    assert set(await shown(home)) == {BLUESKY}


async def test_posts_are_set_apart_and_put_together_again_and_what_arrives_keeps_it_so(
    url: str,
) -> None:
    async with opened(url) as home:
        await enter(home, seen_on("mastodon"), seen_on("bluesky"))
        copy = BLUESKY if BLUESKY not in await shown(home) else MASTODON
        assert await ruled(home, copy, "apart") == 2
        assert await ruled(home, copy, "apart") == 0
    async with opened(url) as home:  # another process
        await enter(home, seen_on("mastodon", seen=300), seen_on("bluesky", seen=300))
        assert set(await shown(home)) == {MASTODON, BLUESKY}
        assert (await shown(home, "crew"))[copy]["apart"] is True
        await ruled(home, copy, "hide")
        assert len(await shown(home)) == 1
        await ruled(home, copy, "show")
        assert await ruled(home, copy, "together") == 2
        assert len(await shown(home)) == 1


async def test_a_copy_that_its_author_changed_stands_by_itself(home: House) -> None:
    await enter(home, seen_on("mastodon"), seen_on("bluesky"))
    other = note_on("bluesky", text="Quite other words #pyfest26", edited_at=at(90))
    base = seen_on("bluesky", seen=300).model_dump()
    await enter(home, Edited(**(base | {"kind": "edited", "post": other})))
    both = await shown(home)
    assert set(both) == {MASTODON, BLUESKY}
    assert [w["also"] for w in both.values()] == [[], []]


async def test_when_the_lead_is_deleted_the_other_leads_with_its_own_people(home: House) -> None:
    await enter(home, seen_on("mastodon", created_at=at(0)), seen_on("bluesky"))
    await enter(home, passed_on_by("bo", "mastodon"), passed_on_by("cy", "bluesky"))
    await enter(home, lost_on("mastodon"))
    (lead,) = (await shown(home)).values()
    assert (lead["id"], lead["also"], lead["passed_on"]["count"]) == (BLUESKY, [], 1)
    assert await names_kept(home, MASTODON) == []


async def test_a_pin_stays_with_the_note_and_is_taken_off_it(home: House) -> None:
    await enter(home, seen_on("bluesky"))
    await ruled(home, BLUESKY, "pin")
    await enter(home, seen_on("mastodon", created_at=at(0)))
    (lead,) = (await shown(home)).values()
    assert (lead["id"], lead["pinned"]) == (MASTODON, True)
    await ruled(home, MASTODON, "unpin")
    assert [w["pinned"] for w in (await shown(home, "crew")).values()] == [False, False]


async def test_an_announcement_said_too_often_comes_apart_and_together_again(home: House) -> None:
    said = [seen_on("mastodon", n) for n in range(1, CROWD)]
    await enter(home, *said, seen_on("bluesky"))
    assert len(await shown(home)) == CROWD - 1
    await enter(home, seen_on("mastodon", CROWD), seen_on("mastodon", CROWD + 1))
    assert len(await shown(home)) == CROWD + 2
    await enter(home, lost_on("mastodon", CROWD), lost_on("mastodon", CROWD + 1))
    assert len(await shown(home)) == CROWD - 1


# quotes


async def test_a_quote_leaves_with_what_it_quotes_and_comes_back_with_it(home: House) -> None:
    await enter(home, seen_on("mastodon"), quoting("mastodon"))
    assert (await shown(home))[BO]["quote"]["text"] == "Quoted 1x"
    assert await ruled(home, MASTODON, "hide") == 2
    assert (await shown(home))[BO]["quote"] is None
    await enter(home, quoting("mastodon", seen=300))
    assert (await shown(home))[BO]["quote"] is None
    await ruled(home, MASTODON, "show")
    assert (await shown(home))[BO]["quote"]["text"] == "Quoted 1x"


async def test_what_waits_for_a_moderator_is_shown_in_no_quote(home: House) -> None:
    await enter(home, quoting("mastodon"))
    assert (await shown(home))[BO]["quote"]
    await enter(home, seen_on("mastodon", sensitive=True))
    assert (await shown(home))[BO]["quote"] is None
    await home.set_up(WALL.model_copy(update={"rules": Rules(hold_sensitive=False)}))
    assert (await shown(home))[BO]["quote"]


async def test_a_copy_of_a_hidden_note_is_shown_in_no_quote_either(home: House) -> None:
    await enter(home, seen_on("mastodon"), seen_on("bluesky"), quoting("bluesky"))
    await ruled(home, MASTODON, "hide")
    assert (await shown(home))[BO]["quote"] is None


async def test_a_quote_of_what_was_deleted_is_erased(home: House) -> None:
    await enter(home, seen_on("mastodon"), quoting("mastodon"), lost_on("mastodon"))
    await enter(home, seen_on("mastodon", seen=300))
    async with home.store.read() as reading:
        (record,) = (await reading.records((await reading.wall(SLUG)).id, [BO])).values()
    assert record.quote is None


async def test_an_account_that_left_is_quoted_nowhere_and_named_nowhere(home: House) -> None:
    await enter(home, quoting("mastodon"), passed_on_by("cy", "mastodon", 50))
    await enter(home, reposted(50, "cy"), reposted(50, "di"))
    for key in (ada_on("mastodon").key, author("cy").key):
        await enter(home, AuthorGone(server="fedi.example", seen_at=at(400), author_key=key))
    (wire,) = (await shown(home)).values()
    assert (wire["quote"], wire["passed_on"]["count"]) == (None, 1)
    await enter(home, quoting("mastodon", seen=500), reposted(50, "cy", seen=500))
    (wire,) = (await shown(home)).values()
    assert (wire["quote"], wire["passed_on"]["count"]) == (None, 1)
    assert await names_kept(home, BO) == ["di@fedi.example"]


async def test_after_a_restart_a_quote_waits_for_what_it_quotes(home: House) -> None:
    await enter(home, seen_on("mastodon"), quoting("mastodon"))
    home.clock.move(3_600)
    await withhold_unchecked(home.context, SLUG, asked={"fedi.example"})
    await enter(home, quoting("mastodon", seen=3_590))
    (wire,) = (await shown(home)).values()
    assert (wire["id"], wire["quote"]) == (BO, None)
    await enter(home, seen_on("mastodon", seen=3_595))
    assert (await shown(home))[BO]["quote"]


# people who passed something on


async def test_names_leave_the_store_with_a_post_that_left_the_wall(home: House) -> None:
    await enter(home, seen_on("mastodon"), passed_on_by("bo", "mastodon"))
    away = note_on("mastodon", edited_at=at(50), hashtags=("other",))
    base = seen_on("mastodon", seen=300).model_dump()
    await enter(home, Edited(**(base | {"kind": "edited", "post": away})))
    assert await names_kept(home, MASTODON) == []
    await enter(home, passed_on_by("cy", "mastodon", seen=400))
    assert await names_kept(home, MASTODON) == []


async def test_a_repost_that_was_taken_back_counts_no_more_on_the_lead(home: House) -> None:
    await enter(home, seen_on("mastodon", created_at=at(0)), seen_on("bluesky"))
    await enter(home, passed_on_by("bo", "bluesky"))
    assert (await shown(home))[MASTODON]["passed_on"]["count"] == 1
    back = unreposted(1, "bo").model_copy(update={"key": note_on("bluesky").key})
    await enter(home, back)
    assert (await shown(home))[MASTODON]["passed_on"] == {"count": 0, "by": []}
