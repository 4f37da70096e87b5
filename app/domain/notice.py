"""What the crew tells the hall: an announcement, a line or a sponsor's slide, and when each is on the walls. Pure."""

from datetime import UTC, datetime
from typing import Literal

from app.domain.post import Model, Span
from app.domain.submission import checked, with_links
from app.domain.text import Limits
from app.errors import InvalidError

Style = Literal["announcement", "line", "slide"]
"""A card that nobody overlooks; a line at the foot of the wall; a picture that fills the screen for a while."""
NoticeStatus = Literal["pending", "approved", "over"]
"""Waits for its start; is on the walls; has ended, and may be given another end."""

TITLE = Limits(graphemes=80, lines=1)
TEXT = Limits(graphemes=280, lines=8)
MOST = 200
"""Notices that a wall keeps, those that are over too."""


class Notice(Model):
    """A notice as pages read it. Either time may be missing: from now on, until it is taken away."""

    style: Style = "announcement"
    title: str = ""
    text: str = ""
    spans: tuple[Span, ...] = ()
    """The web addresses in the text."""
    image: str | None = None
    """The picture's address on our own origin."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def written(
    style: Style, title: str, text: str, starts_at: datetime | None, ends_at: datetime | None
) -> Notice:
    """A notice without a picture, fit for a screen. InvalidError names the input that is not right."""
    starts_at, ends_at = _utc("starts_at", starts_at), _utc("ends_at", ends_at)
    shown = with_links(checked("text", text, TEXT))
    heading = checked("title", title, TITLE)
    if style != "slide" and not heading and not shown.text:
        raise InvalidError("text", "Write something first.")
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidError("ends_at", "It would end before it begins.")
    return Notice(
        style=style,
        title=heading,
        text=shown.text,
        spans=shown.spans,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def status_at(notice: Notice, now: datetime) -> NoticeStatus:
    """Where a notice stands. A slide that shows nothing waits for its picture."""
    if notice.ends_at is not None and notice.ends_at <= now:
        return "over"
    empty = not (notice.title or notice.text or notice.image)
    early = notice.starts_at is not None and now < notice.starts_at
    return "pending" if empty or early else "approved"


def next_turn(notice: Notice, now: datetime) -> datetime | None:
    """When it starts or ends next; None when it never does."""
    turns = [at for at in (notice.starts_at, notice.ends_at) if at is not None and at > now]
    return min(turns, default=None)


def _utc(field: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not 2000 <= moment.year <= 2200:
        raise InvalidError(field, "That is not in the time of any conference.")
    return moment.astimezone(UTC)
