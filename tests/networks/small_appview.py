"""A small AppView: answers what Hallway asks from the real records of one Bluesky server, in the lexicons' shapes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2 as httpx
from atproto import models
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.serving import serving

Json = dict[str, Any]

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"
EMBED = "app.bsky.embed"
_SHAPES = {
    "getPosts": models.AppBskyFeedGetPosts.Response,
    "getProfiles": models.AppBskyActorGetProfiles.Response,
    "getRepostedBy": models.AppBskyFeedGetRepostedBy.Response,
    "getAuthorFeed": models.AppBskyFeedGetAuthorFeed.Response,
}


@dataclass
class SmallAppView:
    """Nothing is kept: what the server has now is what is shown."""

    server: str
    base: str = ""
    asked: list[str] = field(default_factory=list)
    down: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free loopback port."""
        async with (
            httpx.AsyncClient(base_url=f"{self.server}/xrpc/", timeout=20) as self._http,
            serving(Starlette(routes=[Route("/xrpc/{method}", self._serve)])) as self.base,
        ):
            yield self

    async def _serve(self, request: Request) -> Response:
        method = request.path_params["method"].rpartition(".")[2]
        self.asked.append(method)
        if self.down or method not in _SHAPES:
            return JSONResponse({"error": "NotNow"}, status_code=503)
        answer = await getattr(self, f"_{method}")(request.query_params)
        # what we answer must be what the lexicon says, else the test proves nothing
        models.get_or_create(answer, _SHAPES[method], strict=True)
        return JSONResponse(answer)

    # --- what is asked ---

    async def _getPosts(self, query: Any) -> Json:
        uris = query.getlist("uris")
        assert len(uris) <= 25, "the lexicon allows 25"
        reposts = await self._reposts()
        views = await asyncio.gather(*(self._post(uri, reposts) for uri in uris))
        return {"posts": [view for view in views if view]}

    async def _getProfiles(self, query: Any) -> Json:
        dids = query.getlist("actors")
        assert len(dids) <= 25, "the lexicon allows 25"
        found = await asyncio.gather(*(self._profile(did) for did in dids))
        return {"profiles": [one for one in found if one]}

    async def _getRepostedBy(self, query: Any) -> Json:
        uri = query["uri"]
        dids = dict.fromkeys(did for did, subject in await self._reposts() if subject == uri)
        found = await asyncio.gather(*(self._profile(did) for did in dids))
        return {"uri": uri, "repostedBy": [one for one in found if one]}

    async def _getAuthorFeed(self, query: Any) -> Json:
        listed = await self._list(query["actor"], POST)
        reposts = await self._reposts()
        views = await asyncio.gather(*(self._post(one["uri"], reposts) for one in listed))
        return {"feed": [{"post": view} for view in views if view]}

    # --- views ---

    async def _post(self, uri: str, reposts: list[tuple[str, str]]) -> Json | None:
        did, collection, rkey = uri.removeprefix("at://").split("/")
        found = await self._record(did, collection, rkey)
        author = await self._profile(did)
        if found is None or author is None:
            return None
        record = found["value"]
        view = {"uri": uri, "cid": found["cid"], "author": author, "record": record}
        view |= {"indexedAt": record["createdAt"], "labels": _labels(record, uri, did)}
        view |= {"likeCount": 0, "replyCount": 0, "quoteCount": 0}
        view["repostCount"] = sum(subject == uri for _, subject in reposts)
        if embed := await self._embed(did, uri, record.get("embed")):
            view["embed"] = embed
        gate = await self._record(did, "app.bsky.feed.threadgate", rkey)
        if gate is not None:
            view["threadgate"] = {"uri": gate["uri"], "cid": gate["cid"], "record": gate["value"]}
        return view

    async def _profile(self, did: str) -> Json | None:
        """None for accounts that are gone or not active: nothing of them is shown."""
        repository = await self._ask("com.atproto.repo.describeRepo", repo=did)
        state = await self._ask("com.atproto.sync.getRepoStatus", did=did)
        if repository is None or not (state or {}).get("active"):
            return None
        found = await self._record(did, "app.bsky.actor.profile", "self")
        record = found["value"] if found else {}
        profile = {"did": did, "handle": repository["handle"]}
        profile |= {"displayName": record.get("displayName", "")}
        profile |= {"description": record.get("description", "")}
        profile["labels"] = _labels(record, f"at://{did}/app.bsky.actor.profile/self", did)
        if avatar := record.get("avatar"):
            profile["avatar"] = self._blob(did, avatar)
        return profile

    async def _embed(self, did: str, uri: str, embed: Json | None) -> Json | None:
        kind = (embed or {}).get("$type", "").removeprefix(f"{EMBED}.")
        if embed is None or not kind:
            return None
        if kind == "images":
            shown = {"images": [self._picture(did, one) for one in embed["images"]]}
        elif kind == "external":
            shown = {"external": _external(embed["external"])}
        elif kind == "record":
            shown = {"record": await self._quoted(uri, embed["record"]["uri"])}
        elif kind == "recordWithMedia":
            quoted = {"$type": f"{EMBED}.record#view"}
            quoted["record"] = await self._quoted(uri, embed["record"]["record"]["uri"])
            shown = {"record": quoted, "media": await self._embed(did, uri, embed["media"])}
        else:
            return None
        return {"$type": f"{embed['$type']}#view"} | shown

    async def _quoted(self, by: str, uri: str) -> Json:
        """The quoted post, as its author allows (postgates, app.bsky.feed.postgate)."""
        did, _, rkey = uri.removeprefix("at://").split("/")
        view = await self._post(uri, [])
        if view is None:
            return {"$type": f"{EMBED}.record#viewNotFound", "uri": uri, "notFound": True}
        gate = await self._record(did, "app.bsky.feed.postgate", rkey)
        if gate and by in gate["value"].get("detachedEmbeddingUris", []):
            return {"$type": f"{EMBED}.record#viewDetached", "uri": uri, "detached": True}
        kept = {name: view[name] for name in ("uri", "cid", "author", "labels", "indexedAt")}
        return {"$type": f"{EMBED}.record#viewRecord", "value": view["record"]} | kept

    def _picture(self, did: str, item: Json) -> Json:
        address = self._blob(did, item["image"])
        shown = {"thumb": address, "fullsize": address, "alt": item["alt"]}
        return shown | ({"aspectRatio": item["aspectRatio"]} if "aspectRatio" in item else {})

    def _blob(self, did: str, blob: Json) -> str:
        cid = blob["ref"]["$link"]
        return f"{self.server}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"

    # --- the server's records ---

    async def _reposts(self) -> list[tuple[str, str]]:
        """Who passes which post on, over all accounts."""
        listed = await self._ask("com.atproto.sync.listRepos", limit="500") or {"repos": []}
        dids = [one["did"] for one in listed["repos"] if one["active"]]
        found = await asyncio.gather(*(self._list(did, REPOST) for did in dids))
        return [
            (did, one["value"]["subject"]["uri"])
            for did, records in zip(dids, found, strict=True)
            for one in records
        ]

    async def _list(self, did: str, collection: str) -> list[Json]:
        found = await self._ask(
            "com.atproto.repo.listRecords", repo=did, collection=collection, limit="100"
        )
        listed: list[Json] = (found or {}).get("records", [])
        return listed

    async def _record(self, did: str, collection: str, rkey: str) -> Json | None:
        return await self._ask(
            "com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey
        )

    async def _ask(self, method: str, **params: str) -> Json | None:
        response = await self._http.get(method, params=params)
        found: Json | None = response.json() if response.is_success else None
        return found


def _labels(record: Json, uri: str, did: str) -> list[Json]:
    """What people put on their own posts and profiles."""
    values = (record.get("labels") or {}).get("values", [])
    cts = "2026-01-01T00:00:00.000Z"
    return [{"src": did, "uri": uri, "val": one["val"], "cts": cts} for one in values]


def _external(external: Json) -> Json:
    return {name: external[name] for name in ("uri", "title", "description")}
