"""Signing in and out: what opens a session, and the cookie that holds it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, model_validator

from app.actions import accounts, crew
from app.actions.accounts import Browser, Entry
from app.domain.crew import Signed
from app.domain.passwords import LONGEST
from app.service import Service
from app.web.deps import Running, cookie_name, may, same_origin
from app.web.moderation import actor_of
from app.web.roles import signed
from app.web.tries import Tries, address_of

router = APIRouter(prefix="/api/v1", tags=["session"])

Token = Annotated[str, Field(min_length=1, max_length=100)]
Name = Annotated[str, Field(max_length=200)]
Password = Annotated[str, Field(max_length=4 * LONGEST)]


class SignIn(BaseModel):
    """A one-time link's token, or a name and a password."""

    token: Token | None = None
    name: Name = ""
    password: Password = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "SignIn":
        if (self.token is None) is not bool(self.name and self.password):
            raise ValueError("send a token, or a name and a password")
        return self


@router.post("/session", status_code=204, dependencies=[Depends(same_origin)])
async def sign_in(body: SignIn, request: Request, service: Running) -> Response:
    """Trade a one-time link, or a name and a password, for a session cookie."""
    browser = browser_of(request, service)
    if body.token is not None:
        return with_cookie(
            service, await accounts.enter_by_link(service.context, body.token, browser)
        )
    tries: Tries = request.app.state.tries
    address = address_of(request)
    tries.take(body.name, address)
    entry = await accounts.enter_by_password(service.context, body.name, body.password, browser)
    tries.good(body.name, address)
    return with_cookie(service, entry)


@router.get("/session")
async def who_am_i(who: Annotated[Signed, Depends(signed)], service: Running) -> dict[str, Any]:
    """Who is signed in; of a screen also which it is, and which wall it shows."""
    told: dict[str, Any] = {"role": who.role, "name": who.name}
    if who.screen_id:
        told["screen"] = {"id": who.screen_id, "wall": await service.screens.wall_of(who.screen_id)}
    return told


@router.delete("/session", status_code=204, dependencies=[Depends(same_origin)])
async def sign_out(request: Request, service: Running) -> Response:
    """End the session of this browser."""
    await accounts.sign_out(service.context, request.cookies.get(cookie_name(service), ""))
    return without_cookie(service)


@router.delete("/sessions", status_code=204, dependencies=[Depends(same_origin)])
async def sign_out_everywhere(
    who: Annotated[Signed, Depends(may("look"))], service: Running
) -> Response:
    """End the sessions of this account in every browser."""
    await crew.sign_out_everywhere(service.context, who.account_id, actor=actor_of(who))
    return without_cookie(service)


def browser_of(request: Request, service: Service) -> Browser:
    """What a new session keeps of the browser: what it calls itself, and the session it had."""
    agent = request.headers.get("user-agent", "")
    return Browser(agent, request.cookies.get(cookie_name(service), ""))


def with_cookie(service: Service, entry: Entry, response: Response | None = None) -> Response:
    """An answer that signs the browser in."""
    response = response or Response(status_code=204)
    name = cookie_name(service)
    response.set_cookie(
        name,
        entry.token,
        max_age=entry.life_s,
        httponly=True,
        samesite="lax",
        secure=name.startswith("__Host-"),
    )
    return response


def without_cookie(service: Service) -> Response:
    """An answer that signs the browser out."""
    response = Response(status_code=204)
    name = cookie_name(service)
    response.delete_cookie(name, secure=name.startswith("__Host-"), httponly=True, samesite="lax")
    return response
