"""Fills the wall by search, which wants an account: at the first start, and where the stream has a gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx2 as httpx

from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock
from app.sources.bluesky.text import as_post_key
from app.sources.connection import Connection, Timeouts, base_address, server_name
from app.sources.http import DEFAULT_WAIT_S, JsonClient, read_json
from app.sources.limits import wait_asked
from app.sources.shapes import Json, as_dict, as_str, dicts_in

ENTRYWAY = "https://bsky.social"

PAGE = 100
"""The most `searchPosts` gives at once."""
FIRST_PAGES = 2
"""Pages for each hashtag that fill a wall which has never read one."""
GAP_PAGES = 10

FRESH = timedelta(minutes=90)
"""For so long an access token is used; it holds 120 minutes (the PDS's auth.ts)."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account, by its app password: a search sees what it may see."""

    handle: str
    password: str


@dataclass(frozen=True, slots=True)
class _Tokens:
    access: str
    refresh: str
    base: str
    """The account's own server: it asks the AppView in the account's name."""
    at: datetime


class Search:
    """Sessions are kept: an account may make 300 a day."""

    def __init__(
        self,
        login: Login,
        *,
        clock: Clock,
        contact: str = "",
        entryway: str = ENTRYWAY,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._login = login
        self._clock = clock
        self._contact = contact
        self._entryway = base_address(entryway)
        self._timeouts = timeouts or Timeouts()
        self._tokens: _Tokens | None = None

    async def find(self, tag: str, since: datetime | None) -> tuple[Mapping[str, Json], datetime]:
        """Post views, by key, and when they held. The caller checks the hashtags: the index does not always.

        Raises AccessError when the account is refused, and SourceError.
        """
        tokens = await self._session()
        found: dict[str, Json] = {}
        at = self._clock.now()
        async with self._client(tokens.base, tokens.access) as client:
            cursor = ""
            for _ in range(FIRST_PAGES if since is None else GAP_PAGES):
                page = await client.get(
                    "/xrpc/app.bsky.feed.searchPosts", _query(tag, since, cursor)
                )
                at = min(at, page.at)
                data = as_dict(page.data)
                views = dicts_in(data.get("posts"))
                found |= {key: one for one in views if (key := as_post_key(one.get("uri")))}
                cursor = as_str(data.get("cursor"))
                if not cursor:
                    break
        return found, at

    def _client(self, base: str, token: str) -> JsonClient:
        return JsonClient(
            base, clock=self._clock, token=token, contact=self._contact, timeouts=self._timeouts
        )

    async def _session(self) -> _Tokens:
        tokens = self._tokens
        if tokens is not None and self._clock.now() - tokens.at < FRESH:
            return tokens
        self._tokens = None
        if tokens is not None:
            try:
                data = await self._post("refreshSession", token=tokens.refresh)
            except AccessError:
                data = {}  # the refresh token is old, or was revoked: the password may still do
            self._tokens = self._read(data, tokens.base)
        if self._tokens is None:
            login = {"identifier": self._login.handle, "password": self._login.password}
            self._tokens = self._read(await self._post("createSession", body=login), self._entryway)
        if self._tokens is None:
            raise SourceError(f"{server_name(self._entryway)} opened a session without a token.")
        return self._tokens

    def _read(self, data: Json, base: str) -> _Tokens | None:
        access, refresh = as_str(data.get("accessJwt")), as_str(data.get("refreshJwt"))
        if not access or not refresh:
            return None
        return _Tokens(access, refresh, own_server(data.get("didDoc"), base), self._clock.now())

    async def _post(self, method: str, *, token: str = "", body: object = None) -> Json:
        """A procedure of com.atproto.server. Neither password nor tokens get into errors."""
        server = server_name(self._entryway)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"{self._entryway}/xrpc/com.atproto.server.{method}"
        line = Connection(accept="application/json", contact=self._contact, timeouts=self._timeouts)
        try:
            async with line:
                with line.patience(server):
                    asked = line.ask(server, "POST", address, headers=headers, json=body)
                    async with asked as response:
                        await response.aread()
        except SourceError as error:
            raise SourceError(error.message, code=error.code) from None
        return self._judge(server, response)

    def _judge(self, server: str, response: httpx.Response) -> Json:
        if response.status_code == 429:
            wait = wait_asked(response.headers, self._clock.now())
            raise BusyError(
                f"{server} asks to wait before another session.",
                retry_after_s=DEFAULT_WAIT_S if wait is None else wait,
            )
        if response.status_code in (400, 401, 403):
            raise AccessError(
                f"{server} does not accept the app password.",
                hint="Make a new one: Settings > Privacy and security > App passwords.",
            )
        if not response.is_success:
            raise SourceError(
                f"{server} has a fault of its own (it answers {response.status_code})."
            )
        return as_dict(read_json(server, response.headers, response.content))


def own_server(did_doc: object, base: str) -> str:
    """The account's PDS as its DID document names it, else `base`. A token never travels less safely than before."""
    for service in dicts_in(as_dict(did_doc).get("service")):
        address = as_str(service.get("serviceEndpoint"))
        secure = address.startswith("https://") or base.startswith("http://")
        if as_str(service.get("id")).endswith("#atproto_pds") and secure and _is_base(address):
            return base_address(address)
    return base


def _is_base(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False


def _query(tag: str, since: datetime | None, cursor: str) -> Sequence[tuple[str, str]]:
    """`q=#tag`: the parameter `tag` long did nothing (atproto#3301)."""
    params = [("q", f"#{tag}"), ("sort", "latest"), ("limit", str(PAGE))]
    if since is not None:
        params.append(("since", since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")))
    if cursor:
        params.append(("cursor", cursor))
    return params
