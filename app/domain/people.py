"""What moderators think of people: who was let through once, who is listed, who is blocked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.domain.identity import account_digest

Standing = Literal["", "listed", "blocked"]


@dataclass(frozen=True, slots=True)
class Person:
    """One account, as the crew of a wall sees it, by the digest of its key. Times are ms; None is never.

    `approved_ms`: a post of theirs was let through then, so posts written later need no look; `media_ms`: the same
    for pictures.
    """

    digest: str
    standing: Standing = ""
    approved_ms: int | None = None
    media_ms: int | None = None
    handle: str = ""

    @property
    def blocked(self) -> bool:
        """Whether nothing of theirs is shown."""
        return self.standing == "blocked"

    def known(self, created_ms: int) -> bool:
        """Whether a post written then needs no look because of its author."""
        return self.approved_ms is not None and created_ms >= self.approved_ms

    def known_for_media(self, created_ms: int) -> bool:
        """Whether pictures in a post written then need no look because of its author."""
        return self.media_ms is not None and created_ms >= self.media_ms


STRANGER = Person("")
"""Somebody of whom nothing is known."""


class Circle:
    """Those of whom the crew of a wall thinks anything, as far as they were asked for."""

    def __init__(self, known: Iterable[Person] = ()) -> None:
        self._known = {one.digest: one for one in known}

    def of(self, key: str) -> Person:
        """What is thought of the account with this key."""
        if not self._known or not key:
            return STRANGER
        return self._known.get(account_digest(key), STRANGER)

    def put(self, one: Person) -> None:
        """What is thought of somebody from now on."""
        self._known[one.digest] = one

    def add(self, more: "Circle") -> None:
        """Take over what was asked for since."""
        self._known |= more._known
