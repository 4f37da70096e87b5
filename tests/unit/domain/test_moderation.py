"""What becomes of a post: reasons in their order, modes by the moment of entry, and who is known."""

from typing import Any

import pytest

from app.domain.desk import Desk, Mode, Turn
from app.domain.identity import to_ms
from app.domain.moderation import Policy, Verdict, judge, reasons
from app.domain.people import STRANGER, Person
from app.domain.post import Media, Post
from app.domain.rules import Rule, Subject
from app.domain.wall import Rules
from tests.factories import WALL, at, author, post

PICTURE = Media(kind="image", url="https://fedi.example/cat.png")
CRYPTO = Rule(id="crypto", kind="word", values=("crypto",))
NOW = to_ms(at(1))


def policy(mode: Mode = "open", *, holds: dict[str, bool] | None = None, **desk: Any) -> Policy:
    wall = WALL.model_copy(update={"mode": mode, "rules": Rules(**(holds or {}))})
    return Policy(wall, Desk(**desk))


def verdict(said: Post, by: Policy, person: Person = STRANGER, entered_ms: int = NOW) -> Verdict:
    return judge(Subject(said), by, person, entered_ms)


@pytest.mark.parametrize(
    ("rules", "more", "status", "words", "reason"),
    [
        ({}, {}, "approved", "", ""),
        ({}, {"sensitive": True}, "pending", "sensitive", "sensitive"),
        ({}, {"warning": "cake"}, "pending", "content warning", "sensitive"),
        ({"hold_sensitive": False}, {"sensitive": True}, "approved", "", ""),
        ({}, {"author": author(bot=True)}, "pending", "automated", "bot"),
        ({}, {"author": author(group=True)}, "pending", "automated", "bot"),
        ({"hold_bots": False}, {"author": author(bot=True)}, "approved", "", ""),
        ({}, {"author": author(limited=True)}, "pending", "silenced", "limited"),
        ({"hold_limited": False}, {"author": author(limited=True)}, "approved", "", ""),
        ({}, {"network": "nostr"}, "pending", "Nostr", "nostr"),
        ({"hold_nostr": False}, {"network": "nostr"}, "approved", "", ""),
        ({"review": True}, {}, "pending", "Everything waits", "review"),
        ({}, {"hashtags": ("nowall", "pyfest26")}, "hidden", "asks not to be shown", "optout"),
        ({"review": True}, {"author": author(opted_out=True)}, "hidden", "not to be", "optout"),
    ],
)
def test_the_first_reason_that_applies_decides_and_says_so(
    rules: dict[str, bool], more: dict[str, Any], status: str, words: str, reason: str
) -> None:
    found = verdict(post(1, **more), policy(holds=rules))
    assert (found.status, found.reason) == (status, reason)
    assert words in found.rule
    assert bool(found.rule) is bool(words)


def test_first_posts_wait_and_later_ones_of_who_was_let_through_do_not() -> None:
    hybrid = policy("hybrid")
    assert verdict(post(1), hybrid).reason == "first"
    known = Person("", approved_ms=to_ms(at(5)))
    assert verdict(post(4), hybrid, known).reason == "first"  # written before, so still waiting
    assert verdict(post(5), hybrid, known).status == "approved"


def test_the_first_picture_of_a_known_person_waits() -> None:
    hybrid, shown = policy("hybrid"), post(9, media=(PICTURE,))
    assert verdict(shown, hybrid, Person("", approved_ms=0)).reason == "media"
    assert verdict(shown, hybrid, Person("", approved_ms=0, media_ms=0)).status == "approved"
    assert verdict(shown, policy("open")).status == "approved"


def test_who_is_listed_goes_straight_on_but_not_while_everything_waits() -> None:
    listed = Person("", "listed")
    assert verdict(post(1, sensitive=True), policy("hybrid"), listed).status == "approved"
    assert verdict(post(1), policy("review"), listed).reason == "mode"
    assert verdict(post(1), policy("freeze"), listed).reason == "mode"


