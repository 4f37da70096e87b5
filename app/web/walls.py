"""What anybody may ask of a wall."""

from io import BytesIO
from typing import Any

import segno
from fastapi import APIRouter, Depends, Response

from app.recap.sharing import shared_frame
from app.web.deps import Running, Who, audience_for, may

router = APIRouter(prefix="/api/v1/walls", tags=["walls"])


@router.get("")
async def list_walls(service: Running) -> list[dict[str, Any]]:
    """The walls of this service."""
    async with service.store.read() as reading:
        walls = [(await reading.wall(slug)).settings for slug in await reading.slugs()]
    return [{"slug": w.slug, "title": w.title, "hashtags": w.hashtags} for w in walls]


@router.get("/{wall}/snapshot")
async def snapshot(wall: str, service: Running, who: Who, audience: str = "public") -> Response:
    """Everything on the wall, as the first frame of the live protocol; of X only ids, as its terms ask."""
    known = await _known(service, wall)
    whose = audience_for(who, audience)
    frame = await service.hub.snapshot(known, whose)
    if whose == "public":
        frame = shared_frame(frame)
    return Response(frame, media_type="application/json", headers={"cache-control": "no-store"})


@router.get("/{wall}/join.svg")
async def join_code(wall: str, service: Running) -> Response:
    """The QR code that leads to the attendee view."""
    code = segno.make(service.live_url(await _known(service, wall)), error="m", micro=False)
    svg = BytesIO()
    code.save(svg, kind="svg", scale=10, border=2, dark="#000", light="#fff", xmldecl=False)
    headers = {"cache-control": "max-age=60"}
    return Response(svg.getvalue(), media_type="image/svg+xml", headers=headers)


@router.get("/{wall}/sources", dependencies=[Depends(may("look"))])
async def sources(wall: str, service: Running) -> list[dict[str, Any]]:
    """How the sources are doing, in words."""
    known = await _known(service, wall)
    form = await service.form(known)
    return [
        {
            "name": state.name,
            "condition": state.health.condition,
            "detail": state.health.detail,
            "until": state.health.until,
            "since": state.since,
            "heard_at": state.heard_at,
            "failures": state.failures,
            "last_arrival_at": state.last_arrival_at,
        }
        for state in [*service.sources(known), *([form] if form else [])]
    ]


async def _known(service: Running, wall: str) -> str:
    async with service.store.read() as reading:
        return (await reading.wall(wall)).settings.slug
