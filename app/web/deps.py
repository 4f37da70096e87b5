"""What routes ask for: the running service, who is asking, and whether the request came from our own pages."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from app.domain.crew import Signed
from app.domain.wall import Audience
from app.errors import RefusedError
from app.service import Service
from app.web.roles import allowed, may
from app.web.who import Running, Who, cookie_name

__all__ = ["Running", "Who", "cookie_name", "may"]

USUAL_PORT = {"http": ":80", "https": ":443"}


async def same_origin(connection: HTTPConnection, service: Running) -> None:
    """Lets only requests pass that our own pages made: browsers say so, other sites cannot."""
    site = connection.headers.get("sec-fetch-site")
    if site == "same-origin" or (site is None and is_own_origin(connection, service)):
        return
    raise RefusedError(
        "This request did not come from a Hallway page.", hint="Use the desk itself.", code="origin"
    )


def is_own_origin(connection: HTTPConnection, service: Service) -> bool:
    """Whether the Origin header names the public address, exactly; or the one that was asked, when that is not the public one."""
    origin = connection.headers.get("origin", "")
    own = _origin(service.settings.base_url())
    if not origin or origin == own:
        return bool(origin)
    if service.settings.public_url and _netloc(own, connection) == urlsplit(own).netloc:
        return False  # the same name by another scheme or port
    return _same_host(origin, connection)


def audience_for(who: Signed | None, wanted: str) -> Audience:
    """The audience that was asked for; RefusedError when it is the crew's and somebody else asks."""
    if wanted != "crew":
        return "public"
    allowed(who, "look")
    return "crew"


def _same_host(origin: str, connection: HTTPConnection) -> bool:
    parts = urlsplit(origin)
    asked = connection.headers.get("host", "").lower()
    return parts.scheme in USUAL_PORT and parts.netloc == asked


def _netloc(own: str, connection: HTTPConnection) -> str:
    asked = connection.headers.get("host", "").lower()
    return asked.removesuffix(USUAL_PORT.get(urlsplit(own).scheme, ""))


def _origin(url: str) -> str:
    """As browsers write it: in small letters, without the port that goes without saying."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(USUAL_PORT.get(parts.scheme, ''))}"
