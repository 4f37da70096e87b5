"""The wall page in a real browser: what the room sees, under the real policy, with scripted frames."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium, violations, watched_page
from tests.browser.wall_site import WallSite, picture, post_item, serve, wall_item

pytestmark = pytest.mark.browser

FULL_HD = (1920, 1080)
TEXTS = {
    "en": "The keynote said the quiet part out loud: most outages are configuration. #PyFest26",
    "ar": "محاضرة رائعة عن البرمجيات الحرة في التعليم. شكراً للمنظمين! #PyFest26",
    "ja": "会場のWi-Fiが安定していて感動しています。ありがとうございます！#PyFest26",
    "de": "Donaudampfschifffahrtsgesellschaftskapitänsmützen für alle im Saal! #PyFest26",
    "hi": "आज का कार्यक्रम बहुत अच्छा रहा, सभी वक्ताओं को धन्यवाद 🙏 #PyFest26",
    "he": "ההרצאה על אסינכרוניות הייתה מצוינת! #PyFest26",
}
HALF_CUT = """() => [...document.querySelectorAll('.wall-view')].flatMap((view) => {
  const frame = view.getBoundingClientRect();
  return [...view.querySelectorAll('post-card')].map((card) => card.getBoundingClientRect())
    .filter(({ top, bottom }) => top < frame.top - 1 || bottom > frame.bottom + 1);
}).length"""


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


def fill(site: WallSite, count: int = 24) -> None:
    """Posts in many scripts, some with pictures; distinct authors and texts."""
    languages = list(TEXTS)
    for no in range(1, count + 1):
        language = languages[no % len(languages)]
        media = [picture(1600, 900)] if no % 5 == 0 else [picture(800, 1200)] if no % 7 == 0 else []
        text = f"{no * 7919} {TEXTS[language]}"
        site.push(post_item(no, text, f"Person {no}", language=language, media=media))


def visit(page: Page, site: WallSite, query: str = "") -> None:
    page.goto(f"{site.base_url}/wall/pyfest{query}")
    expect(page.locator("h1")).to_have_text("PyFest 2026")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [FULL_HD, (3840, 2160)])
def test_a_wall_fills_at_once_with_whole_posts_and_axe_finds_nothing(
    browser: Browser, site: WallSite, theme: str, size: tuple[int, int]
) -> None:
    fill(site)
    with watched_page(browser, site.base_url, size) as page:
        visit(page, site, f"?theme={theme}")
        expect(page.locator("wall-column")).to_have_count(3)
        assert page.locator("post-card").count() >= 5
        assert page.evaluate(HALF_CUT) == 0
        assert violations(page) == []


def test_nothing_scrolls_and_no_pointer_is_seen(page: Page, site: WallSite) -> None:
    fill(site, 60)
    visit(page, site)
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollHeight <= innerHeight && {root}.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.body).cursor") == "none"


@pytest.mark.parametrize("size", [FULL_HD, (1080, 1920), (1280, 720)])
def test_no_word_is_too_long_for_the_screen(
    browser: Browser, site: WallSite, size: tuple[int, int]
) -> None:
    wall = wall_item(tag="InternationalPythonUnconference2026")
    title, address = "The Great International Unconference " * 3, "https://long.example/" + "a" * 60
    site.push(
        wall | {"title": title.strip(), "join_url": address},
        {"id": "n1", "kind": "notice", "text": title * 4, "starts_at": None, "ends_at": None},
        post_item(1, "x" * 400, "A" * 90, handle=f"{'a' * 60}@{'b' * 60}.example"),
        post_item(2, "Panorama", "Pan", media=[picture(4000, 300)]),
        post_item(3, "Tower", "Tow", media=[picture(300, 4000)]),
    )
    with watched_page(browser, site.base_url, size) as page:
        page.goto(f"{site.base_url}/wall/pyfest")
        expect(page.locator("post-card").first).to_be_visible()
        beyond = """() => [...document.querySelectorAll('post-card, #join, wall-head *, wall-ticker *')]
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).length"""
        assert page.evaluate(beyond) == 0
        assert page.evaluate(HALF_CUT) == 0


def test_an_empty_wall_invites_and_the_first_post_comes_at_once(page: Page, site: WallSite) -> None:
    visit(page, site)
    expect(page.locator("#empty")).to_contain_text("Be the first: #PyFest26")
    site.push(post_item(1, "Hello, the doors are open! #PyFest26"))
    expect(page.locator("post-card .text")).to_have_text("Hello, the doors are open!")
    expect(page.locator("#empty")).to_be_hidden()
    expect(page.locator("#join")).to_contain_text("Post on Mastodon and see it here")


def test_an_arrival_moves_one_column_only(page: Page, site: WallSite) -> None:
    fill(site)
    page.clock.install()
    visit(page, site)
    page.clock.run_for(25_000)
    tops = "[...document.querySelectorAll('wall-column')].map((c) => c.cards.map((x) => x.post.id))"
    before = page.evaluate(tops)
    site.push(post_item(25, "Something entirely new has come in", "Newcomer"))
    expect(page.locator("post-card", has_text="entirely new")).to_be_visible()
    after = page.evaluate(tops)
    moved = [index for index in range(3) if before[index] != after[index]]
    assert len(moved) == 1, (before, after)
    assert after[moved[0]][0] == "p25"


def test_the_screen_says_what_it_has_painted(page: Page, site: WallSite) -> None:
    visit(page, site)
    seq = site.push(post_item(1, "Hello"))
    page.wait_for_function("() => document.querySelector('post-card')")
    _until(page, lambda: any(said["seq"] == seq for said in site.seen))
    assert all(said["kind"] == "seen" and said["painted_ms"] >= 0 for said in site.seen)


def _until(page: Page, holds: Callable[[], bool]) -> None:
    """Lets the browser go on, frame by frame, until something holds on our side."""
    for _ in range(600):
        if holds():
            return
        page.evaluate("() => new Promise((go) => requestAnimationFrame(go))")
    pytest.fail("it did not happen within 600 frames")


def test_a_hidden_post_leaves_the_screen_and_leaves_nothing_behind(
    page: Page, site: WallSite
) -> None:
    fill(site)
    visit(page, site)
    card = page.locator("post-card").first
    hidden = card.evaluate("(card) => card.post.id")
    text = card.locator(".text").inner_text()[:5]
    site.take_away(hidden)
    page.wait_for_function(
        "(id) => ![...document.querySelectorAll('post-card')].some((c) => c.post.id === id)",
        arg=hidden,
    )
    assert text not in page.locator("body").inner_text()


def test_a_post_hidden_while_it_waits_is_never_shown(page: Page, site: WallSite) -> None:
    fill(site)
    visit(page, site)
    more = page.evaluate("document.querySelector('wall-board').pacer.more")
    site.push(post_item(25, "This must not be seen", "Waiting"))
    page.wait_for_function("() => document.querySelector('wall-board').pacer.waiting === 1")
    site.take_away("p25")
    page.wait_for_function("() => document.querySelector('wall-board').pacer.waiting === 0")
    assert page.evaluate("document.querySelector('wall-board').pacer.more") == more
    assert "must not be seen" not in page.content()


def test_a_post_hidden_while_its_column_fades_does_not_come(page: Page, site: WallSite) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, site)
    site.push(post_item(1, "One", "Ada"), post_item(2, "Two", "Bo"), post_item(3, "Three", "Cy"))
    expect(page.locator("post-card")).to_have_count(3)
    site.push(post_item(4, "Pinned and gone", "Di", pinned=True))
    site.take_away("p4")
    page.wait_for_function(
        "() => ![...document.querySelectorAll('wall-column')].some((c) => c.getAnimations().length)"
    )
    assert "Pinned and gone" not in page.content()


def test_with_reduced_motion_posts_come_without_sliding(page: Page, site: WallSite) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, site)
    page.evaluate(
        """() => { window.slid = 0; const real = Element.prototype.animate;
          Element.prototype.animate = function (frames, ...rest) {
            if (frames[0].transform) window.slid += 1;
            return real.call(this, frames, ...rest);
          }; }"""
    )
    site.push(post_item(1, "Calm arrival"))
    expect(page.locator("post-card")).to_be_visible()
    assert page.evaluate("window.slid") == 0


def test_a_new_count_touches_one_text_node(page: Page, site: WallSite) -> None:
    likes = {"reposts": 0, "likes": 7, "replies": 0, "quotes": 0}
    site.push(post_item(1, "Count me", counts=likes))
    visit(page, site)
    page.evaluate("""() => { window.touched = []; new MutationObserver((all) => window.touched.push(...all.map((m) => m.type)))
      .observe(document.querySelector('post-card'), { subtree: true, childList: true, characterData: true, attributes: true }); }""")
    site.push(post_item(1, "Count me", counts=likes | {"likes": 8}))
    expect(page.locator(".count__number")).to_have_text("8")
    assert page.evaluate("window.touched") == ["characterData"]


def test_an_edit_changes_the_card_in_place(page: Page, site: WallSite) -> None:
    site.push(post_item(1, "Teh schedule"))
    visit(page, site)
    page.evaluate("() => { window.card = document.querySelector('post-card'); }")
    site.push(post_item(1, "The schedule"))
    expect(page.locator("post-card .text")).to_have_text("The schedule")
    assert page.evaluate("window.card === document.querySelector('post-card')")


def test_a_pinned_post_stays_on_top_until_it_is_unpinned(page: Page, site: WallSite) -> None:
    site.push(post_item(1, "Room change: track 3 is in 204", "Host"))
    visit(page, site)
    site.push(post_item(1, "Room change: track 3 is in 204", "Host", pinned=True))
    expect(page.locator(".wall-pin post-card")).to_contain_text("Pinned by the hosts")
    site.push(post_item(1, "Room change: track 3 is in 204", "Host"))
    expect(page.locator(".wall-track post-card")).to_have_count(1)
    expect(page.locator(".wall-pin post-card")).to_have_count(0)


def test_markup_in_a_post_is_text(page: Page, site: WallSite) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    site.push(post_item(1, nasty, name=nasty, card={
        "url": "javascript:alert(1)", "title": nasty, "description": nasty, "provider": nasty, "image": None}))  # fmt: skip
    visit(page, site)
    expect(page.locator("post-card .text")).to_have_text(nasty)
    assert page.locator("post-card script, post-card img, post-card a").count() == 0
    assert page.title() == "PyFest 2026"


def test_what_a_warning_hides_is_not_in_the_page(page: Page, site: WallSite) -> None:
    site.push(
        post_item(1, "The butler did it", "Ada", warning="Spoilers", media=[picture(800, 600)]),
        post_item(
            2, "A picture that is not for the hall", "Bo", sensitive=True, media=[picture(640, 480)]
        ),
    )
    visit(page, site)
    expect(page.locator("post-card", has_text="Spoilers")).to_be_visible()
    expect(page.locator("post-card", has_text="not for the hall")).to_be_visible()
    assert "butler" not in page.content()
    assert page.locator(".media img").count() == 0


def test_without_a_connection_the_wall_looks_alive_and_catches_up_later(
    page: Page, site: WallSite
) -> None:
    fill(site, 8)
    visit(page, site)
    shown = page.locator("post-card").count()
    hidden = page.locator("post-card").first.evaluate("(card) => card.post.id")
    site.cut()
    assert page.locator("post-card").count() == shown
    site.take_away(hidden)
    page.wait_for_function(
        "(id) => ![...document.querySelectorAll('post-card')].some((c) => c.post.id === id)",
        arg=hidden,
    )


def test_a_wall_that_is_not_there_says_so(page: Page, site: WallSite) -> None:
    page.goto(f"{site.base_url}/wall/nowhere")
    expect(page.locator("#words")).to_contain_text("There is no wall called “nowhere”")


def test_an_empty_screen_before_a_full_house_says_so_and_one_with_posts_looks_alive(
    page: Page, site: WallSite
) -> None:
    fill(site, 8)
    site.full = True
    page.goto(f"{site.base_url}/wall/pyfest")
    words = page.locator("#words")
    expect(words).to_have_text("Many people are here already. This page tries again by itself.")
    site.full = False
    expect(page.locator("post-card").first).to_be_visible()
    expect(words).to_be_hidden()
    shown = page.locator("post-card").count()
    page.keyboard.press("d")
    site.full = True
    site.cut()
    expect(page.locator(".strip__line")).to_contain_text("waiting")
    expect(words).to_be_hidden()
    assert page.locator("post-card").count() == shown


def test_a_wall_that_starts_again_is_full_at_once(page: Page, site: WallSite) -> None:
    fill(site)
    visit(page, site)
    before = page.locator("post-card").count()
    page.reload()
    expect(page.locator("post-card")).to_have_count(before)
    assert (
        page.evaluate("document.getAnimations().filter((each) => each.id === 'slide').length") == 0
    )


def test_the_hour_moves_the_join_card_and_nothing_is_cut(page: Page, site: WallSite) -> None:
    fill(site)
    page.clock.install()
    visit(page, site)
    left = "document.querySelector('#join').getBoundingClientRect().left"
    before = page.evaluate(left)
    page.evaluate("document.querySelector('wall-board').moveJoin()")
    assert page.evaluate(left) != before
    assert page.evaluate(HALF_CUT) == 0


def test_every_ten_minutes_the_code_fills_the_screen_for_a_while(
    page: Page, site: WallSite
) -> None:
    fill(site)
    page.clock.install()
    visit(page, site)
    expect(page.locator("#slide")).to_be_hidden()
    page.clock.fast_forward(int(600_200 - page.evaluate("performance.now()")))
    expect(page.locator("#slide")).to_be_visible()
    page.clock.fast_forward(13_000)
    expect(page.locator("#slide")).to_be_hidden()


def test_the_operator_sees_the_state_with_d_and_nobody_else_does(
    page: Page, site: WallSite
) -> None:
    visit(page, site)
    expect(page.locator("wall-strip")).to_be_hidden()
    page.keyboard.press("d")
    expect(page.locator("wall-strip")).to_contain_text("live")
    page.keyboard.press("d")
    expect(page.locator("wall-strip")).to_be_hidden()


def test_hundreds_of_posts_leave_a_small_page(page: Page, site: WallSite) -> None:
    visit(page, site)
    for start in range(1, 601, 20):
        site.push(
            *(
                post_item(no, f"{no * 7919} words of person {no}", f"P {no}")
                for no in range(start, start + 20)
            )
        )
    page.wait_for_function("() => document.querySelector('wall-board').pacer.knows('p600')")
    assert page.evaluate("document.getElementsByTagName('*').length") < 600
    assert page.locator("post-card").count() < 40


def test_the_join_card_and_the_line_at_the_foot_say_where_the_rest_is(
    page: Page, site: WallSite
) -> None:
    fill(site, 60)
    site.push(
        {
            "id": "n1",
            "kind": "notice",
            "text": "Lunch from 12:15",
            "starts_at": None,
            "ends_at": None,
        }
    )
    visit(page, site)
    expect(page.locator("wall-ticker")).to_contain_text("Lunch from 12:15")
    expect(page.locator("wall-ticker")).to_contain_text("more posts at pyfest.example/live")
    expect(page.locator("#join")).to_contain_text("#PyFest26")
    assert (
        page.locator("#join img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 0
    )