def test_an_allow_rule_lists_people_who_have_not_posted_yet() -> None:
    speakers = Rule(id="speakers", kind="allow", values=("ada@fedi.example",))
    by = Policy(WALL.model_copy(update={"mode": "hybrid"}), Desk(rules=(speakers,)))
    assert verdict(post(1), by).status == "approved"
    assert verdict(post(1, author=author("bo")), by).reason == "first"


def test_who_is_blocked_is_hidden_whatever_else_speaks_for_them() -> None:
    found = verdict(post(1), policy("open"), Person("", "blocked", approved_ms=0))
    assert (found.status, found.reason) == ("hidden", "blocked")


def test_a_rule_that_hides_goes_before_one_that_holds_and_before_the_mode() -> None:
    hides = CRYPTO.model_copy(update={"action": "hide", "id": "hides"})
    said = post(1, "Buy crypto #pyfest26", sensitive=True)
    by = Policy(WALL.model_copy(update={"mode": "review"}), Desk(rules=(CRYPTO, hides)))
    assert verdict(said, by).status == "hidden"
    held = Policy(WALL.model_copy(update={"mode": "hybrid"}), Desk(rules=(CRYPTO,)))
    found = verdict(post(1, "Buy crypto #pyfest26"), held)
    assert (found.status, found.reason) == ("pending", "word")
    assert "crypto" in found.rule


def test_a_mode_holds_for_what_enters_from_then_on() -> None:
    turns = (
        Turn(since_ms=100, mode="review", why="120 posts within a minute."),
        Turn(since_ms=200, mode="freeze"),
        Turn(since_ms=300, mode="open"),
    )
    by = policy("open", turns=turns)
    assert [verdict(post(1), by, entered_ms=ms).status for ms in (99, 100, 250, 300)] == [
        "approved",
        "pending",
        "pending",
        "approved",
    ]
    assert "120 posts within a minute." in verdict(post(1), by, entered_ms=100).rule
    assert "frozen" in verdict(post(1), by, entered_ms=250).rule
    assert by.mode == "open"


def test_switching_back_in_time_forgets_what_was_switched_since() -> None:
    desk = Desk(turns=(Turn(since_ms=100, mode="open"), Turn(since_ms=200, mode="freeze")))
    again = desk.switched(Turn(since_ms=150, mode="review"))
    assert [turn.mode for turn in again.turns] == ["open", "review"]


def test_all_reasons_are_told_the_deciding_one_first() -> None:
    said = post(1, "Buy crypto #pyfest26", sensitive=True)
    by = Policy(WALL.model_copy(update={"mode": "hybrid"}), Desk(rules=(CRYPTO,)))
    told = [v.reason for v in reasons(Subject(said), by, STRANGER, NOW)]
    assert told == ["sensitive", "word", "first"]


@pytest.mark.parametrize("strict", ["review", "freeze"])
def test_while_everything_waits_posts_wait_for_reasons_of_their_own_as_far_as_they_have_any(
    strict: Mode,
) -> None:
    turns = (Turn(since_ms=0, mode=strict, why="A storm."), Turn(since_ms=NOW, mode="review"))
    by = policy("hybrid", turns=turns, rules=(CRYPTO,))
    known = Person("", approved_ms=0, media_ms=0)
    assert verdict(post(1, "Buy crypto #pyfest26"), by, known).reason == "word"
    assert verdict(post(1), by).reason == "first"
    assert verdict(post(1), by, known).reason == "mode"
    told = [v.reason for v in reasons(Subject(post(1)), by, STRANGER, NOW)]
    assert told == ["first", "mode"]


def test_where_nobody_needs_a_look_first_only_the_mode_holds_who_is_new() -> None:
    by = policy("open", turns=(Turn(since_ms=0, mode="review"),))
    assert verdict(post(1), by).reason == "mode"


def test_rules_ask_for_counts_no_further_than_they_need() -> None:
    near = Rule(id="a", kind="copies", most=3)
    fast = Rule(id="b", kind="pace", most=6)
    off = Rule(id="c", kind="copies", most=50, on=False)
    counted = Policy(WALL, Desk(rules=(near, fast, off))).counted
    assert (counted.copies, counted.burst) == (4, 7)
    assert not Policy(WALL, Desk()).counted.any
