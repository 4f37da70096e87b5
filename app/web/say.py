"""The page on which attendees write to the wall: filled in by the service, so that it works without scripts."""

import contextlib
import math

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.errors import HallwayError, NotFoundError
from app.web import form
from app.web.deps import Running, same_origin
from app.web.errors import status_of
from app.web.form import TheGate
from app.web.say_page import Draft, note, say

router = APIRouter(prefix="/say", include_in_schema=False)

HEADERS = {
    "cache-control": "no-store",
    # with the `no-referrer` of all other pages browsers would send `Origin: null` with the form
    "referrer-policy": "same-origin",
}


@router.get("/{wall}")
async def page(wall: str, request: Request, service: Running, sent: str = "") -> Response:
    """The page, with the posts of this browser."""
    return await _page(wall, request, service, Draft(sent=bool(sent)))


@router.post("/{wall}", dependencies=[Depends(same_origin)])
async def send(wall: str, request: Request, service: Running, gate: TheGate) -> Response:
    """Take a post; answers with the page, where what was typed stands again when it was not right."""
    fields: dict[str, bytes] = {}
    try:
        with gate.room_for(request.headers.get("content-length", "")):
            fields = await form.read(wall, request, service, gate)
            _, secret = await form.take(wall, fields, request, service, gate)
    except HallwayError as error:
        return await _page(wall, request, service, Draft.of(fields, error))
    response = RedirectResponse(f"/say/{wall}?sent=1", 303, HEADERS)
    form.keep_secret(response, service, secret)
    return response


@router.post("/{wall}/{id}/take-back", dependencies=[Depends(same_origin)])
async def take_back(wall: str, id: str, request: Request, service: Running) -> Response:
    """Erase a post of this browser; going back and pressing again does no harm."""
    with contextlib.suppress(NotFoundError):
        await form.erase(wall, id, request, service)
    return RedirectResponse(f"/say/{wall}", 303, HEADERS)


async def _page(slug: str, request: Request, service: Running, draft: Draft) -> Response:
    try:
        wall = await form.open_wall(service, slug)
    except NotFoundError as error:
        return HTMLResponse(note(error, "/", "To the attendee view"), 404, HEADERS)
    posts = await form.mine(request, service, slug)
    headers = dict(HEADERS)
    status = 200
    if draft.error:
        status = status_of(draft.error)
        if wait_s := getattr(draft.error, "retry_after_s", None):
            headers["retry-after"] = str(math.ceil(wait_s))
    return HTMLResponse(say(wall, posts, draft), status, headers)
