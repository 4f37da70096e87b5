"""The panels of the desk on the real service: screens, notices, rules and people."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESKTOP, chromium, violations, watched_page
from tests.browser.real_desk import House, person, real_house
from tests.browser.test_desk_walk import counts, desk, last

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with real_house(tmp_path_factory.mktemp("house")) as one:
        yield one


def open_panel(page: Page, name: str) -> None:
    page.locator("#panel-tabs").get_by_role("button", name=name).click()


def test_a_screen_is_added_opened_by_its_link_and_told_what_to_do(
    browser: Browser, house: House
) -> None:
    wall = house.wall(mode="open")
    with (
        desk(browser, house, wall) as page,
        watched_page(browser, house.url, forgive=("status of 401",)) as hall,
    ):
        open_panel(page, "Screens")
        panel = page.locator("#panel-screens")
        panel.get_by_label("Name").fill("Hall A")
        panel.get_by_label("Room").fill("Room 1")
        panel.get_by_role("button", name="Add and get its link").click()
        link = panel.get_by_label("Open this link once").input_value()
        expect(panel).to_contain_text("not opened yet")
        assert violations(page) == []
        hall.goto(link.replace("http://127.0.0.1:8080", house.url))
        hall.wait_for_url(f"**/wall/{wall}")
        expect(panel).to_contain_text("connected")
        panel.get_by_label("Look").select_option("light")
        expect(hall.locator("html")).to_have_attribute("data-theme", "light")
        page.locator("#panel-screens .card__name").click()
        page.keyboard.press("c")
        expect(panel.get_by_label("Calm", exact=True)).to_have_value("on")
        panel.get_by_role("button", name="Remove").click()
        expect(panel).to_contain_text("No screen is registered yet.")


def test_a_notice_is_put_up_changed_and_taken_away(browser: Browser, house: House) -> None:
    wall = house.wall(mode="open")
    with desk(browser, house, wall) as page:
        open_panel(page, "Notices")
        panel = page.locator("#panel-notices")
        panel.get_by_label("Text").fill("Lunch is served in Hall C")
        panel.get_by_role("button", name="Put up").click()
        expect(panel.locator(".card")).to_contain_text("on the screens now, until you take it away")
        expect(page.locator("#last-words")).to_have_text("Notice put up.")
        panel.get_by_role("button", name="Change: Lunch is served in Hall C").click()
        panel.get_by_label("Text").fill("Lunch is over")
        panel.get_by_role("button", name="Put up").click()
        expect(panel.locator(".card")).to_contain_text("Lunch is over")
        panel.get_by_role("button", name="Take away: Lunch is over").click()
        expect(panel).to_contain_text("Nothing is announced.")
        page.locator("#last-undo").click()
        expect(panel.locator(".card")).to_contain_text("Lunch is over")


def test_a_notice_without_words_is_refused_in_words(browser: Browser, house: House) -> None:
    wall = house.wall(mode="open")
    with watched_page(browser, house.url, DESKTOP, forgive=("status of 422",)) as page:
        house.sign_in(page.context, "Mira")
        page.goto(f"{house.url}/desk/{wall}")
        open_panel(page, "Notices")
        page.locator("#panel-notices").get_by_role("button", name="Put up").click()
        expect(page.locator("#toasts")).to_contain_text("Write something first.")


def test_a_rule_tells_what_it_would_have_caught_before_it_is_saved(
    browser: Browser, house: House
) -> None:
    wall = house.wall(mode="open")
    house.post(wall, "Free coins #pyfest26", "A talk #pyfest26", "Coins! #pyfest26")
    with desk(browser, house, wall) as page:
        counts(page, "0", "3", "0")
        open_panel(page, "Rules")
        panel = page.locator("#panel-rules")
        panel.locator("textarea").fill("coins")
        expect(panel.get_by_role("status")).to_contain_text("0 waiting, 2 shown; 2 in the last day")
        panel.get_by_role("button", name="Save", exact=True).click()
        counts(page, "2", "1", "0")
        card = panel.locator(".card", has_text="“coins”")
        card.get_by_role("checkbox").uncheck()
        counts(page, "0", "3", "0")
        with page.expect_download() as saved:
            panel.get_by_role("link", name="Save as a file").click()
        file = saved.value.path()
        card.get_by_role("button", name="Change").click()
        panel.get_by_role("button", name="Remove").click()
        expect(card).to_have_count(0)
        panel.get_by_label("Take in a file").set_input_files(
            {"name": "r.json", "mimeType": "application/json", "buffer": file.read_bytes()}
        )
        expect(card).to_have_count(1)
        last(page, "taken in")
        open_panel(page, "Log")
        expect(page.locator("#panel-log")).to_contain_text("switched off the rule word “coins”")


def test_a_speaker_is_listed_and_freed(browser: Browser, house: House) -> None:
    wall, ada = house.wall(), person("Ada")
    house.post(wall, "I speak at two #pyfest26", by=ada)
    with desk(browser, house, wall) as page:
        counts(page, "1", "0", "0")
        open_panel(page, "People")
        panel = page.locator("#panel-people")
        panel.get_by_label("Handle").fill("ada@fedi.example")
        panel.get_by_role("button", name="Save").click()
        counts(page, "0", "1", "0")
        panel.get_by_role("button", name="Free ada@fedi.example").click()
        expect(panel.get_by_text("ada@fedi.example", exact=True)).to_have_count(0)
