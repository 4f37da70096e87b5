"""The page behind a screen's link, in a real browser: nobody stands beside it with a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import PHONE, chromium, violations, watched_page
from tests.browser.wall_site import WallSite, post_item, serve

pytestmark = pytest.mark.browser

EXPECTED = ("status of 401", "status of 403", "status of 503")
LINK = "#good-link"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site() -> Iterator[WallSite]:
    with serve(WallSite()) as running:
        running.push(post_item(1, "Hello"))
        yield running


@pytest.fixture
def page(browser: Browser, site: WallSite) -> Iterator[Page]:
    with watched_page(browser, site.base_url, forgive=EXPECTED) as one:
        yield one


def test_a_link_leads_to_the_wall_by_itself_and_is_not_kept(page: Page, site: WallSite) -> None:
    page.goto(f"{site.base_url}/screen{LINK}")
    expect(page.locator("post-card")).to_be_visible()
    assert page.url == f"{site.base_url}/wall/pyfest"
    page.go_back()
    assert LINK not in page.url


def test_a_screen_that_starts_with_its_old_link_finds_its_wall(page: Page, site: WallSite) -> None:
    site.links.clear()
    site.who = {"role": "screen", "name": "Hall A", "screen": {"id": "s1", "wall": "pyfest"}}
    page.goto(f"{site.base_url}/screen{LINK}")
    expect(page.locator("post-card")).to_be_visible()


def test_a_used_link_says_where_the_next_one_comes_from(browser: Browser, site: WallSite) -> None:
    site.links.clear()
    with watched_page(browser, site.base_url, PHONE, forgive=EXPECTED) as page:
        page.goto(f"{site.base_url}/screen{LINK}")
        expect(page.locator("#line")).to_have_text("This link was used already or is too old.")
        expect(page.locator("#problem")).to_contain_text("at the desk, under Screens")
        assert violations(page) == []
        page.goto(f"{site.base_url}/screen")
        page.reload()
        expect(page.locator("#line")).to_contain_text("Open the link")


def test_a_moderator_is_asked_before_the_desk_is_closed(page: Page, site: WallSite) -> None:
    site.who = {"role": "moderator", "name": "Mira"}
    page.goto(f"{site.base_url}/screen{LINK}")
    expect(page.locator("#line")).to_contain_text("signed in as Mira")
    assert site.links == {"good-link"}
    page.get_by_role("button", name="Make this browser a screen").click()
    expect(page.locator("post-card")).to_be_visible()


def test_a_service_that_is_not_there_yet_is_waited_for(page: Page, site: WallSite) -> None:
    page.clock.install()
    site.away = True
    page.goto(f"{site.base_url}/screen{LINK}")
    expect(page.locator("#line")).to_have_text("This page tries again by itself.")
    site.away = False
    page.clock.run_for(5_000)
    expect(page.locator("post-card")).to_be_visible()
