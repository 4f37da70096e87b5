"""What the crew does with posts."""

from typing import Any

from fastapi import APIRouter, Depends

from app.actions.moderation import Decision, decide
from app.web.deps import Running, crew, same_origin

router = APIRouter(prefix="/api/v1", tags=["crew"])


@router.post(
    "/walls/{wall}/posts/{id}/{decision}", dependencies=[Depends(same_origin), Depends(crew)]
)
async def decide_on_post(
    wall: str, id: str, decision: Decision, service: Running
) -> dict[str, Any]:
    """Hide, show, pin or unpin a post on every screen at once."""
    change = await decide(service.context, wall, id, decision)
    return {"seq": change.seq, "changed": change.items > 0}
