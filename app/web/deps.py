"""What routes ask for: the running service, who is asking, and whether the request came from our own pages."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from app.actions.accounts import token_hash
from app.domain.wall import Audience
from app.errors import RefusedError
from app.service import Service

# every dependency is a coroutine: FastAPI gives plain functions to a thread, and there are thousands of sockets


async def service_of(connection: HTTPConnection) -> Service:
    """The service that this app belongs to."""
    service: Service = connection.app.state.service
    return service


Running = Annotated[Service, Depends(service_of)]


def cookie_name(service: Service) -> str:
    """Browsers bind a `__Host-` cookie to this very host, but only under https."""
    return "__Host-hallway" if service.settings.base_url().startswith("https://") else "hallway"


async def role_of(connection: HTTPConnection, service: Running) -> str | None:
    """The role of whoever asks; None for the public."""
    token = connection.cookies.get(cookie_name(service))
    if not token:
        return None
    async with service.store.read() as reading:
        return await reading.role_of(token_hash(token), service.context.now_ms())


Role = Annotated[str | None, Depends(role_of)]


async def crew(role: Role) -> str:
    """Lets only moderators pass."""
    if role is None:
        raise RefusedError(
            "You are not signed in.", hint="Open your sign-in link.", code="session.none"
        )
    return role


async def same_origin(connection: HTTPConnection, service: Running) -> None:
    """Lets only requests pass that our own pages made: browsers say so, other sites cannot."""
    site = connection.headers.get("sec-fetch-site")
    if site == "same-origin" or (site is None and is_own_origin(connection, service)):
        return
    raise RefusedError(
        "This request did not come from a Hallway page.", hint="Use the desk itself.", code="origin"
    )


def is_own_origin(connection: HTTPConnection, service: Service) -> bool:
    """Whether the Origin header names the address that was asked, or the public one; exactly."""
    origin = connection.headers.get("origin", "")
    if not origin:
        return False
    return origin == _origin(service.settings.base_url()) or _same_host(origin, connection)


def audience_for(role: str | None, wanted: str) -> Audience:
    """The audience that was asked for; RefusedError when it is the crew's and nobody is signed in."""
    if wanted != "crew":
        return "public"
    if role is None:
        raise RefusedError(
            "You are not signed in.", hint="Open your sign-in link.", code="session.none"
        )
    return "crew"


def _same_host(origin: str, connection: HTTPConnection) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc == connection.headers.get("host")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
