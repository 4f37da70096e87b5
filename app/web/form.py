"""Where attendees without an account write to the wall: taking a post, telling how it fares, taking it back."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from app.actions import form
from app.actions.form import Written
from app.domain import submission as sent
from app.domain.post import Media
from app.domain.submission import Submission
from app.domain.wall import Wall
from app.errors import HallwayError, InvalidError, NotFoundError
from app.live.doors import key_of
from app.media.errors import MediaRefused
from app.service import Service
from app.web.address import client_address
from app.web.body import parse_form, read_body
from app.web.deps import Running, same_origin
from app.web.gate import Gate

router = APIRouter(prefix="/api/v1/walls/{wall}/form", tags=["form"])

MIB = 1024 * 1024
PHOTO_BYTES = 10 * MIB
BODY_BYTES = PHOTO_BYTES + 256 * 1024
COOKIE_S = 180 * 86_400
"""How long a browser may take its posts back by itself: half a year."""
NO_STORE = {"cache-control": "no-store"}


async def gate_of(connection: HTTPConnection) -> Gate:
    """What lets sendings in, one for the process."""
    gate: Gate = connection.app.state.gate
    return gate


TheGate = Annotated[Gate, Depends(gate_of)]


@router.get("")
async def fare(wall: str, request: Request, service: Running) -> Response:
    """The posts of this browser and how they fare: `pending`, `approved` or `hidden`. Others' are never told."""
    await open_wall(service, wall)
    posts = [wire(one) for one in await mine(request, service, wall)]
    return JSONResponse({"posts": posts}, headers=NO_STORE)


@router.post("", status_code=201, dependencies=[Depends(same_origin)])
async def send(wall: str, request: Request, service: Running, gate: TheGate) -> Response:
    """Take a post, as multipart/form-data with `send`, `name`, `text`, and if wanted `photo` and `alt`."""
    with gate.room_for(request.headers.get("content-length", "")):
        fields = await read(wall, request, service, gate)
        written, secret = await take(wall, fields, request, service, gate)
    response = JSONResponse(wire(written), 201, headers=NO_STORE)
    keep_secret(response, service, secret)
    return response


@router.delete("/{id}", status_code=204, dependencies=[Depends(same_origin)])
async def take_back(wall: str, id: str, request: Request, service: Running) -> Response:
    """Erase a post of this browser, with its photo, everywhere and for good."""
    await erase(wall, id, request, service)
    return Response(status_code=204)


# --- what the page without scripts does, too --------------------------------------------------------


async def open_wall(service: Service, slug: str) -> Wall:
    """The wall. NotFoundError when there is none, or when it has no form."""
    async with service.store.read() as reading:
        wall = (await reading.wall(slug)).settings
    if wall.form is None:
        raise NotFoundError(
            "Nobody can write to this wall here.", hint="Post with its hashtag instead."
        )
    return wall


async def read(slug: str, request: Request, service: Service, gate: Gate) -> dict[str, bytes]:
    """The inputs of the form as they came."""
    await open_wall(service, slug)
    gate.knock(_address(request))
    body = await read_body(request, BODY_BYTES)
    return parse_form(body, request.headers.get("content-type", ""))


async def take(
    slug: str, fields: dict[str, bytes], request: Request, service: Service, gate: Gate
) -> tuple[Written, str]:
    """Enter what was sent, once however often it comes; and the secret that the browser is to keep."""
    wall = await open_wall(service, slug)
    submission = sent.read_submission(fields, photos=bool(wall.form and wall.form.photos))
    if len(submission.photo) > PHOTO_BYTES:
        raise InvalidError("photo", f"The photo is larger than {PHOTO_BYTES // MIB} MB.")
    secret = _secret(request, service) or sent.new_secret(submission)
    key = sent.post_key(slug, submission)
    async with gate.turn(key):
        known = await form.known(service.context, slug, key)
        return known or await _enter(wall, submission, secret, service, gate), secret


async def mine(request: Request, service: Service, slug: str) -> Sequence[Written]:
    """The posts of this browser, newest first."""
    secret = _secret(request, service)
    if not secret:
        return []
    return await form.written_by(service.context, slug, sent.author_key(slug, secret))


async def erase(slug: str, id_: str, request: Request, service: Service) -> None:
    """Take a post of this browser back. NotFoundError when it has no such post."""
    author = sent.author_key(slug, _secret(request, service) or "")
    for url in await form.take_back(service.context, slug, id_, author):
        await service.media.forget(url)


def keep_secret(response: Response, service: Service, secret: str) -> None:
    """Only who has sent something gets a cookie: it says which posts are one's own."""
    name = _cookie(service)
    response.set_cookie(
        name,
        secret,
        max_age=COOKIE_S,
        httponly=True,
        samesite="lax",
        secure=name.startswith("__Host-"),
    )


def wire(written: Written) -> dict[str, Any]:
    """A post as its writer's page reads it."""
    return {
        "id": written.id,
        "state": written.state,
        "name": written.name,
        "text": written.text,
        "photo": written.photo,
        "created_at": written.created_at.isoformat() if written.created_at else None,
    }


async def _enter(
    wall: Wall, submission: Submission, secret: str, service: Service, gate: Gate
) -> Written:
    author = sent.author_key(wall.slug, secret)
    gate.check(author)  # before a photo is decoded for nothing
    await form.check_room(service.context, wall.slug)
    photo = await _keep(submission, sent.post_key(wall.slug, submission), service)
    try:
        gate.count(author)
        post = sent.post_of(
            submission,
            wall,
            secret=secret,
            live_url=service.live_url(wall.slug),
            photo=photo,
            at=service.clock.now(),
        )
        return await form.submit(service.context, wall.slug, post)
    except HallwayError:
        if photo and photo.url:
            await service.media.forget(photo.url)
        raise


async def _keep(submission: Submission, key: str, service: Service) -> Media | None:
    if not submission.photo:
        return None
    try:
        kept = await service.media.keep(sent.local_id(key), submission.photo)
    except MediaRefused as error:
        hint = "A JPEG, PNG, WebP, AVIF or GIF of at most 40 megapixels is."
        raise InvalidError(
            "photo", f"This is no photo that can be shown. {error.message}", hint=hint
        ) from error
    return Media(kind="image", url=kept.url, width=kept.width, height=kept.height)


def _secret(request: Request, service: Service) -> str | None:
    return request.cookies.get(_cookie(service)) or None


def _cookie(service: Service) -> str:
    secure = service.settings.base_url().startswith("https://")
    return "__Host-hallway-say" if secure else "hallway-say"


def _address(request: Request) -> str:
    peer = request.client.host if request.client else ""
    named = ", ".join(request.headers.getlist("x-forwarded-for"))
    return key_of(client_address(peer, named, request.app.state.trusted))
