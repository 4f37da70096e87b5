"""The first run by HTTP: the set-up page asks, and the wall begins at once. Both are gone when an owner exists."""

from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError

from app.actions import set_up
from app.actions.set_up import MODERATORS_MOST, NewWall
from app.domain.room import scale_for
from app.errors import InvalidError
from app.service import Service
from app.settings import OPEN_SERVERS, WallSettings, slug_of
from app.web.crew import Asked, invite_link
from app.web.deps import Running, same_origin
from app.web.pages import page_file
from app.web.session import Name, Password, Token, browser_of, with_cookie

router = APIRouter()

WORDS = {
    "title": "The event's name",
    "hashtags": "A hashtag",
    "source": "The address of a feed",
}
"""What to call the settings that somebody can get wrong on the page."""


class Networks(Asked):
    """Where to look."""

    mastodon: bool = True
    bluesky: bool = True
    nostr: bool = False
    feeds: list[Annotated[str, Field(max_length=500)]] = Field(default=[], max_length=10)


class Room(Asked):
    """How far the last row is from the picture, and how high that is, in metres."""

    distance_m: float = Field(gt=0, le=200)
    height_m: float = Field(gt=0, le=50)


class WallAsked(Asked):
    """The wall of the event."""

    title: str = Field(min_length=1, max_length=120)
    hashtags: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=10)
    networks: Networks = Networks()
    room: Room | None = None
    mode: Literal["hybrid", "review", "open"] = "hybrid"


class SetUp(Asked):
    """Everything that the page asks, and the token of the link that opened it."""

    token: Token
    name: Name
    password: Password
    wall: WallAsked | None = None
    moderators: list[Name] = Field(default=[], max_length=MODERATORS_MOST)


@router.get("/set-up", include_in_schema=False)
async def set_up_page(service: Running) -> Response:
    """The page behind the set-up link."""
    await set_up.asks_for_wall(service.context)
    return page_file("set-up.html")


@router.get("/api/v1/set-up", tags=["set-up"])
async def what_is_asked(service: Running) -> dict[str, bool]:
    """Whether the page asks for a wall, or for the account only."""
    return {"wall": await set_up.asks_for_wall(service.context)}


@router.post(
    "/api/v1/set-up", status_code=201, tags=["set-up"], dependencies=[Depends(same_origin)]
)
async def set_house_up(body: SetUp, request: Request, service: Running) -> Response:
    """Make the owner, the wall and the invites; the wall follows its networks from now on."""
    settings = _settings(body.wall) if body.wall else None
    done = await set_up.set_up_house(
        service.context,
        body.token,
        body.name,
        body.password,
        browser_of(request, service),
        new=NewWall(settings.wall(), settings.model_dump_json(), settings.first_rules())
        if settings
        else None,
        moderators=body.moderators,
    )
    if settings is not None:
        await service.add_wall(settings)
    forget_link(service)
    invites = [{"name": n, "link": invite_link(service, t)} for n, t in done.invites]
    made: dict[str, Any] = {"wall": settings.slug if settings else None, "invites": invites}
    return with_cookie(service, done.entry, JSONResponse(made, 201))


def forget_link(service: Service) -> None:
    """The file with the link has done its work; somebody may have removed it already."""
    with suppress(FileNotFoundError):
        service.settings.set_up_file().unlink()


def _settings(asked: WallAsked) -> WallSettings:
    """The settings as a file would have them. InvalidError in words for what is not right."""
    hashtags = [tag.strip().removeprefix("#") for tag in asked.hashtags if tag.strip(" #")]
    if not hashtags:
        raise InvalidError("hashtags", "A wall needs a hashtag.", hint="Write one, like pyfest26.")
    try:
        return WallSettings(
            slug=slug_of(hashtags[0]),
            title=asked.title.strip(),
            hashtags=tuple(hashtags),
            source=_sources(asked.networks),
            mode=asked.mode,
            scale=scale_for(asked.room.distance_m, asked.room.height_m) if asked.room else 1.0,
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        said = first["msg"].removeprefix("Value error, ")
        raise InvalidError(
            field, f"{WORDS.get(field, field)} is not right: {said}.", hint="Look at it once more."
        ) from error


def _sources(networks: Networks) -> list[dict[str, Any]]:
    """As a settings file names them. InvalidError when there is none: the wall would stay empty."""
    feeds = [address.strip() for address in networks.feeds if address.strip()]
    found: list[dict[str, Any]] = [{"kind": "feed", "address": a} for a in feeds]
    if networks.mastodon:
        found += [{"kind": "mastodon", "server": server} for server in OPEN_SERVERS]
    found += [{"kind": kind} for kind in ("bluesky", "nostr") if getattr(networks, kind)]
    if not found:
        raise InvalidError(
            "networks", "The wall looks nowhere.", hint="Tick a network, or name a feed."
        )
    return found
