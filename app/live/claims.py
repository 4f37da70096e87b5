"""Claims: who of the crew is on which post, so that two do not decide on one. They are short, and block nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.errors import ConflictError
from app.ports import Clock

CLAIM_S = 15
"""A claim that is not renewed in this time has ended."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One person is on one post."""

    post: str
    by: str
    until: datetime


class Claims:
    """The claims on one wall, by whoever made them: one post a person."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, Claim] = {}

    def take(self, account: str, name: str, post: str) -> Claim:
        """Claim a post, or claim it again; the post that was claimed before is free. ConflictError when somebody else has it."""
        for other, claim in self.now().items():
            if claim.post == post and other != account:
                raise ConflictError(f"{claim.by} is on this post.", hint="Take the next one.")
        until = self._clock.now() + timedelta(seconds=CLAIM_S)
        self._held[account] = Claim(post, name, until)
        return self._held[account]

    def drop(self, account: str, post: str = "") -> None:
        """Free the post that somebody claimed, unless it is another one by now."""
        claim = self._held.get(account)
        if claim is not None and post in ("", claim.post):
            del self._held[account]

    def now(self) -> dict[str, Claim]:
        """The claims that have not ended."""
        now = self._clock.now()
        self._held = {who: claim for who, claim in self._held.items() if claim.until > now}
        return self._held

    def as_json(self) -> list[dict[str, Any]]:
        """As the crew is told."""
        claims = sorted(self.now().values(), key=lambda claim: (claim.by, claim.post))
        return [{"post": c.post, "by": c.by, "until": c.until} for c in claims]
