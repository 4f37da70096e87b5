"""Who may do what: one table, and the question that every route of the crew asks of it."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Literal

from app.domain.crew import Role, Signed
from app.errors import RefusedError
from app.web.who import Who

Permission = Literal[
    "look", "decide", "rules", "mode", "screens", "notices", "log", "crew", "be_screen"
]

_CREW: frozenset[Role] = frozenset({"owner", "moderator"})

ALLOWED: dict[Permission, frozenset[Role]] = {
    "look": _CREW,
    "decide": _CREW,
    "rules": _CREW,
    "mode": _CREW,
    "screens": _CREW,
    "notices": _CREW,
    "log": _CREW,
    "crew": frozenset({"owner"}),
    "be_screen": frozenset({"screen"}),
}
"""The public has no role, and so no permission: what is not here is for everybody."""


def may_do(who: Signed | None, permission: Permission) -> bool:
    """Whether this is allowed."""
    return who is not None and who.role in ALLOWED[permission]


def allowed(who: Signed | None, permission: Permission) -> Signed:
    """Whoever may. RefusedError when nobody is signed in (`session.none`), or somebody who may not (`role`)."""
    if who is None:
        raise not_signed_in()
    if who.role not in ALLOWED[permission]:
        raise RefusedError(
            f"Your role here is {who.role}: it does not allow that.",
            hint="Ask an owner." if who.role == "moderator" else "Sign in with another browser.",
            code="role",
        )
    return who


@cache
def may(permission: Permission) -> Callable[[Who], Awaitable[Signed]]:
    """A dependency that lets only those pass who may, and says who they are."""

    async def whoever_may(who: Who) -> Signed:
        return allowed(who, permission)

    return whoever_may


async def signed(who: Who) -> Signed:
    """Lets only those pass who are signed in, screens too."""
    if who is None:
        raise not_signed_in()
    return who


def not_signed_in() -> RefusedError:
    """The answer to whoever must sign in first."""
    return RefusedError(
        "You are not signed in.", hint="Sign in, or open your sign-in link.", code="session.none"
    )
