"""Actions end to end on each database: what arrives, what moderators decide, and what is made safe after a restart."""

import asyncio

import orjson
import pytest
from structlog.testing import capture_logs

from app.actions.accounts import make_sign_in, sign_in, sign_out, token_hash
from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.actions.walls import set_up, withhold_unchecked
from app.domain.arrival import Arrival, AuthorGone, Batch
from app.domain.identity import item_id
from app.domain.wall import Audience, Rules, Session
from app.errors import NotFoundError, RefusedError, StoreError
from app.live.tail import Tail
from app.storage.accounts import Accounts
from app.storage.reading import StoredItem
from tests.contracts.conftest import opened
from tests.factories import HOME, WALL, at, author, deleted, post, posted, reposted, unreposted
from tests.fakes import House

pytestmark = pytest.mark.anyio
SLUG = WALL.slug


def id_of(number: int) -> str:
    return item_id(post(number).key)


async def enter(house: House, *said: Arrival, cursor: str | None = None) -> int:
    return (await arrive(house.context, SLUG, "test", Batch(said, cursor))).items


async def shown(house: House, audience: Audience = "public") -> dict[str, StoredItem]:
    async with house.store.read() as reading:
        items = await reading.window(await reading.wall(SLUG), audience)
    return {i.id: i for i in items if i.kind == "post"}


async def test_a_post_arrives_is_edited_and_is_deleted(home: House) -> None:
    assert await enter(home, posted(1), cursor="c1") == 1
    assert await enter(home, posted(post(1, "Better #pyfest26", edited_at=at(50)), seen=110)) == 1
    assert "Better" in str((await shown(home))[id_of(1)].body)
    assert await enter(home, deleted(1, known=False)) == 1
    assert await shown(home, "crew") == {}


async def test_the_same_batch_again_changes_nothing_and_takes_no_seq(home: House) -> None:
    said = [posted(1), posted(2), reposted(1, "bo"), deleted(2)]
    await enter(home, *said)
    before = await shown(home, "crew")
    told = list(home.announced)
    assert await enter(home, *said) == 0
    assert (await shown(home, "crew"), home.announced) == (before, told)


