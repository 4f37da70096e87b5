"""What moderators set for a whole wall: who needs a look first, the rules, and what is shown large."""

from bisect import bisect_right
from typing import Literal

from app.domain.post import Model
from app.domain.rules import Rule

Mode = Literal["hybrid", "review", "open", "freeze"]
"""`hybrid`: first posts and first pictures wait; `review`: everything waits; `open`: only what a rule holds waits;
`freeze`: everything waits, and the screens keep what they show."""

FreezeTo = Literal["screen", "slide"]


class Turn(Model):
    """From when on a mode holds: for posts that entered then or later, so that no switch takes down what is shown."""

    since_ms: int
    mode: Mode
    why: str = ""
    """What made Hallway switch by itself; empty when somebody did."""
    by: str = ""


class Spotlight(Model):
    """A post that fills the screens for a while."""

    post: str
    until_ms: int


class Desk(Model):
    """The crew's own settings of a wall. `turns` are in order of time."""

    turns: tuple[Turn, ...] = ()
    rules: tuple[Rule, ...] = ()
    freeze_to: FreezeTo = "screen"
    spotlight: Spotlight | None = None

    def turn_at(self, entered_ms: int) -> Turn | None:
        """What held when a post entered; None before anybody switched."""
        at = bisect_right(self.turns, entered_ms, key=lambda turn: turn.since_ms)
        return self.turns[at - 1] if at else None

    @property
    def turn(self) -> Turn | None:
        """What holds now."""
        return self.turns[-1] if self.turns else None

    @property
    def frozen(self) -> bool:
        """Whether the screens keep what they show."""
        return self.turn is not None and self.turn.mode == "freeze"

    def switched(self, turn: Turn) -> "Desk":
        """With another mode from then on; what was planned for later is forgotten."""
        before = tuple(t for t in self.turns if t.since_ms < turn.since_ms)
        return self.model_copy(update={"turns": (*before, turn)})
