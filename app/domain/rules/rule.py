"""What a rule is, what it is asked about, and what it answers."""

from dataclasses import dataclass
from typing import Literal

from app.domain.post import Model, Post

Kind = Literal[
    "word",
    "author",
    "domain",
    "network",
    "language",
    "link",
    "hashtags",
    "copies",
    "pace",
    "age",
    "followers",
    "reply",
    "bare",
    "media",
    "bot",
    "sensitive",
    "limited",
    "allow",
]
Action = Literal["hold", "hide"]

LISTS: tuple[Kind, ...] = ("word", "author", "domain", "network", "language", "allow")
"""Kinds that look for one of their `values`."""
MOST: dict[Kind, float] = {
    "link": 0,
    "hashtags": 8,
    "copies": 3,
    "pace": 6,
    "age": 2,
    "followers": 5,
}
"""Kinds that compare with `most`, and what counts where a rule names no number."""


class Rule(Model):
    """One thing that posts are looked at for. Which of `values` and `most` counts follows from the kind."""

    id: str
    kind: Kind
    action: Action = "hold"
    values: tuple[str, ...] = ()
    most: float | None = None
    """Links, hashtags, other people, posts a minute, days or followers: the last number that is fine."""
    on: bool = True
    note: str = ""
    """What a moderator wrote beside it."""

    def limit(self) -> float:
        """The number that counts: `most`, or the usual one of its kind."""
        return MOST.get(self.kind, 0.0) if self.most is None else self.most


@dataclass(frozen=True, slots=True)
class Subject:
    """A post, and what only the wall knows of it."""

    post: Post
    copies: int = 0
    """Other people who posted nearly the same within 10 minutes, the most ever seen."""
    burst: int = 0
    """Posts of that person in the 60 s before it, itself included; in the fullest 60 s around it where it waits anyway."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that applies to a post; `reason` is its kind, the sentence is for a moderator."""

    rule_id: str
    action: Action
    reason: Kind
    sentence: str
