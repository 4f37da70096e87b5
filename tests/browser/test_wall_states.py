"""The wall's other states in a real browser: frozen, the spotlight, notices, a screen's own state, and what never stays."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium, violations, watched_page
from tests.browser.test_wall_page import HALF_CUT, fill, visit
from tests.browser.wall_site import (
    WallSite,
    notice_item,
    picture,
    post_item,
    serve,
    session_item,
)

pytestmark = pytest.mark.browser

FULL_HD, UHD = (1920, 1080), (3840, 2160)
SCREEN: dict[str, Any] = {
    "kind": "screen", "name": "Hall A left", "room": "Hall A", "identify_until": None, "reload": 1,
    "state": {"theme": "dark", "scale": 1.0, "dark": False, "calm": "off", "columns": None},
}  # fmt: skip
SHOWN = "[...document.querySelectorAll('wall-board post-card')].map((card) => card.post.id)"
VISIBLE = """(text) => [...document.querySelectorAll('post-card, .slide')].some((each) =>
  each.textContent.includes(text) && each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))"""
AFTER_EACH_MESSAGE = """() => { const real = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (type, listener, ...rest) {
    const told = type !== 'message' ? listener : (event) => { listener(event); window.afterMessage?.(event.data); };
    return real.call(this, type, told, ...rest); }; }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site() -> Iterator[WallSite]:
    with serve(WallSite()) as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: WallSite) -> Iterator[Page]:
    with watched_page(browser, site.base_url, FULL_HD) as one:
        yield one


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def screen(**state: Any) -> dict[str, Any]:
    """The frame for a screen, with another state."""
    return SCREEN | {"state": SCREEN["state"] | state}


def shown(page: Page) -> list[str]:
    return list(page.evaluate(SHOWN))


def pass_time(page: Page, site: WallSite, seconds: int) -> None:
    """The page's clock goes on; pulses come as they do, so that the connection stays."""
    for _ in range(0, seconds, 15):
        site.say({"kind": "pulse", "seq": site.seq, "viewers": 3, "now": ""})
        page.evaluate("() => new Promise((go) => requestAnimationFrame(go))")
        page.clock.run_for(15_000)


