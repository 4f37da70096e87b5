"""The first run in a real Chromium: the set-up page, an invited moderator, signing in by password, and the crew's page."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESKTOP, PHONE, chromium, violations, watched_page
from tests.e2e.service_process import ServiceProcess, service

pytestmark = pytest.mark.browser

EXPECTED = ("401", "404", "403", "422")
PASSWORD = "seven brown foxes at noon"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service without a wall."""
    with service(tmp_path_factory.mktemp("first") / "service", [], table="") as one:
        yield one


def fill_in(page: Page) -> None:
    """Everything but the password. The only network is a feed that nobody serves: a test asks nobody else."""
    page.get_by_label("What is it called?").fill("PyFest 26")
    page.get_by_label("What do people write?").fill("#PyFest26 #PyFestDay")
    page.get_by_label("Mastodon").uncheck()
    page.get_by_label("Bluesky").uncheck()
    page.get_by_label("Feeds, if you like").fill("http://127.0.0.1:1/feed.xml")
    page.get_by_label("Last row, metres away").fill("12")
    page.get_by_label("Your name").fill("Mira")
    page.get_by_label("Who helps you?").fill("Tom\nLena\n")
    page.get_by_label("Review everything").check()


def test_the_set_up_page_begins_a_wall_and_lets_the_crew_in(
    browser: Browser, running: ServiceProcess, tmp_path: Path
) -> None:
    link = running.folder / "data" / "set-up-link"
    assert link.stat().st_mode & 0o777 == 0o600
    with watched_page(browser, running.base, PHONE, forgive=EXPECTED) as page:
        page.goto(link.read_text().strip())
        fill_in(page)
        page.get_by_label("A new password").fill("password1234")
        page.get_by_role("button", name="Begin").click()
        expect(page.locator("#password-problem")).to_contain_text("tried first")
        expect(page.get_by_label("A new password")).to_be_focused()
        assert violations(page) == []
        page.get_by_label("A new password").fill(PASSWORD)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("heading", name="It runs.")).to_be_visible()
        assert violations(page) == []
        invites = [field.input_value() for field in page.get_by_role("textbox").all()]
        page.get_by_role("link", name="Moderator desk").click()
        page.wait_for_url("**/desk/pyfest26")
    assert not link.exists()
    assert len(invites) == 2
    assert_runs(running)
    join(browser, running, invites[0])
    sign_in_by_password(browser, running)
    look_after_the_crew(browser, running)


def assert_runs(running: ServiceProcess) -> None:
    """The wall that was asked for is there, without a restart, and what set it up is gone."""
    with running.client() as client:
        assert client.get("/set-up").status_code == 404
        assert client.get("/api/v1/set-up").status_code == 404
        ready = client.get("/readyz").json()
        assert list(ready["sources"]) == ["pyfest26"]
        assert any("feed" in name for name in ready["sources"]["pyfest26"])
        items = client.get("/api/v1/walls/pyfest26/snapshot").json()["items"]
        [wall] = [item for item in items if item["kind"] == "wall"]
        assert (wall["title"], wall["hashtags"]) == ("PyFest 26", ["PyFest26", "PyFestDay"])
        assert wall["scale"] == pytest.approx(0.59, abs=0.01)


def join(browser: Browser, running: ServiceProcess, invite: str) -> None:
    """An invited moderator chooses a password and stands at the desk; the link is used up."""
    with watched_page(browser, running.base, PHONE, forgive=EXPECTED) as page:
        page.goto(invite)
        expect(page.get_by_text("Mira invites you to the crew, as moderator.")).to_be_visible()
        expect(page.get_by_label("Your name")).to_have_value("Tom")
        page.get_by_label("A new password").fill("short")
        page.get_by_role("button", name="Join the crew").click()
        expect(page.locator("#password-problem")).to_contain_text("at least 12")
        assert violations(page) == []
        page.get_by_label("A new password").fill("a tram in the morning mist")
        page.get_by_role("button", name="Join the crew").click()
        page.wait_for_url("**/desk/pyfest26")
        page.goto("about:blank")
        page.goto(invite)
        expect(page.get_by_role("alert")).to_contain_text("used already")


def sign_in_by_password(browser: Browser, running: ServiceProcess) -> None:
    """A wrong password is told in words, the right one leads on."""
    with watched_page(browser, running.base, DESKTOP, "dark", forgive=EXPECTED) as page:
        page.goto(f"{running.base}/sign-in")
        page.get_by_label("Your name").fill("mira")
        page.get_by_label("Password").fill("something else entirely")
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        assert violations(page) == []
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        page.wait_for_url("**/desk/pyfest26")


def look_after_the_crew(browser: Browser, running: ServiceProcess) -> None:
    """The owner invites, makes an owner, closes an account; the last owner stays."""
    with watched_page(browser, running.base, PHONE, forgive=EXPECTED) as page:
        page.goto(f"{running.base}/crew")
        page.wait_for_url("**/sign-in?next=%2Fcrew")
        page.get_by_label("Your name").fill("Mira")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/crew")
        expect(page.get_by_role("listitem").filter(has_text="Mira (you)")).to_be_visible()
        page.get_by_label("Their name").fill("Ines")
        page.get_by_role("button", name="Make a link").click()
        expect(page.get_by_label("The link for Ines")).to_have_value(re.compile("#invite="))
        expect(page.locator("#invites")).to_contain_text("Ines")
        assert violations(page) == []
        page.get_by_role("button", name="New link: Tom").click()
        expect(page.get_by_label("The link for Tom")).to_have_value(
            re.compile(r"/sign-in#(?!invite=)")
        )
        page.get_by_role("button", name="Close: Mira").click()
        page.get_by_role("button", name="Really? Mira").last.click()
        expect(page.get_by_role("alert")).to_contain_text("Mira is the last owner")
        page.get_by_role("button", name="Close: Tom").click()
        page.get_by_role("button", name="Really? Tom").click()
        expect(page.get_by_role("button", name="Open again: Tom")).to_be_visible()


def test_without_its_secret_the_set_up_page_asks_nothing(browser: Browser, tmp_path: Path) -> None:
    with (
        service(tmp_path / "service", [], table="") as running,
        watched_page(browser, running.base, DESKTOP, forgive=EXPECTED) as page,
    ):
        page.goto(f"{running.base}/set-up")
        expect(page.get_by_role("alert")).to_contain_text("the part behind # is missing")
        expect(page.get_by_role("button", name="Begin")).to_be_hidden()
        made_up = {"token": "made-up", "name": "Eve", "password": PASSWORD}
        answer = httpx.post(
            f"{running.base}/api/v1/set-up", json=made_up, headers={"origin": running.base}
        )
        assert answer.status_code == 403
