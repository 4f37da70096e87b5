"""What each kind of rule says of a post, and what a book of rules makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.desk import Desk
from app.domain.moderation import Policy
from app.domain.people import Circle
from app.domain.post import Card, Media, Poll, PollOption, Quote, RichText, Span
from app.domain.record import Record, observe, pass_on, settle, version_of
from app.domain.rules import Hit, Kind, Rule, RuleBook, Subject, default_rules
from tests.factories import WALL, at, author, picture, post, posted, reposted


def rule(kind: Kind, *values: str, **more: Any) -> Rule:
    return Rule(**({"id": kind, "kind": kind, "values": values} | more))


def hit(one: Rule, subject: Subject | None = None, **fields: Any) -> Hit | None:
    return RuleBook([one]).verdict(subject or Subject(post(1, **fields)))


def sentence(one: Rule, subject: Subject | None = None, **fields: Any) -> str:
    found = hit(one, subject, **fields)
    return found.sentence if found else ""


def linking(*addresses: str) -> RichText:
    spans = [
        Span(start=n, end=n + 1, kind="link", href=address) for n, address in enumerate(addresses)
    ]
    return RichText(text="x" * len(addresses) + " look at this", spans=tuple(spans))


# --- kinds ----------------------------------------------------------------------------------------


def test_authors_are_known_by_handle_and_by_key() -> None:
    for value in ("ada@fedi.example", "@Ada@Fedi.Example", author().key):
        assert sentence(rule("author", value)).startswith("Blocked person: ")
    assert not hit(rule("author", "bo@fedi.example"))


def test_a_blocked_person_or_server_is_found_in_a_quote_too() -> None:
    quote = Quote(author=author("eve", handle="eve@evil.example"), body=RichText(text="hm"))
    assert hit(rule("author", "eve@evil.example"), quote=quote)
    assert hit(rule("domain", "evil.example"), quote=quote)


@pytest.mark.parametrize(
    "fields",
    [
        {"author": author(handle="ada@evil.example")},
        {"author": author(handle="ada@social.evil.example")},
        {"author": author(handle="ada.evil.example")},  # as on Bluesky
        {"author": author(url="https://www.evil.example/@ada")},
        {"body": linking("https://shop.Evil.example:8443/buy?now")},
        {"card": Card(url="https://evil.example/", title="Hm")},
    ],
)
def test_a_server_covers_people_and_links_and_all_below_it(fields: dict[str, Any]) -> None:
    assert sentence(rule("domain", "evil.example"), **fields) == "Blocked server: “evil.example”."


@pytest.mark.parametrize("host", ["notevil.example", "evil.example.org", "example"])
def test_a_server_does_not_cover_its_neighbours(host: str) -> None:
    assert not hit(rule("domain", "evil.example"), body=linking(f"https://{host}/"))


def test_servers_in_other_scripts_are_known_in_both_spellings() -> None:
    assert hit(rule("domain", "bücher.example"), body=linking("https://xn--bcher-kva.example/"))


def test_networks_and_languages_can_wait() -> None:
    assert hit(rule("network", "mastodon"))
    assert not hit(rule("network", "bluesky"))
    assert hit(rule("language", "pt"), language="pt-BR")
    assert not hit(rule("language", "pt-BR"), language="pt")
    assert not hit(rule("language", "pt"))


def test_links_are_counted_once_each() -> None:
    two = {"body": linking("https://a.example", "https://b.example", "https://a.example")}
    assert sentence(rule("link"), body=linking("https://a.example")) == "A link."
    assert sentence(rule("link", most=1), **two) == "2 links."
    assert not hit(rule("link", most=2), **two)
    assert hit(rule("link"), card=Card(url="https://a.example", title="A"))
    assert not hit(rule("link"))


def test_hashtags_at_the_edge() -> None:
    tags = tuple(f"tag{n}" for n in range(9))
    assert sentence(rule("hashtags", most=8), hashtags=tags) == "9 hashtags in one post."
    assert not hit(rule("hashtags", most=8), hashtags=tags[:8])


def test_copies_and_pace_at_the_edge() -> None:
    four = Subject(post(1), copies=4, burst=7)
    assert (
        sentence(rule("copies", most=3), four)
        == "4 other people posted nearly the same within 10 minutes."
    )
    assert sentence(rule("pace", most=6), four) == "7 posts within a minute."
    assert not hit(rule("copies", most=4), four)
    assert not hit(rule("pace", most=7), four)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(minutes=5), "The account is less than an hour old."),
        (timedelta(hours=1), "The account is 1 hour old."),
        (timedelta(days=1, hours=5), "The account is 1 day old."),
        (timedelta(days=2) - timedelta(seconds=1), "The account is 1 day old."),
        (timedelta(days=2), ""),
        (-timedelta(hours=1), "The account is less than an hour old."),
    ],
)
def test_the_age_of_an_account_is_its_age_at_the_post(age: timedelta, said: str) -> None:
    by = author(created_at=at(1) - age)
    assert sentence(rule("age", most=2), author=by) == said


def test_what_a_network_does_not_tell_holds_nobody() -> None:
    assert not hit(rule("age", most=2))
    assert not hit(rule("followers", most=5))


def test_followers_at_the_edge() -> None:
    assert (
        sentence(rule("followers", most=2), author=author(followers=1))
        == "The account has 1 follower."
    )
    assert not hit(rule("followers", most=2), author=author(followers=2))


def test_a_bare_post_says_nothing_of_its_own() -> None:
    def body(text: str) -> RichText:
        return RichText(text=text, spans=(Span(start=0, end=4, kind="hashtag"),))

    assert hit(rule("bare"), body=body("#tag …"))
    assert not hit(rule("bare"), body=body("#tag hi"))
    assert not hit(rule("bare"), body=body("#tag 🎉"))
    assert not hit(rule("bare"), body=body("#tag"), media=(picture("hall"),))
    assert not hit(rule("bare"), body=body("#tag"), poll=Poll(options=(PollOption(title="A"),)))


def test_questions_about_the_post_and_its_account() -> None:
    assert hit(rule("media"), media=(picture("hall"),))
    assert not hit(rule("media"), media=(Media(kind="audio"),))
    assert hit(rule("reply"), is_reply=True)
    assert hit(rule("bot"), author=author(bot=True))
    assert hit(rule("bot"), author=author(group=True))
    assert hit(rule("limited"), author=author(limited=True))
    assert hit(rule("sensitive"), sensitive=True)
    assert hit(rule("sensitive"), warning="Spoilers")
    for kind in ("media", "reply", "bot", "limited", "sensitive"):
        assert not hit(rule(kind))


@pytest.mark.parametrize("value", ["@Ada@fedi.example", author().key, "fedi.example"])
def test_an_allow_list_names_people_and_servers_and_holds_nothing(value: str) -> None:
    book = RuleBook([rule("allow", value)])
    assert book.allows(author())
    assert not book.allows(author("bo", handle="bo@other.example"))
    assert book.hits(Subject(post(1))) == []


# --- books ----------------------------------------------------------------------------------------


def test_a_rule_that_hides_goes_before_all_that_hold() -> None:
    book = RuleBook([rule("link"), rule("domain", "evil.example", action="hide")])
    subject = Subject(post(1, body=linking("https://evil.example")))
    assert [one.reason for one in book.hits(subject)] == ["link", "domain"]
    verdict = book.verdict(subject)
    assert verdict == Hit("domain", "hide", "domain", "Blocked server: “evil.example”.")


def test_a_rule_is_named_once_however_often_it_applies() -> None:
    book = RuleBook([rule("word", "one", "two")])
    assert len(book.hits(Subject(post(1, "one two one")))) == 1


def test_rules_that_are_off_say_nothing() -> None:
    assert not hit(rule("media", on=False), media=(picture("hall"),))
    assert not RuleBook([rule("allow", "ada@fedi.example", on=False)]).allows(author())


def test_honest_posts_pass_the_rules_of_a_new_wall() -> None:
    book = RuleBook(default_rules())
    settled = author(created_at=at(-10_000_000), followers=3)
    honest = post(1, "Great talk on types! Slides: later #pyfest26", author=settled)
    assert book.hits(Subject(honest, copies=3, burst=6)) == []
    assert [h.reason for h in book.hits(Subject(honest, copies=4, burst=7))] == ["copies", "pace"]


def test_more_followers_make_no_new_version_of_a_post() -> None:
    def version(by: dict[str, int]) -> object:
        quote = Quote(author=author("bo", **by), body=RichText(text="hm"))
        shown = post(1, author=author(**by), quote=quote)
        return version_of(shown, "fedi.example", origin=True, seen_ms=1)

    assert version({"followers": 1, "posts": 2}) == version({"followers": 3, "posts": 4})


RULES = st.lists(
    st.sampled_from(
        [
            rule("word", "types"),
            rule("word", "spam*", id="spam", action="hide"),
            rule("link"),
            rule("link", id="few", most=1, action="hide"),
            rule("media"),
            rule("pace", most=2),
            rule("copies", most=1, action="hide"),
            rule("domain", "fedi.example"),
            rule("author", "bo@fedi.example", action="hide"),
            rule("bot", on=False),
        ]
    ),
    unique_by=lambda one: one.id,
)
SUBJECTS = st.builds(
    lambda words, by, links, media, copies, burst: Subject(
        post(
            1,
            author=author(by, bot=True),
            body=RichText(text=words, spans=linking(*links).spans) if words else linking(*links),
            media=(picture("hall"),) * media,
        ),
        copies=copies,
        burst=burst,
    ),
    st.sampled_from(["", "Types are great", "SPAMMY things"]),
    st.sampled_from(["ada", "bo"]),
    st.lists(st.sampled_from(["https://a.example", "https://b.example"]), max_size=2),
    st.integers(0, 1),
    st.integers(0, 3),
    st.integers(0, 4),
)


@given(RULES, SUBJECTS, st.randoms())
@settings(max_examples=60)
def test_the_order_of_rules_changes_the_sentence_and_never_the_action(
    rules: list[Rule], subject: Subject, random: Any
) -> None:
    shuffled = random.sample(rules, len(rules))
    one, other = RuleBook(rules).verdict(subject), RuleBook(shuffled).verdict(subject)
    assert (one and one.action) == (other and other.action)
    apart = {name for r in rules for name in [h.rule_id for h in RuleBook([r]).hits(subject)]}
    assert {h.rule_id for h in RuleBook(rules).hits(subject)} == apart


@given(SUBJECTS)
@settings(max_examples=20)
def test_a_book_without_rules_holds_nothing(subject: Subject) -> None:
    assert RuleBook([]).verdict(subject) is None


def test_who_passed_a_post_on_is_not_named_when_a_rule_speaks_of_the_name() -> None:
    rules = (
        rule("word", "spam"),
        rule("author", "bo@fedi.example"),
        rule("domain", "evil.example"),
    )
    policy = Policy(WALL, Desk(rules=rules))
    by = [
        author("cy", name=RichText(text="Buy $pam now")),
        author("bo"),
        author("eve", handle="eve@sub.evil.example"),
        author("di"),
    ]
    record = Record(id="p1", key=post(1).key)
    observe(record, posted(1))
    for one in by:
        pass_on(record, reposted(1, "x").model_copy(update={"by": one}))
    settle(record, WALL, policy, Circle())
    assert [named.handle for named in record.passed.by] == ["di@fedi.example"]
