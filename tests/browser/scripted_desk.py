"""The crew's routes of the scripted site, as far as the desk's own tests need them: decisions, their log, and taking them back."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from tests.browser.scripted_site import Site

Item = dict[str, Any]
CHANGES: dict[str, Item] = {
    "hide": {"status": "hidden"},
    "show": {"status": "approved"},
    "block": {"status": "hidden"},
    "pin": {"pinned": True},
    "unpin": {"pinned": False},
    "later": {"later": "2099-01-01T00:00:00Z"},
    "now": {"later": None},
    "apart": {"status": "approved", "copy_of": None, "apart": True},
    "together": {"status": "copy", "apart": False},
}
ME = "Mira"


def fail(status: int, message: str, hint: str) -> Response:
    return JSONResponse({"code": "no", "message": message, "hint": hint}, status_code=status)


class ScriptedDesk:
    """What one moderator does on the scripted wall; every decision is a line that can be taken back."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.lines: list[Item] = []
        self.mode = "hybrid"

    def routes(self, base: str) -> list[Route]:
        post, read = ["POST"], ["GET"]
        return [
            Route(base + "/desk", self.desk, methods=read),
            Route(base + "/log", self.log, methods=read),
            Route(base + "/log/{n:int}/undo", self.undo, methods=post),
            Route(base + "/decisions", self.bulk, methods=post),
            Route(base + "/mode", self.switch, methods=post),
            Route(base + "/find", self.find, methods=read),
            Route(base + "/posts/{id}", self.about, methods=read),
            Route(base + "/posts/{id}/claim", self.claim, methods=["POST", "DELETE"]),
            Route(base + "/posts/{id}/{verb}", self.command, methods=post),
        ]

    def refusal(self) -> Response | None:
        if self.site.wall.broken:
            return fail(503, "The service is not ready.", "It is tried again by itself.")
        if not self.site.wall.signed_in:
            return fail(401, "You are not signed in.", "Run `hallway sign-in` for a new link.")
        return None

    async def command(self, request: Request) -> Response:
        if refused := self.refusal():
            return refused
        wall, name, verb = self.site.wall, request.path_params["id"], request.path_params["verb"]
        wall.commands.append((verb, name))
        item = wall.items.get(name)
        if item is None:
            return fail(404, "This post is not on this wall.", "Somebody may have deleted it.")
        was = (await request.json()).get("was")
        if was not in (None, item["status"], CHANGES[verb].get("status")):
            return fail(409, "Tom decided on this post 4 s ago. Nothing was changed.", "")
        line = self.write(f"post.{verb}", name, {name: item}, {name: {**item, **CHANGES[verb]}})
        await self.site.change({**item, **CHANGES[verb]})
        return JSONResponse({"seq": wall.seq, "changed": True, "log": line})

    async def bulk(self, request: Request) -> Response:
        if refused := self.refusal():
            return refused
        asked = await request.json()
        verb = asked["decision"]
        items = [self.site.wall.items[i] for i in asked["ids"]]
        changed = [{**item, **CHANGES[verb]} for item in items]
        self.site.wall.commands.append((verb, f"{len(items)} posts"))
        before, after = ({i["id"]: i for i in side} for side in (items, changed))
        line = self.write(f"posts.{verb}", "b1", before, after)
        await self.site.change(*changed)
        return JSONResponse({"seq": self.site.wall.seq, "changed": len(items), "log": line})

    async def undo(self, request: Request) -> Response:
        number = request.path_params["n"]
        self.site.wall.commands.append(("undo", str(number)))
        line = self.lines[number - 1]
        line["undone"] = True
        before, after = line["after"]["posts"], line["before"]["posts"]
        self.write(f"undo.{line['action']}", line["target"], before, after, undoes=number)
        await self.site.change(*after.values())
        return JSONResponse({"seq": self.site.wall.seq, "changed": 1, "log": len(self.lines)})

    def write(
        self, action: str, target: str, before: Item, after: Item, undoes: int | None = None
    ) -> int:
        number = len(self.lines) + 1
        self.lines.append(
            {
                "id": number,
                "at": datetime.now(UTC).isoformat(),
                "who": ME,
                "role": "moderator",
                "action": action,
                "target": target,
                "before": {"posts": before},
                "after": {"posts": after},
                "undoes": undoes,
                "undone": False,
            }
        )
        return number

    async def log(self, request: Request) -> Response:
        before = int(request.query_params.get("before", 1 << 31))
        return JSONResponse([line for line in reversed(self.lines) if line["id"] < before])

    async def desk(self, _: Request) -> Response:
        people: Item = {"listed": [], "blocked": []}
        head = {"mode": self.mode, "since": None, "by": ME, "why": ""}
        return JSONResponse(head | {"rules": [], "people": people})

    async def switch(self, request: Request) -> Response:
        if refused := self.refusal():
            return refused
        asked = await request.json()
        self.mode = asked["mode"]
        self.site.wall.commands.append(("mode", self.mode))
        wall = self.site.wall.items["wall"]
        frozen = {"mode": "frozen", "frozen_to": asked.get("to", "screen")}
        shown = frozen if self.mode == "freeze" else {"mode": "live", "frozen_to": None}
        await self.site.change({**wall, **shown, "moderation": self.mode})
        return JSONResponse({"seq": self.site.wall.seq, "changed": 1, "log": 0})

    async def find(self, request: Request) -> Response:
        words = request.query_params["words"].lower()
        found = [item for item in self.site.kept if words in item["text"].lower()]
        return JSONResponse({"items": found, "more": False, "counts": {}})

    async def about(self, request: Request) -> Response:
        item = self.site.wall.items.get(request.path_params["id"])
        if item is None:
            return fail(404, "This post is not on this wall.", "")
        person = {
            "key": "d1", "standing": "", "approved_at": None, "followers": 120, "posts": 2310,
            "created_at": "2022-01-10T00:00:00Z", "shown": 3, "hidden": 0, "waiting": 1,
            "earlier": [{"id": "p3", "status": "hidden", "text": "Buy gold", "created_at": "2026-11-20T09:00:00Z"}],
        }  # fmt: skip
        return JSONResponse(
            {
                "found_on": ["fedi.example"],
                "reasons": [{"reason": item.get("reason", ""), "sentence": item["rule"]}],
                "copies": 0,
                "burst": 0,
                "person": person,
                "history": [ln for ln in self.lines if ln["target"] == item["id"]],
            }
        )

    async def claim(self, request: Request) -> Response:
        if request.method == "DELETE":
            return Response(status_code=204)
        self.site.claims.append(request.path_params["id"])
        return JSONResponse({"until": "2099-01-01T00:00:00Z"})
