"""Signing in and out: what opens a session, and the cookie that holds it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from app.actions import accounts
from app.actions.accounts import Entry
from app.domain.crew import Signed
from app.service import Service
from app.web.deps import Running, cookie_name, same_origin
from app.web.roles import signed

router = APIRouter(prefix="/api/v1", tags=["session"])


@router.post("/session", status_code=204, dependencies=[Depends(same_origin)])
async def sign_in(
    request: Request, service: Running, token: Annotated[str, Body(embed=True)]
) -> Response:
    """Trade the token of a one-time link for a session cookie."""
    entry = await accounts.enter_by_link(service.context, token, **browser(request, service))
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
    """End the session."""
    await accounts.sign_out(service.context, request.cookies.get(cookie_name(service), ""))
    return without_cookie(service)


def browser(request: Request, service: Service) -> dict[str, str]:
    """What a new session keeps of the browser: what it calls itself, and the session it had."""
    return {
        "agent": request.headers.get("user-agent", ""),
        "before": request.cookies.get(cookie_name(service), ""),
    }


def with_cookie(service: Service, entry: Entry, status: int = 204) -> Response:
    """An answer that signs the browser in."""
    response = Response(status_code=status)
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
