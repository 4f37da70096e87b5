"""What a public screen may show, how hashtags compare, and which addresses are linked to."""

import pytest

from app.domain.post import RichText, Span
from app.domain.text import (
    NAME,
    POST,
    WARNING,
    Limits,
    fold_tag,
    safe_rich,
    safe_text,
    valid_tag,
    web_address,
)

FAMILY = "👨‍👩‍👧‍👦"
UNTOUCHED = [
    "Hello #PyFest26, see you at 10:30!\n\nBring coffee.",
    "می‌خواهم به کنفرانس بروم",
    "हिन्दी में क्‍ष और श्री",
    "ภาษาไทย น้ำ ที่นี่ ปู่",
    "שָׁלוֹם עֲלֵיכֶם בְּרֵאשִׁ֖ית",
    "السَّلَامُ عَلَيْكُمْ",
    "שלום C++\u200e!",
    "日本語ハッシュタグ 𠮷野家 葛\U000e0100城",
    "한국어 텍스트",
    f"{FAMILY} 👩🏽‍🚀 🏳️‍🌈 ❤️‍🔥 👁️‍🗨️ 1️⃣",
    "🇩🇪🇳🇱 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "ક્ષ ಕ್ಷ ക്‍ഷ ශ්‍රී",
    "Việt Nam, Łódź, Ísland, ĳ, ß",
    "∑ x² ≤ 1 → “quoted” — and so on…",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_honest_text_comes_through_as_it_is(text: str) -> None:
    assert safe_text(text, limits=POST) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc\u202edef", "abcdef"),
        ("\u2066abc\u2069", "abc"),
        ("abc\x00\x1b[31m\x7f\x9b", "abc[31m"),
        ("\u200fabc", "abc"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a\ufffe\U0001fffe\ufdd0b", "ab"),
        ("a\ud83db", "ab"),
        ("\ufeffabc", "abc"),
        ("pay\U000e0070\U000e0061pal", "paypal"),
        ("🏴\U000e0067\U000e0062", "🏴"),
        ("a \u200d\u200db", "a b"),
        ("a\u200d\u200d\u200cb", "a\u200db"),
        ("e\u0301", "é"),
        ("e\u202e\u0301", "é"),
        ("  abc \n", "abc"),
    ],
)
def test_what_hides_or_reorders_goes(text: str, shown: str) -> None:
    assert safe_text(text, limits=POST) == shown


def test_direction_marks_stay_only_beside_right_to_left_letters() -> None:
    assert safe_text("abc\u200edef", limits=POST) == "abcdef"
    assert safe_text("שלום\u200f\u200f\u200f!", limits=POST) == "שלום\u200f!"


def test_at_most_four_marks_stand_on_one_letter() -> None:
    zalgo = "a" + "\u0335" * 30 + "b" + "\u0336\u200d" * 20
    shown = safe_text(zalgo, limits=POST)
    assert shown.count("\u0335") == 4
    assert shown.count("\u0336") == 4


def test_a_long_post_is_cut_with_an_ellipsis() -> None:
    assert safe_text("x" * 1000, limits=POST) == "x" * 1000
    assert safe_text("x" * 1001, limits=POST) == "x" * 999 + "…"


def test_a_family_counts_as_one() -> None:
    assert safe_text(FAMILY * 64, limits=NAME) == FAMILY * 64
    assert safe_text(FAMILY * 65, limits=NAME) == FAMILY * 63 + "…"


def test_a_cluster_without_end_is_not_shown() -> None:
    assert safe_text("👨\u200d" * 5000, limits=NAME) == "…"


def test_at_most_twelve_lines_are_shown() -> None:
    shown = safe_text("\n".join("abcdefghijklmnop"), limits=POST)
    assert shown == "\n".join("abcdefghijkl") + "…"


def test_runs_of_blank_lines_become_one() -> None:
    assert safe_text("a\n\n \n\t\n\nb\n\nc", limits=POST) == "a\n\nb\n\nc"


def test_a_name_has_one_line() -> None:
    assert safe_text("Ada \r\n\n Lovelace", limits=NAME) == "Ada Lovelace"


