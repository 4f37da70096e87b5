"""The questions that are put to X, in the dialect that it takes."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from app.errors import BusyError, SourceError
from app.sources.connection import NONSENSE
from app.sources.http import Answer, Params
from app.sources.shapes import Json, as_dict, dicts_in
from app.sources.x.client import QuestionError, XClient
from app.sources.x.page import Page, parse_page
from app.sources.x.parse import Setting
from app.sources.x.parts import ParseError, post_id

LEAST, MOST = 10, 100
"""Posts in an answer to a search; ids in a look-up go to 100 too (OpenAPI 2.167)."""

SEARCH = "/2/tweets/search/recent"
LOOK_UP = "/2/tweets"
STREAM = "/2/tweets/search/stream"
RULES = "/2/tweets/search/stream/rules"
CONNECTIONS = "/2/connections/all"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What fields are called, and the most that one post may cost with all that comes along."""

    name: str
    fields: Params
    worst: int


_COMMON = (
    (
        "user.fields",
        "created_at,description,name,profile_image_url,protected,public_metrics,username,withheld",
    ),
    ("media.fields", "alt_text,height,media_key,preview_image_url,type,url,variants,width"),
    ("poll.fields", "end_datetime,id,options,voting_status"),
)

TWEET = Dialect(
    "tweet",
    (
        (
            "tweet.fields",
            "attachments,author_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,"
            "possibly_sensitive,public_metrics,referenced_tweets,withheld",
        ),
        (
            "expansions",
            "attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,"
            "referenced_tweets.id.author_id,referenced_tweets.id.attachments.media_keys",
        ),
        *_COMMON,
    ),
    worst=9,  # itself, the post it quotes and the one it answers, each with its author
)
POST = Dialect(
    "post",
    (
        (
            "post.fields",
            "attachments,created_at,entities,lang,note_post,possibly_sensitive,public_metrics,"
            "withheld",
        ),
        (
            "expansions",
            "attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,"
            "referenced_posts",
        ),
        *_COMMON,
    ),
    worst=14,  # and its other versions, which come with the expansion that names them: up to 5
)
DIALECTS = {one.name: one for one in (TWEET, POST)}


class XApi:
    """Questions to X. A request to wait is obeyed, then the question is put again."""

    def __init__(
        self,
        client: XClient,
        setting: Callable[[Answer], Setting],
        wait: Callable[[float, int], Awaitable[None]],
        dialect: Dialect,
    ) -> None:
        self.server = client.server
        self.dialect = dialect
        self._client = client
        self._setting = setting
        self._wait = wait
        self._sure = False

    @property
    def worst(self) -> int:
        """The most that one post may cost, whatever dialect is taken in the end."""
        return self.dialect.worst if self._sure else max(TWEET.worst, POST.worst)

    async def search(
        self,
        query: str,
        *,
        size: int,
        since: str = "",
        until: str = "",
        token: str | None = None,
    ) -> Page:
        """Posts of the last seven days, newest first, between two ids (both exclusive)."""
        params = [("query", query), ("max_results", str(size)), ("sort_order", "recency")]
        params += [("since_id", since)] * bool(since) + [("until_id", until)] * bool(until)
        if token is not None:
            params.append(("next_token", token))
        return await self._page(SEARCH, params)

    async def sample(self, query: str) -> Page:
        """The smallest search: at most 10 posts, with nothing beside them that costs."""
        params = [("query", query), ("max_results", str(LEAST))]
        return self._parsed(await self._ask(SEARCH, params))

    async def look_up(self, ids: Sequence[str]) -> Page:
        """The posts with these ids (up to 100), with all that they show."""
        return await self._page(LOOK_UP, [("ids", ",".join(ids))])

    async def exist(self, ids: Sequence[str]) -> Page:
        """Which of these ids (up to 100) are still there: the posts alone, nothing beside them."""
        answer = await self._ask(LOOK_UP, [("ids", ",".join(ids))])
        return replace(self._parsed(answer), arrivals=[], outdated=[])

    def stream(self, stall_s: float) -> AbstractAsyncContextManager[Any]:
        """The lines of the filtered stream, which still speaks the old dialect."""
        return self._client.lines(STREAM, TWEET.fields, stall_s)

    async def rules(self) -> list[Json]:
        """The rules of the app's stream, ours and others'."""
        return dicts_in(as_dict((await self._ask(RULES, [])).data).get("data"))

    async def change_rules(self, change: Json) -> None:
        """`{"add": [{"value": …, "tag": …}]}` or `{"delete": {"ids": […]}}`."""
        answer = await self._client.send("POST", RULES, body=change)
        errors = dicts_in(as_dict(answer.data).get("errors"))
        if errors and not any(one.get("title") == "DuplicateRule" for one in errors):
            raise QuestionError(f"{self.server} does not take the rule of the stream.")

    async def hang_up_all(self) -> None:
        """Close every stream of the app."""
        await self._client.send("DELETE", CONNECTIONS)

    async def _page(self, path: str, params: list[tuple[str, str]]) -> Page:
        """In our dialect, and once in the other when X does not understand."""
        try:
            answer = await self._ask(path, [*params, *self.dialect.fields])
        except QuestionError:
            if self._sure:
                raise
            other = POST if self.dialect is TWEET else TWEET
            answer = await self._ask(path, [*params, *other.fields])
            self.dialect = other
        self._sure = True
        return self._parsed(answer)

    def _parsed(self, answer: Answer) -> Page:
        try:
            if not answer.absent:
                return parse_page(answer.data, self._setting(answer))
        except ParseError:
            pass
        raise SourceError(f"{self.server} answers what makes no sense here.", code=NONSENSE)

    async def _ask(self, path: str, params: Params) -> Answer:
        for attempt in count():
            try:
                return await self._client.get(path, params)
            except BusyError as busy:
                await self._wait(busy.retry_after_s, attempt)
        raise AssertionError("counting never ends")


def our_rules(rules: Sequence[Json], tag: str) -> dict[str, str]:
    """Id and value of the rules that carry our tag."""
    mine = (one for one in rules if one.get("tag") == tag)
    return {post_id(one.get("id")): str(one.get("value")) for one in mine if post_id(one.get("id"))}
