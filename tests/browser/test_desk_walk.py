"""A shift at the desk on the real service: by keyboard and by touch, alone and with somebody else."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.domain.rules import Rule
from tests.browser.chromium import DESKTOP, PHONE, chromium, violations, watched_page
from tests.browser.real_desk import House, person, real_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CONFLICT = ("status of 409",)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with real_house(tmp_path_factory.mktemp("house")) as one:
        yield one


@contextmanager
def desk(
    browser: Browser,
    house: House,
    wall: str,
    name: str = "Mira",
    size: tuple[int, int] = DESKTOP,
    scheme: str = "dark",
) -> Iterator[Page]:
    """The desk of a wall, with somebody signed in."""
    with watched_page(browser, house.url, size, scheme, forgive=CONFLICT) as page:
        house.sign_in(page.context, name)
        page.goto(f"{house.url}/desk/{wall}")
        expect(page.locator("#state-words")).to_have_text("Live")
        expect(page.locator("#who")).to_contain_text(name)
        yield page


def counts(page: Page, *numbers: str) -> None:
    """How many wait, are on the wall, are hidden."""
    expect(page.locator(".tab__count")).to_have_text(list(numbers))


def rows(page: Page) -> Locator:
    return page.locator(".row")


def last(page: Page, words: str) -> None:
    expect(page.locator("#last-words")).to_contain_text(words)


def log_line(page: Page, words: str) -> Locator:
    return page.locator("#log li").filter(has_text=words).first


def test_approve_and_hide_and_undo_by_keyboard(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, "One #pyfest26", "Two #pyfest26", "Three #pyfest26")
    with desk(browser, house, wall) as page:
        counts(page, "3", "0", "0")
        expect(page.locator("#detail")).to_contain_text("First post from this person.")
        expect(page.locator("#detail")).to_contain_text("2,310 posts, 120 followers")
        page.keyboard.press("a")
        page.keyboard.press("h")
        counts(page, "1", "1", "1")
        last(page, "Hidden")
        expect(log_line(page, "You hid")).to_be_visible()
        page.keyboard.press("z")
        counts(page, "2", "1", "0")
        page.keyboard.press("z")
        counts(page, "3", "0", "0")
        last(page, "Taken back")


def test_thirty_posts_are_decided_by_as_many_keys(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, *[f"Post number {n} #pyfest26" for n in range(30)])
    with desk(browser, house, wall) as page:
        counts(page, "30", "0", "0")
        for key in "ah" * 15:
            page.keyboard.press(key)
        counts(page, "0", "15", "15")
        expect(page.locator("#rows-empty")).to_have_text("Nothing is waiting.")


def test_blocking_a_person_hides_all_of_theirs_and_can_be_taken_back(
    browser: Browser, house: House
) -> None:
    wall, spam = house.wall(), person("Spam")
    house.post(wall, "Buy gold #pyfest26", "Buy silver #pyfest26", by=spam)
    house.post(wall, "Nice talk #pyfest26")
    with desk(browser, house, wall) as page:
        rows(page).filter(has_text="silver").click()
        page.keyboard.press("b")
        counts(page, "1", "0", "2")
        toast = page.locator(".toast", has_text="Blocked Spam, with all of theirs.")
        expect(toast).to_be_visible()
        house.post(wall, "Buy bronze #pyfest26", by=spam)
        counts(page, "1", "0", "3")
        page.get_by_role("button", name="People").click()
        expect(page.locator("#panel-people")).to_contain_text("spam@fedi.example")
        toast.get_by_role("button", name="Undo").click()
        counts(page, "4", "0", "0")


def test_blocking_a_word_says_first_what_it_would_hit(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, "Free coins here #pyfest26", "More coins #pyfest26", "A talk #pyfest26")
    with desk(browser, house, wall) as page:
        rows(page).filter(has_text="Free coins").click()
        page.keyboard.press("w")
        expect(page.locator("#block-words")).to_have_value("coins")
        expect(page.locator("#block-hits")).to_contain_text("2 waiting, 0 shown")
        page.keyboard.press("Enter")
        counts(page, "1", "0", "2")
        last(page, "Blocked the word “coins”")
        page.get_by_role("button", name="Rules").click()
        expect(page.locator("#panel-rules")).to_contain_text("“coins”")
        page.keyboard.press("z")
        counts(page, "3", "0", "0")


def test_bulk_takes_a_group_at_once_and_back_again(browser: Browser, house: House) -> None:
    rule = Rule(id="links", kind="word", values=("cheap",), note="made up")
    wall = house.wall(rules=(rule,))
    house.post(wall, *[f"cheap thing {n} #pyfest26" for n in range(20)], "A talk #pyfest26")
    with desk(browser, house, wall) as page:
        counts(page, "21", "0", "0")
        page.get_by_role("button", name="Words 20").click()
        page.get_by_label("Select all 20 of these").check()
        page.keyboard.press("h")
        counts(page, "1", "0", "20")
        last(page, "20 posts hidden.")
        page.keyboard.press("z")
        counts(page, "21", "0", "0")


def test_ticks_by_keyboard_choose_what_is_shown(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, *[f"Post number {n} #pyfest26" for n in range(6)])
    with desk(browser, house, wall) as page:
        counts(page, "6", "0", "0")
        for key in ("x", "j", "j", "Shift+X"):
            page.keyboard.press(key)
        expect(page.locator("#tick-words")).to_have_text("3 selected")
        page.keyboard.press("a")
        counts(page, "3", "3", "0")
        last(page, "3 posts shown.")


def test_later_puts_a_post_at_the_end_and_takes_it_back(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, "First #pyfest26", "Second #pyfest26")
    with desk(browser, house, wall) as page:
        expect(rows(page).first).to_contain_text("Second")
        page.keyboard.press("l")
        expect(rows(page).last).to_contain_text("Put off")
        expect(rows(page).last).to_contain_text("Second")
        rows(page).last.click()
        page.keyboard.press("l")
        expect(rows(page).first).to_contain_text("Second")


def test_freeze_is_one_key_and_cannot_be_overlooked(browser: Browser, house: House) -> None:
    wall = house.wall(mode="open")
    house.post(wall, "On the wall #pyfest26")
    with desk(browser, house, wall) as page:
        counts(page, "0", "1", "0")
        page.keyboard.press("f")
        expect(page.locator("#strip")).to_contain_text("Frozen")
        expect(page.locator("#strip")).to_contain_text("by Mira")
        house.post(wall, "While frozen #pyfest26")
        counts(page, "1", "1", "0")
        page.get_by_role("button", name="Unfreeze").last.click()
        expect(page.locator("#strip")).to_be_empty()
        expect(page.locator("#modes [aria-pressed=true]")).to_have_text("Show at once")
        counts(page, "1", "1", "0")  # what came meanwhile still waits for a moderator


def test_the_alarm_says_why_everything_waits_and_ends_with_one_click(
    browser: Browser, house: House
) -> None:
    wall = house.wall(mode="open", alarm=20)
    with desk(browser, house, wall) as page:
        house.post(wall, *[f"Flood {n} #pyfest26" for n in range(30)])
        house.post(wall, "What comes after #pyfest26")
        expect(page.locator("#strip")).to_contain_text("Everything waits since")
        expect(page.locator("#strip")).to_contain_text("within a minute")
        page.get_by_role("button", name="Back to normal").click()
        expect(page.locator("#strip")).to_be_empty()
        expect(page.locator("#modes [aria-pressed=true]")).to_have_text("Show at once")


def test_spotlight_fills_the_wall_and_ends(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, "Look here #pyfest26")
    with desk(browser, house, wall) as page:
        rows(page).first.click()
        page.keyboard.press("s")
        counts(page, "0", "1", "0")
        last(page, "In the spotlight")
        page.keyboard.press("2")
        rows(page).first.click()
        expect(page.get_by_role("button", name="End spotlight")).to_be_visible()
        page.keyboard.press("s")
        last(page, "The spotlight has ended")


def test_two_moderators_see_each_other_and_the_second_is_told(
    browser: Browser, house: House
) -> None:
    wall = house.wall()
    house.post(wall, "Contested #pyfest26", "Another #pyfest26")
    with desk(browser, house, wall, "Mira") as mira, desk(browser, house, wall, "Tom") as tom:
        expect(mira.locator("#here")).to_have_text("Tom and you")
        rows(mira).filter(has_text="Contested").click()
        contested = rows(tom).filter(has_text="Contested")
        expect(contested).to_contain_text("Mira is on this")
        contested.click()
        expect(tom.locator("#detail")).to_contain_text("Mira is on this")
        tom.route("**/posts/*/hide", lambda route: hold.append(route))
        hold: list[object] = []
        tom.keyboard.press("h")
        until(tom, lambda: bool(hold))
        mira.keyboard.press("a")
        counts(mira, "1", "1", "0")
        hold[0].continue_()  # type: ignore[attr-defined]
        expect(tom.locator("#toasts")).to_contain_text(
            re.compile(r"Mira showed this post .* ago\. Nothing was changed\.")
        )
        counts(tom, "1", "1", "0")
        expect(log_line(tom, "Mira showed")).to_be_visible()


def test_the_desk_proves_that_a_post_is_gone_or_names_the_screen(
    browser: Browser, house: House
) -> None:
    wall = house.wall(mode="open")
    house.post(wall, "On the screens #pyfest26", "Stays #pyfest26")
    with (
        watched_page(browser, house.url, (960, 540)) as hall,
        desk(browser, house, wall) as page,
    ):
        house.screen(hall.context, wall, "Hall A")
        hall.goto(f"{house.url}/wall/{wall}")
        expect(hall.locator("post-card")).to_have_count(2)
        expect(page.locator("#screens-state")).to_contain_text("Hall A connected")
        rows(page).filter(has_text="On the screens").click()
        page.keyboard.press("h")
        expect(page.locator("#last-proof")).to_have_text(
            re.compile(r"gone from 1 of 1 screen, \d+ ms")
        )
        hall.goto("about:blank")
        expect(page.locator("#screens-state")).to_contain_text("Hall A lost")
        rows(page).filter(has_text="Stays").click()
        page.keyboard.press("h")
        expect(page.locator("#last-proof")).to_contain_text("Hall A has not")


def test_what_left_the_page_is_found_and_decided_on(browser: Browser, house: House) -> None:
    wall = house.wall(mode="open")
    house.post(wall, "An old treasure #pyfest26")
    house.post(wall, *[f"Post number {n} #pyfest26" for n in range(505)])
    with desk(browser, house, wall) as page:
        page.keyboard.press("/")
        page.keyboard.type("treasure")
        expect(page.locator("#rows-empty")).to_have_text("No post matches here.")
        page.keyboard.press("Enter")
        rows(page).filter(has_text="An old treasure").click()
        page.keyboard.press("h")
        last(page, "Hidden")
        expect(log_line(page, "You hid")).to_be_visible()


def test_a_shift_on_a_phone_by_touch(browser: Browser, house: House) -> None:
    wall = house.wall()
    house.post(wall, "One #pyfest26", "Two #pyfest26", "Three #pyfest26", by=person("Kim"))
    with desk(browser, house, wall, size=PHONE) as page:
        rows(page).filter(has_text="Three").click()
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("#detail")).to_contain_text("Two")
        page.get_by_role("button", name="Hide", exact=True).click()
        expect(page.locator("#detail")).to_contain_text("One")
        page.get_by_role("button", name="More").click()
        for button in page.locator("#pad button:visible, .top button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        page.get_by_role("button", name="Block person").click()
        expect(page.locator("#toasts")).to_contain_text("Blocked Kim")
        page.locator("#freeze").click()
        expect(page.locator("#strip")).to_contain_text("Frozen")
        assert violations(page) == []
        page.get_by_role("button", name="Unfreeze").last.click()
        expect(page.locator("#strip")).to_be_empty()
        page.locator("#back").click()
        counts(page, "0", "0", "3")


def test_axe_finds_nothing_in_the_panels(browser: Browser, house: House) -> None:
    rule = Rule(id="spam", kind="word", values=("spam",), note="made up")
    wall = house.wall(rules=(rule,))
    house.post(wall, "Hello #pyfest26")
    with desk(browser, house, wall, scheme="light") as page:
        counts(page, "1", "0", "0")
        page.keyboard.press("h")
        expect(log_line(page, "You hid")).to_be_visible()
        for name in ("Screens", "Notices", "Rules", "People", "Log"):
            page.locator("#panel-tabs").get_by_role("button", name=name).click()
            assert violations(page) == [], name


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(1_500):
        if holds():
            return
        page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
    raise AssertionError("it did not come true")
