"""The wall's states on the real service, on a screen that was opened by its link: frozen, lit, announced on, and asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import chromium
from tests.browser.real_desk import House, real_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SHOWN = "[...document.querySelectorAll('wall-board post-card')].map((card) => card.post.id)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with real_house(tmp_path_factory.mktemp("screens")) as one:
        yield one


class Crew:
    """A moderator's browser, which asks for things without a page."""

    def __init__(self, browser: BrowserContext, house: House, wall: str) -> None:
        house.sign_in(browser, "Mira")
        self._ask, self._origin = browser.request, house.url
        self._base = f"{house.url}/api/v1/walls/{wall}"

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self._ask.fetch(
            self._base + path,
            method=method,
            data=body or None,
            headers={"origin": self._origin},
        )
        assert answer.ok, (path, answer.status, answer.text())
        return answer.json() if answer.status != 204 else None


@pytest.fixture
def stage(browser: Browser, house: House) -> Iterator[tuple[Crew, Page, str]]:
    """The crew, the page of a screen that was opened by its link, and the wall's slug."""
    wall = house.wall("open")
    house.post(wall, "The doors are open", "The coffee is strong", "The badge printer hums")
    with browser.new_context() as desk, browser.new_context() as hall:
        crew = Crew(desk, house, wall)
        page = hall.new_page()
        page.set_viewport_size({"width": 1920, "height": 1080})
        link = crew.ask("POST", "/screens", name="Hall A", room="Main hall")["link"]
        page.goto(f"{house.url}/screen#{link.partition('#')[2]}")
        expect(page.locator("post-card")).to_have_count(3)
        yield crew, page, wall


def test_a_frozen_screen_keeps_what_it_shows_lets_nothing_in_and_lets_go_of_what_is_hidden(
    stage: tuple[Crew, Page, str], house: House
) -> None:
    crew, page, wall = stage
    before = page.evaluate(SHOWN)
    crew.ask("POST", "/mode", mode="freeze", to="screen")
    page.wait_for_function("() => document.querySelector('wall-board').frozen")
    house.post(wall, "A wave of nonsense", "Another wave of it")
    crew.ask("POST", f"/posts/{before[0]}/hide")
    page.wait_for_function(f"(id) => !{SHOWN}.includes(id)", arg=before[0])
    assert sorted(page.evaluate(SHOWN)) == sorted(before[1:])
    crew.ask("POST", "/mode", mode="freeze", to="slide")
    expect(page.locator("[data-slide=hold]")).to_be_visible()
    crew.ask("POST", "/mode", mode="open")
    expect(page.locator("[data-slide=hold]")).to_be_hidden()
    house.post(wall, "The talk begins in ten minutes")
    expect(page.locator("wall-board post-card", has_text="The talk begins")).to_be_visible(
        timeout=20_000
    )
    assert "nonsense" not in page.content()


def test_the_spotlight_notices_and_what_is_asked_of_a_screen_reach_it(
    stage: tuple[Crew, Page, str],
) -> None:
    crew, page, _ = stage
    post = page.evaluate(SHOWN)[0]
    crew.ask("POST", f"/posts/{post}/spotlight", seconds=60)
    expect(page.locator("wall-spotlight post-card")).to_be_visible()
    crew.ask("POST", f"/posts/{post}/hide")
    expect(page.locator("wall-spotlight post-card")).to_have_count(0)
    crew.ask("POST", "/notices", style="announcement", title="Room change", text="Now in Hall B")
    crew.ask("POST", "/notices", style="line", text="Lunch from 12:15")
    expect(page.locator("wall-band")).to_have_text("Room change Now in Hall B")
    expect(page.locator(".ticker__notice")).to_have_text("Lunch from 12:15")
    (screen,) = crew.ask("GET", "/screens")
    path = f"/screens/{screen['id']}"
    crew.ask("POST", f"{path}/identify")
    expect(page.locator("wall-sign")).to_contain_text("Main hall")
    crew.ask("PATCH", path, state={"dark": True, "theme": "light"})
    expect(page.locator("#dark")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    crew.ask("PATCH", path, state={"dark": False, "calm": "on"})
    expect(page.locator("wall-calm")).to_be_visible()