def freeze(page: Page, site: WallSite, to: str = "screen") -> None:
    site.set_wall(mode="frozen", frozen_to=to)
    page.wait_for_function("() => document.querySelector('wall-board').frozen")


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Lets the browser go on, frame by frame, until something holds on our side."""
    for _ in range(900):
        if holds():
            return
        page.evaluate("() => new Promise((go) => requestAnimationFrame(go))")
    pytest.fail("it did not happen within 900 frames")


def until_seen(page: Page, site: WallSite, says: Callable[[dict[str, Any]], bool]) -> None:
    """Until the page has reported something."""
    until(page, lambda: any(says(said) for said in list(site.seen)))


# frozen


def test_a_frozen_wall_lets_nothing_in_and_still_takes_away_what_is_hidden(
    page: Page, site: WallSite
) -> None:
    fill(site)
    page.clock.install()
    visit(page, site)
    before = shown(page)
    freeze(page, site)
    site.push(post_item(90, "Nobody has looked at this", "Storm"))
    pass_time(page, site, 180)
    assert shown(page) == before
    assert "Nobody has looked" not in page.content()
    expect(page.locator("#slide")).to_be_hidden()
    site.take_away(before[0])
    page.wait_for_function(f"(id) => !{SHOWN}.includes(id)", arg=before[0])
    pass_time(page, site, 60)
    assert set(shown(page)) == set(before[1:])


def test_words_that_change_while_the_wall_is_frozen_are_not_shown_and_the_old_ones_leave(
    page: Page, site: WallSite
) -> None:
    site.push(post_item(1, "The schedule", "Ada"), post_item(2, "The coffee", "Bo"))
    visit(page, site)
    freeze(page, site)
    site.push(post_item(1, "Something rude", "Ada"))
    page.wait_for_function(f"() => !{SHOWN}.includes('p1')")
    assert "Something rude" not in page.content()
    assert "The schedule" not in page.content()
    likes = {"reposts": 0, "likes": 7, "replies": 0, "quotes": 0}
    site.push(post_item(2, "The coffee", "Bo", counts=likes))
    expect(page.locator(".count__number")).to_have_text("7")
    site.set_wall(mode="live", frozen_to=None)
    expect(page.locator("post-card", has_text="Something rude")).to_be_visible()


def test_a_wall_that_is_live_again_goes_on(page: Page, site: WallSite) -> None:
    site.push(post_item(1, "First", "Ada"))
    visit(page, site)
    freeze(page, site)
    site.push(post_item(2, "Second words entirely", "Bo"))
    page.wait_for_function("() => document.querySelector('wall-board').pacer.waiting === 1")
    site.set_wall(mode="live", frozen_to=None)
    expect(page.locator("post-card", has_text="Second words")).to_be_visible()


def test_frozen_to_the_slide_the_sponsor_fills_the_screen_until_it_is_over(
    page: Page, site: WallSite
) -> None:
    fill(site, 6)
    site.push(notice_item("n1", "slide", title="Example Works", image="/media/1600x900"))
    visit(page, site)
    freeze(page, site, "slide")
    slide = page.locator("[data-slide=n1]")
    expect(slide).to_be_visible()
    assert slide.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 0
    page.wait_for_function("() => !document.getAnimations().length")
    assert violations(page) == []
    site.set_wall(mode="live", frozen_to=None)
    expect(slide).to_be_hidden()


def test_without_a_slide_a_frozen_wall_says_where_we_are(page: Page, site: WallSite) -> None:
    fill(site, 6)
    visit(page, site)
    freeze(page, site, "slide")
    expect(page.locator("[data-slide=hold]")).to_be_visible()
    expect(page.locator("[data-slide=hold]")).to_contain_text("PyFest 2026")


def test_a_screen_that_starts_on_a_frozen_wall_shows_no_post(page: Page, site: WallSite) -> None:
    fill(site, 6)
    site.set_wall(mode="frozen", frozen_to="screen")
    visit(page, site)
    expect(page.locator("[data-slide=hold]")).to_be_visible()
    assert page.locator("post-card").count() == 0
    site.set_wall(mode="live", frozen_to=None)
    expect(page.locator("post-card").first).to_be_visible()
    expect(page.locator("[data-slide=hold]")).to_be_hidden()


# the spotlight


@pytest.mark.parametrize(("theme", "size"), [("dark", FULL_HD), ("light", UHD)])
def test_a_post_in_the_spotlight_is_large_whole_and_in_front(
    browser: Browser, site: WallSite, theme: str, size: tuple[int, int]
) -> None:
    fill(site)
    text = "The hall before the keynote, and everybody found a seat."
    site.push(post_item(90, text, "Ada Lovelace", media=[picture(1600, 900)]))
    with watched_page(browser, site.base_url, size) as page:
        visit(page, site, f"?theme={theme}")
        site.set_wall(spotlight={"id": "p90", "until": soon(60)})
        card = page.locator("wall-spotlight post-card")
        expect(card).to_be_visible()
        letters = card.locator(".text").evaluate(
            "(text) => parseFloat(getComputedStyle(text).fontSize)"
        )
        assert letters >= 1.3 * 0.041 * size[1]
        box, place = card.bounding_box(), page.locator("main").bounding_box()
        assert box
        assert place
        assert box["height"] <= place["height"] + 1
        assert box["y"] >= place["y"] - 1
        page.wait_for_function("() => !document.getAnimations().length")
        assert violations(page) == []


@pytest.mark.parametrize("length", [400, 5_000])
def test_a_long_post_in_the_spotlight_stays_on_the_screen(
    page: Page, site: WallSite, length: int
) -> None:
    text = ("A word or two about the coffee queue. " * 140)[:length]
    site.push(post_item(1, text, "Ada"))
    visit(page, site)
    site.set_wall(spotlight={"id": "p1", "until": soon(60)})
    box = page.locator("wall-spotlight post-card").bounding_box()
    place = page.locator("main").bounding_box()
    assert box
    assert place
    assert box["y"] >= place["y"] - 1
    assert box["y"] + box["height"] <= place["y"] + place["height"] + 1


def test_the_spotlight_goes_out_when_its_time_is_over(page: Page, site: WallSite) -> None:
    fill(site, 6)
    page.clock.install()
    visit(page, site)
    site.set_wall(spotlight={"id": "p6", "until": soon(20)})
    expect(page.locator("wall-spotlight post-card")).to_be_visible()
    assert page.evaluate("document.querySelector('wall-board').still")
    page.clock.run_for(22_000)
    expect(page.locator("wall-spotlight")).to_be_hidden()
    assert page.locator("wall-spotlight post-card").count() == 0
    assert not page.evaluate("document.querySelector('wall-board').still")


# what is taken away


STATES: dict[str, Callable[[WallSite], object]] = {
    "live": lambda site: None,
    "frozen": lambda site: site.set_wall(mode="frozen", frozen_to="screen"),
    "spotlight": lambda site: site.set_wall(spotlight={"id": "p90", "until": soon(60)}),
    "calm": lambda site: site.say(screen(calm="on")),
    "slide": lambda site: site.set_wall(mode="frozen", frozen_to="slide"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_taken_away_cannot_be_seen_in_the_frame_that_says_so(
    browser: Browser, site: WallSite, state: str
) -> None:
    text = "This should not have been shown"
    fill(site, 4)
    of_slide = notice_item("p90", "slide", text=text)
    site.push(of_slide if state == "slide" else post_item(90, text, "Ada", pinned=True))
    with watched_page(browser, site.base_url, FULL_HD) as page:
        page.add_init_script(f"({AFTER_EACH_MESSAGE})()")
        visit(page, site)
        STATES[state](site)
        page.wait_for_function(VISIBLE, arg=text)
        page.wait_for_function("() => !document.getAnimations().length")
        # other frames may still be on their way: only the one that says so counts
        says_so = """data.includes('"gone"')"""
        look = f"window.afterMessage = (data) => {{ if ({says_so}) window.seen = ({VISIBLE})('{text}'); }}"
        page.evaluate(f"() => {{ {look} }}")
        site.take_away("p90")
        page.wait_for_function("() => window.seen !== undefined")
        assert page.evaluate("window.seen") is False
        assert text not in page.content()


# notices


def to_turn(page: Page, turn: int) -> None:
    """On to the start of a slide's turn: one every 150 s."""
    page.clock.fast_forward(int(turn * 150_000 + 200 - page.evaluate("performance.now()")))


