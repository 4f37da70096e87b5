"""The whole path with nothing made of paste: a Mastodon server written by others, the real service, a real Chromium.

And recorded timelines of real servers, served with their headers, reach every page.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium, watched_page
from tests.processes import free_port, program, running
from tests.recorded_server import recorded_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SOON_MS = 30_000
"""The service looks at the server once a second; a busy test machine is slow."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@dataclass(frozen=True)
class Mastodon:
    """The server written by others, as somebody who has an account on it."""

    url: str

    def post(self, text: str) -> str:
        return str(self._do("POST", "statuses", {"status": text})["id"])

    def edit(self, status_id: str, text: str) -> None:
        self._do("PUT", f"statuses/{status_id}", {"status": text})

    def delete(self, status_id: str) -> None:
        self._do("DELETE", f"statuses/{status_id}")

    def _do(self, method: str, path: str, data: dict[str, str] | None = None) -> dict[str, object]:
        headers = {"authorization": "Bearer mock_token"}
        answer = httpx.request(
            method, f"{self.url}/api/v1/{path}", data=data, headers=headers, timeout=30
        )
        answer.raise_for_status()
        result: dict[str, object] = answer.json()
        return result


@contextmanager
def mastodon_mock(folder: Path) -> Iterator[Mastodon]:
    """The PyPI package mastodon-mock, in memory, on this machine only."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program("mastodon_mock"),
        "serve",
        "--in-memory",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with running(command, f"{url}/api/v2/instance", folder):
        yield Mastodon(url)


@dataclass(frozen=True)
class Hallway:
    """A running service and its sign-in link."""

    url: str
    sign_in: str


@contextmanager
def hallway(folder: Path, tag: str, *servers: str) -> Iterator[Hallway]:
    """`hallway serve` with a file of settings, as an organiser runs it."""
    port = free_port()
    sources = "\n".join(
        f'[[wall.source]]\nkind = "mastodon"\nserver = "{s}"\npoll_interval_s = 1\n'
        for s in servers
    )
    wall = f'[[wall]]\nmode = "open"\nslug = "w"\ntitle = "The test"\nhashtags = ["{tag}"]\n'
    (folder / "walls.toml").write_text(f"port = {port}\n{wall}{sources}")
    url = f"http://127.0.0.1:{port}"
    with running([program("hallway"), "serve"], f"{url}/readyz", folder):
        link = subprocess.run(
            [program("hallway"), "sign-in"], cwd=folder, check=True, capture_output=True, text=True
        )
        yield Hallway(url, link.stdout.strip())


@dataclass(frozen=True)
class Screens:
    """The three pages, open side by side."""

    wall: Page
    live: Page
    desk: Page

    def each(self, check: Callable[[Page], None]) -> None:
        for page in (self.wall, self.live, self.desk):
            check(page)


@contextmanager
def open_screens(
    browser: Browser, service: Hallway, forgive: tuple[str, ...] = ()
) -> Iterator[Screens]:
    with ExitStack() as stack:

        def page(size: tuple[int, int]) -> Page:
            return stack.enter_context(watched_page(browser, service.url, size, "dark", forgive))

        screens = Screens(page((1920, 1080)), page((390, 844)), page((1440, 900)))
        screens.wall.goto(f"{service.url}/wall/w")
        screens.live.goto(f"{service.url}/live/w")
        screens.desk.goto(service.sign_in)
        screens.desk.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()
        expect(screens.desk).to_have_url(re.compile(r"/desk/w"), timeout=SOON_MS)
        yield screens


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=SOON_MS)


def shows_not(page: Page, text: str) -> None:
    expect(page.locator("post-card").filter(has_text=text)).to_have_count(0, timeout=SOON_MS)


def test_a_post_appears_changes_is_hidden_returns_and_leaves_on_every_page(
    browser: Browser, tmp_path: Path
) -> None:
    with mastodon_mock(tmp_path) as server, hallway(tmp_path, "pyfest26", server.url) as service:
        stays = server.post("The other one stays #pyfest26")
        assert stays
        # its avatars are SVG drawings, which are never shown
        with open_screens(browser, service, forgive=("404",)) as screens:
            screens.each(lambda page: shows(page, "The other one stays"))

            status_id = server.post("Hello from row twelve #pyfest26")
            screens.each(lambda page: shows(page, "Hello from row twelve"))

            server.edit(status_id, "Hello from row thirteen #pyfest26")
            screens.each(lambda page: shows(page, "Hello from row thirteen"))
            for page in (screens.wall, screens.live):
                shows_not(page, "Hello from row twelve")

            screens.desk.get_by_text("Hello from row thirteen").first.click()
            screens.desk.keyboard.press("h")
            for page in (screens.wall, screens.live):
                shows_not(page, "Hello from row thirteen")

            screens.desk.keyboard.press("z")
            for page in (screens.wall, screens.live):
                shows(page, "Hello from row thirteen")

            server.delete(status_id)
            screens.each(lambda page: shows_not(page, "Hello from row thirteen"))
            screens.each(lambda page: shows(page, "The other one stays"))


def test_recorded_timelines_of_real_servers_reach_every_page(
    browser: Browser, tmp_path: Path, recorded: Path
) -> None:
    timelines = recorded / "mastodon" / "rtoot"
    with (
        recorded_server(timelines / "get_timeline_hashtag_anonymous.json") as social,
        recorded_server(timelines / "get_timeline_hashtag_default.json") as foss,
        hallway(tmp_path, "rstats", social.url, foss.url) as service,
        # their pictures are on hosts that a test does not ask
        open_screens(browser, service, forgive=("503", "404")) as screens,
    ):
        screens.each(
            lambda page: expect(page.locator("post-card").first).to_be_visible(timeout=SOON_MS)
        )
        snapshot = httpx.get(f"{service.url}/api/v1/walls/w/snapshot").json()
        posts = [item for item in snapshot["items"] if item["kind"] == "post"]
        assert {p["url"] for p in posts} <= social.urls | foss.urls
        assert len({p["id"] for p in posts}) == len(posts)
        shown = max(posts, key=lambda p: p["no"])["text"].split()[0]
        screens.each(lambda page: shows(page, shown))
