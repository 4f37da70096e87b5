"""What looking at a source by hand finds out: sentences for an operator, each good or bad."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `ok` is False when it keeps posts from the wall."""

    ok: bool
    sentence: str


def fine(sentence: str) -> Finding:
    """Nothing in the way; or something to know that keeps no post away."""
    return Finding(ok=True, sentence=sentence)


def wrong(sentence: str) -> Finding:
    """This keeps posts from the wall."""
    return Finding(ok=False, sentence=sentence)
