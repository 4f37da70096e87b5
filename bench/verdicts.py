"""Verdicts a second with 500 rules, beside one regular expression of the same words, and what only splitting a text costs.

`python -m bench.verdicts [--write]`. The posts are made up, each is new, and few of their words come twice in a short while.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from time import perf_counter, process_time

from app.domain.gist import Neighbours, gist_of
from app.domain.post import Author, Media, Post, RichText, Span
from app.domain.rules import Rule, RuleBook, Subject, default_rules
from app.domain.rules.facts import texts
from app.serve import calm_collector
from bench.report import Measured, publish

COUNT = 5_000
ROUNDS = 3
GOAL = 20_000
RULES = 500
_NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)

# --- made-up posts --------------------------------------------------------------------------------

_SYLLABLES = {
    "latin": "ba ben cor del en fi gra hol in jo ka lan mi nor o pri ra sel ti un ver wa ing er tion s",
    "accents": "bä bén cör dël en fî grå hôl in jó ka làn mi ñor ø pri rã sel ti ün ver wa ção ßen é s",
    "cyrillic": "ба вен го де ен жи за ий ко ла ми но оро при ра се ти ун фе ха ци ша ость ние ть и",
    "kana": "か い お し て る こ の と が で す ま に を は も あ き さん りょう 会 場 最 高 発 表 資 料 参 加 者 技 術",
}
_SHARES = {"latin": 60, "accents": 20, "cyrillic": 10, "kana": 10}
_VOCABULARY = 20_000


def posts(count: int, *, seed: int, script: str = "") -> list[Post]:
    """Posts of some people in four scripts, or in one; lengths, links, hashtags and pictures as on the networks."""
    rng = Random(seed)
    words = {name: _vocabulary(name, Random(7)) for name in _SYLLABLES}
    weights = list(accumulate(1 / (rank + 3) for rank in range(_VOCABULARY)))  # Zipf
    scripts = rng.choices(list(_SHARES), weights=list(_SHARES.values()), k=count)
    return [
        _post(number, words[script or scripts[number]], weights, rng) for number in range(count)
    ]


def _vocabulary(script: str, rng: Random) -> list[str]:
    syllables = _SYLLABLES[script].split()
    return ["".join(rng.choices(syllables, k=rng.randrange(1, 5))) for _ in range(_VOCABULARY)]


def _post(number: int, words: Sequence[str], weights: Sequence[float], rng: Random) -> Post:
    said = rng.choices(words, cum_weights=weights, k=rng.randrange(5, 40))
    said[0] = said[0].title()
    said[rng.randrange(len(said))] += rng.choice(".,!?:")
    gap = "" if words[0][0] > "\u3000" else " "
    text = gap.join(said) + rng.choice(["", "", " 🎉", " 🐍🚀"]) + " #PyFest26"
    spans = [Span(start=len(text) - 9, end=len(text), kind="hashtag")]
    if rng.random() < 0.4:
        address = f"https://blog{rng.randrange(900)}.example/2026/{number}"
        spans.append(
            Span(start=len(text) + 1, end=len(text) + 1 + len(address), kind="link", href=address)
        )
        text += f" {address}"
    picture = Media(kind="image", alt=" ".join(rng.choices(words, cum_weights=weights, k=12)))
    return Post(
        key=f"https://one.example/{number}",
        network="mastodon",
        url=f"https://one.example/{number}",
        author=_author(rng.randrange(2_000)),
        body=RichText(text=text, spans=tuple(spans)),
        hashtags=("pyfest26",),
        created_at=_NOON,
        media=(picture,) if rng.random() < 0.3 else (),
    )


def _author(number: int) -> Author:
    server = f"server{number % 90}.example"
    return Author(
        key=f"https://{server}/users/p{number}",
        network="mastodon",
        handle=f"p{number}@{server}",
        name=RichText(text=f"Person {number}"),
        url=f"https://{server}/@p{number}",
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
        followers=number,
    )


def rules() -> list[Rule]:
    """500 rules: those of a new wall, and 300 of words, 100 of servers, and so on."""
    shipped = list(default_rules())
    found = [
        *shipped,
        *(_words(number) for number in range(300)),
        *(Rule(id=f"d{n}", kind="domain", values=(f"evil{n}.example",)) for n in range(100)),
        Rule(id="link", kind="link", most=3),
        Rule(id="followers", kind="followers", most=1),
        Rule(id="bare", kind="bare"),
        Rule(id="network", kind="network", values=("nostr",)),
        Rule(id="allow", kind="allow", values=("ada@fedi.example",)),
    ]
    left = RULES - len(found)
    return [
        *found,
        *(Rule(id=f"a{n}", kind="author", values=(f"eve{n}@evil.example",)) for n in range(left)),
    ]


def _words(number: int) -> Rule:
    values = (f"spam{number}word", f"cheap offer{number}", f"scheme{number}x*")
    return Rule(id=f"w{number}", kind="word", values=values)


# --- what is measured -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speed:
    """Posts that one way judged, with the clock's seconds and the processor's."""

    way: str
    count: int
    wall_s: float
    cpu_s: float


def measure(way: str, judge: Callable[[Post], object], script: str = "") -> Speed:
    """The quickest of some rounds; each has posts of its own, so nothing is remembered of them."""
    best = Speed(way, COUNT, 9e9, 9e9)
    for seed in range(ROUNDS):
        made = posts(COUNT, seed=seed, script=script)
        started, began = perf_counter(), process_time()
        for post in made:
            judge(post)
        took = Speed(way, COUNT, perf_counter() - started, process_time() - began)
        best = min(best, took, key=lambda one: one.cpu_s)
    return best


def one_expression(book: Sequence[Rule]) -> Callable[[Post], object]:
    """The peer: every word of the book in one regular expression, on the text without case. It knows no disguise."""
    words = sorted({v.removesuffix("*") for r in book if r.kind == "word" for v in r.values})
    wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})")
    return lambda post: [wanted.findall(text.casefold()) for text in texts(post)]


def split_only(post: Post) -> object:
    """The limit: the texts, without case, in words, looked up once."""
    return [NOBODY.isdisjoint(text.casefold().split()) for text in texts(post)]


NOBODY = frozenset({"nobody writes this"})


def near_copies() -> Callable[[Post], object]:
    """What the copies of a post cost beside its verdict."""
    neighbours = Neighbours()

    def count(post: Post) -> None:
        gist = gist_of(post)
        neighbours.near(post.author.key, gist, 0)
        neighbours.add(post.key, post.author.key, gist, 0)

    return count


def speeds() -> Iterator[Speed]:
    """Every way, one after the other."""
    many = rules()
    full, shipped = RuleBook(many), RuleBook(default_rules())
    yield measure("500 rules", lambda post: full.verdict(Subject(post)))
    yield measure("the rules of a new wall", lambda post: shipped.verdict(Subject(post)))
    for name, script in (("English", "latin"), ("Cyrillic", "cyrillic"), ("Japanese", "kana")):
        yield measure(
            f"500 rules, {name} letters only", lambda post: full.verdict(Subject(post)), script
        )
    yield measure("peer: one regular expression, words only", one_expression(many))
    yield measure("limit: texts split and looked up once", split_only)
    yield measure("beside it: near copies counted", near_copies())


def table(found: Sequence[Speed]) -> Measured:
    """What is published."""
    size = sum(len(text) for post in posts(500, seed=1) for text in texts(post)) / 500
    return Measured(
        "Verdicts a second on one core",
        ("way", "posts", "a second of CPU", "CPU each", "a second"),
        [
            (
                one.way,
                f"{one.count:,}",
                f"{one.count / one.cpu_s:,.0f}",
                f"{one.cpu_s / one.count * 1e6:,.1f} µs",
                f"{one.count / one.wall_s:,.0f}",
            )
            for one in found
        ],
        (
            f"Goal: {GOAL:,} a second with {RULES} rules. {size:,.0f} characters a post; three fifths English letters, a fifth "
            "with accents, the rest Cyrillic and Japanese. The quickest of three rounds, each with posts of its own.",
        ),
    )


def main() -> None:
    """Measure and publish."""
    calm_collector()  # as the service does
    publish("verdicts", [table(list(speeds()))])


if __name__ == "__main__":
    main()
