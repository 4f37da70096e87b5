"""The crew's routes for screens, and for the claims by which two moderators keep out of each other's way."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends

from app.actions import screens
from app.actions.screens import Wish
from app.domain.crew import Signed
from app.domain.screen import Screen
from app.service import Service
from app.web.deps import Running, may, same_origin
from app.web.moderation import PostId, actor_of

router = APIRouter(prefix="/api/v1/walls/{wall}", tags=["screens"])

Hangs = Annotated[Signed, Depends(may("screens"))]
Decides = Annotated[Signed, Depends(may("decide"))]


@router.get("/screens")
async def list_screens(wall: str, service: Running, _: Hangs) -> list[dict[str, Any]]:
    """The screens of a wall, and how they are."""
    await screens.screens_of(service.context, wall)
    return service.screens.told(wall)


@router.post("/screens", status_code=201, dependencies=[Depends(same_origin)])
async def add_screen(
    wall: str,
    service: Running,
    who: Hangs,
    name: Annotated[str, Body(embed=True)],
    room: Annotated[str, Body(embed=True)] = "",
) -> dict[str, Any]:
    """Hang up a screen. The link is shown this once: it makes one browser that screen."""
    screen, token = await screens.add(service.context, wall, name, room, actor=actor_of(who))
    return await _answer(service, screen) | {"link": _link(service, token)}


@router.patch("/screens/{id}", dependencies=[Depends(same_origin)])
async def change_screen(
    wall: str, id: str, wish: Wish, service: Running, who: Hangs
) -> dict[str, Any]:
    """Name a screen, say in which room it hangs, or change how it looks."""
    screen = await screens.change(service.context, wall, id, wish, actor=actor_of(who))
    return await _answer(service, screen)


@router.delete("/screens/{id}", status_code=204, dependencies=[Depends(same_origin)])
async def remove_screen(wall: str, id: str, service: Running, who: Hangs) -> None:
    """Take a screen down."""
    await screens.remove(service.context, wall, id, actor=actor_of(who))
    await service.screens.look()


@router.post("/screens/{id}/link", dependencies=[Depends(same_origin)])
async def link_screen(wall: str, id: str, service: Running, who: Hangs) -> dict[str, Any]:
    """A new link for a screen whose browser was changed."""
    screen, token = await screens.link(service.context, wall, id, actor=actor_of(who))
    return await _answer(service, screen) | {"link": _link(service, token)}


@router.post("/screens/{id}/{what}", dependencies=[Depends(same_origin)])
async def ask_screen(
    wall: str, id: str, what: Literal["identify", "reload"], service: Running, who: Hangs
) -> dict[str, Any]:
    """Let a screen show its name large, or load its page anew."""
    ask = screens.identify if what == "identify" else screens.reload
    return await _answer(service, await ask(service.context, wall, id, actor=actor_of(who)))


@router.post("/posts/{id}/claim", dependencies=[Depends(same_origin)])
async def claim_post(wall: str, id: PostId, service: Running, who: Decides) -> dict[str, Any]:
    """Say that one is on this post. It ends by itself after 15 s, and holds up no decision."""
    await _check(service, wall)
    return {"until": service.deskroom.claim(wall, id, who.account_id, who.name)}


@router.delete("/posts/{id}/claim", status_code=204, dependencies=[Depends(same_origin)])
async def release_post(wall: str, id: PostId, service: Running, who: Decides) -> None:
    """Say that one is not on this post any more."""
    await _check(service, wall)
    service.deskroom.release(wall, id, who.account_id)


async def _answer(service: Service, screen: Screen) -> dict[str, Any]:
    """The screen as the crew is told, once its page was told of the change."""
    await service.screens.look()
    told = service.screens.told(screen.wall)
    return next((one for one in told if one["id"] == screen.id), {"id": screen.id})


async def _check(service: Service, wall: str) -> None:
    """NotFoundError when there is no such wall."""
    async with service.store.read() as reading:
        await reading.wall(wall)


def _link(service: Service, token: str) -> str:
    """The fragment is sent to no server, and so is in no log."""
    return f"{service.settings.base_url()}/screen#{token}"