async def test_arrivals_and_their_cursor_are_kept_together_or_not_at_all(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("The disk is full: nothing more can be kept.")

    monkeypatch.setattr("app.storage.transaction.Transaction.set_cursor", fail)
    told = list(home.announced)
    with pytest.raises(StoreError):
        await enter(home, posted(1), cursor="c1")
    async with home.store.read() as reading:
        assert await reading.cursor((await reading.wall(SLUG)).id, "test") is None
    assert (await shown(home, "crew"), home.announced) == ({}, told)


async def test_reposts_name_people_and_can_be_taken_back(home: House) -> None:
    await enter(home, reposted(1, "bo"), posted(1), reposted(1, "cy", seen=151))
    assert '"count":2' in (await shown(home))[id_of(1)].passed_on
    await enter(home, unreposted(1, "bo"))
    passed_on = (await shown(home))[id_of(1)].passed_on
    assert "cy@" in passed_on
    assert "bo@" not in passed_on


async def test_an_account_that_left_takes_all_its_posts_along(home: House) -> None:
    await enter(home, posted(1), posted(2), posted(post(3, author=author("bo"))))
    await enter(home, AuthorGone(server=HOME, seen_at=at(500), author_key=author().key))
    assert list(await shown(home, "crew")) == [id_of(3)]
    await enter(home, posted(4, seen=200))  # said before it left
    assert list(await shown(home, "crew")) == [id_of(3)]


async def test_hiding_and_showing_again_keep_the_number(home: House) -> None:
    await enter(home, posted(1), posted(2))
    number = (await shown(home))[id_of(1)].shown_no
    hidden = await decide(home.context, SLUG, id_of(1), "hide")
    assert (hidden.items, id_of(1) in await shown(home)) == (1, False)
    again = await decide(home.context, SLUG, id_of(1), "hide")
    assert (again.items, again.seq) == (0, hidden.seq)
    await decide(home.context, SLUG, id_of(1), "show")
    assert (await shown(home))[id_of(1)].shown_no == number


async def test_what_a_moderator_approved_waits_again_after_an_edit(home: House) -> None:
    await enter(home, posted(post(1, sensitive=True)))
    await decide(home.context, SLUG, id_of(1), "show")
    assert (await shown(home))[id_of(1)].status == "approved"
    edited = post(1, "Other words #pyfest26", sensitive=True, edited_at=at(50))
    await enter(home, posted(edited, seen=110))
    assert await shown(home) == {}
    assert (await shown(home, "crew"))[id_of(1)].status == "pending"


async def test_a_hidden_post_stays_hidden_whatever_arrives(home: House) -> None:
    await enter(home, posted(1))
    await decide(home.context, SLUG, id_of(1), "hide")
    edited = post(1, "Better #pyfest26", edited_at=at(50))
    await enter(home, posted(edited, seen=110), posted(1, server="other.example", seen=300))
    assert await shown(home) == {}


async def test_pinning_is_told_and_unknown_posts_cannot_be_decided_on(home: House) -> None:
    await enter(home, posted(1), deleted(2))
    assert (await decide(home.context, SLUG, id_of(1), "pin")).items == 1
    assert (await shown(home))[id_of(1)].pinned
    assert (await decide(home.context, SLUG, id_of(1), "unpin")).items == 1
    for unknown in (id_of(2), id_of(9)):
        with pytest.raises(NotFoundError):
            await decide(home.context, SLUG, unknown, "hide")


async def test_new_rules_judge_every_post_anew(home: House) -> None:
    await enter(home, posted(1), posted(post(2, sensitive=True)))
    strict = WALL.model_copy(update={"rules": Rules(review=True)})
    await home.set_up(strict)
    assert await shown(home) == {}
    await home.set_up(WALL.model_copy(update={"rules": Rules(hold_sensitive=False)}))
    assert set(await shown(home)) == {id_of(1), id_of(2)}


async def test_the_programme_is_replaced_and_what_fell_out_is_gone(home: House) -> None:
    opening = Session(title="Opening", starts_at=at(0), ends_at=at(60))
    closing = Session(title="Closing", starts_at=at(90), ends_at=at(99))
    await home.set_up(sessions=[opening, closing])
    told = len(home.announced)
    await home.set_up(sessions=[closing, opening])
    assert len(home.announced) == told
    await home.set_up(sessions=[closing])
    await home.set_up()  # None leaves it as it is
    async with home.store.read() as reading:
        kept = await reading.programme((await reading.wall(SLUG)).id)
    assert ["Closing" in body for body in kept] == [True]


async def test_after_a_restart_posts_return_when_their_server_confirms_them(home: House) -> None:
    await enter(home, posted(1), posted(2, seen=3_599))
    number = (await shown(home))[id_of(1)].shown_no
    home.clock.move(3_600)
    change = await withhold_unchecked(home.context, SLUG, asked={HOME})
    assert (change.items, set(await shown(home, "crew"))) == (2, set())
    await enter(home, posted(1, seen=3_600))
    assert set(await shown(home)) == {id_of(1)}
    assert (await shown(home))[id_of(1)].shown_no == number


async def test_posts_of_which_nobody_can_be_asked_stay_after_a_restart(home: House) -> None:
    feed, form = "blog.example", "form"
    await enter(home, posted(1), posted(2, server=feed), posted(3, server=form))
    await withhold_unchecked(home.context, SLUG, asked={HOME}, unasked={feed})
    assert set(await shown(home, "crew")) == {id_of(2), id_of(3)}


async def test_a_post_that_a_server_can_take_back_waits_for_it_though_others_named_it_too(
    home: House,
) -> None:
    feed = "blog.example"
    await enter(home, posted(1), posted(1, server=feed), posted(2, server=feed))
    await enter(home, posted(3), posted(3, server=feed), deleted(3, server=HOME, known=False))
    await withhold_unchecked(home.context, SLUG, asked={HOME}, unasked={feed, HOME})
    assert set(await shown(home, "crew")) == {id_of(2)}


async def test_posts_of_a_source_that_was_removed_stay_away_and_the_log_says_so(
    home: House,
) -> None:
    await enter(home, posted(1), posted(2, server="gone.example"))
    with capture_logs() as logs:
        await withhold_unchecked(home.context, SLUG, asked={HOME})
    [told] = [entry for entry in logs if entry["event"] == "wall.posts_without_source"]
    assert (told["posts"], told["servers"]) == (1, ["gone.example"])
    assert await shown(home, "crew") == {}


async def test_a_sign_in_link_opens_one_session_which_ends(home: House) -> None:
    token = await make_sign_in(home.context)
    session = await sign_in(home.context, token)
    with pytest.raises(RefusedError, match="used already"):
        await sign_in(home.context, token)
    async with home.store.read() as reading:
        now_ms = home.context.now_ms()
        opened = await Accounts(reading).session(token_hash(session), now_ms)
        assert (opened and opened.role, opened and opened.name) == ("owner", "Operator")
    await sign_out(home.context, session)
    async with home.store.read() as reading:
        assert await Accounts(reading).session(token_hash(session), now_ms) is None


async def test_a_link_is_too_old_after_three_days(home: House) -> None:
    token = await make_sign_in(home.context)
    home.clock.move(72 * 3_600)
    with pytest.raises(RefusedError):
        await sign_in(home.context, token)


# several processes


async def test_two_processes_lose_nothing_and_number_every_post_once(url: str) -> None:
    async with opened(url) as here, opened(url) as there:
        tail = Tail(here.store, SLUG, "public")
        await tail.advance()
        start, epoch = tail.seq, tail.epoch
        await asyncio.gather(
            *(
                enter(h, posted(10 * i + j))
                for i in range(1, 6)
                for j, h in enumerate((here, there))
            ),
            *(enter(h, posted(99), cursor="c") for h in (here, there)),
        )
        posts = await shown(here)
        assert sorted(i.shown_no or 0 for i in posts.values()) == list(range(1, 12))
        assert sorted(i.seq for i in posts.values()) == list(range(start + 1, start + 12))
        await tail.advance()
        first = tail.first(epoch, start)
        assert first is not None
        frame = orjson.loads(first.payload)
        assert (frame["from"], frame["seq"]) == (start, start + 11)
        assert {item["id"] for item in frame["items"]} == set(posts)


async def test_two_processes_may_hide_and_show_the_same_post_at_once(url: str) -> None:
    async with opened(url) as here, opened(url) as there:
        await enter(here, posted(1))
        await asyncio.gather(
            *(decide(h.context, SLUG, id_of(1), d) for h in (here, there) for d in ("hide", "pin"))
        )
        assert await shown(there) == {}
        assert (await shown(here, "crew"))[id_of(1)].pinned


async def test_two_processes_that_make_the_same_wall_at_once_make_it_once(url: str) -> None:
    other = WALL.model_copy(update={"slug": "another"})
    async with opened(url) as here, opened(url) as there:
        join_url = "https://wall.example/live/another"
        await asyncio.gather(*(set_up(h.context, other, join_url=join_url) for h in (here, there)))
        async with here.store.read() as reading:
            assert list(await reading.slugs()).count("another") == 1
            assert (await reading.wall("another")).seq == 1
