"""One Chromium for the pages' tests, and a page that may not complain and may not ask anybody else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

EXECUTABLE = os.environ.get("HALLWAY_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = (390, 844)
DESKTOP = (1440, 900)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium; `make check` installs one, so a missing one is a failure."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        except Error as error:
            pytest.fail(f"no Chromium to test with, run `make chromium`: {error.message}")
        yield browser
        browser.close()


@contextmanager
def watched_page(
    browser: Browser,
    home: str,
    size: tuple[int, int] = DESKTOP,
    scheme: Any = "light",
    forgive: tuple[str, ...] = (),
) -> Iterator[Page]:
    """A page that fails the test on a console error or a request to another host; `forgive` names words of expected errors."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            word in message.text for word in forgive
        ):
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((home, home.replace("http", "ws"), "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", asked)
    try:
        yield page
    finally:
        context.close()
    assert complaints == [], complaints


def violations(page: Page) -> list[str]:
    """What axe finds, WCAG A and AA and best practice, as `rule: first node`."""
    options = {"resultTypes": ["violations"], "iframes": False}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
