"""The attendee view in a real Chromium, on a wall that the test scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESKTOP, PHONE, chromium, violations, watched_page
from tests.browser.scripted_posts import picture, post, session_item, wall_item
from tests.browser.scripted_site import Site, running_site

pytestmark = pytest.mark.browser

POSTS = 60


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as one:
        one.push(wall_item(), session_item(), *[post(n) for n in range(1, POSTS + 1)])
        yield one


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, site.url) as one:
        open_live(one, site)
        yield one


def open_live(page: Page, site: Site, search: str = "") -> None:
    page.goto(f"{site.url}/live/pyfest{search}")
    expect(page.locator("#loading")).to_be_hidden()


def card(page: Page, no: int) -> str:
    """The position of a post's card, as a CSS-free handle: its index in the feed by its link."""
    return f'post-card:has(.when a[href$="/{no}"])'


def top_of(page: Page, no: int) -> float:
    box = page.locator(card(page, no)).bounding_box()
    assert box is not None
    return box["y"]


def scroll_to(page: Page, no: int) -> None:
    page.locator(card(page, no)).evaluate("e => e.scrollIntoView({block: 'center'})")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def arrive(site: Site, page: Page, first: int, count: int) -> None:
    site.push(*[post(n) for n in range(first, first + count)])
    expect(page.locator("#pill")).to_be_visible()


def pass_time(page: Page, seconds: int) -> None:
    """Moves the page's clock second by second; each time a real answer is awaited, so that sockets keep up."""
    for _ in range(seconds):
        page.evaluate("fetch('/api/v1/walls').then((answer) => answer.json())")
        page.clock.run_for(1_000)


