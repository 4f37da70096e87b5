"""The form's actions on each database: once, at most so many, found by their writer, and erased by nobody else."""

import asyncio

import pytest

from app.actions import form
from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Batch
from app.domain.moderation import FORM
from app.domain.post import Author, Media, Post, RichText
from app.errors import NotFoundError, TooManyError
from app.storage.reading import StoredItem
from tests.contracts.conftest import opened
from tests.factories import WALL, post, posted
from tests.fakes import House

pytestmark = pytest.mark.anyio
SLUG = WALL.slug


def written(number: int = 1, by: str = "ada") -> Post:
    """A post of the form."""
    return post(
        number,
        key=f"form:{SLUG}:{number:040x}",
        network=FORM,
        author=Author(key=f"form:{by}", network=FORM, handle=by, name=RichText(text=by)),
        media=(Media(kind="image", url=f"upload:{number:040x}"),),
    )


async def states(house: House, by: str = "ada") -> list[str]:
    return [one.state for one in await form.written_by(house.context, SLUG, f"form:{by}")]


async def test_a_post_is_entered_once_and_found_by_its_writer(home: House) -> None:
    first = await form.submit(home.context, SLUG, written())
    told = list(home.announced)
    assert await form.submit(home.context, SLUG, written()) == first
    assert (first.state, home.announced) == ("pending", told)
    await form.submit(home.context, SLUG, written(2))
    await form.submit(home.context, SLUG, written(3, "bo"))
    assert await states(home) == ["pending", "pending"]
    await decide(home.context, SLUG, first.id, "show")
    assert await states(home) == ["pending", "approved"]  # newest first
    assert await form.waiting(home.context, SLUG) == 2


async def test_posts_of_the_networks_are_not_counted_among_those_that_wait(home: House) -> None:
    await arrive(home.context, SLUG, "test", Batch([posted(post(9, sensitive=True))]))
    assert await form.waiting(home.context, SLUG) == 0


async def test_what_was_taken_back_stays_away_however_often_it_is_sent(home: House) -> None:
    one = await form.submit(home.context, SLUG, written())
    home.clock.move(-3_600)  # a clock that was set back
    assert await form.take_back(home.context, SLUG, one.id, "form:ada") == {written().media[0].url}
    home.clock.move(7_200)
    assert (await form.submit(home.context, SLUG, written())).state == "gone"
    assert await states(home) == []
    async with home.store.read() as reading:
        assert await reading.picture_addresses("upload:") == frozenset()


async def test_only_its_writer_takes_a_post_back(home: House) -> None:
    one = await form.submit(home.context, SLUG, written())
    for id_, key in ((one.id, "form:bo"), (one.id, ""), ("p1", "form:ada"), (one.id, "form:")):
        with pytest.raises(NotFoundError):
            await form.take_back(home.context, SLUG, id_, key)
    assert await states(home) == ["pending"]


async def test_when_too_many_wait_nothing_more_is_taken_but_what_is_there(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "WAITING_MOST", 2)
    one = await form.submit(home.context, SLUG, written(1))
    await form.submit(home.context, SLUG, written(2))
    with pytest.raises(TooManyError):
        await form.submit(home.context, SLUG, written(3))
    assert (await form.submit(home.context, SLUG, written(1))).state == "pending"
    await decide(home.context, SLUG, one.id, "hide")
    assert (await form.submit(home.context, SLUG, written(3))).state == "pending"


async def test_two_processes_take_the_same_sending_once_and_never_too_many(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "WAITING_MOST", 3)
    async with opened(url) as here, opened(url) as there:
        answers = await asyncio.gather(
            *(
                form.submit(h.context, SLUG, written(n))
                for n in (1, 2, 3, 4)
                for h in (here, there)
            ),
            return_exceptions=True,
        )
        refused = [a for a in answers if isinstance(a, TooManyError)]
        assert len(refused) == 2
        assert await states(here) == ["pending"] * 3
        numbers = [i.arrival_no for i in await _items(there)]
        assert sorted(n or 0 for n in numbers) == [1, 2, 3]


async def _items(house: House) -> list[StoredItem]:
    async with house.store.read() as reading:
        return list(await reading.written_by((await reading.wall(SLUG)).id, "form:ada"))
