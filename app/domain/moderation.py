"""What becomes of a post: pure, and every verdict names its reason in a sentence a moderator can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.desk import Desk, Mode
from app.domain.identity import to_ms
from app.domain.people import Person
from app.domain.post import Post
from app.domain.rules import Hit, RuleBook, Subject
from app.domain.wall import Rules, Wall

Status = Literal["pending", "approved", "hidden", "copy", "gone"]
"""`copy`: approved, and shown within another post, which says the same on another network."""
Ruling = Literal["pending", "approved", "hidden"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a post, the sentence that says why (empty for an ordinary post), and the reason's name."""

    status: Ruling
    rule: str = ""
    reason: str = ""


APPROVED = Verdict("approved")
FORM = "form"
"""The network of what people write on a wall's own page, without any account: no rule lets it through."""
NOSTR = "nostr"
BLOCKED = "blocked"
STRICT: tuple[Mode, ...] = ("review", "freeze")
"""Modes in which everything waits."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Up to where rules ask for near copies and for a person's pace; 0 where none asks."""

    copies: int
    burst: int

    @property
    def any(self) -> bool:
        """Whether there is anything to count."""
        return bool(self.copies or self.burst)


class Policy:
    """Everything by which posts of a wall are judged, made ready once for each version of its settings."""

    def __init__(self, wall: Wall, desk: Desk) -> None:
        self.rules: Rules = wall.rules
        self.desk = desk
        self.book = RuleBook(desk.rules)
        self.counted = Counted(*(_asked(desk, kind) for kind in ("copies", "pace")))
        self._first: Mode = wall.mode

    def mode_at(self, entered_ms: int) -> tuple[Mode, str]:
        """The mode for posts that entered then, and why it holds."""
        turn = self.desk.turn_at(entered_ms)
        return (turn.mode, turn.why) if turn else (self._first, "")

    def usual_at(self, entered_ms: int) -> Mode:
        """The mode behind it, which would hold if not everything waited: in a storm, too, posts wait for reasons of their own."""
        modes = (t.mode for t in reversed(self.desk.turns) if t.since_ms <= entered_ms)
        return next((mode for mode in modes if mode not in STRICT), self._first)

    @property
    def mode(self) -> Mode:
        """The mode for posts that enter now."""
        return self.desk.turn.mode if self.desk.turn else self._first


def _asked(desk: Desk, kind: str) -> int:
    limits = [int(rule.limit()) + 1 for rule in desk.rules if rule.kind == kind and rule.on]
    return max(limits, default=0)


def judge(subject: Subject, policy: Policy, person: Person, entered_ms: int) -> Verdict:
    """The verdict on a post; the first reason that applies decides: what hides, what holds this post, what holds all."""
    return next(_reasons(subject, policy, person, entered_ms), APPROVED)


def reasons(
    subject: Subject, policy: Policy, person: Person, entered_ms: int
) -> tuple[Verdict, ...]:
    """Every reason that speaks about a post, the deciding one first."""
    return tuple(_reasons(subject, policy, person, entered_ms))


def _reasons(
    subject: Subject, policy: Policy, person: Person, entered_ms: int
) -> Iterator[Verdict]:
    post, hits = subject.post, policy.book.hits(subject)
    yield from _hides(post, hits, person)
    if post.network == FORM:
        yield Verdict("pending", "Written on this wall's own page: a moderator decides.", "form")
    trusted = person.standing == "listed" or policy.book.allows(post.author)
    if not trusted:
        yield from _held(post, policy.rules)
        yield from (
            Verdict("pending", hit.sentence, hit.reason) for hit in hits if hit.action == "hold"
        )
        if policy.usual_at(entered_ms) == "hybrid":
            yield from _unknown(post, person)
    mode, why = policy.mode_at(entered_ms)
    if mode in STRICT:
        yield Verdict("pending", _everything_waits(mode, why), "mode")
    if policy.rules.review:
        yield Verdict("pending", "Everything waits for a moderator.", "review")


def _hides(post: Post, hits: Sequence[Hit], person: Person) -> Iterator[Verdict]:
    if post.author.opted_out or "nowall" in post.hashtags:
        yield Verdict("hidden", "The author asks not to be shown (#nobot, #nowall).", "optout")
    if person.blocked:
        yield Verdict("hidden", "A moderator blocked this person.", BLOCKED)
    yield from (Verdict("hidden", h.sentence, h.reason) for h in hits if h.action == "hide")


def _everything_waits(mode: Mode, why: str) -> str:
    if mode == "freeze":
        return "It came while the wall was frozen."
    return (
        f"Everything waits for a moderator: {why}" if why else "Everything waits for a moderator."
    )


def _held(post: Post, rules: Rules) -> Iterator[Verdict]:
    author, unsafe = post.author, post.sensitive or bool(post.warning)
    reasons_ = (
        (
            rules.hold_limited and author.limited,
            "The account was silenced by its server.",
            "limited",
        ),
        (
            rules.hold_sensitive and unsafe,
            "Marked as sensitive, or behind a content warning.",
            "sensitive",
        ),
        (rules.hold_bots and (author.bot or author.group), "An automated account.", "bot"),
        (
            rules.hold_nostr and post.network == NOSTR,
            "From Nostr, where nobody watches over accounts.",
            "nostr",
        ),
    )
    yield from (Verdict("pending", said, name) for holds, said, name in reasons_ if holds)


def _unknown(post: Post, person: Person) -> Iterator[Verdict]:
    created_ms = to_ms(post.created_at)
    if not person.known(created_ms):
        yield Verdict("pending", "First post from this person.", "first")
    elif post.media and not person.known_for_media(created_ms):
        yield Verdict("pending", "First picture from this person.", "media")
