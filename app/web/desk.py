"""What the crew sets for a whole wall: who needs a look first, the rules, and what it thinks of people."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request, Response

from app.actions import modes, people, rules
from app.domain.crew import Signed
from app.domain.desk import FreezeTo, Mode
from app.domain.identity import from_ms
from app.domain.people import Person, Standing
from app.domain.rules import Rule
from app.domain.rules.files import from_file, to_file
from app.errors import InvalidError
from app.web.body import read_body
from app.web.deps import Running, same_origin
from app.web.moderation import Looks, actor_of, prove, told
from app.web.roles import may

router = APIRouter(prefix="/api/v1/walls/{wall}", tags=["crew"])

Switches = Annotated[Signed, Depends(may("mode"))]
Rules = Annotated[Signed, Depends(may("rules"))]
RuleId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
FILE_MOST = 1024 * 1024


@router.get("/desk")
async def desk(wall: str, service: Running, _: Looks) -> dict[str, Any]:
    """How the wall is set: the mode, since when and why; the rules; people who are listed or blocked."""
    mode = await modes.standing(service.context, wall)
    known = await people.standing(service.context, wall)
    return {
        "mode": mode.mode,
        "since": from_ms(mode.since_ms) if mode.since_ms else None,
        "by": mode.by,
        "why": mode.why,
        "rules": await rules.rules_of(service.context, wall),
        "people": {
            name: [_person(p) for p in known if p.standing == name]
            for name in ("listed", "blocked")
        },
    }


@router.post("/mode", dependencies=[Depends(same_origin)])
async def switch(
    wall: str,
    service: Running,
    who: Switches,
    mode: Annotated[Mode, Body()],
    to: Annotated[FreezeTo, Body()] = "screen",
) -> dict[str, Any]:
    """From now on first posts wait (`hybrid`), or everything (`review`), or nothing (`open`); or the screens freeze."""
    return told(await modes.switch(service.context, wall, mode, to=to, actor=actor_of(who)))


@router.post("/people", dependencies=[Depends(same_origin)])
async def set_standing(
    wall: str,
    service: Running,
    who: Rules,
    handle: Annotated[str, Body()],
    standing: Annotated[Standing, Body()] = "",
) -> dict[str, Any]:
    """List somebody, block them, or neither."""
    decided = await people.set_standing(
        service.context, wall, handle, standing, actor=actor_of(who)
    )
    if standing == "blocked":
        prove(service, wall, decided)
    return told(decided)


@router.get("/rules.json")
async def export_rules(wall: str, service: Running, _: Looks) -> Response:
    """The rules as a file."""
    file = to_file(await rules.rules_of(service.context, wall))
    headers = {"content-disposition": f'attachment; filename="rules-{wall}.json"'}
    return Response(file, media_type="application/json", headers=headers)


@router.post("/rules/import", dependencies=[Depends(same_origin)])
async def import_rules(wall: str, service: Running, who: Rules, request: Request) -> dict[str, Any]:
    """Take in rules from a file: ours, a list of words, or a list of servers as Mastodon exports it."""
    found = from_file(await read_body(request, FILE_MOST))
    decided = await rules.take_in(service.context, wall, found, actor=actor_of(who))
    prove(service, wall, decided)
    return told(decided) | {"rules": len(found)}


@router.post("/rules/preview", dependencies=[Depends(same_origin)])
async def preview_rule(wall: str, service: Running, _: Rules, rule: Rule) -> dict[str, Any]:
    """What a rule would have caught, before it is saved. Changes nothing."""
    found = await rules.preview(service.context, wall, rule)
    return {
        "today": found.today,
        "waiting": found.waiting,
        "shown": found.shown,
        "examples": found.examples,
    }


@router.put("/rules/{id}", dependencies=[Depends(same_origin)])
async def put_rule(
    wall: str, id: RuleId, service: Running, who: Rules, rule: Rule
) -> dict[str, Any]:
    """Add a rule, or change it."""
    if rule.id != id:
        raise InvalidError("id", "The rule in the request is another than the one in the address.")
    decided = await rules.put(service.context, wall, rule, actor=actor_of(who))
    prove(service, wall, decided)
    return told(decided)


@router.delete("/rules/{id}", dependencies=[Depends(same_origin)])
async def remove_rule(wall: str, id: RuleId, service: Running, who: Rules) -> dict[str, Any]:
    """Take a rule away."""
    return told(await rules.remove(service.context, wall, id, actor=actor_of(who)))


def _person(person: Person) -> dict[str, str]:
    return {"key": person.digest, "handle": person.handle}