def test_the_page_says_where_one_is(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("#PyFest26")
    expect(page.locator("#watching")).to_have_text("210 watching")
    expect(page.locator("#session")).to_contain_text("Now in Room 2 until")
    assert "#PyFest26" in page.title()


def test_at_the_top_a_new_post_comes_in_at_once(page: Page, site: Site) -> None:
    site.push(post(POSTS + 1))
    expect(page.locator("#feed post-card").first).to_contain_text("@")
    expect(page.locator(card(page, POSTS + 1))).to_be_visible()
    expect(page.locator("#pill")).to_be_hidden()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_twenty_arrivals_do_not_move_what_is_read(
    browser: Browser, site: Site, size: tuple[int, int]
) -> None:
    with watched_page(browser, site.url, size) as page:
        open_live(page, site)
        scroll_to(page, 45)
        before = top_of(page, 45)
        arrive(site, page, POSTS + 1, 20)
        expect(page.locator("#pill")).to_have_text("20 new posts")
        assert top_of(page, 45) == before


def test_posts_that_go_or_grow_above_do_not_move_what_is_read(page: Page, site: Site) -> None:
    scroll_to(page, 45)
    before = top_of(page, 45)
    site.push(post(58, text="longer now, " * 60), post(55, media=[picture(3)]), gone=("p57", "p50"))
    expect(page.locator(card(page, 57))).to_have_count(0)
    site.push(post(54, text="and again, " * 60))
    expect(page.locator(card(page, 54))).to_contain_text("and again")
    assert abs(top_of(page, 45) - before) < 1


def test_the_pill_lets_in_marks_the_place_and_focuses_the_oldest_new_post(
    page: Page, site: Site
) -> None:
    scroll_to(page, 50)
    arrive(site, page, POSTS + 1, 7)
    page.locator("#pill").click()
    expect(page.locator(".divider")).to_have_text("7 new above")
    expect(page.locator(card(page, POSTS + 1))).to_be_focused()
    assert page.evaluate(
        "document.querySelector('.divider').previousElementSibling === document.activeElement"
    )
    line = page.locator(".divider").bounding_box()
    assert line is not None
    assert abs(line["y"] - DESKTOP[1] * 2 / 3) < 2
    expect(page.locator("#pill")).to_be_hidden()


def test_a_tall_post_that_gets_focus_shows_its_author(page: Page, site: Site) -> None:
    scroll_to(page, 50)
    site.push(post(POSTS + 1, text="line\n" * 15, media=[picture(3)]))
    page.locator("#pill").click()
    expect(page.locator(card(page, POSTS + 1))).to_be_focused()
    header = page.locator(".top").bounding_box()
    assert header is not None
    assert top_of(page, POSTS + 1) >= header["height"]


def test_a_hidden_post_leaves_the_page_and_the_waiting_ones(page: Page, site: Site) -> None:
    scroll_to(page, 50)
    arrive(site, page, POSTS + 1, 2)
    site.push(gone=(f"p{POSTS + 1}",))
    expect(page.locator("#pill")).to_have_text("1 new post")
    site.push(gone=(f"p{POSTS + 2}",))
    expect(page.locator("#pill")).to_be_hidden()
    site.push(gone=("p50",))
    expect(page.locator(card(page, 50))).to_have_count(0)


def test_focus_goes_to_the_next_post_when_its_own_is_taken_away(page: Page, site: Site) -> None:
    page.locator(card(page, 58)).focus()
    site.push(gone=("p58",))
    expect(page.locator(card(page, 57))).to_be_focused()


def test_a_post_of_x_says_so_leads_there_and_carries_no_other_signs(page: Page, site: Site) -> None:
    url = "https://x.com/ada_example/status/60"
    counts = {"reposts": 3, "likes": 2, "replies": 1, "quotes": 0}
    passed_on = {"count": 1, "by": [{"name": {"text": "Bo", "spans": []}, "handle": "bo_example"}]}
    site.push(post(60, network="x", url=url, counts=counts, passed_on=passed_on))
    shown = page.locator(card(page, 60))
    link = shown.get_by_role("link", name="View on X")
    expect(link).to_have_attribute("href", url)
    expect(shown.locator(".count")).to_have_count(0)
    expect(shown.locator(".passed-on")).to_have_text("Reposted by Bo")


def test_counts_change_in_place(page: Page, site: Site) -> None:
    page.evaluate(
        f"""() => {{ window.kept = document.querySelector('{card(page, 60)} .text').firstChild }}"""
    )
    site.push(post(60, counts={"reposts": 41, "likes": 9, "replies": 0, "quotes": 0}))
    expect(page.locator(f"{card(page, 60)} .counts")).to_contain_text("41")
    assert page.evaluate("window.kept.isConnected")


def test_keys_walk_from_post_to_post_and_bring_them_into_view(page: Page) -> None:
    page.keyboard.press("j")
    expect(page.locator(card(page, 60))).to_be_focused()
    for _ in range(6):
        page.keyboard.press("PageDown")
    expect(page.locator(card(page, 54))).to_be_focused()
    header = page.locator(".top").bounding_box()
    assert header is not None
    assert top_of(page, 54) >= header["height"]
    page.keyboard.press("k")
    expect(page.locator(card(page, 55))).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")


def test_single_letters_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Use single letters as keys").uncheck()
    page.locator("#help-close").click()
    page.keyboard.press("j")
    expect(page.locator("post-card:focus")).to_have_count(0)


def test_a_reply_goes_through_ones_own_server_which_is_asked_once(page: Page, site: Site) -> None:
    page.context.route(
        re.compile(r"https://social\.example/"), lambda route: route.fulfill(body="home")
    )
    for key in "jr":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Reply to")).to_be_visible()
    page.keyboard.type("nowhere")
    page.keyboard.press("Enter")
    expect(page.locator("#server-problem")).to_contain_text("That is no server")
    page.locator("#server").fill("@me@social.example")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert opened.value.url.startswith(
        "https://social.example/authorize_interaction?uri=https%3A%2F%2F"
    )
    opened.value.close()
    with page.context.expect_page() as opened:
        page.locator("#compose").click()
    assert opened.value.url == "https://social.example/share?text=%23PyFest26%20"
    opened.value.close()
    expect(page.locator("#own-server")).to_have_text("Your server: social.example")


def test_a_post_of_another_network_is_answered_where_it_is(page: Page, site: Site) -> None:
    site.push(post(61, network="bluesky", url="https://bsky.app/profile/bo/post/61"))
    actions = page.locator(f"{card(page, 61)} .actions")
    expect(actions.get_by_role("link", name="Open on bsky.app")).to_be_visible()
    expect(actions.get_by_role("button")).to_have_count(0)


def test_warned_and_sensitive_things_open_with_a_click(page: Page, site: Site) -> None:
    site.push(
        post(61, warning="Spoiler", text="The butler did it"),
        post(62, sensitive=True, media=[picture(3)]),
    )
    warned, sensitive = page.locator(card(page, 61)), page.locator(card(page, 62))
    expect(warned).not_to_contain_text("butler")
    warned.get_by_role("button", name="Show").click()
    expect(warned).to_contain_text("butler")
    expect(sensitive.locator("img.media__picture")).to_have_count(0)
    sensitive.get_by_role("button", name="Show").click()
    expect(sensitive.locator("img.media__picture")).to_be_visible()


def test_filters_live_in_the_address(page: Page, site: Site) -> None:
    page.get_by_role("button", name="日本語").click()
    assert page.url.endswith("?lang=ja")
    expect(page.locator("#feed post-card")).to_have_count(
        sum(n % 8 == 2 for n in range(1, POSTS + 1))
    )
    page.locator("#words").fill("keynote")
    expect(page.locator("#empty-line")).to_have_text("No post matches.")
    page.reload()
    expect(page.get_by_role("button", name="日本語")).to_have_attribute("aria-pressed", "true")
    page.locator("#clear").click()
    expect(page.locator("#feed post-card").first).to_be_visible()
    assert page.url.endswith("/live/pyfest")


def test_a_paused_page_stands_still(page: Page, site: Site) -> None:
    page.locator("#pause").click()
    site.push(post(61))
    site.push(gone=("p60",))
    expect(page.locator(card(page, 60))).to_have_count(0)
    expect(page.locator(card(page, 61))).to_have_count(0)
    expect(page.locator("#pill")).to_be_hidden()
    page.locator("#pause").click()
    expect(page.locator("#pill")).to_have_text("1 new post")


def test_only_a_status_speaks_and_the_feed_does_not(page: Page, site: Site) -> None:
    site.push(post(61), post(62))
    expect(page.locator("#announce")).to_have_text("2 new posts")
    site.push(post(63))
    expect(page.locator(card(page, 63))).to_be_visible()
    expect(page.locator("#announce")).to_have_text("2 new posts")
    assert page.locator("#feed").get_attribute("aria-live") is None


def test_older_posts_are_drawn_as_one_gets_there(page: Page, site: Site) -> None:
    expect(page.locator(card(page, 2))).to_have_count(0)
    for _ in range(3):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
    expect(page.locator("#feed post-card")).to_have_count(POSTS)
    expect(page.locator("#end")).to_be_visible()


def test_a_short_gap_is_not_mentioned_and_a_long_one_calmly(browser: Browser, site: Site) -> None:
    with watched_page(browser, site.url, forgive=("WebSocket",)) as page:
        page.clock.install()
        open_live(page, site)
        expect(page.locator("#feed post-card").first).to_be_visible()
        site.wall.refuse_sockets = True
        site.drop()
        pass_time(page, 15)
        expect(page.locator("#banner")).to_be_hidden()
        pass_time(page, 10)
        expect(page.locator("#banner")).to_contain_text(
            re.compile(r"Showing posts until \d\d:\d\d")
        )
        expect(page.locator("#feed post-card").first).to_be_visible()


def test_a_full_house_is_told_at_once_and_lets_in_when_it_said(
    browser: Browser, site: Site
) -> None:
    with watched_page(browser, site.url) as page:
        page.clock.install()
        site.wall.refuse_sockets, site.wall.refusal = True, (1013, "retry=60")
        page.goto(f"{site.url}/live/pyfest")
        banner = page.locator("#banner")
        expect(banner).to_have_text(
            "Many people are here already. This page tries again by itself."
        )
        site.wall.refuse_sockets = False
        page.evaluate("dispatchEvent(new Event('online'))")
        pass_time(page, 25)
        expect(banner).to_contain_text("Many people are here already.")
        pass_time(page, 40)
        expect(banner).to_be_hidden()
        expect(page.locator("#feed post-card").first).to_be_visible()


def test_a_full_house_leaves_the_posts_of_who_was_here(browser: Browser, site: Site) -> None:
    with watched_page(browser, site.url) as page:
        page.clock.install()
        open_live(page, site)
        site.wall.refuse_sockets, site.wall.refusal = True, (1013, "retry=300")
        site.drop()
        pass_time(page, 5)
        expect(page.locator("#banner")).to_have_text(
            re.compile(r"Many people are here already\..*Showing posts until \d\d:\d\d\.")
        )
        expect(page.locator("#feed post-card").first).to_be_visible()


def test_a_wall_that_is_not_there_is_not_called_a_lost_connection(
    browser: Browser, site: Site
) -> None:
    with watched_page(browser, site.url) as page:
        page.clock.install()
        site.wall.refuse_sockets, site.wall.refusal = True, (4404, "")
        page.goto(f"{site.url}/live/nowhere")
        banner = page.locator("#banner")
        expect(banner).to_contain_text("There is no wall called “nowhere”.")
        pass_time(page, 25)
        expect(banner).to_contain_text("There is no wall called “nowhere”.")


def test_an_empty_wall_invites(browser: Browser) -> None:
    with running_site() as site, watched_page(browser, site.url, PHONE) as page:
        site.push(wall_item())
        open_live(page, site)
        expect(page.locator("#empty-line")).to_have_text("Be the first: #PyFest26")
        site.push(post(1))
        expect(page.locator("#empty")).to_be_hidden()


# colours follow the scheme and layout the size: each is looked at once, not each with each
@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone-light", "desktop-dark"]
)
def test_axe_finds_nothing(
    browser: Browser, site: Site, size: tuple[int, int], scheme: str
) -> None:
    with watched_page(browser, site.url, size, scheme) as page:
        site.push(post(61, warning="Spoiler"), post(40, pinned=True))
        open_live(page, site)
        assert violations(page) == []
        scroll_to(page, 50)
        arrive(site, page, 62, 3)
        page.locator("#pill").click()
        page.evaluate("document.getAnimations().forEach(a => a.finish())")
        assert violations(page) == []
        page.keyboard.press("r")
        assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1440])
