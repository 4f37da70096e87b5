"""A screen at the venue: what it is called, where it hangs, and what the crew asked of it."""

import unicodedata
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from app.domain.post import Model
from app.errors import InvalidError

IDENTIFY_MS = 10_000
"""For so long a screen shows its name large when it is asked which it is."""
NAME_MOST = 80
"""Characters of a name or a room."""
SCREENS_MOST = 100
"""Screens of one wall."""


class ScreenState(Model):
    """How a screen is to look. Pages take what they do not know as the default."""

    theme: Literal["dark", "light", "auto"] = "dark"
    scale: float = Field(1.0, ge=0.4, le=1.6)
    """The size of the type on this screen, times that of its wall."""
    dark: bool = False
    """Black: nothing is shown."""
    calm: Literal["auto", "on", "off"] = "auto"
    """Pinned posts and the agenda only: always, never, or while somebody speaks in its room."""
    columns: int | None = Field(None, ge=1, le=8)
    """None: as many as the screen has room for."""


class Screen(Model):
    """One screen. Its page is told the name, the room and all that was asked."""

    id: str
    wall: str
    """The slug of the wall that it shows."""
    name: str
    room: str = ""
    state: ScreenState = ScreenState()
    identify_ms: int = 0
    """Until when it shows its name large."""
    reload: int = 0
    """How often it was asked to load its page anew."""
    created_ms: int = 0
    opened: bool = False
    """Whether a browser is signed in as this screen."""


def screen_name(name: str, others: Sequence[Screen]) -> str:
    """A name by which the crew tells screens of one wall apart. InvalidError when it is none, or taken."""
    tidy = _tidy("name", name)
    if not tidy:
        raise InvalidError("name", "A screen needs a name.", hint="Hall A, say.")
    if any(other.name.casefold() == tidy.casefold() for other in others):
        raise InvalidError("name", f"There is a screen called {tidy} already.", hint="Add where.")
    return tidy


def room_name(room: str) -> str:
    """The name of a room, as the programme has it; may be empty."""
    return _tidy("room", room)


def _tidy(field: str, text: str) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if len(tidy) > NAME_MOST or not tidy.isprintable():
        raise InvalidError(field, f"At most {NAME_MOST} characters.", hint="Make it shorter.")
    return tidy
