"""What is shown for one event: its name, hashtags and rules."""

from datetime import datetime
from typing import Literal

from app.domain.post import Model

Audience = Literal["public", "crew"]
"""Who a page is for."""


class Rules(Model):
    """What the moderation rules of a wall hold back. The defaults are safe for an organiser who reads nothing."""

    hold_sensitive: bool = True
    """Posts that their author or server marks as sensitive, or that carry a content warning, wait for a moderator."""
    hold_limited: bool = True
    """Posts of accounts that a server has silenced wait for a moderator."""
    hold_bots: bool = True
    """Posts of automated accounts wait for a moderator."""
    hold_nostr: bool = True
    """Posts from Nostr wait for a moderator: no server there takes spam or false names away."""
    review: bool = False
    """Everything waits for a moderator."""


class Form(Model):
    """The page on which people without an account write to the wall."""

    photos: bool = True
    """Whether a photo may be sent along."""
    consent: str = ""
    """What the sender agrees to; a text in plain words when left empty."""
    privacy_url: str = ""
    """Where more about it is written."""


class Wall(Model):
    """One wall. `hashtags` are folded, without #; `written` are the same as people write them, the first is shown."""

    slug: str
    title: str
    hashtags: tuple[str, ...]
    written: tuple[str, ...] = ()
    place: str = ""
    rules: Rules = Rules()
    form: Form | None = None
    """None where there is no such page."""
    mode: Literal["hybrid", "review", "open", "freeze"] = "open"
    """Who needs a look first, until the crew says otherwise (`domain.desk`)."""
    alarm: int | None = None
    """So many posts within a minute by people nobody knows, and everything waits; None for never."""
    scale: float = 1.0
    """The size of the type on its screens, beside the one for the last row at 20 m."""


class Session(Model):
    """A talk in the programme."""

    title: str
    room: str = ""
    speakers: tuple[str, ...] = ()
    starts_at: datetime
    ends_at: datetime
    code: str = ""
    """What the schedule calls it, the same when the talk moves or gets another title."""
    track: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    """The talk's own hashtags, folded."""
    handles: tuple[str, ...] = ()
    """The speakers' accounts, as far as the schedule names them."""
