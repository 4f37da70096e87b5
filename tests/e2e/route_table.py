"""One line for each route: who may use it, one good request, and whether that writes a line of the log. A new route goes in here.

`who` is "everybody", "signed" (in whatever role), or a permission of app/web/roles.py.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from app.actions import crew, moderation, modes, notices, people, rules, screens, set_up, spotlight
from app.actions.log import COMMAND_LINE
from app.domain.notice import Notice
from app.domain.rules import Rule
from tests.e2e.site import POST, SLUG, WAITING, Site

PATHS = {"wall": SLUG, "id": POST, "decision": "pin", "what": "identify", "number": "1"}
"""What stands in addresses when a request says nothing else."""


@dataclass(frozen=True)
class Ask:
    """A request: what stands in the address, and what is sent."""

    path: dict[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Good = Callable[[Site], Awaitable[Ask]]


@dataclass(frozen=True)
class Route:
    """What is right for a route."""

    who: str
    ok: int
    good: Good
    logs: int


def asks(json: Any = None, content: bytes | None = None, **path: str) -> Good:
    """A request that needs nothing prepared."""

    async def good(_: Site) -> Ask:
        return Ask(path, json, content)

    return good


def route(who: str, ok: int = 200, good: Good | None = None, *, logs: int = 0) -> Route:
    """A line of the table."""
    return Route(who, ok, good or asks(), logs)


# what must be there before a request can be good


async def unpinned(site: Site) -> Ask:
    """A post that a pin changes."""
    await moderation.decide(site.service.context, SLUG, POST, "unpin")
    return Ask({"decision": "pin"})


async def some_waiting(site: Site) -> Ask:
    """Posts that are hidden together."""
    await moderation.decide(site.service.context, SLUG, WAITING, "show")
    return Ask(json={"decision": "hide", "ids": [WAITING]})


async def a_spotlight(site: Site) -> Ask:
    """A post on every screen."""
    await spotlight.put_up(
        site.service.context, SLUG, POST, seconds=20 + secrets.randbelow(30), actor=COMMAND_LINE
    )
    return Ask()


async def dark(site: Site) -> Ask:
    """A post that a moderator has shown, and none on every screen: one that waits would be shown first, by a line of its own."""
    await moderation.decide(site.service.context, SLUG, POST, "show")
    await spotlight.take_down(site.service.context, SLUG, actor=COMMAND_LINE)
    return Ask(json={"seconds": 20})


async def another_mode(site: Site) -> Ask:
    """A mode that a switch changes."""
    await modes.switch(site.service.context, SLUG, "open", actor=COMMAND_LINE)
    return Ask(json={"mode": "hybrid"})


async def something_done(site: Site) -> Ask:
    """A line of the log that can be taken back."""
    context = site.service.context
    await moderation.decide(context, SLUG, POST, "unpin")
    done = await moderation.decide(context, SLUG, POST, "pin", actor=COMMAND_LINE)
    return Ask({"number": str(done.log)})


def a_word() -> dict[str, Any]:
    """A rule that nobody has yet."""
    word = f"word{secrets.token_hex(4)}"
    return {"id": word, "kind": "word", "values": [word]}


async def new_rule(_: Site) -> Ask:
    """A rule to be made."""
    made = a_word()
    return Ask({"id": made["id"]}, json=made)


async def a_rule(site: Site) -> Ask:
    """A rule that is there."""
    made = Rule.model_validate(a_word())
    await rules.put(site.service.context, SLUG, made, actor=COMMAND_LINE)
    return Ask({"id": made.id})


async def some_rules(_: Site) -> Ask:
    """A file of words."""
    return Ask(
        content=f"word{secrets.token_hex(4)}\n".encode(), headers={"content-type": "text/plain"}
    )


async def a_word_to_block(_: Site) -> Ask:
    """A word that nobody has blocked yet."""
    return Ask(json={"word": f"word{secrets.token_hex(4)}"})


async def somebody_to_list(site: Site) -> Ask:
    """A person who is not listed."""
    ada = "ada@fedi.example"
    await people.set_standing(site.service.context, SLUG, ada, "", actor=COMMAND_LINE)
    return Ask(json={"handle": ada, "standing": "listed"})


async def new_screen(_: Site) -> Ask:
    """A name for a screen."""
    return Ask(json={"name": f"Hall {secrets.token_hex(4)}"})


def a_screen(json: Any = None, **more: str) -> Good:
    """A screen that hangs."""

    async def good(site: Site) -> Ask:
        name = f"Hall {secrets.token_hex(4)}"
        screen, _ = await screens.add(site.service.context, SLUG, name, "", actor=COMMAND_LINE)
        return Ask({"id": screen.id, **more}, json)

    return good


def a_notice(json: Any = None, *, picture: bool = False) -> Good:
    """A notice that is up."""

    async def good(site: Site) -> Ask:
        notice = Notice(style="slide", title="Lunch", text="In the hall.")
        id_, _ = await notices.add(site.service.context, SLUG, notice, actor=COMMAND_LINE)
        return Ask({"id": id_}, json, _png() if picture else None)

    return good


def an_account(json: Any) -> Good:
    """Somebody of the crew beside the one who asks."""

    async def good(site: Site) -> Ask:
        await site.moderator()
        accounts = (await crew.crew_of(site.service.context)).accounts
        newest = [a for a in accounts if a.role == "moderator" and not a.closed][-1]
        return Ask({"id": newest.id}, json)

    return good


async def an_invite(site: Site) -> Ask:
    """An invite that was not used."""
    id_, _ = await crew.invite(site.service.context, "moderator", "", actor=COMMAND_LINE)
    return Ask({"id": id_})


async def an_invited(site: Site) -> Ask:
    """What somebody who was invited sends."""
    _, token = await crew.invite(site.service.context, "moderator", "", actor=COMMAND_LINE)
    name = f"Ines {secrets.token_hex(4)}"
    return Ask(json={"token": token, "name": name, "password": "a tram in the morning mist"})


async def an_invite_to_look_at(site: Site) -> Ask:
    """What the page asks before somebody joins."""
    _, token = await crew.invite(site.service.context, "moderator", "", actor=COMMAND_LINE)
    return Ask(json={"token": token})


async def a_session(site: Site) -> Ask:
    """A browser that somebody else is signed in with."""
    await site.moderator()
    sessions = (await crew.crew_of(site.service.context)).sessions
    return Ask({"id": [s for s in sessions if s.role == "moderator"][-1].id})


async def a_link(site: Site) -> Ask:
    """A one-time link."""
    name = f"Hall {secrets.token_hex(4)}"
    _, token = await screens.add(site.service.context, SLUG, name, "", actor=COMMAND_LINE)
    return Ask(json={"token": token})


async def a_set_up(site: Site) -> Ask:
    """What the set-up page sends; an owner who came before leaves first."""
    context = site.service.context
    for account in (await crew.crew_of(context)).accounts:
        if account.password and account.role == "owner":
            await crew.remove_account(context, account.id, actor=COMMAND_LINE)
    token = await set_up.make_set_up(context)
    name = f"Mira {secrets.token_hex(4)}"
    return Ask(json={"token": token, "name": name, "password": "seven brown foxes at noon"})


def _png() -> bytes:
    png = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(png, "PNG")
    return png.getvalue()


WALL = "/api/v1/walls/{wall}"
ROUTES: dict[tuple[str, str], Route] = {
    # pages and pictures
    ("GET", "/"): route("everybody", 307),
    ("GET", "/wall/{wall}"): route("everybody"),
    ("GET", "/live/{wall}"): route("everybody"),
    ("GET", "/desk/{wall}"): route("everybody"),
    ("GET", "/sign-in"): route("everybody"),
    ("GET", "/set-up"): route("everybody"),
    ("GET", "/crew"): route("everybody"),
    ("GET", "/screen"): route("everybody"),
    ("GET", "/media/{id}"): route("everybody", 404),
    # for those who run it
    ("GET", "/livez"): route("everybody"),
    ("GET", "/readyz"): route("everybody"),
    ("GET", "/metrics"): route("everybody"),
    ("GET", "/api/v1/openapi.json"): route("everybody"),
    # what anybody may ask of a wall
    ("GET", "/api/v1/walls"): route("everybody"),
    ("GET", f"{WALL}/snapshot"): route("everybody"),
    ("GET", f"{WALL}/join.svg"): route("everybody"),
    # the form is for everybody; these send nothing that could be taken, and take back what is nobody's.
    # The log is the crew's: what the audience writes, and takes back, is not in it
    ("GET", "/say/{wall}"): route("everybody"),
    ("POST", "/say/{wall}"): route("everybody", 422),
    ("POST", "/say/{wall}/{id}/take-back"): route("everybody", 303),
    ("GET", f"{WALL}/form"): route("everybody"),
    ("POST", f"{WALL}/form"): route("everybody", 422),
    ("DELETE", f"{WALL}/form/{{id}}"): route("everybody", 404),
    # getting in and out
    ("GET", "/api/v1/set-up"): route("everybody"),
    ("POST", "/api/v1/set-up"): route("everybody", 201, a_set_up, logs=1),
    ("POST", "/api/v1/session"): route("everybody", 204, a_link, logs=1),
    ("GET", "/api/v1/session"): route("signed"),
    ("DELETE", "/api/v1/session"): route("everybody", 204, logs=1),
    ("DELETE", "/api/v1/sessions"): route("look", 204, logs=1),
    ("POST", "/api/v1/invites/look"): route("everybody", 200, an_invite_to_look_at),  # only looks
    ("POST", "/api/v1/invites/claim"): route("everybody", 204, an_invited, logs=1),
    # the crew
    ("GET", "/api/v1/crew"): route("crew"),
    ("POST", "/api/v1/crew/invites"): route("crew", 201, asks({"role": "moderator"}), logs=1),
    ("DELETE", "/api/v1/crew/invites/{id}"): route("crew", 204, an_invite, logs=1),
    ("POST", "/api/v1/crew/{id}/link"): route("crew", 201, an_account(None), logs=1),
    ("PATCH", "/api/v1/crew/{id}"): route("crew", 200, an_account({"closed": True}), logs=1),
    ("DELETE", "/api/v1/crew/sessions/{id}"): route("crew", 204, a_session, logs=1),
    # posts
    ("GET", f"{WALL}/sources"): route("look"),
    ("GET", f"{WALL}/find"): route("look"),
    ("GET", f"{WALL}/posts/{{id}}"): route("look"),
    ("POST", f"{WALL}/posts/{{id}}/{{decision}}"): route("decide", 200, unpinned, logs=1),
    ("POST", f"{WALL}/decisions"): route("decide", 200, some_waiting, logs=1),
    ("POST", f"{WALL}/posts/{{id}}/spotlight"): route("decide", 200, dark, logs=1),
    ("DELETE", f"{WALL}/posts/{{id}}/spotlight"): route("decide", 200, a_spotlight, logs=1),
    ("POST", f"{WALL}/posts/{{id}}/block"): route("decide", 200, a_word_to_block, logs=1),
    # a claim changes nothing, and ends by itself
    ("POST", f"{WALL}/posts/{{id}}/claim"): route("decide"),
    ("DELETE", f"{WALL}/posts/{{id}}/claim"): route("decide", 204),
    # the wall
    ("GET", f"{WALL}/desk"): route("look"),
    ("POST", f"{WALL}/mode"): route("mode", 200, another_mode, logs=1),
    ("POST", f"{WALL}/people"): route("rules", 200, somebody_to_list, logs=1),
    ("GET", f"{WALL}/rules.json"): route("look"),
    ("POST", f"{WALL}/rules/import"): route("rules", 200, some_rules, logs=1),
    ("POST", f"{WALL}/rules/preview"): route("rules", 200, asks(a_word())),  # only looks
    ("PUT", f"{WALL}/rules/{{id}}"): route("rules", 200, new_rule, logs=1),
    ("DELETE", f"{WALL}/rules/{{id}}"): route("rules", 200, a_rule, logs=1),
    ("GET", f"{WALL}/log"): route("log"),
    ("GET", f"{WALL}/log.csv"): route("log"),
    ("GET", f"{WALL}/log.jsonl"): route("log"),
    ("POST", f"{WALL}/log/{{number}}/undo"): route("decide", 200, something_done, logs=1),
    ("GET", f"{WALL}/screens"): route("screens"),
    ("POST", f"{WALL}/screens"): route("screens", 201, new_screen, logs=1),
    ("PATCH", f"{WALL}/screens/{{id}}"): route("screens", 200, a_screen({"room": "A"}), logs=1),
    ("DELETE", f"{WALL}/screens/{{id}}"): route("screens", 204, a_screen(), logs=1),
    ("POST", f"{WALL}/screens/{{id}}/link"): route("screens", 200, a_screen(), logs=1),
    ("POST", f"{WALL}/screens/{{id}}/{{what}}"): route("screens", 200, a_screen(), logs=1),
    ("GET", f"{WALL}/notices"): route("notices"),
    ("POST", f"{WALL}/notices"): route("notices", 201, asks({"text": "Lunch"}), logs=1),
    ("PUT", f"{WALL}/notices/{{id}}"): route("notices", 200, a_notice({"text": "Tea"}), logs=1),
    ("DELETE", f"{WALL}/notices/{{id}}"): route("notices", 200, a_notice(), logs=1),
    ("POST", f"{WALL}/notices/{{id}}/image"): route("notices", 200, a_notice(picture=True), logs=1),
}