def test_an_announcement_has_a_place_of_its_own_and_cuts_no_post_in_half(
    page: Page, site: WallSite
) -> None:
    fill(site)
    visit(page, site)
    top = page.locator("main").bounding_box()
    site.push(notice_item("n1", "announcement", title="Room change", text="Typing is in Hall B"))
    band = page.locator("wall-band")
    expect(band).to_have_text("Room change Typing is in Hall B")
    place, posts = band.bounding_box(), page.locator("main").bounding_box()
    assert place
    assert posts
    assert place["y"] + place["height"] <= posts["y"]
    page.wait_for_function("() => !document.getAnimations().length")
    assert page.evaluate(HALF_CUT) == 0
    assert violations(page) == []
    site.take_away("n1")
    expect(band).to_be_hidden()
    assert page.locator("main").bounding_box() == top


def test_notices_are_seen_only_between_their_start_and_their_end(
    page: Page, site: WallSite
) -> None:
    fill(site, 6)
    page.clock.install()
    visit(page, site)
    site.push(
        notice_item("n1", "announcement", text="Doors open", starts_at=soon(30), ends_at=soon(120)),
        notice_item("n2", "line", text="Lunch", starts_at=soon(30), ends_at=soon(120)),
    )
    expect(page.locator("wall-band")).to_be_hidden()
    expect(page.locator(".ticker__notice")).to_have_text("")
    pass_time(page, site, 30)
    expect(page.locator("wall-band")).to_have_text("Doors open")
    expect(page.locator(".ticker__notice")).to_have_text("Lunch")
    pass_time(page, site, 90)
    expect(page.locator("wall-band")).to_be_hidden()
    expect(page.locator(".ticker__notice")).to_have_text("")


