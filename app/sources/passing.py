"""Who passed a post on, where a network lists people in order and does not say when. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.arrival import Reposted

_STEP = timedelta(milliseconds=1)
"""The unit in which the wall compares times."""


def newest_first(listed: Sequence[Reposted]) -> list[Reposted]:
    """Each is heard a moment before the one above: so the first stays the first, though nobody knows when."""
    return [
        one.model_copy(update={"seen_at": one.seen_at - place * _STEP})
        for place, one in enumerate(listed)
    ]
