"""Who may sign in, and for how long: roles, names, and the lives of links and sessions."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from app.errors import InvalidError

Role = Literal["owner", "moderator", "screen"]
"""An owner also says who else is in the crew; a screen is a browser at the venue that shows a wall."""
PersonRole = Literal["owner", "moderator"]

HOUR_MS = 3_600_000
LINK_MS = 72 * HOUR_MS
"""A link that was not used in this time opens nothing."""
SESSION_MS = 7 * 24 * HOUR_MS
"""The longest that a person stays signed in."""
IDLE_MS = 12 * HOUR_MS
"""A person who did nothing for so long has left."""
SCREEN_MS = 90 * 24 * HOUR_MS
"""A screen stays signed in for a season, whatever it does."""
NAME_MOST = 80


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in: somebody of the crew, or a screen, in one browser."""

    account_id: str
    """Of a person; "" of a screen."""
    name: str
    role: Role
    session_id: str
    screen_id: str = ""


def life_ms(role: Role) -> int:
    """How long a session of this role lasts at most."""
    return SCREEN_MS if role == "screen" else SESSION_MS


def tidy_name(name: str) -> str:
    """A name as it is shown. InvalidError when nobody could read it."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > NAME_MOST or not tidy.isprintable():
        raise InvalidError("name", f"A name has 1 to {NAME_MOST} characters.", hint="Write yours.")
    return tidy


def name_key(name: str) -> str:
    """What two spellings of one name share, at most 80 characters long: capitals and widths make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())[:NAME_MOST]
