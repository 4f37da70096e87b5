"""Real wall pages of the real service, opened by their links: what the desk is told of them is what they show."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium, watched_page
from tests.e2e.service_process import service
from tests.e2e.venue import Venue, told, venue_of
from tests.factories import posted

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

POSTS = 4
EXPECTED = ("status of 401", "status of 503")
"""The page behind the link asks first who this browser is: nobody yet. And made-up people have no pictures."""
HD = (1920, 1080)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    folder = tmp_path_factory.mktemp("venue") / "service"
    arrivals = [posted(number) for number in range(1, POSTS + 1)]
    with service(folder, arrivals) as running, venue_of(running, POSTS) as made:
        yield made


def open_link(venue: Venue, page: Page, name: str) -> dict[str, Any]:
    """Hang up a screen, and open its link in this browser."""
    screen: dict[str, Any] = venue.ask("POST", "/screens", name=name, room="Main hall")
    page.goto(f"{venue.running.base}/screen#{screen['link'].partition('#')[2]}")
    expect(page.locator("post-card")).to_have_count(POSTS)
    return screen


def card(page: Page, number: int) -> Any:
    return page.locator("post-card", has_text=f"Post {number} ")


def test_what_the_desk_is_told_is_gone_is_gone_from_the_pages(
    venue: Venue, browser: Browser
) -> None:
    """And a screen that is taken down goes on as a wall."""
    with ExitStack() as open_, venue.watch() as desk:
        home = venue.running.base
        hall, foyer = [
            open_.enter_context(watched_page(browser, home, HD, forgive=EXPECTED)) for _ in range(2)
        ]
        made = [open_link(venue, page, name) for page, name in ((hall, "Hall A"), (foyer, "Foyer"))]
        told(desk, "desk", lambda f: [s["seen"] is not None for s in f["screens"]] == [True, True])

        seq = venue.hide(1)
        told(desk, "desk", lambda f: any((p["seq"], p["by"]) == (seq, 2) for p in f["proofs"]))
        for page in (hall, foyer):
            assert card(page, 1).count() == 0 or not card(page, 1).is_visible()

        venue.ask("POST", f"/screens/{made[1]['id']}/identify")
        expect(foyer.get_by_text("Foyer", exact=True)).to_be_visible()
        expect(hall.get_by_text("Hall A", exact=True)).not_to_be_visible()

        venue.ask("DELETE", f"/screens/{made[0]['id']}")
        told(desk, "desk", lambda f: [s["name"] for s in f["screens"]] == ["Foyer"])
        venue.hide(2)
        expect(card(hall, 2)).not_to_be_visible(timeout=15_000)
        expect(card(hall, 3)).to_be_visible()