def test_nothing_is_wider_than_the_screen(browser: Browser, site: Site, width: int) -> None:
    with watched_page(browser, site.url, (width, 800)) as page:
        open_live(page, site)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_notices_are_read_here_too_but_not_slides_and_not_before_their_time(
    page: Page, site: Site
) -> None:
    notice = {"kind": "notice", "seq": 0, "title": "", "image": None, "starts_at": None}
    link = {"start": 7, "end": 30, "kind": "link", "href": "https://pyfest.example/"}
    said = {"id": "n2", "style": "announcement", "title": "Room change", "text": "Map at https://pyfest.example/"}  # fmt: skip
    site.push(
        notice | {"id": "n1", "style": "line", "text": "Lunch from 12:15", "ends_at": None},
        notice | said | {"spans": [link], "ends_at": None},
        notice | {"id": "n3", "style": "slide", "text": "A sponsor", "ends_at": None},
        notice | {"id": "n4", "style": "line", "text": "Over", "ends_at": "2026-11-20T00:00:00Z"},
    )
    place = page.locator("#notices .notice")
    expect(place).to_have_text(["Room change Map at https://pyfest.example/", "Lunch from 12:15"])
    expect(place.locator("a")).to_have_attribute("href", "https://pyfest.example/")
    assert violations(page) == []
    place.locator("a").focus()
    site.push(gone=("n1",))
    expect(place).to_have_count(1)
    expect(place.locator("a")).to_be_focused()
