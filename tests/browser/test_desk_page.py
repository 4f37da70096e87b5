"""The moderator desk and the sign-in page in a real Chromium, on a wall that the test scripts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import DESKTOP, PHONE, chromium, violations, watched_page
from tests.browser.scripted_posts import picture, post, wall_item
from tests.browser.scripted_site import TOKEN, Site, running_site

pytestmark = pytest.mark.browser

EXPECTED = (
    "status of 401",
    "status of 403",
    "status of 404",
    "status of 503",
    "WebSocket",
    "ERR_INTERNET_DISCONNECTED",
)
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
NOW = datetime.now(UTC).isoformat()
SOURCES = [
    {
        "name": "mastodon:fedi.example",
        "condition": "live",
        "detail": "",
        "until": None,
        "last_arrival_at": None,
    },
    {
        "name": "mastodon:social.example",
        "condition": "refused",
        "detail": "social.example answers 401: it wants a token.",
        "until": None,
        "last_arrival_at": None,
    },
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as one:
        one.wall.sources = SOURCES
        waiting = [post(n, status="pending", rule="New here.") for n in range(21, 25)]
        one.push(wall_item(), *[post(n) for n in range(1, 21)], *waiting)
        yield one


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, site.url, forgive=EXPECTED) as one:
        open_desk(one, site)
        yield one


def open_desk(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/desk/pyfest")
    expect(page.locator(".row").first).to_be_visible()


def row(page: Page, no: int) -> Locator:
    return page.locator(f'.row[data-id="p{no}"]')


def top_of(page: Page, no: int) -> float:
    box = row(page, no).bounding_box()
    assert box is not None
    return box["y"]


def tab(page: Page, name: str) -> Locator:
    return page.locator("#tabs").get_by_role("button", name=name)


def reached(page: Page, site: Site, commands: list[tuple[str, str]]) -> None:
    """Waits until the service has got exactly these commands."""
    until(page, lambda: len(site.wall.commands) >= len(commands))
    assert site.wall.commands == commands


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
    raise AssertionError("it did not come true")


def test_the_desk_opens_with_what_waits(page: Page) -> None:
    expect(tab(page, "Waiting")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".tab__count")).to_have_text(["4", "20", "0"])
    expect(row(page, 24)).to_have_attribute("aria-current", "true")
    expect(page.locator("#detail")).to_contain_text("New here.")
    assert page.title() == "(4) PyFest 26: desk"


def test_one_key_hides_and_the_next_post_is_selected(page: Page, site: Site) -> None:
    page.keyboard.press("h")
    expect(row(page, 23)).to_have_attribute("aria-current", "true")
    reached(page, site, [("hide", "p24")])
    expect(row(page, 24)).to_have_count(0)
    expect(page.locator(".tab__count")).to_have_text(["3", "20", "1"])
    expect(page.locator("#log")).to_contain_text("You hid")


def test_a_shift_by_keyboard(page: Page, site: Site) -> None:
    for key in "jakp3":
        page.keyboard.press(key)
    reached(page, site, [("show", "p23"), ("pin", "p24")])
    expect(tab(page, "Hidden")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rows-empty")).to_have_text("Nothing is hidden.")


def test_a_copy_says_what_it_is_and_is_set_apart_and_put_back(page: Page, site: Site) -> None:
    why = "The same note by the same person as on Bluesky, 40 s later."
    site.push(post(15, status="copy", copy_of="p14", rule=why))
    page.keyboard.press("2")
    row(page, 15).click()
    expect(row(page, 15)).to_contain_text(f"Copy · {why}")
    key = page.locator("#pad [data-do=tie]")
    expect(key).to_contain_text("Set apart")
    page.keyboard.press("t")
    expect(key).to_contain_text("Put together")
    expect(page.locator("#detail")).to_contain_text("set apart by a moderator")
    page.keyboard.press("z")
    reached(page, site, [("apart", "p15"), ("undo", "1")])
    row(page, 14).click()
    expect(key).to_be_hidden()


def test_undo_takes_back_the_last_decision_and_shows_its_post(page: Page, site: Site) -> None:
    page.keyboard.press("2")
    page.keyboard.press("h")
    expect(row(page, 20)).to_have_count(0)
    page.keyboard.press("z")
    reached(page, site, [("hide", "p20"), ("undo", "1")])
    expect(row(page, 20)).to_have_attribute("aria-current", "true")


def test_undo_from_the_log(page: Page, site: Site) -> None:
    page.keyboard.press("2")
    for _ in range(2):
        page.keyboard.press("h")
    expect(page.locator(".tab__count")).to_have_text(["4", "18", "2"])
    page.locator("#log li").last.get_by_role("button", name="Undo").click()
    reached(page, site, [("hide", "p20"), ("hide", "p19"), ("undo", "1")])
    expect(row(page, 20)).to_have_attribute("aria-current", "true")


def test_a_waiting_post_that_was_hidden_waits_again_after_undo(page: Page, site: Site) -> None:
    page.keyboard.press("h")
    reached(page, site, [("hide", "p24")])
    expect(row(page, 24)).to_have_count(0)
    page.keyboard.press("z")
    expect(row(page, 24)).to_have_attribute("aria-current", "true")
    expect(page.locator(".tab__count")).to_have_text(["4", "20", "0"])


def test_a_decision_made_without_the_service_is_kept_marked_and_sent_later(
    page: Page, site: Site
) -> None:
    site.wall.broken = True
    page.keyboard.press("h")
    expect(row(page, 24).locator(".row__mark")).to_have_text("hiding: not yet sent")
    expect(page.locator("#toasts")).to_contain_text("1 decision is kept")
    page.reload()
    expect(row(page, 24).locator(".row__mark")).to_have_text("hiding: not yet sent")
    site.wall.broken = False
    reached(page, site, [("hide", "p24")])
    expect(row(page, 24)).to_have_count(0)


def test_offline_decisions_go_out_when_the_network_is_back(page: Page, site: Site) -> None:
    page.context.set_offline(True)
    page.keyboard.press("h")
    page.keyboard.press("h")
    expect(row(page, 23).locator(".row__mark")).to_have_text("hiding: not yet sent")
    page.context.set_offline(False)
    until(page, lambda: len(site.wall.commands) >= 2)
    assert sorted(site.wall.commands) == [("hide", "p23"), ("hide", "p24")]
    expect(page.locator(".tab__count")).to_have_text(["2", "20", "2"])


def test_a_refused_decision_is_said_in_words(page: Page, site: Site) -> None:
    site.wall.items.pop("p24")
    page.keyboard.press("h")
    expect(page.locator("#toasts")).to_contain_text(
        "This post is not on this wall. Somebody may have deleted it."
    )


def test_a_key_on_its_way_does_not_hit_another_post_when_one_goes(page: Page, site: Site) -> None:
    site.push(gone=("p24",))
    expect(row(page, 24)).to_have_count(0)
    page.keyboard.press("h")
    expect(page.locator("#detail")).to_have_text("No post is selected.")
    page.keyboard.press("j")
    expect(row(page, 23)).to_have_attribute("aria-current", "true")
    assert site.wall.commands == []


def test_arrivals_do_not_move_the_list_under_the_moderator(page: Page, site: Site) -> None:
    page.keyboard.press("2")
    page.locator("#rows-box").evaluate("box => box.scrollTo(0, 400)")
    page.evaluate(TWO_FRAMES)
    before = top_of(page, 12)
    site.push(*[post(n) for n in range(25, 35)])
    expect(page.locator(".tab__count")).to_have_text(["4", "30", "0"])
    assert abs(top_of(page, 12) - before) < 0.5


def test_search_finds_people_and_words(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("keynote")
    expect(page.locator(".tab__count")).to_have_text(["1", "2", "0"])
    page.keyboard.press("Enter")
    expect(page.locator(".row:focus")).to_have_count(1)


def test_sources_and_the_wall_are_seen_beside_it(page: Page) -> None:
    first = page.locator("#sources li").first
    expect(first).to_contain_text("Mastodon, social.example: refused")
    expect(first).to_contain_text("it wants a token")
    wall = page.frame_locator(".preview__frame")
    expect(wall.locator("post-card").first).to_be_visible()


def test_on_a_phone_the_button_before_the_sources_says_that_one_is_in_trouble(
    browser: Browser, site: Site
) -> None:
    with watched_page(browser, site.url, PHONE, forgive=EXPECTED) as page:
        open_desk(page, site)
        button = page.get_by_role("button", name="Wall, a source is in trouble")
        expect(button.or_(page.get_by_role("button", name="Wall !"))).to_be_visible()


def test_a_freeze_that_cannot_be_sent_is_kept_and_said(page: Page, site: Site) -> None:
    site.wall.broken = True
    page.keyboard.press("f")
    expect(page.locator("#strip")).to_contain_text("Not sent yet: the wall is frozen.")
    site.wall.broken = False
    expect(page.locator("#strip")).to_contain_text("Frozen by Mira.")
    assert site.wall.commands == [("mode", "freeze")]
    page.keyboard.press("f")
    expect(page.locator("#strip")).to_be_empty()


def test_the_top_names_the_screens_that_are_lost_and_who_is_here(page: Page, site: Site) -> None:
    screen = {"room": "", "opened": True, "painted_ms": 200, "state": {}}
    hall = {**screen, "id": "a", "name": "Hall A", "online": True, "lost_at": None}
    foyer = {**screen, "id": "b", "name": "Foyer", "online": False, "lost_at": NOW}
    claim = {"post": "p23", "by": "Tom", "until": "2099-01-01T00:00:00Z"}
    frame = {"kind": "desk", "here": ["Mira", "Tom"], "claims": [claim], "proofs": []}
    site.tell({**frame, "screens": [hall, foyer]})
    expect(page.locator("#screens-state")).to_contain_text("Hall A connected, 0.2 s")
    expect(page.locator("#screens-state")).to_contain_text("Foyer lost")
    expect(page.locator("#here")).to_have_text("Tom and you")
    expect(row(page, 23)).to_contain_text("Tom is on this")
    assert violations(page) == []


def test_only_the_post_that_one_stays_on_is_claimed(page: Page, site: Site) -> None:
    until(page, lambda: site.claims == ["p24"])
    for key in "jj":
        page.keyboard.press(key)
    until(page, lambda: len(site.claims) > 1)
    assert site.claims == ["p24", "p22"]


def test_a_long_queue_is_a_few_rows_on_the_page_and_all_of_it_in_reach(
    page: Page, site: Site
) -> None:
    site.push(*[post(n, status="pending", rule="New.") for n in range(100, 700)])
    expect(page.locator(".tab__count").first).to_have_text("604")
    box = page.locator("#rows-box")
    for _ in range(8):
        box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
        page.evaluate(TWO_FRAMES)
    assert page.locator(".item").count() <= 180
    expect(page.locator("#rows-above")).to_contain_text("more above")
    for _ in range(8):
        box.evaluate("box => box.scrollTo(0, 0)")
        page.evaluate(TWO_FRAMES)
    expect(row(page, 699)).to_have_count(1)
    assert page.locator(".item").count() <= 180


def test_what_is_no_more_on_the_page_is_found(page: Page, site: Site) -> None:
    site.kept = [post(7, id="old", text="A treasure of last week")]
    page.keyboard.press("/")
    page.keyboard.type("treasure")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_contain_text("A treasure of last week")
    page.locator("#words").fill("")
    expect(row(page, 24)).to_be_visible()


def test_an_ended_session_leads_to_the_sign_in_page(page: Page, site: Site) -> None:
    site.wall.signed_in = False
    site.drop(1008)
    page.wait_for_url("**/sign-in?next=%2Fdesk%2Fpyfest")
    expect(page.locator("#line")).to_contain_text("hallway sign-in")


def test_a_phone_goes_from_the_list_to_the_post_and_back(browser: Browser, site: Site) -> None:
    with watched_page(browser, site.url, PHONE, forgive=EXPECTED) as page:
        open_desk(page, site)
        row(page, 23).click()
        expect(page.locator("#pad")).to_be_visible()
        for button in page.locator("#pad button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        page.get_by_role("button", name="Hide").click()
        reached(page, site, [("hide", "p23")])
        expect(page.locator("#detail")).to_contain_text("@" + str(post(22)["author"]["handle"]))
        page.locator("#back").click()
        expect(row(page, 22)).to_be_visible()
        expect(page.locator("#pad")).to_be_hidden()


# colours follow the scheme and layout the size: each is looked at once, not each with each
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "dark"), ((1000, 800), "light"), (DESKTOP, "dark")],
    ids=["phone-dark", "tablet-light", "desktop-dark"],
)
def test_axe_finds_nothing(
    browser: Browser, site: Site, size: tuple[int, int], scheme: str
) -> None:
    with watched_page(browser, site.url, size, scheme, forgive=EXPECTED) as page:
        site.push(post(25, status="pending", warning="Spoiler", media=[picture(3)]))
        open_desk(page, site)
        assert violations(page) == []
        row(page, 24).click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def sign_in(page: Page, site: Site, token: str, search: str = "") -> None:
    page.goto(f"{site.url}/sign-in{search}#{token}")
    page.get_by_role("button", name="Sign in as moderator").click()


def test_the_link_signs_in_by_a_click_and_leads_to_the_desk(browser: Browser, site: Site) -> None:
    site.wall.signed_in = False
    with watched_page(browser, site.url, PHONE, forgive=EXPECTED) as page:
        page.goto(f"{site.url}/sign-in#{TOKEN}")
        expect(page.get_by_role("button", name="Sign in as moderator")).to_be_visible()
        assert violations(page) == []
        assert not site.wall.signed_in
        page.get_by_role("button", name="Sign in as moderator").click()
        page.wait_for_url("**/desk/pyfest")


def test_a_used_link_says_what_to_do(browser: Browser, site: Site) -> None:
    site.wall.signed_in = False
    with watched_page(browser, site.url, forgive=EXPECTED) as page:
        sign_in(page, site, "used")
        expect(page.get_by_role("alert")).to_have_text(
            "This link was used already or is too old. Run hallway sign-in for a new one."
        )
        assert violations(page) == []


def test_the_way_back_stays_on_our_own_pages(browser: Browser, site: Site) -> None:
    with watched_page(browser, site.url, forgive=EXPECTED) as page:
        sign_in(page, site, TOKEN, "?next=https://elsewhere.example/desk/x")
        page.wait_for_url(f"{site.url}/desk/pyfest")
        sign_in(page, site, TOKEN, "?next=//elsewhere.example/desk/x")
        page.wait_for_url(f"{site.url}/desk/pyfest")
