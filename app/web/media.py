"""Pictures of visible posts, from our own origin."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from app.errors import NotFoundError
from app.web.deps import Running, Who
from app.web.roles import may_do

router = APIRouter()

MAX_AGE_S = 60
"""A browser asks again after this long: the picture of a hidden post is not shown from a cache for hours."""


HEADERS = {
    "cache-control": f"private, max-age={MAX_AGE_S}",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",  # a picture is never a page
}


@router.get("/media/{id}")
async def picture(
    id: str,
    request: Request,
    service: Running,
    who: Who,
    size: Literal["s", "m", "l"] = "l",
) -> Response:
    """One picture of a post that may be seen now."""
    async with service.store.read() as reading:
        url = await reading.picture(id, "crew" if may_do(who, "look") else "public")
    if url is None:
        raise NotFoundError("There is no such picture on a wall.")
    rendition = await service.media.get(url, size)
    headers = HEADERS | {"etag": rendition.etag}
    if request.headers.get("if-none-match") == rendition.etag:
        return Response(status_code=304, headers=headers)
    return Response(rendition.body, media_type=rendition.content_type, headers=headers)