def test_a_huge_text_is_handled_by_its_beginning() -> None:
    assert len(safe_text("\u202ea\u0301\u200e" * 1_000_000, limits=WARNING)) <= 300


def _rich(text: str, *marked: tuple[str, str]) -> RichText:
    spans = [
        Span(start=text.index(part), end=text.index(part) + len(part), kind=kind)
        for part, kind in marked
    ]
    return RichText(text=text, spans=tuple(spans))


def _marked(rich: RichText) -> list[str]:
    return [rich.text[span.start : span.end] for span in rich.spans]


def test_spans_move_with_their_text() -> None:
    rich = _rich(
        "\u202eo\u0301 \x00#cafe\u0301 and\u202d @ada",
        ("#cafe\u0301", "hashtag"),
        ("@ada", "mention"),
    )
    shown = safe_rich(rich, POST)
    assert shown.text == "ó #café and @ada"
    assert _marked(shown) == ["#café", "@ada"]


def test_spans_without_text_are_dropped() -> None:
    shown = safe_rich(_rich("a \u202e\u202d b", ("\u202e\u202d", "link")), POST)
    assert shown.spans == ()


def test_spans_are_clipped_at_the_cut_and_dropped_after_it() -> None:
    rich = _rich("aaaa bbbbbbbb cccc", ("bbbbbbbb", "link"), ("cccc", "link"))
    shown = safe_rich(rich, Limits(graphemes=10, lines=1))
    assert shown.text == "aaaa bbbb…"
    assert _marked(shown) == ["bbbb"]


def test_a_custom_emoji_is_never_cut_in_half() -> None:
    rich = _rich("Ada :snake_logo:", (":snake_logo:", "emoji"))
    shown = safe_rich(rich, Limits(graphemes=10, lines=1))
    assert shown == RichText(text="Ada…")


def test_a_safe_rich_text_is_the_same_object() -> None:
    rich = _rich("Hello #PyFest26", ("#PyFest26", "hashtag"))
    assert safe_rich(rich, POST) is rich


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("#Café", "cafe"),
        ("CAFE\u0301", "café"),
        ("\uff30\uff59\uff26\uff45\uff53\uff54", "#pyfest"),
        ("\uff03PyFest", "pyfest"),
        ("Straße", "STRASSE"),
        ("ŁÓDŹ", "lodz"),
        ("İstanbul", "istanbul"),
        (" #PyFest26 ", "pyfest26"),
        ("ﾊｯｼｭ", "ハッシュ"),
    ],
)
def test_hashtags_that_servers_hold_for_one_are_one(left: str, right: str) -> None:
    assert fold_tag(left) == fold_tag(right)


def test_letters_outside_the_table_keep_their_marks() -> None:
    assert fold_tag("ế") != fold_tag("e")
    assert fold_tag("й") != fold_tag("и")


@pytest.mark.parametrize("tag", ["PyFest26", "#py_fest", "2026pyfest", "हिन्दी", "می‌خواهم", "日本"])
def test_hashtags_that_networks_accept_are_valid(tag: str) -> None:
    assert valid_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", "#", "2026", "__", "py fest", "py-fest", "a" * 101, "##a", "<b>"]
)
def test_other_words_are_no_hashtags(tag: str) -> None:
    assert not valid_tag(tag)


@pytest.mark.parametrize(
    "address",
    [
        "https://fedi.example/@ada/1",
        "HTTP://fedi.example",
        "http://127.0.0.1:3000/a?b=c#d",
        "https://münchen.example/ä",
        "https://fedi.example/@ada@other.example",
    ],
)
def test_web_addresses_are_kept(address: str) -> None:
    assert web_address(address) == address


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//fedi.example/a",
        "https://",
        "https:///a",
        "https://bank.example@evil.example/",
        "https://a\\b.example",
        "http://[::1",
        "https://fedi.example/a\u202eb",
        "https://fedi.example/a b",
        "https://a℀b.example",
        'https://fedi.example/"><script>',
        "https://fedi.example/" + "a" * 3000,
        "https://fedi.example/\ud800",
    ],
)
def test_anything_else_is_no_address(value: object) -> None:
    assert web_address(value) is None
