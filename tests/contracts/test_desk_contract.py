"""What the crew does, on each database: modes, people, rules, many posts at once, and everything taken back."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from app.actions import finding, moderation, modes, people, rules, spotlight, undo
from app.actions.arrivals import arrive
from app.actions.log import Actor, newest, whole
from app.actions.moderation import decide, decide_many
from app.domain.arrival import Arrival, Batch
from app.domain.identity import account_digest, item_id
from app.domain.post import Media, Post, Quote, RichText
from app.domain.rules import Rule
from app.errors import ConflictError, InvalidError, NotFoundError, StoreError
from app.live.tail import Tail
from tests.factories import WALL, at, author, deleted, post, posted, reposted
from tests.fakes import House

pytestmark = pytest.mark.anyio
SLUG = WALL.slug
MIRA, TOM = Actor("Mira", "moderator", "m1"), Actor("Tom", "moderator", "t1")
PICTURE = Media(kind="image", url="https://fedi.example/cat.png")
CRYPTO = Rule(id="crypto", kind="word", values=("crypto",))


def id_of(number: int) -> str:
    return item_id(post(number).key)


async def enter(house: House, *said: Arrival) -> None:
    await arrive(house.context, SLUG, "test", Batch(said))


async def statuses(house: House) -> dict[int, str]:
    """The status of the posts 1 to 40, as far as they are there."""
    async with house.store.read() as reading:
        wall = await reading.wall(SLUG)
        found = {n: await reading.item(wall.id, id_of(n)) for n in range(1, 41)}
    return {n: item.status for n, item in found.items() if item and item.status != "gone"}


async def hybrid(house: House, **more: Any) -> None:
    await house.set_up(WALL.model_copy(update={"mode": "hybrid", **more}))


async def public_frame(house: House) -> bytes:
    tail = Tail(house.store, SLUG, "public")
    await tail.load()
    return tail.snapshot().payload


def by(account: str, number: int, text: str = "", **more: Any) -> Arrival:
    return posted(post(number, text, author=author(account), **more), seen=number)


# modes


async def test_first_posts_wait_until_one_was_let_through(home: House) -> None:
    await hybrid(home)
    await enter(home, by("ada", 1), by("ada", 2), by("bo", 3))
    home.clock.move(10)
    assert (await decide(home.context, SLUG, id_of(1), "show", actor=MIRA)).items == 1
    await enter(home, by("ada", 20), by("bo", 21))
    assert await statuses(home) == {
        1: "approved",
        2: "pending",  # written before anybody had looked
        3: "pending",
        20: "approved",
        21: "pending",
    }


async def test_the_first_picture_of_somebody_known_waits_and_later_ones_do_not(home: House) -> None:
    await hybrid(home)
    await enter(home, by("ada", 1))
    await decide(home.context, SLUG, id_of(1), "show")
    await enter(home, by("ada", 5, media=(PICTURE,)))
    assert (await statuses(home))[5] == "pending"
    home.clock.move(6)
    await decide(home.context, SLUG, id_of(5), "show")
    await enter(home, by("ada", 7, media=(PICTURE,)))
    assert (await statuses(home))[7] == "approved"


async def test_a_switch_holds_for_what_comes_and_takes_nothing_down(home: House) -> None:
    await enter(home, by("ada", 1))
    home.clock.move(10)
    await modes.switch(home.context, SLUG, "review", actor=MIRA)
    await enter(home, by("ada", 20))
    home.clock.move(20)
    await modes.switch(home.context, SLUG, "open", actor=TOM)
    await enter(home, by("ada", 40), by("ada", 1))
    assert await statuses(home) == {1: "approved", 20: "pending", 40: "approved"}
    assert (await modes.standing(home.context, SLUG)).by == "Tom"
    assert (await modes.switch(home.context, SLUG, "open")).items == 0


async def test_frozen_screens_are_told_and_what_comes_meanwhile_waits_afterwards_too(
    home: House,
) -> None:
    await enter(home, by("ada", 1))
    home.clock.move(5)
    await modes.switch(home.context, SLUG, "freeze", to="slide", actor=MIRA)
    assert b'"mode":"frozen","frozen_to":"slide"' in await public_frame(home)
    assert b"moderation" not in await public_frame(home)
    await enter(home, by("ada", 6))
    home.clock.move(5)
    frozen = (await newest(home.context, SLUG))[0]
    await undo.undo(home.context, SLUG, frozen.line.id, actor=MIRA)
    assert b'"mode":"live","frozen_to":null' in await public_frame(home)
    assert await statuses(home) == {1: "approved", 6: "pending"}


# storms


def storm(start: int, count: int, text: str = "Post") -> list[Arrival]:
    return [
        posted(post(n, f"{text} {n} #pyfest26", author=author(f"bot{n}"), created_at=at(0)), seen=0)
        for n in range(start, start + count)
    ]


async def test_a_spike_of_new_people_makes_everything_wait_and_says_so(home: House) -> None:
    await home.set_up(WALL.model_copy(update={"alarm": 20}))
    await enter(home, *storm(100, 20))
    assert (await modes.standing(home.context, SLUG)).mode == "open"
    await enter(home, *storm(120, 1))
    found = await modes.standing(home.context, SLUG)
    assert (found.mode, found.by) == ("review", "Hallway")
    assert found.why == "21 posts by people who are new here came within a minute."
    # where everything was shown at once, the storm's own beginning goes back to waiting
    async with home.store.read() as reading:
        shown = await reading.window(await reading.wall(SLUG), "public")
    assert [item.id for item in shown if item.kind == "post"] == []


async def test_who_has_just_switched_back_is_not_overruled(home: House) -> None:
    await home.set_up(WALL.model_copy(update={"alarm": 5}))
    await enter(home, *storm(100, 6))
    await modes.switch(home.context, SLUG, "open", actor=MIRA)
    await enter(home, *storm(110, 6))
    assert (await modes.standing(home.context, SLUG)).mode == "open"


async def test_old_posts_that_are_fetched_are_no_storm(home: House) -> None:
    await home.set_up(WALL.model_copy(update={"alarm": 5}))
    home.clock.move(3600)
    await enter(home, *storm(100, 30))
    assert (await modes.standing(home.context, SLUG)).mode == "open"


async def test_near_copies_wait_all_of_them_whatever_their_order(home: House) -> None:
    copies = Rule(id="copies", kind="copies", most=2)
    await rules.put(home.context, SLUG, copies)
    text = "Everybody should look at this wonderful offer before it ends tonight number"
    said = [by(f"p{n}", n, f"{text} {n} #pyfest26") for n in range(1, 6)]
    await enter(home, *said[:2])
    assert set((await statuses(home)).values()) == {"approved"}
    await enter(home, said[4], said[2])
    await enter(home, said[3])
    assert await statuses(home) == dict.fromkeys(range(1, 6), "pending")


async def test_a_flood_by_one_person_waits_from_the_post_that_is_too_many(home: House) -> None:
    await rules.put(home.context, SLUG, Rule(id="pace", kind="pace", most=3))
    await enter(home, *(by("ada", n) for n in range(1, 7)))
    found = await statuses(home)
    assert [found[n] for n in range(1, 7)] == ["approved"] * 3 + ["pending"] * 3


async def test_of_a_flood_that_waits_anyway_the_beginning_waits_for_the_same_reason(
    home: House,
) -> None:
    await hybrid(home)
    await rules.put(home.context, SLUG, Rule(id="pace", kind="pace", most=3))
    await enter(home, by("bot", 1), by("bot", 2), by("ada", 1_000))
    await enter(home, by("bot", 3), by("bot", 4), by("bot", 90))
    waiting = partial(moderation.waiting_for, home.context, SLUG)
    assert set(await waiting("pace")) == {id_of(n) for n in range(1, 5)}
    assert set(await waiting("first")) == {id_of(90), id_of(1_000)}


# people


async def test_blocking_takes_away_all_of_a_person_and_undoing_brings_back_what_was(
    home: House,
) -> None:
    quoting = Quote(author=author("bad"), body=RichText(text="Quoted words"), key="https://x/9")
    await enter(home, by("bad", 1, "Ugly #pyfest26"), by("bad", 2), by("ada", 3, quote=quoting))
    await enter(home, reposted(3, "bad"))
    await decide(home.context, SLUG, id_of(2), "show", actor=MIRA)
    done = await people.block_author(home.context, SLUG, id_of(1), actor=MIRA)
    assert await statuses(home) == {1: "hidden", 2: "hidden", 3: "approved"}
    frame = await public_frame(home)
    assert b"Ugly" not in frame
    assert b"Quoted words" not in frame
    assert b"bad@" not in frame
    await enter(home, by("bad", 5))
    assert (await statuses(home))[5] == "hidden"
    await undo.undo(home.context, SLUG, done.log, actor=MIRA)
    assert set((await statuses(home)).values()) == {"approved"}
    assert b"Quoted words" in await public_frame(home)


async def test_people_are_listed_and_freed_by_their_handle(home: House) -> None:
    await hybrid(home)
    await enter(home, by("ada", 1))
    await people.set_standing(home.context, SLUG, "@ADA@fedi.example", "listed", actor=MIRA)
    assert await statuses(home) == {1: "approved"}
    [listed] = await people.standing(home.context, SLUG)
    assert (listed.handle, listed.digest) == ("ada@fedi.example", account_digest(author("ada").key))
    await people.set_standing(home.context, SLUG, listed.digest, "", actor=MIRA)
    assert await statuses(home) == {1: "pending"}
    with pytest.raises(NotFoundError, match="Nobody called bo"):
        await people.set_standing(home.context, SLUG, "bo@fedi.example", "blocked")


# rules


async def test_a_rule_is_tried_saved_and_removed_and_only_what_it_catches_moves(
    home: House,
) -> None:
    await enter(home, by("ada", 1, "Buy crypto #pyfest26"), by("bo", 2))
    tried = await rules.preview(home.context, SLUG, CRYPTO)
    assert (tried.today, tried.waiting, tried.shown, tried.examples) == (1, 0, 1, (id_of(1),))
    assert set((await statuses(home)).values()) == {"approved"}
    assert (await rules.put(home.context, SLUG, CRYPTO, actor=MIRA)).items == 1
    assert await statuses(home) == {1: "pending", 2: "approved"}
    assert (await rules.put(home.context, SLUG, CRYPTO, actor=MIRA)).log == 0
    await rules.remove(home.context, SLUG, "crypto", actor=MIRA)
    assert set((await statuses(home)).values()) == {"approved"}
    with pytest.raises(NotFoundError):
        await rules.remove(home.context, SLUG, "crypto")
    with pytest.raises(InvalidError):
        await rules.put(home.context, SLUG, CRYPTO.model_copy(update={"values": ()}))


async def test_a_blocked_word_hides_and_a_moderator_may_show_one_all_the_same(home: House) -> None:
    await enter(home, by("ada", 1, "crypto one #pyfest26"), by("bo", 2, "crypto two #pyfest26"))
    await rules.put(home.context, SLUG, rules.blocking(word="Crypto"), actor=MIRA)
    assert await statuses(home) == {1: "hidden", 2: "hidden"}
    await decide(home.context, SLUG, id_of(2), "show", actor=MIRA)
    assert await statuses(home) == {1: "hidden", 2: "approved"}


# decisions


async def test_hiding_what_waited_and_undoing_it_lets_it_wait_again(home: House) -> None:
    await enter(home, by("ada", 1, sensitive=True))
    done = await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA)
    assert await statuses(home) == {1: "hidden"}
    await undo.undo(home.context, SLUG, done.log, actor=TOM)
    assert await statuses(home) == {1: "pending"}
    with pytest.raises(ConflictError, match="already"):
        await undo.undo(home.context, SLUG, done.log, actor=TOM)


async def test_of_two_moderators_the_second_is_told_and_the_same_wish_is_no_conflict(
    home: House,
) -> None:
    await enter(home, by("ada", 1, sensitive=True))
    await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA, was="pending")
    home.clock.move(4)
    with pytest.raises(ConflictError, match=r"Mira hid this post 4 seconds ago\. Nothing"):
        await decide(home.context, SLUG, id_of(1), "show", actor=TOM, was="pending")
    assert await statuses(home) == {1: "hidden"}
    same = await decide(home.context, SLUG, id_of(1), "hide", actor=TOM, was="pending")
    assert (same.items, same.log) == (0, 0)


async def test_an_undo_that_would_undo_a_later_decision_is_refused(home: House) -> None:
    await enter(home, by("ada", 1))
    first = await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA)
    second = await decide(home.context, SLUG, id_of(1), "show", actor=TOM)
    with pytest.raises(ConflictError, match="since"):
        await undo.undo(home.context, SLUG, first.log, actor=MIRA)
    await undo.undo(home.context, SLUG, second.log, actor=MIRA)
    await undo.undo(home.context, SLUG, first.log, actor=MIRA)
    assert await statuses(home) == {1: "approved"}


async def test_many_are_decided_at_once_and_taken_back_at_once(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "SLICE", 2)
    await hybrid(home)
    await enter(home, *(by(f"p{n}", n) for n in range(1, 6)))
    ids = await moderation.waiting_for(home.context, SLUG, "first")
    assert len(ids) == 5
    done = await decide_many(home.context, SLUG, [*ids, "pgone"], "show", actor=MIRA)
    assert (done.items, set((await statuses(home)).values())) == (5, {"approved"})
    await undo.undo(home.context, SLUG, done.log, actor=MIRA)
    assert set((await statuses(home)).values()) == {"pending"}
    home.clock.move(60)
    await enter(home, by("p1", 30))
    assert (await statuses(home))[30] == "pending"  # they are strangers again, too


async def test_what_is_put_off_says_until_when(home: House) -> None:
    await enter(home, by("ada", 1, sensitive=True))
    done = await decide(home.context, SLUG, id_of(1), "later", actor=MIRA)
    async with home.store.read() as reading:
        item = await reading.item((await reading.wall(SLUG)).id, id_of(1))
    assert item is not None
    assert item.later_ms == home.context.now_ms() + moderation.LATER_MS
    await undo.undo(home.context, SLUG, done.log, actor=MIRA)
    assert (await decide(home.context, SLUG, id_of(1), "now", actor=MIRA)).items == 0


async def test_a_spotlight_shows_what_waits_and_ends_when_told(home: House) -> None:
    await enter(home, by("ada", 1, sensitive=True))
    await spotlight.put_up(home.context, SLUG, id_of(1), seconds=20, actor=MIRA)
    assert await statuses(home) == {1: "approved"}
    assert f'"spotlight":{{"id":"{id_of(1)}"'.encode() in await public_frame(home)
    await spotlight.take_down(home.context, SLUG, actor=MIRA)
    assert b'"spotlight":null' in await public_frame(home)
    with pytest.raises(InvalidError):
        await spotlight.put_up(home.context, SLUG, id_of(1), seconds=0)


# search, and what is told of one


async def test_everything_kept_is_searched_and_counted_by_reason(home: House) -> None:
    await hybrid(home)
    said = [by(f"p{n}", n, f"Número {n} #pyfest26") for n in range(1, 8)]
    await enter(home, *said, by("ada", 9, "Café in room B #pyfest26", sensitive=True))
    found = await finding.find(home.context, SLUG, words="cafe ROOM")
    assert [item.id for item in found.items] == [id_of(9)]
    assert found.counts == {"first": 7, "sensitive": 1}
    first = await finding.find(home.context, SLUG, reason="first", status="pending")
    assert (len(first.items), first.more) == (7, False)


async def test_all_that_is_known_of_a_post_is_told(home: House) -> None:
    await hybrid(home)
    await enter(home, by("ada", 1), by("ada", 2, sensitive=True))
    await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA)
    told = await finding.about(home.context, SLUG, id_of(2))
    assert [v.reason for v in told.reasons] == ["sensitive", "first"]
    assert (list(told.found_on), dict(told.by_status)) == (["fedi.example"], {"hidden": 1})
    assert [item.id for item in told.earlier] == [id_of(1)]
    hidden = await finding.about(home.context, SLUG, id_of(1))
    [entry] = hidden.history
    assert (entry.line.who, entry.line.action, entry.undone) == ("Mira", "post.hide", False)
    await undo.undo(home.context, SLUG, entry.line.id, actor=MIRA)
    history = (await finding.about(home.context, SLUG, id_of(1))).history
    assert [each.undone for each in history] == [False, True]
    await enter(home, deleted(2))
    with pytest.raises(NotFoundError):
        await finding.about(home.context, SLUG, id_of(2))


# the log


async def test_the_log_says_who_did_what_and_holds_no_words_of_any_post(home: House) -> None:
    said: Post = post(1, "Secret words #pyfest26", author=author("victim"))
    await enter(home, posted(said))
    await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA)
    await people.block_author(home.context, SLUG, id_of(1), actor=TOM)
    entries = [entry async for entry in whole(home.context, SLUG)]
    assert [(e.line.who, e.line.action) for e in entries] == [
        ("Mira", "post.hide"),
        ("Tom", "person"),
    ]
    told = str([e.as_json() for e in entries])
    assert "Secret" not in told
    assert "victim" not in told


async def test_lines_of_the_log_cannot_be_changed_or_removed(home: House) -> None:
    await enter(home, by("ada", 1))
    await decide(home.context, SLUG, id_of(1), "hide", actor=MIRA)
    for change in _tampering():
        with pytest.raises(StoreError, match="only be added to"):
            async with home.store.write() as tx:
                await tx.connection.execute(change)
    assert len(await newest(home.context, SLUG)) == 1


def _tampering() -> Sequence[Any]:
    from sqlalchemy import delete, update

    from app.storage.schema import audit

    return update(audit).values(who="Somebody else"), delete(audit)
