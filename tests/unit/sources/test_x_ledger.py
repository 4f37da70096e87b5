"""What reading X may cost: counted first, once a day, and never forgotten."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.sources.x.ledger import PAID_ROOM, Ledger
from app.sources.x.page import Page, Retweet
from app.sources.x.parse import post_key
from app.sources.x.retweets import ROOM, Retweets
from app.sources.x.state import State
from app.sources.x.words import budget, used_up
from tests.fake_x import id_at

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def again(ledger: Ledger, now: datetime = NOON) -> Ledger:
    """The ledger after a restart."""
    new = Ledger(ledger.daily)
    new.read(ledger.write(), now)
    return new


def test_a_post_costs_one_a_profile_two_and_both_once_a_day() -> None:
    ledger = Ledger(100)
    ledger.settle(["1", "2"], ["42"], NOON)
    ledger.settle(["2", "3"], ["42"], NOON)
    assert ledger.used == 5
    assert again(ledger).used == 5
    more = again(ledger)
    more.settle(["1", "2", "3"], ["42"], NOON)
    assert more.used == 5
    more.settle(["1"], [], NOON + DAY)
    assert more.used == 1


def test_what_is_held_cannot_be_held_again_but_for_the_same_question() -> None:
    ledger = Ledger(100)
    assert ledger.hold("search", 90, NOON)
    assert not ledger.hold("look-up", 20, NOON)
    assert ledger.hold("search", 100, NOON)
    ledger.release("search")
    assert ledger.hold("look-up", 20, NOON)
    assert not ledger.hold("search", 50, NOON, keep=40)


def test_a_restart_remembers_what_was_held_until_the_day_is_over() -> None:
    ledger = Ledger(100)
    ledger.hold("search", 90, NOON)
    assert ledger.unwritten
    assert again(ledger).left(NOON) == 10
    assert again(ledger).left(NOON, "search") == 100
    assert again(ledger, NOON + DAY).left(NOON + DAY) == 100


def test_a_cursor_that_makes_no_sense_counts_as_none() -> None:
    for cursor in (None, "", "nonsense", "[]", '{"money": {"day": "x"}, "since": []}'):
        state = State(Ledger(100))
        state.read(cursor, NOON)
        assert (state.since, state.ledger.left(NOON)) == ("", 100)


def test_it_goes_on_at_midnight_or_with_the_next_month() -> None:
    ledger = Ledger(10, monthly=15)
    ledger.settle(map(str, range(10)), [], NOON)
    assert ledger.opens_at(NOON) == datetime(2026, 11, 22, tzinfo=UTC)
    ledger.settle(map(str, range(5)), [], NOON + DAY)
    assert ledger.opens_at(NOON + DAY) == datetime(2026, 12, 1, tzinfo=UTC)
    december = datetime(2026, 12, 31, 23, tzinfo=UTC)
    ledger.settle(map(str, range(20)), [], december)
    assert ledger.opens_at(december) == datetime(2027, 1, 1, tzinfo=UTC)


def test_only_so_many_are_remembered_and_a_forgotten_one_is_counted_again() -> None:
    ledger = Ledger(10_000)
    ledger.settle(map(str, range(PAID_ROOM + 1)), [], NOON)
    ledger.settle(map(str, range(PAID_ROOM + 1)), [], NOON)
    assert PAID_ROOM + 1 <= ledger.used <= 2 * (PAID_ROOM + 1)
    assert len(again(ledger).write()["paid"]) < 15_000


def test_it_is_said_in_words() -> None:
    ledger = Ledger(2_000)
    ledger.settle(map(str, range(1_240)), [], NOON)
    assert budget(ledger) == "1,240 of 2,000 posts of today's budget used."
    assert used_up(ledger, ledger.opens_at(NOON)).endswith("It goes on at 00:00 UTC.")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hold", "settle", "release", "restart"]),
            st.integers(0, 60),
            st.integers(0, 3),
        )
    )
)
def test_never_is_more_spent_than_was_written_down(steps: list[tuple[str, int, int]]) -> None:
    ledger, now, number = Ledger(100), NOON, 0
    written = ledger.write()
    for step, units, hours in steps:
        now += timedelta(hours=hours)
        if step == "hold" and ledger.hold("search", units, now) and ledger.unwritten:
            written = ledger.write()
            ledger.wrote()
        elif step == "settle":
            allowed = min(units, ledger._held.get("search", 0))
            before = ledger.left(now, "search")
            ids = [str(number + one) for one in range(min(allowed, max(before, 0)))]
            number += 60
            ledger.settle(ids, [], now)
            ledger.release("search")
        elif step == "release":
            ledger.release("search")
        elif step == "restart":
            spent, day = ledger.used, now.date()
            ledger = Ledger(100)
            ledger.read(written, now)
            if written["day"] == day.isoformat():
                assert ledger.used + sum(written["held"].values()) >= spent
        assert 0 <= ledger.used <= 100


def test_a_poorer_cursor_under_way_does_not_hide_what_is_held_now() -> None:
    ledger = Ledger(100)
    ledger.hold("search", 90, NOON)
    ledger.write()
    ledger.wrote()
    ledger.release("search")
    ledger.write()  # on its way, without anything held
    assert ledger.hold("search", 90, NOON)
    assert ledger.unwritten
    ledger.wrote()
    assert ledger.unwritten
    ledger.write()
    ledger.wrote()
    assert not ledger.unwritten


# --- where a search goes on ---


def page(*ids: str, more: str | None = None) -> Page:
    numbers = sorted(ids, key=int)
    return Page(
        NOON,
        ids=frozenset(ids),
        newest_id=numbers[-1] if ids else None,
        oldest_id=numbers[0] if ids else None,
        next_token=more,
    )


def test_the_next_search_starts_at_the_newest_of_the_first_page_once_all_pages_are_read() -> None:
    state = State(Ledger(100), since="10")
    assert state.advance(page("30", "29", more="b"))
    assert (state.since, state.until, state.newest) == ("10", "29", "30")
    assert not state.advance(page("28", "27"))
    assert (state.since, state.until, state.newest) == ("30", "", "")


def test_a_restart_amid_pages_goes_on_below_what_was_read() -> None:
    state = State(Ledger(100), since="10")
    state.advance(page("30", "29", more="b"))
    after = State(Ledger(100))
    after.read(state.write(), NOON)
    assert (after.since, after.until, after.newest) == ("10", "29", "30")


def test_pages_without_end_end() -> None:
    state = State(Ledger(100), since="10")
    assert state.advance(page("30", "29", more="b"))
    assert not state.advance(page("30", "29", more="b"))


def test_the_first_run_reads_one_page_and_ids_out_of_reach_are_forgotten() -> None:
    state = State(Ledger(100))
    assert not state.advance(page("30", more="b"))
    assert state.since == "30"
    state.since = id_at(NOON - timedelta(days=8))
    state.forget(NOON)
    assert state.since == ""


_JSON = st.recursive(
    st.none() | st.integers() | st.text("0123456789x", max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("07x"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["since", "aside", "retweets", "money"]), _JSON))
def test_no_cursor_breaks_the_state_and_what_it_understands_it_writes_again(data: object) -> None:
    state = State(Ledger(1_000))
    state.read(json.dumps(data), NOON)
    again = State(Ledger(1_000))
    again.read(state.write(), NOON)
    assert (again.since, again.aside) == (state.since, state.aside)
    assert again.retweets.write() == state.retweets.write()


def test_of_more_retweets_than_are_remembered_the_oldest_are_forgotten() -> None:
    retweets = Retweets()
    retweets.add(Retweet(str(number), "7", "42") for number in range(ROOM + 2))
    retweets.add([Retweet("2", "7", "42")])
    assert retweets.of({post_key("7")})[0] == "3"
    assert retweets.of({post_key("8")}) == []
    assert len(retweets.write()) == ROOM
    assert retweets.pop(["2", "2", "none"]) == [Retweet("2", "7", "42")]
