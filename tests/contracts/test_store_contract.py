"""What every database must do for the store: SQLite and PostgreSQL keep the same promises."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.domain.arrival import Arrival
from app.domain.desk import Desk, Turn
from app.domain.identity import item_id, media_id, to_ms
from app.domain.people import Circle
from app.domain.post import Media, Quote, RichText
from app.domain.record import Also, Record, observe, pass_on, settle, settle_quote, take_back
from app.domain.voice import NO_VOICE, Voice
from app.domain.wall import Audience
from app.errors import NotFoundError
from app.storage.reading import Reading, StoredItem, WallRow
from app.storage.store import Store
from app.storage.transaction import Transaction
from tests.contracts.conftest import opened
from tests.factories import (
    HOME,
    POLICY,
    WALL,
    at,
    author,
    counts,
    picture,
    post,
    posted,
    reposted,
    unreposted,
)
from tests.fakes import House

pytestmark = pytest.mark.anyio
SLUG = WALL.slug
CREW: Audience = "crew"
PUBLIC: Audience = "public"


def id_of(number: int) -> str:
    return item_id(post(number).key)


def record_of(number: int = 1, *said: Arrival, **more: Any) -> Record:
    """A record as an action leaves it: settled, with its numbers."""
    shown = post(number, **more)
    record = Record(id=item_id(shown.key), key=shown.key)
    observe(record, posted(shown))
    for word in said:
        (pass_on if word.kind == "reposted" else take_back)(record, word)  # type: ignore[arg-type]
    settle(record, WALL, POLICY, Circle())
    record.seq, record.arrival_no = number, number
    record.shown_no = number if record.status == "approved" else None
    return record


async def keep(house: House, *records: Record) -> WallRow:
    """Write records down whole, and move the wall's numbers to them."""
    async with house.store.write() as tx:
        wall = await tx.wall(SLUG, lock=True)
        for record in records:
            shown = int(record.shown_no is not None)
            record.seq = (await tx.advance(wall.id, arrivals=1, shown=shown)).seq
        await tx.save(wall.id, records)
        await tx.save_media(wall.id, records)
        await tx.save_sightings(wall.id, [s for r in records for s in r.sightings.values()])
        for record in records:
            await tx.save_reposters(wall.id, record, sorted(record.reposters))
        return await tx.wall(SLUG)


async def posts_in(reading: Reading, audience: Audience) -> list[StoredItem]:
    wall = await reading.wall(SLUG)
    return [i for i in await reading.window(wall, audience) if i.kind == "post"]


# walls and their numbers


async def test_a_wall_is_found_by_its_slug_and_an_unknown_one_is_not(home: House) -> None:
    async with home.store.read() as reading:
        assert await reading.slugs() == [SLUG]
        wall = await reading.wall(SLUG)
        assert (wall.settings, wall.arrivals, wall.shown) == (WALL, 0, 0)
        assert wall.epoch
        with pytest.raises(NotFoundError):
            await reading.wall("nowhere")


async def test_every_wall_has_an_epoch_of_its_own_and_walls_keep_their_order(home: House) -> None:
    other = WALL.model_copy(update={"slug": "another", "title": "Another"})
    async with home.store.write() as tx:
        made = await tx.make_wall(other, Desk())
        assert made.epoch != (await tx.wall(SLUG)).epoch
    async with home.store.read() as reading:
        assert await reading.slugs() == [SLUG, "another"]


async def test_settings_of_a_wall_can_change(home: House) -> None:
    changed = WALL.model_copy(update={"title": "PyFest 🐍", "hashtags": ("pyfest26", "パイ")})
    async with home.store.write() as tx:
        await tx.set_wall((await tx.wall(SLUG)).id, changed)
    async with home.store.read() as reading:
        assert (await reading.wall(SLUG)).settings == changed


async def test_advancing_takes_one_seq_and_as_many_numbers_as_are_asked_for(home: House) -> None:
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG, lock=True)
        row = await tx.advance(wall.id, arrivals=3, shown=2)
    assert (row.seq, row.arrivals, row.shown) == (wall.seq + 1, 3, 2)
    assert (row.tip(CREW), row.tip(PUBLIC)) == (3, 2)


