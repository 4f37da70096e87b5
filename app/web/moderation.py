"""What the crew does: sign in, and decide on posts."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from app.actions import accounts
from app.actions.moderation import Decision, decide
from app.web.deps import Role, Running, cookie_name, crew, same_origin

router = APIRouter(prefix="/api/v1", tags=["crew"])


@router.post("/session", status_code=204, dependencies=[Depends(same_origin)])
async def sign_in(token: Annotated[str, Body(embed=True)], service: Running) -> Response:
    """Trade the token of a one-time link for a session cookie."""
    session = await accounts.sign_in(service.context, token)
    response = Response(status_code=204)
    name = cookie_name(service)
    response.set_cookie(
        name,
        session,
        max_age=round(accounts.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=name.startswith("__Host-"),
    )
    return response


@router.get("/session", dependencies=[Depends(crew)])
async def who_am_i(role: Role) -> dict[str, str | None]:
    """Who is signed in."""
    return {"role": role}


@router.delete("/session", status_code=204, dependencies=[Depends(same_origin)])
async def sign_out(request: Request, service: Running) -> Response:
    """End the session."""
    name = cookie_name(service)
    await accounts.sign_out(service.context, request.cookies.get(name, ""))
    response = Response(status_code=204)
    response.delete_cookie(name, secure=name.startswith("__Host-"), httponly=True)
    return response


@router.post(
    "/walls/{wall}/posts/{id}/{decision}", dependencies=[Depends(same_origin), Depends(crew)]
)
async def decide_on_post(
    wall: str, id: str, decision: Decision, service: Running
) -> dict[str, Any]:
    """Hide, show, pin or unpin a post on every screen at once."""
    change = await decide(service.context, wall, id, decision)
    return {"seq": change.seq, "changed": change.items > 0}
