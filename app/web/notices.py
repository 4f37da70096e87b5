"""The crew's routes for notices: the list, writing, changing and taking away, and the picture of a slide."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AwareDatetime, BaseModel

from app.actions import notices
from app.actions.log import Actor
from app.actions.moderation import Decided
from app.domain.crew import Signed
from app.domain.notice import Notice, Style, written
from app.errors import HallwayError, InvalidError
from app.media.errors import MediaRefused
from app.web.body import parse_form, read_body
from app.web.deps import Running, may, same_origin

router = APIRouter(prefix="/api/v1/walls/{wall}/notices", tags=["notices"])

Tells = Annotated[Signed, Depends(may("notices"))]
NoticeId = Annotated[str, Path(max_length=40)]

PICTURE_BYTES = 10 * 1024 * 1024


class Draft(BaseModel):
    """A notice as somebody of the crew writes it; a picture is sent on its own."""

    style: Style = "announcement"
    title: str = ""
    text: str = ""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    image: str | None = None
    """Only that it is null counts: the notice then loses its picture."""

    def notice(self) -> Notice:
        """Fit for a screen. InvalidError names the input that is not right."""
        return written(self.style, self.title, self.text, self.starts_at, self.ends_at)

    @property
    def bare(self) -> bool:
        """Whether it says that there is to be no picture; nothing said leaves it."""
        return "image" in self.model_fields_set and self.image is None


@router.get("")
async def list_notices(wall: str, service: Running, _: Tells) -> list[dict[str, Any]]:
    """The notices of a wall as the crew sees them; those that are over too."""
    found = await notices.notices_of(service.context, wall)
    return [{"id": n.id, "status": n.status, **n.notice.model_dump()} for n in found]


@router.post("", status_code=201, dependencies=[Depends(same_origin)])
async def add_notice(wall: str, draft: Draft, service: Running, who: Tells) -> dict[str, Any]:
    """Write a notice; it is on the walls from its start on."""
    notice = draft.notice()
    id_, decided = await notices.add(service.context, wall, notice, actor=_actor(who))
    return {"id": id_, **_answer(decided)}


@router.put("/{id}", dependencies=[Depends(same_origin)])
async def change_notice(
    wall: str, id: NoticeId, draft: Draft, service: Running, who: Tells
) -> dict[str, Any]:
    """Other words or times for a notice."""
    notice = draft.notice()
    return _answer(
        await notices.edit(service.context, wall, id, notice, actor=_actor(who), bare=draft.bare)
    )


@router.delete("/{id}", dependencies=[Depends(same_origin)])
async def remove_notice(wall: str, id: NoticeId, service: Running, who: Tells) -> dict[str, Any]:
    """Take a notice away, from the walls and from the list."""
    return _answer(await notices.remove(service.context, wall, id, actor=_actor(who)))


@router.post("/{id}/image", dependencies=[Depends(same_origin)])
async def set_picture(
    wall: str, id: NoticeId, request: Request, service: Running, who: Tells
) -> dict[str, Any]:
    """Give a notice a picture: the bytes themselves, or multipart/form-data with an input `image`."""
    await notices.check(
        service.context, wall, id
    )  # before anything is read or rendered for nothing
    picture = await _picture(request)
    try:
        kept = await service.media.keep(secrets.token_hex(16), picture)
    except MediaRefused as error:
        raise InvalidError(
            "image",
            f"This is no picture that can be shown. {error.message}",
            hint="A JPEG, PNG, WebP, AVIF or GIF of at most 40 megapixels is.",
        ) from error
    try:
        return _answer(
            await notices.set_picture(service.context, wall, id, kept.url, actor=_actor(who))
        )
    except HallwayError:
        await service.media.forget(kept.url)
        raise


async def _picture(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    body = await read_body(request, PICTURE_BYTES)
    if kind.startswith("multipart/"):
        body = parse_form(body, kind).get("image", b"")
    if not body:
        raise InvalidError("image", "There is no picture in it.")
    return body


def _answer(decided: Decided) -> dict[str, Any]:
    return {"seq": decided.seq, "changed": decided.items > 0, "log": decided.log}


def _actor(who: Signed) -> Actor:
    return Actor(who.name, who.role, who.account_id)