def test_a_sponsors_slide_takes_its_turn_and_leaves_at_once_when_it_is_taken_away(
    page: Page, site: WallSite
) -> None:
    fill(site)
    site.push(notice_item("n1", "slide", title="Example Works", text="They pay for the coffee"))
    page.clock.install()
    visit(page, site)
    slide = page.locator("[data-slide=n1]")
    expect(slide).to_be_hidden()
    to_turn(page, 1)
    expect(slide).to_be_visible()
    expect(page.locator("#slide")).to_be_hidden()
    site.take_away("n1")
    expect(slide).to_have_count(0)
    to_turn(page, 4)
    expect(page.locator("#slide")).to_be_visible()


def test_markup_in_a_notice_is_text_and_a_picture_of_elsewhere_is_not_asked_for(
    page: Page, site: WallSite
) -> None:
    nasty = '<img src=x onerror="document.title=1">'
    elsewhere = "https://tracker.example/pixel.png"
    fill(site, 3)
    visit(page, site)
    site.push(
        notice_item("n1", "slide", title=nasty, text=nasty, image=elsewhere),
        notice_item("n2", "announcement", title=nasty, text=nasty),
    )
    expect(page.locator("wall-band .band__title")).to_have_text(nasty)
    assert page.locator("wall-band img, .slide[data-slide=n1] img").count() == 0


# a screen's own state


def test_a_screen_tells_its_name_when_it_is_asked_to(page: Page, site: WallSite) -> None:
    fill(site, 6)
    visit(page, site)
    site.say(SCREEN | {"identify_until": soon(60)})
    sign = page.locator("wall-sign")
    expect(sign).to_contain_text("Hall A left")
    expect(sign).to_contain_text("Hall A")
    site.say(SCREEN | {"identify_until": soon(-1)})
    expect(sign).to_be_hidden()


def test_a_dark_screen_is_black_and_stays_connected(page: Page, site: WallSite) -> None:
    fill(site, 6)
    visit(page, site)
    site.say(screen(dark=True))
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('#dark')).opacity === '1'"
    )
    seq = site.take_away("p6")
    until_seen(page, site, lambda said: said["seq"] == seq)
    site.say(screen(dark=False))
    expect(page.locator("#dark")).to_be_hidden()
    assert "p6" not in shown(page)


def test_a_screen_that_was_taken_down_is_a_page_like_all_others_again(
    page: Page, site: WallSite
) -> None:
    fill(site, 3)
    page.clock.install()
    visit(page, site)
    site.say(screen(dark=True))
    expect(page.locator("#dark")).to_be_visible()
    site.cut()
    page.clock.run_for(3_000)
    until(page, lambda: len(site.queries) == 2 and len(site.open) == 1)
    page.clock.run_for(11_000)
    expect(page.locator("#dark")).to_be_hidden()


def test_theme_size_and_columns_come_from_the_desk_at_once(page: Page, site: WallSite) -> None:
    fill(site)
    visit(page, site)
    site.say(screen(theme="light", scale=0.7, columns=5))
    expect(page.locator("wall-column")).to_have_count(5)
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(HALF_CUT) == 0
    site.say(screen())
    expect(page.locator("wall-column")).to_have_count(3)


