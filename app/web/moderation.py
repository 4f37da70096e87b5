"""What the crew does with posts, and what it is told about them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path

from app.actions import finding, moderation, people, rules, spotlight
from app.actions.log import Actor
from app.actions.moderation import Bulk, Decided, Decision
from app.domain.crew import Signed
from app.domain.identity import from_ms
from app.domain.post import Post
from app.errors import InvalidError
from app.live.protocol import wire_item
from app.service import Service
from app.storage.reading import StoredItem
from app.web.deps import Running, same_origin
from app.web.roles import may

router = APIRouter(prefix="/api/v1/walls/{wall}", tags=["crew"])

Decides = Annotated[Signed, Depends(may("decide"))]
Looks = Annotated[Signed, Depends(may("look"))]
PostId = Annotated[str, Path(max_length=40)]
HIDES = ("hide", "apart", "together")
"""Decisions that may take a post off the screens."""


def actor_of(who: Signed) -> Actor:
    """Who is written into the log."""
    return Actor(who.name, who.role, who.account_id or None)


def told(decided: Decided) -> dict[str, Any]:
    """The answer to a decision."""
    return {"seq": decided.seq, "changed": decided.items, "log": decided.log}


def prove(service: Service, wall: str, decided: Decided, post: str = "") -> None:
    """Something may have left: every screen has to say that it shows the wall without it."""
    if decided.items:
        service.screens.expect(wall, decided.seq, post)


@router.post("/decisions", dependencies=[Depends(same_origin)])
async def decide_on_many(
    wall: str,
    service: Running,
    who: Decides,
    decision: Annotated[Bulk, Body()],
    ids: Annotated[list[str] | None, Body()] = None,
    reason: Annotated[str, Body()] = "",
) -> dict[str, Any]:
    """The same decision on many posts: those named, or all that wait for a reason."""
    if ids is None and not reason:
        raise InvalidError("ids", "Say which posts: by their ids, or by the reason they wait for.")
    if ids is None:
        ids = list(await moderation.waiting_for(service.context, wall, reason))
    decided = await moderation.decide_many(
        service.context, wall, ids, decision, actor=actor_of(who)
    )
    if decision == "hide":
        prove(service, wall, decided)
    return told(decided)


@router.post("/posts/{id}/spotlight", dependencies=[Depends(same_origin)])
async def put_up(
    wall: str,
    id: PostId,
    service: Running,
    who: Decides,
    seconds: Annotated[float, Body(embed=True)] = spotlight.SECONDS,
) -> dict[str, Any]:
    """Show a post large on every screen for a while."""
    return told(
        await spotlight.put_up(service.context, wall, id, seconds=seconds, actor=actor_of(who))
    )


@router.delete("/posts/{id}/spotlight", dependencies=[Depends(same_origin)])
async def take_down(wall: str, id: PostId, service: Running, who: Decides) -> dict[str, Any]:
    """Let the screens go on."""
    return told(await spotlight.take_down(service.context, wall, actor=actor_of(who)))


@router.post("/posts/{id}/block", dependencies=[Depends(same_origin)])
async def block(
    wall: str,
    id: PostId,
    service: Running,
    who: Decides,
    what: Annotated[str, Body()] = "",
    word: Annotated[str, Body()] = "",
    domain: Annotated[str, Body()] = "",
) -> dict[str, Any]:
    """Block who wrote a post, a word, or a server: all of it is hidden, past and future."""
    actor = actor_of(who)
    if what == "person":
        decided = await people.block_author(service.context, wall, id, actor=actor)
    elif word or domain:
        rule = rules.blocking(word=word, domain=domain)
        decided = await rules.put(service.context, wall, rule, actor=actor)
    else:
        raise InvalidError("what", "Say what to block: the person, a word or a server.")
    prove(service, wall, decided, id)
    return told(decided)


@router.post("/posts/{id}/{decision}", dependencies=[Depends(same_origin)])
async def decide_on_post(
    wall: str,
    id: PostId,
    decision: Decision,
    service: Running,
    who: Decides,
    was: Annotated[str | None, Body(embed=True)] = None,
) -> dict[str, Any]:
    """Hide, show, pin, unpin or put off a post, on every screen at once."""
    decided = await moderation.decide(
        service.context, wall, id, decision, actor=actor_of(who), was=was
    )
    if decision in HIDES:
        prove(service, wall, decided, id)
    return told(decided) | {"changed": decided.items > 0}


@router.get("/posts/{id}")
async def about(wall: str, id: PostId, service: Running, _: Looks) -> dict[str, Any]:
    """Everything that is known of a post."""
    found = await finding.about(service.context, wall, id)
    author = found.post.author
    return {
        "found_on": found.found_on,
        "reasons": [{"reason": v.reason, "sentence": v.rule} for v in found.reasons],
        "copies": found.copies,
        "burst": found.burst,
        "person": {
            "key": found.person.digest,
            "standing": found.person.standing,
            "approved_at": _moment(found.person.approved_ms),
            "followers": author.followers,
            "posts": author.posts,
            "created_at": author.created_at,
            "shown": found.by_status.get("approved", 0) + found.by_status.get("copy", 0),
            "hidden": found.by_status.get("hidden", 0),
            "waiting": found.by_status.get("pending", 0),
            "earlier": [_brief(item) for item in found.earlier],
        },
        "history": [entry.as_json() for entry in found.history],
    }


@router.get("/find")
async def find(
    wall: str,
    service: Running,
    _: Looks,
    words: str = "",
    status: str = "",
    reason: str = "",
    before: int | None = None,
) -> dict[str, Any]:
    """Search all that is kept, newest first; `before` is the `no` under which to go on."""
    found = await finding.find(
        service.context, wall, words=words[:200], status=status, reason=reason, before=before
    )
    return {
        "items": [wire_item(item, "crew") for item in found.items],
        "more": found.more,
        "counts": found.counts,
    }


def _brief(item: StoredItem) -> dict[str, Any]:
    post = Post.model_validate_json(item.body or "{}")
    return {
        "id": item.id,
        "status": item.status,
        "text": post.body.text,
        "created_at": post.created_at,
    }


def _moment(ms: int | None) -> Any:
    return None if ms is None else from_ms(ms)
