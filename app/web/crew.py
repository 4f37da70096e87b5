"""The owner's routes for the crew: accounts, invites and sessions; and how an invited person comes in."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from app.actions import crew
from app.domain.crew import PersonRole, Signed
from app.domain.identity import from_ms
from app.service import Service
from app.web.deps import Running, may, same_origin
from app.web.moderation import actor_of
from app.web.session import Name, Password, Token, browser_of, with_cookie

router = APIRouter(prefix="/api/v1", tags=["crew"])

Owner = Annotated[Signed, Depends(may("crew"))]
Id = Annotated[str, Path(max_length=24)]
OWN = [Depends(same_origin)]


class Asked(BaseModel):
    """What a request asks for: unknown words are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Invite(Asked):
    """Who is to be invited, and as what."""

    role: PersonRole = "moderator"
    name: Name = ""


class Claim(Asked):
    """An invited person's name and new password."""

    token: Token
    name: Name
    password: Password


class Look(Asked):
    """An invite's token."""

    token: Token


class Wish(Asked):
    """What is to be different about an account."""

    role: PersonRole | None = None
    closed: bool | None = None


@router.get("/crew")
async def whole_crew(who: Owner, service: Running) -> dict[str, Any]:
    """Accounts, open invites, and where people are signed in."""
    found = await crew.crew_of(service.context)
    accounts = [
        {
            "id": a.id,
            "name": a.name,
            "role": a.role,
            "closed": a.closed,
            "password": a.password is not None,
            "created_at": from_ms(a.created_ms),
        }
        for a in found.accounts
    ]
    return {
        "you": who.account_id,
        "accounts": accounts,
        "invites": [_invite(i.id, i.role, i.name, i.made_by, i.expires_ms) for i in found.invites],
        "sessions": [
            {
                "id": s.id,
                "name": s.name,
                "role": s.role,
                "agent": s.agent,
                "created_at": from_ms(s.created_ms),
                "used_at": from_ms(s.used_ms),
                "here": s.id == who.session_id,
            }
            for s in found.sessions
        ],
    }


@router.post("/crew/invites", status_code=201, dependencies=OWN)
async def invite(body: Invite, who: Owner, service: Running) -> dict[str, str]:
    """A link by which one person can join, told this once."""
    id_, token = await crew.invite(service.context, body.role, body.name, actor=actor_of(who))
    return {"id": id_, "link": invite_link(service, token)}


@router.delete("/crew/invites/{id}", status_code=204, dependencies=OWN)
async def take_back(id: Id, who: Owner, service: Running) -> None:
    """An invite that opens nothing any more."""
    await crew.take_back(service.context, id, actor=actor_of(who))


@router.patch("/crew/{id}", dependencies=OWN)
async def change_account(id: Id, body: Wish, who: Owner, service: Running) -> dict[str, Any]:
    """Another role; an account that is closed, or open again."""
    changed = await crew.change_account(
        service.context, id, role=body.role, closed=body.closed, actor=actor_of(who)
    )
    return {"id": changed.id, "role": changed.role, "closed": changed.closed}


@router.post("/crew/{id}/link", status_code=201, dependencies=OWN)
async def make_link(id: Id, who: Owner, service: Running) -> dict[str, str]:
    """A one-time link that signs this account in; those before it open nothing any more."""
    token = await crew.make_link(service.context, id, actor=actor_of(who))
    return {"link": f"{service.settings.base_url()}/sign-in#{token}"}


@router.delete("/crew/sessions/{id}", status_code=204, dependencies=OWN)
async def end_session(id: Id, who: Owner, service: Running) -> None:
    """Sign one browser out."""
    await crew.end_session(service.context, id, actor=actor_of(who))


@router.post("/invites/look", dependencies=OWN)
async def look_at_invite(body: Look, service: Running) -> dict[str, str]:
    """What an invite is for; it stays as it is."""
    found = await crew.look_at_invite(service.context, body.token)
    return {"role": found.role, "name": found.name, "made_by": found.made_by}


@router.post("/invites/claim", status_code=204, dependencies=OWN)
async def claim(body: Claim, request: Request, service: Running) -> Response:
    """Make an account by an invite, and sign in."""
    browser = browser_of(request, service)
    entry = await crew.claim(service.context, body.token, body.name, body.password, browser)
    return with_cookie(service, entry)


def invite_link(service: Service, token: str) -> str:
    """The token stands behind #: no server on the way sees it, and no log."""
    return f"{service.settings.base_url()}/sign-in#invite={token}"


def _invite(id_: str, role: str, name: str, made_by: str, expires_ms: int) -> dict[str, Any]:
    expires_at: datetime = from_ms(expires_ms)
    return {"id": id_, "role": role, "name": name, "made_by": made_by, "expires_at": expires_at}
