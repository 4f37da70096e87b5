"""Proof of hiding: which screens have painted the wall as it is since something was taken away. No clock, no I/O."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

KEPT = 20
"""Proofs that the crew is shown."""


@dataclass(slots=True)
class Proof:
    """One change that took something away, and the screens that have not painted it yet."""

    seq: int
    post: str
    since: float
    of: int
    missing: set[str]
    needed: int
    """What a screen must have painted: `seq`, or what came before it when the public was never shown the post."""
    took_s: float | None = None
    """From the change to the last report so far."""

    def as_json(self, names: Mapping[str, str]) -> dict[str, Any]:
        """As the crew is told; `names` of screens by their ids."""
        return {
            "seq": self.seq,
            "post": self.post,
            "of": self.of,
            "by": self.of - len(self.missing),
            "ms": None if self.took_s is None else round(self.took_s * 1000),
            "missing": sorted(names[id_] for id_ in self.missing),
        }


class Proofs:
    """The newest proofs of one wall. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._kept: deque[Proof] = deque(maxlen=KEPT)

    @property
    def open(self) -> bool:
        """Whether a screen still has to report."""
        return any(proof.missing for proof in self._kept)

    def expect(self, seq: int, post: str, now: float, screens: Collection[str]) -> None:
        """Something was taken away by the change `seq`: every one of these screens has to paint that."""
        self._kept.append(Proof(seq, post, now, len(screens), set(screens), needed=seq))

    def painted(self, screen: str, seq: int, at: float) -> bool:
        """A screen shows the wall as of `seq`, and has said so at this time. Whether that proves anything new."""
        new = False
        for proof in self._kept:
            if screen in proof.missing and seq >= proof.needed:
                proof.missing.discard(screen)
                proof.took_s = max(proof.took_s or 0.0, at - proof.since)
                new = True
        return new

    def nothing_between(self, shown: int, read_to: int) -> None:
        """No change after `shown`, up to `read_to`, was one that the public can see."""
        for proof in self._kept:
            if shown < proof.needed <= read_to:
                proof.needed = shown

    def forget(self, screen: str) -> None:
        """A screen hangs here no more."""
        for proof in self._kept:
            if screen in proof.missing:
                proof.missing.discard(screen)
                proof.of -= 1

    def as_json(self, names: Mapping[str, str]) -> list[dict[str, Any]]:
        """As the crew is told, oldest first."""
        return [proof.as_json(names) for proof in self._kept]