def test_during_a_session_in_its_room_a_screen_is_calm_and_comes_back_by_itself(
    page: Page, site: WallSite
) -> None:
    fill(site)
    site.push(
        session_item("Postgres at the edge", "Hall A", (-10, 5), "Amara"),
        session_item("Typing at scale", "Hall A", (10, 30)),
        session_item("Something else", "Hall B", (-10, 30)),
        post_item(90, "Questions go here", "PyFest", pinned=True),
    )
    page.clock.install()
    visit(page, site)
    calm = page.locator("wall-calm")
    expect(calm).to_be_hidden()
    site.say(screen(calm="auto"))
    expect(calm).to_be_visible()
    expect(calm.locator(".calm__agenda")).to_contain_text("Postgres at the edge")
    expect(calm.locator(".calm__agenda")).to_contain_text("Typing at scale")
    expect(calm.locator("post-card")).to_have_count(1)
    expect(calm.locator("post-card")).to_contain_text("Questions go here")
    assert "Something else" not in page.locator("body").inner_text()
    page.wait_for_function("() => !document.getAnimations().length")
    assert violations(page) == []
    pass_time(page, site, 300)
    expect(calm).to_be_hidden()


def test_a_screen_is_heard_of_every_five_seconds(page: Page, site: WallSite) -> None:
    fill(site, 3)
    page.clock.install()
    visit(page, site)
    until_seen(page, site, lambda said: said["seq"] == site.seq)
    site.seen.clear()
    page.clock.run_for(11_000)
    assert site.seen == []
    site.say(SCREEN)
    page.wait_for_function("() => document.querySelector('wall-board')")
    page.clock.run_for(5_500)
    until_seen(page, site, lambda said: "up_s" in said)
    last = site.seen[-1]
    assert last["kind"] == "seen"
    assert last["seq"] == site.seq
    assert last["painted_ms"] >= 0


def test_told_to_a_screen_loads_its_page_anew_once_and_only_when_it_is_quiet(
    page: Page, site: WallSite
) -> None:
    fill(site, 3)
    page.clock.install()
    visit(page, site)
    page.evaluate("window.old = true")
    site.say(SCREEN | {"reload": 1})
    freeze(page, site)
    site.say(SCREEN | {"reload": 2})
    page.wait_for_function("() => sessionStorage.length === 1")
    page.clock.run_for(11_000)
    page.evaluate("() => fetch('/wall/pyfest').then((answer) => answer.text())")
    assert page.evaluate("window.old")
    with page.expect_navigation():
        site.set_wall(mode="live", frozen_to=None)
    expect(page.locator("post-card").first).to_be_visible()
    assert not page.evaluate("window.old")
    assert page.evaluate("Object.values(sessionStorage)") == ["2"]


def test_a_page_in_a_frame_of_the_desk_is_no_screen_and_shows_posts_of_a_frozen_wall_too(
    page: Page, site: WallSite
) -> None:
    fill(site, 3)
    visit(page, site)
    assert site.queries[-1]["screen"] == "1"
    freeze(page, site)
    page.evaluate(
        """() => { const frame = document.createElement('iframe');
          frame.src = location.pathname; frame.width = frame.height = 600; document.body.append(frame); }"""
    )
    inside = page.frame_locator("iframe")
    expect(inside.locator("post-card").first).to_be_visible()
    assert "screen" not in site.queries[-1]


WAKE_LOCKS = """() => { window.locks = [];
  const request = async () => {
    const lock = Object.assign(new EventTarget(), { released: false }); window.locks.push(lock); return lock; };
  Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request } }); }"""
NO_WAKE_LOCKS = """() => Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: {
  request: async () => { throw new DOMException('No.', 'NotAllowedError'); } } })"""


def test_the_display_is_kept_on_and_asked_for_again_when_the_page_comes_back(
    page: Page, site: WallSite
) -> None:
    page.add_init_script(f"({WAKE_LOCKS})()")
    visit(page, site)
    page.wait_for_function("() => window.locks.length === 1")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.locks.length") == 1
    page.evaluate("""() => { const [lock] = window.locks; lock.released = true;
      lock.dispatchEvent(new Event('release')); document.dispatchEvent(new Event('visibilitychange')); }""")
    page.wait_for_function("() => window.locks.length === 2")


def test_a_display_that_may_not_be_kept_on_is_no_error_and_the_operator_is_told(
    page: Page, site: WallSite
) -> None:
    page.add_init_script(f"({NO_WAKE_LOCKS})()")
    visit(page, site)
    page.keyboard.press("d")
    expect(page.locator("wall-strip")).to_contain_text("display refused")
