"""Writing to the wall without an account, on the real service in a real Chromium: by touch, by keyboard, without scripts."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESKTOP, PHONE, chromium, violations, watched_page
from tests.e2e.service_process import ServiceProcess, service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FAMILY = "👩‍👩‍👧‍👦"
SMALLEST = (320, 640)
SMALL = """async () => {
  const { small } = await import("/static/js/elements/say-photo.js");
  const blob = await small(document.getElementById("photo").files[0]);
  const { width } = await createImageBitmap(blob);
  return [width, new TextDecoder("latin1").decode(await blob.arrayBuffer()).includes("SecretCamera")];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with service(tmp_path_factory.mktemp("say") / "service", []) as one:
        yield one


@pytest.fixture(scope="module")
def crew(running: ServiceProcess) -> Iterator[httpx.Client]:
    with running.client() as client:
        client.headers["cookie"] = running.sign_in()
        yield client


@pytest.fixture
def page(browser: Browser, running: ServiceProcess) -> Iterator[Page]:
    with watched_page(browser, running.base, PHONE) as one:
        open_say(one, running)
        yield one


def open_say(page: Page, running: ServiceProcess) -> None:
    with page.expect_response(re.compile(r"/form$")):  # the script has begun its work
        page.goto(f"{running.base}/say/pyfest26")


def waiting(crew: httpx.Client, text: str) -> list[dict[str, Any]]:
    """The posts with this text, as the crew sees them."""
    snapshot = crew.get("/api/v1/walls/pyfest26/snapshot?audience=crew").json()
    return [i for i in snapshot["items"] if i["kind"] == "post" and i["text"] == text]


def decide(crew: httpx.Client, text: str, decision: str) -> None:
    [item] = waiting(crew, text)
    crew.post(f"/api/v1/walls/pyfest26/posts/{item['id']}/{decision}").raise_for_status()


def look_again(page: Page) -> None:
    """As when somebody comes back to the page: it asks at once how its posts fare."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def send(page: Page, text: str, name: str = "Ada") -> None:
    page.fill("#text", text)
    page.fill("#name", name)
    page.click("#send-button")
    expect(page.locator("#news-line")).to_have_text("Thank you! Your post waits for a moderator.")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo as phones take them: large, and with their maker's name in it."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.linear_gradient("L").resize((3000, 2000)).convert("RGB").save(path, exif=exif)
    return path


def test_from_the_attendee_view_to_the_wall_and_back_by_keyboard(
    page: Page, running: ServiceProcess, crew: httpx.Client
) -> None:
    page.goto(f"{running.base}/live/pyfest26")
    page.get_by_role("link", name="Write to the wall").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Write to the wall")
    page.locator("#text").focus()
    page.keyboard.type("Typed, not touched")
    focused = []
    for _ in range(3):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.id"))
    assert focused == ["photo", "name", "send-button"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_be_focused()
    expect(page.locator("#text")).to_have_value("")
    row = page.locator("#own-list li")
    expect(row.locator(".own__state")).to_have_text("Waits for a moderator")

    decide(crew, "Typed, not touched", "show")
    look_again(page)
    expect(row.locator(".own__state")).to_have_text("On the wall")
    expect(page.locator("#news-line")).to_have_text("Your post is on the wall.")
    [item] = waiting(crew, "Typed, not touched")
    page.goto(item["url"].replace("127.0.0.1:0", f"127.0.0.1:{running.port}"))
    card = page.locator("post-card", has_text="Typed, not touched")
    expect(card).to_be_focused()  # the address of a post leads to it
    expect(card.locator(".handle")).to_have_text("written here")

    open_say(page, running)
    expect(page.locator("#name")).to_have_value("Ada")
    row.get_by_role("button", name="Take back").click()
    expect(row).to_have_count(0)
    expect(page.locator("#text")).to_have_value("Typed, not touched")
    expect(page.locator("#news-line")).to_contain_text("Taken back")
    assert waiting(crew, "Typed, not touched") == []


def test_a_photo_is_shown_described_made_small_and_sent_without_its_makers_name(
    page: Page, crew: httpx.Client, photo: Path
) -> None:
    expect(page.locator("#alt")).to_be_hidden()
    page.set_input_files("#photo", photo)
    expect(page.locator("#preview")).to_be_visible()
    assert (
        page.locator("#preview-picture").evaluate("e => e.decode().then(() => e.naturalWidth)")
        == 1920
    )
    page.get_by_role("button", name="Remove the photo").click()
    expect(page.locator("#preview")).to_be_hidden()
    expect(page.locator("#photo")).to_be_focused()
    page.set_input_files("#photo", photo)
    page.fill("#alt", "From dark to light")
    assert page.evaluate(SMALL) == [1920, False]
    assert b"SecretCamera" in photo.read_bytes()
    send(page, "With a photo")
    [item] = waiting(crew, "With a photo")
    [medium] = item["media"]
    assert (medium["alt"], medium["width"], medium["height"]) == ("From dark to light", 1920, 1280)
    with Image.open(BytesIO(crew.get(medium["src"]).content)) as picture:
        assert picture.size == (1920, 1280)
    expect(page.locator("#own-list .own__photo").first).to_be_visible()


def test_what_is_not_right_is_told_at_its_field_before_anything_is_sent(
    page: Page, tmp_path: Path
) -> None:
    page.click("#send-button")
    expect(page.locator("#text-problem")).to_have_text("Write something first.")
    expect(page.locator("#name-problem")).to_contain_text("Say who you are")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.insert_text(FAMILY * 500)
    expect(page.locator("#text-problem")).to_be_empty()
    expect(page.locator("#text-count")).to_have_text("500 of 500 characters")
    page.keyboard.insert_text(FAMILY)
    expect(page.locator("#text-count")).to_have_text("1 character too many")
    (tmp_path / "notes.jpg").write_text("no photo at all")
    page.set_input_files("#photo", tmp_path / "notes.jpg")
    expect(page.locator("#photo-problem")).to_contain_text("cannot read that photo")
    page.click("#send-button")
    expect(page.locator("#text-problem")).to_contain_text("too long")
    assert violations(page) == []


def test_what_the_service_refuses_is_told_in_its_words_and_nothing_typed_is_lost(
    browser: Browser, running: ServiceProcess
) -> None:
    with watched_page(browser, running.base, PHONE, forgive=("429",)) as page:
        open_say(page, running)
        send(page, "The first")
        page.fill("#text", "The second, too soon")
        page.click("#send-button")
        expect(page.locator("#form-problem")).to_contain_text(
            re.compile(r"Send yours again in \d+ seconds?\.")
        )
        expect(page.locator("#text")).to_have_value("The second, too soon")


def test_without_a_network_what_was_written_waits_and_goes_once_when_it_is_back(
    browser: Browser, running: ServiceProcess, crew: httpx.Client
) -> None:
    with watched_page(browser, running.base, PHONE, forgive=("ERR_INTERNET",)) as page:
        open_say(page, running)
        page.context.set_offline(True)
        page.fill("#text", "From the cellar")
        page.fill("#name", "Bo")
        page.click("#send-button")
        expect(page.locator("#form-problem")).to_contain_text("goes as soon as the network is back")
        page.context.set_offline(False)
        expect(page.locator("#news-line")).to_contain_text("waits for a moderator")
        assert len(waiting(crew, "From the cellar")) == 1


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(SMALLEST, "light"), (PHONE, "dark"), (DESKTOP, "light")],
    ids=["small", "phone", "desktop"],
)
def test_every_state_is_accessible_and_fits(
    browser: Browser, running: ServiceProcess, photo: Path, scheme: str, size: tuple[int, int]
) -> None:
    with watched_page(browser, running.base, size, scheme) as page:
        open_say(page, running)
        assert violations(page) == []
        page.fill("#text", "نص عربي من القاعة")
        assert page.locator("#text").evaluate("e => getComputedStyle(e).direction") == "rtl"
        page.set_input_files("#photo", photo)
        expect(page.locator("#preview")).to_be_visible()
        send(page, f"A_very_long_word_{'x' * 200}", "سارة")
        expect(page.locator("#own-list li")).to_have_count(1)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = "e => [...e].filter(b => b.offsetParent && b.getBoundingClientRect().height < 44).length"
        assert page.locator("button, input:not(#website), textarea, a").evaluate_all(small) == 0


def test_without_scripts_the_form_is_sent_by_touch_and_taken_back(
    browser: Browser, running: ServiceProcess, crew: httpx.Client, photo: Path
) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{running.base}/say/pyfest26")
    page.locator("#send-button").tap()
    expect(page.locator("#name-problem")).to_contain_text("Say who you are")
    page.fill("#text", "Plain but whole")
    page.fill("#name", "Cy")
    page.set_input_files("#photo", photo)
    page.fill("#alt", "A gradient")
    page.locator("#send-button").tap()
    expect(page.locator("#news-line")).to_contain_text("waits for a moderator")
    [item] = waiting(crew, "Plain but whole")
    assert [m["alt"] for m in item["media"]] == ["A gradient"]
    expect(page.locator("#name")).to_have_value("Cy")
    page.locator("#own-list button").tap()
    expect(page.locator("#own")).to_be_hidden()
    assert waiting(crew, "Plain but whole") == []
    context.close()


def test_the_wall_names_both_ways_to_join(browser: Browser, running: ServiceProcess) -> None:
    with watched_page(browser, running.base, (1920, 1080)) as page:
        page.goto(f"{running.base}/wall/pyfest26")
        expect(page.locator("wall-join:visible").first).to_contain_text(
            re.compile("#PyFest26.*scan and write", re.DOTALL)
        )