async def test_what_a_transaction_did_is_undone_when_it_fails(home: House) -> None:
    async with home.store.read() as reading:
        before = await reading.wall(SLUG)

    async def fail() -> None:
        async with home.store.write() as tx:
            await tx.advance(before.id, arrivals=1)
            await tx.save(before.id, [record_of()])
            await tx.set_cursor(before.id, "test", "c1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with home.store.read() as reading:
        assert await reading.wall(SLUG) == before
        assert await reading.item(before.id, id_of(1)) is None
        assert await reading.cursor(before.id, "test") is None


async def test_writers_of_one_wall_at_the_same_time_get_consecutive_seqs(url: str) -> None:
    async def one(house: House) -> int:
        async with house.store.write() as tx:
            wall = await tx.wall(SLUG, lock=True)
            return (await tx.advance(wall.id)).seq

    async with opened(url) as here, opened(url) as there:
        async with here.store.read() as reading:
            start = (await reading.wall(SLUG)).seq
        taken = await asyncio.gather(*(one(h) for h in [here, there] * 10))
    assert sorted(taken) == list(range(start + 1, start + 21))


async def test_a_reading_sees_one_moment_whatever_is_written_meanwhile(url: str) -> None:
    async with opened(url) as here, opened(url) as there, here.store.read() as reading:
        before = await reading.wall(SLUG)
        await keep(there, record_of(1))
        assert await reading.wall(SLUG) == before
        assert await posts_in(reading, CREW) == []
        async with here.store.read() as later:
            assert len(await posts_in(later, CREW)) == 1


async def test_two_processes_that_start_at_once_make_the_tables_once(empty_url: str) -> None:
    stores = [Store(empty_url), Store(empty_url)]
    await asyncio.gather(*(s.open() for s in stores))
    async with stores[1].read() as reading:
        assert await reading.slugs() == []
    for store in stores:
        await store.close()


# posts


async def test_a_record_comes_back_as_it_was_written(home: House) -> None:
    said = [reposted(1, "bo", seen=150, when=120), unreposted(1, "cy", seen=160)]
    record = record_of(
        1, *said, text="Grüße 👨‍👩‍👧 \u202e \U000e0067", sensitive=True, warning="cake"
    )
    record.decision, record.decided_digest, record.pinned = "approved", "abc", True
    record.counts = counts(reposts=2**31 + 5, likes=9)
    wall = await keep(home, record)
    async with home.store.read() as reading:
        assert (await reading.records(wall.id, [record.id, "unknown"])) == {record.id: record}


async def test_more_records_can_be_asked_for_than_a_statement_takes(home: House) -> None:
    made = [record_of(n) for n in range(1, 902)]
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        await tx.save(wall.id, made)
        found = await tx.records(wall.id, [r.id for r in made])
    assert len(found) == 901


async def test_a_tombstone_keeps_nothing_of_the_post(home: House) -> None:
    record = record_of(1)
    await keep(home, record)
    record.post, record.key, record.author_key, record.status = None, "", "", "gone"
    wall = await keep(home, record)
    async with home.store.read() as reading:
        stored = await reading.item(wall.id, record.id)
        assert stored is not None
        assert (stored.status, stored.body, stored.seq) == ("gone", None, wall.seq)
        assert await reading.picture(media_id(str(author().avatar)), CREW) is None


async def test_the_window_shows_each_audience_what_it_may_see(home: House) -> None:
    hidden = record_of(3)
    hidden.decision = "hidden"
    settle(hidden, WALL, POLICY, Circle())
    await keep(home, record_of(1), record_of(2, sensitive=True), hidden)
    async with home.store.read() as reading:
        assert [i.id for i in await posts_in(reading, PUBLIC)] == [id_of(1)]
        statuses = {i.id: i.status for i in await posts_in(reading, CREW)}
    assert statuses == {id_of(1): "approved", id_of(2): "pending", id_of(3): "hidden"}


async def test_the_window_keeps_the_newest_and_what_is_pinned_or_waits(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.reading.WINDOW", 2)
    pinned, pending = record_of(1), record_of(2, sensitive=True)
    pinned.pinned = True
    rest = [record_of(n) for n in (3, 4, 5)]
    for number, record in enumerate([pinned, *rest], 1):
        record.shown_no = number
    await keep(home, pinned, pending, *rest)
    async with home.store.read() as reading:
        public = {i.id for i in await posts_in(reading, PUBLIC)}
        crew = {i.id for i in await posts_in(reading, CREW)}
    assert public == {id_of(1), id_of(4), id_of(5)}
    assert crew == public | {id_of(2)}


async def test_changes_come_in_the_order_of_their_seqs_and_only_those_after(home: House) -> None:
    wall = await keep(home, record_of(1), record_of(2), record_of(3))
    async with home.store.read() as reading:
        found = await reading.changes(wall, PUBLIC, wall.seq - 2, limit=10)
        assert [i.id for i in found or ()] == [id_of(2), id_of(3)]
        assert await reading.changes(wall, PUBLIC, wall.seq, limit=10) == []


async def test_more_changes_than_the_limit_are_none_at_all(home: House) -> None:
    wall = await keep(home, *(record_of(n) for n in range(1, 5)))
    async with home.store.read() as reading:
        assert len(await reading.changes(wall, CREW, wall.seq - 4, limit=4) or ()) == 4
        assert await reading.changes(wall, CREW, wall.seq - 4, limit=3) is None


async def test_changes_for_the_public_name_no_post_that_never_was_public(home: House) -> None:
    once_shown = record_of(2)
    once_shown.decision = "hidden"
    settle(once_shown, WALL, POLICY, Circle())
    wall = await keep(home, record_of(1, sensitive=True), once_shown)
    async with home.store.read() as reading:
        public = await reading.changes(wall, PUBLIC, wall.seq - 2, limit=10)
        crew = await reading.changes(wall, CREW, wall.seq - 2, limit=10)
    assert [(i.id, i.status) for i in public or ()] == [(id_of(2), "hidden")]
    assert [i.id for i in crew or ()] == [id_of(1), id_of(2)]


async def test_the_latest_items_are_those_that_changed_last_and_that_the_audience_ever_saw(
    home: House,
) -> None:
    wall = await keep(home, record_of(1), record_of(2), record_of(3), record_of(4, sensitive=True))
    async with home.store.read() as reading:
        public = await reading.latest(wall, PUBLIC, limit=2)
        crew = await reading.latest(wall, CREW, limit=2)
    assert [i.id for i in public] == [id_of(2), id_of(3)]
    assert [i.id for i in crew] == [id_of(3), id_of(4)]


async def test_changed_posts_are_given_by_whole_seqs(home: House) -> None:
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        some = [record_of(n) for n in (1, 2, 3)]
        some[0].seq, some[1].seq, some[2].seq = 10, 10, 11
        await tx.save(wall.id, some)
    async with home.store.read() as reading:
        first = await reading.changed_posts(wall.id, 0, limit=1)
        assert {r.seq for r in first} == {10}
        assert len(first) == 2
        assert [r.id for r in await reading.changed_posts(wall.id, 10, limit=5)] == [id_of(3)]
        assert await reading.changed_posts(wall.id, 11, limit=5) == []


# what is no post


async def test_items_that_are_no_posts_are_put_changed_and_taken_away(home: House) -> None:
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        await tx.put_item(wall.id, "s1", "session", '{"title": "Opening"}', 7)
        await tx.put_item(wall.id, "s1", "session", '{"title": "Öffnung"}', 8)
        assert (await tx.others(wall.id))["s1"].body == '{"title": "Öffnung"}'
        assert await tx.programme(wall.id) == ['{"title": "Öffnung"}']
        await tx.put_item(wall.id, "s1", "session", None, 9)
        assert await tx.programme(wall.id) == []
        gone = (await tx.others(wall.id))["s1"]
    assert (gone.status, gone.body, gone.seq) == ("gone", None, 9)


# what servers said


async def test_sightings_are_found_by_place_and_by_post(home: House) -> None:
    record = record_of(1)
    observe(record, posted(1, server="other.example"))
    wall = await keep(home, record)
    places = sorted(record.sightings)
    async with home.store.write() as tx:
        assert await tx.sightings_at(wall.id, [*places, (HOME, "never")]) == record.sightings
        assert {s.server for s in await tx.sightings_of(wall.id, [record.id])} == {
            HOME,
            "other.example",
        }
        assert await tx.sightings_at(wall.id, []) == {}


async def test_ids_of_servers_are_told_apart_by_case(home: House) -> None:
    records = [record_of(1), record_of(2)]
    for record, local_id in zip(records, ("abC", "abc"), strict=True):
        record.sightings.clear()
        observe(record, posted(post(int(local_id == "abc") + 1), local_id=local_id))
    wall = await keep(home, *records)
    async with home.store.read() as reading:
        for record, local_id in zip(records, ("abC", "abc"), strict=True):
            known = await reading.known_by(wall.id, (HOME, local_id))
            assert known is not None
            assert known.key == record.key


async def test_known_posts_are_those_on_display_that_the_server_named_newest_first(
    home: House,
) -> None:
    elsewhere, gone_there, pending = record_of(3), record_of(4), record_of(5, sensitive=True)
    elsewhere.sightings.clear()
    observe(elsewhere, posted(post(3), server="other.example"))
    gone_there.sightings[HOME, f"{HOME}-4"].gone_ms = to_ms(at(500))
    wall = await keep(home, record_of(1), record_of(2), elsewhere, gone_there, pending)
    async with home.store.read() as reading:
        known = await reading.known(wall, HOME)
    assert [k.key for k in known] == [post(n).key for n in (5, 2, 1)]
    assert (known[1].server, known[1].local_id, known[1].origin) == (HOME, f"{HOME}-2", True)


async def test_known_posts_end_with_the_window_but_for_what_is_pinned_or_waits_to_be_confirmed(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.reading.WINDOW", 1)
    pinned = record_of(1)
    pinned.pinned = True
    waits = record_of(2)
    waits.withheld, waits.status = True, "gone"
    wall = await keep(home, pinned, waits, record_of(3), record_of(4))
    async with home.store.read() as reading:
        found = await reading.known(wall, HOME)
    assert [k.key for k in found] == [post(1).key, post(4).key, post(2).key]


async def test_posts_beyond_the_window_are_found_by_their_ids_some_at_a_time(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.reading.WINDOW", 1)
    pinned, elsewhere = record_of(1), record_of(4)
    pinned.pinned = True
    elsewhere.sightings.clear()
    observe(elsewhere, posted(post(4), server="other.example"))
    wall = await keep(home, pinned, *(record_of(n) for n in (2, 3)), elsewhere, record_of(5))
    async with home.store.read() as reading:
        first = await reading.known_aside(wall, HOME, after="", limit=1)
        rest = await reading.known_aside(wall, HOME, after=first[-1].local_id, limit=9)
    assert [k.key for k in (*first, *rest)] == [post(2).key, post(3).key]


async def test_who_passed_on_what_is_on_display_is_told_until_it_is_taken_back(home: House) -> None:
    one = record_of(1, reposted(1, "bo"), reposted(1, "cy"), unreposted(1, "cy"))
    gone = record_of(2, reposted(2, "bo"))
    for seen in gone.sightings.values():
        seen.gone_ms = seen.seen_ms
    wall = await keep(home, one, gone, record_of(3, reposted(3, "dee")))
    async with home.store.read() as reading:
        told = await reading.known_reposters(wall, HOME)
    keys = {local_id: record.key for record in (one,) for _, local_id in record.sightings}
    assert [(who, keys.get(local_id, "3")) for who, local_id in told] == [
        (author("bo").key, one.key),
        (author("dee").key, "3"),
    ]


async def test_unchecked_are_the_visible_posts_that_nobody_confirmed_lately(home: House) -> None:
    fresh, gone = record_of(2), record_of(4)
    observe(fresh, posted(post(2), seen=900))
    gone.status = "gone"
    wall = await keep(home, record_of(1), fresh, gone)
    before_ms = to_ms(at(500))
    async with home.store.write() as tx:
        assert await tx.unchecked(wall.id, before_ms) == [id_of(1)]
        assert set(await tx.unchecked(wall.id, 2**62)) == {id_of(1), id_of(2)}


async def test_posts_are_found_by_their_author_and_accounts_that_left_are_remembered(
    home: House,
) -> None:
    wall = await keep(home, record_of(1), record_of(2, author=author("bo")))
    ada, bo = author().key, author("bo").key
    async with home.store.write() as tx:
        assert await tx.posts_with(wall.id, [bo]) == [id_of(2)]
        await tx.set_author_gone(wall.id, {ada: 5})
        await tx.set_author_gone(wall.id, {ada: 7})
        assert await tx.authors_gone(wall.id, [ada, bo]) == {ada: 7}


async def test_accounts_are_found_in_what_they_wrote_passed_on_and_are_quoted_in(
    home: House,
) -> None:
    quote = Quote(author=author("bo"), body=RichText(text="x"), key="k")
    one, two = record_of(1, reposted(1, "bo")), record_of(2, author=author("cy"), quote=quote)
    wall = await keep(home, one, two, record_of(3))
    async with home.store.write() as tx:
        await tx.save_quotes(wall.id, [two])
        assert set(await tx.posts_with(wall.id, [author("bo").key])) == {id_of(1), id_of(2)}
        await tx.drop_reposts_by(wall.id, [author("bo").key])
        assert await tx.posts_with(wall.id, [author("bo").key]) == [id_of(2)]


async def test_who_passed_a_post_on_can_be_forgotten(home: House) -> None:
    wall = await keep(home, record_of(1, reposted(1, "bo")), record_of(2, reposted(2, "bo")))
    async with home.store.write() as tx:
        await tx.drop_reposters(wall.id, [id_of(1)])
        found = await tx.records(wall.id, [id_of(1), id_of(2)])
    assert {id_: len(r.reposters) for id_, r in found.items()} == {id_of(1): 0, id_of(2): 1}


async def test_a_quote_that_is_not_shown_is_kept_beside_its_post_and_one_that_is_lost_is_not(
    home: House,
) -> None:
    quote = Quote(author=author("bo"), body=RichText(text="Quoted"), key=post(9).key)
    record = record_of(1, quote=quote)
    settle_quote(record, allowed=False, erase=False)
    wall = await keep(home, record)
    async with home.store.write() as tx:
        await tx.save_quotes(wall.id, [record])
        assert await tx.quoting(wall.id, [id_of(9)]) == [id_of(1)]
        assert "Quoted" not in str((await tx.item(wall.id, id_of(1))).body)  # type: ignore[union-attr]
        (found,) = (await tx.records(wall.id, [id_of(1)])).values()
        assert (found.quote, found.post and found.post.quote) == (quote, None)
        settle_quote(record, allowed=True, erase=False)
        await tx.save(wall.id, [record])
        await tx.save_quotes(wall.id, [record])
        (found,) = (await tx.records(wall.id, [id_of(1)])).values()
        assert (found.quote, found.post and found.post.quote) == (quote, quote)
        settle_quote(record, allowed=False, erase=True)
        await tx.save(wall.id, [record])
        await tx.save_quotes(wall.id, [record])
        assert await tx.quoting(wall.id, [id_of(9)]) == []


async def test_posts_that_share_a_voice_are_found_by_its_digests(home: House) -> None:
    records = [record_of(n) for n in (1, 2, 3, 4)]
    voices = Voice(-(2**63), 5), Voice(2**63 - 1, 5), Voice(7, 5), NO_VOICE
    for record, voice in zip(records, voices, strict=True):
        record.voice = voice
    wall = await keep(home, *records)
    first, last = min(map(id_of, (1, 2, 3))), max(map(id_of, (1, 2, 3)))
    async with home.store.read() as reading:
        found = await reading.voiced(wall.id, {Voice(7, 5), Voice(-(2**63), None), Voice(None, 8)})
        expected = {
            (5, 3, first, last),
            (7, 1, id_of(3), id_of(3)),
            (-(2**63), 1, id_of(1), id_of(1)),
        }
        assert {(v.digest, v.posts, v.first, v.last) for v in found} == expected
        assert set(await reading.with_voices(wall.id, [5, 7])) == {id_of(1), id_of(2), id_of(3)}


async def test_what_makes_a_post_a_copy_is_kept(home: House) -> None:
    copy, lead = record_of(1, reposted(1, "bo")), record_of(2)
    copy.status, copy.copy_of, copy.apart, copy.pin, copy.nameless = (
        "copy",
        id_of(2),
        True,
        True,
        True,
    )
    lead.also = (Also("bluesky", "https://bsky.app/p", "ada.bsky.social"),)
    wall = await keep(home, copy, lead)
    async with home.store.read() as reading:
        assert [i.id for i in await posts_in(reading, PUBLIC)] == [id_of(2)]
        assert [i.copy_of for i in await posts_in(reading, CREW)] == [id_of(2), None]
        found = await reading.records(wall.id, [id_of(1), id_of(2)])
    for record in (copy, lead):
        assert found[record.id] == record


# pictures


@pytest.mark.parametrize(
    ("status", "public", "crew"),
    [
        ("approved", True, True),
        ("pending", False, True),
        ("hidden", False, True),
        ("copy", False, True),
        ("gone", False, False),
    ],
)
async def test_a_picture_is_seen_by_those_who_see_its_post(
    home: House, status: Any, public: bool, crew: bool
) -> None:
    record = record_of(1, media=(picture("cake"),))
    record.status = status
    await keep(home, record)
    address = picture("cake").url
    async with home.store.read() as reading:
        seen = await reading.picture(media_id(str(address)), PUBLIC)
        assert seen == (address if public else None)
        assert (await reading.picture(media_id(str(address)), CREW) == address) is crew


async def test_pictures_are_known_as_long_as_a_post_of_any_wall_has_them_shown_or_not(
    home: House,
) -> None:
    hidden, gone = record_of(1, media=(picture("a"),)), record_of(2, media=(picture("b"),))
    hidden.status = "hidden"
    await keep(home, hidden, gone)
    ids = [media_id(f"https://{HOME}/media/{name}.jpg") for name in "abc"]
    async with home.store.read() as reading:
        assert await reading.pictures_among(ids * 300) == set(ids[:2])
    gone.post, gone.status = None, "gone"
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        await tx.save_media(wall.id, [gone])
        assert await tx.pictures_among(ids) == {ids[0]}


async def test_an_erasure_is_marked_until_just_that_mark_is_taken_away(home: House) -> None:
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        await tx.mark_erased(wall.id)
        before = await tx.erased()
        await tx.mark_erased(wall.id)
        await tx.unmark_erased(before)
        assert [mark[0] for mark in await tx.erased()] == [wall.id]
    assert await home.store.scrub()
    async with home.store.write() as tx:
        await tx.unmark_erased(await tx.erased())
        assert await tx.erased() == []


async def test_a_picture_stays_while_one_visible_post_shows_it(home: House) -> None:
    one, two = record_of(1), record_of(2)
    one.status = "hidden"
    await keep(home, one, two)
    async with home.store.read() as reading:
        assert await reading.picture(media_id(str(author().avatar)), PUBLIC)


async def test_pictures_that_an_edit_took_out_are_not_known_any_more(home: House) -> None:
    record = record_of(1, media=(picture("cake"), picture("tea")))
    await keep(home, record)
    record.post = post(1, media=(picture("tea"),))
    await keep(home, record)
    async with home.store.read() as reading:
        assert await reading.picture(media_id(str(picture("cake").url)), CREW) is None
        assert await reading.picture(media_id(str(picture("tea").url)), CREW)


# cursors, links and sessions


async def test_each_source_has_its_own_cursor_which_the_last_word_sets(home: House) -> None:
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        await tx.set_cursor(wall.id, "one", "a")
        await tx.set_cursor(wall.id, "two", "b")
        await tx.set_cursor(wall.id, "one", "c")
    async with home.store.read() as reading:
        assert await reading.cursor(wall.id, "one") == "c"
        assert await reading.cursor(wall.id, "two") == "b"
        assert await reading.cursor(wall.id, "three") is None


async def test_posts_of_one_author_those_that_wait_and_their_photos_are_found(home: House) -> None:
    by = {name: author(name, key=f"form:{name}", network="form") for name in ("ada", "bo")}
    photo = Media(kind="image", url="upload:0123")
    wall = await keep(
        home,
        record_of(1, author=by["ada"], network="form", media=(photo,)),
        record_of(2, author=by["ada"], network="form"),
        record_of(3, author=by["bo"], network="form"),
        record_of(4, sensitive=True),
    )
    async with home.store.read() as reading:
        found = [item.id for item in await reading.written_by(wall.id, "form:ada")]
        assert found == [id_of(2), id_of(1)]
        assert await reading.waiting(wall.id, "form") == 3
        assert await reading.picture_addresses("upload:") == {"upload:0123"}
        assert await reading.picture_addresses("other:") == frozenset()


async def test_what_the_crew_sets_for_a_wall_is_kept_and_judged_by(home: House) -> None:
    desk = Desk(turns=(Turn(since_ms=5, mode="review"),))
    async with home.store.write() as tx:
        wall = await tx.wall(WALL.slug)
        await tx.set_desk(wall.id, desk)
    async with home.store.read() as reading:
        again = await reading.wall(WALL.slug)
    assert (again.desk, again.policy.mode, again.seq) == (desk, "review", wall.seq)


def test_there_is_a_test_for_every_method() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for kind in (Reading, Transaction, Store):
        for name, member in vars(kind).items():
            if isinstance(member, property):  # a way to the rooms that have tests of their own
                continue
            assert name.startswith("_") or f".{name}(" in here, f"{name} is not tested"
