"""Bluesky's own server programs on loopback, accounts on them, and how they are stopped and started again."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

import httpx2 as httpx

from tests.networks import packages
from tests.processes import free_port, running

Json = dict[str, Any]

ADMIN = ("admin", "admin-pass")
"""Of every server that @atproto/dev-env starts."""

_SCRIPT = Path(__file__).parent / "atproto.cjs"
_numbers = count(1)


class Trouble(AssertionError):
    """A server said no."""


@dataclass
class Network:
    """One directory and one data server. Accounts live there."""

    folder: Path
    plc_port: int = field(default_factory=free_port)
    pds_port: int = field(default_factory=free_port)
    mark: str = field(default_factory=partial(token_hex, 2))
    """In all handles: a network that runs already knows those of earlier tests."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def plc(self) -> str:
        return f"http://localhost:{self.plc_port}"

    @property
    def pds(self) -> str:
        """As accounts' documents name it."""
        return f"http://localhost:{self.pds_port}"

    def start(self) -> None:
        """Both, or the one that was killed."""
        data = self.folder / "pds"
        data.mkdir(parents=True, exist_ok=True)
        if not self._runs("plc"):
            self._start("plc", self.plc_port)
        if not self._runs("pds"):
            self._start("pds", self.pds_port, self.plc, str(data))

    def kill_pds(self) -> None:
        """As a power cut does."""
        self.processes["pds"].kill()
        self.processes["pds"].wait()

    def close(self) -> None:
        self._stack.close()

    def join(self, name: str, **profile: object) -> "Account":
        """A new account, with a profile. Handles are unique, so that tests share a network."""
        handle = f"{name}{next(_numbers)}{self.mark}.test"
        made = _answer(
            httpx.post(
                f"{self.pds}/xrpc/com.atproto.server.createAccount",
                json={"email": f"{handle}@x.example", "handle": handle, "password": "spam-eggs"},
            )
        )
        account = Account(self, made["did"], handle, made["accessJwt"])
        account.edit_profile(displayName=name.title(), **profile)
        return account

    def admin(self, method: str, body: Json) -> Json:
        return _answer(httpx.post(f"{self.pds}/xrpc/{method}", json=body, auth=ADMIN))

    def _runs(self, what: str) -> bool:
        process = self.processes.get(what)
        return process is not None and process.poll() is None

    def _start(self, what: str, port: int, *more: str) -> None:
        runs = packages.node()
        assert runs is not None, "run `make test-networks`"
        command = [str(runs), str(_SCRIPT), what, str(port), *more]
        folder = self.folder / what
        folder.mkdir(parents=True, exist_ok=True)
        ready = f"http://127.0.0.1:{port}/{'_health' if what == 'plc' else 'xrpc/_health'}"
        process = self._stack.enter_context(
            running(command, ready, folder, more=packages.environment() | {"LOG_ENABLED": "false"})
        )
        self.processes[what] = process


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """A running network."""
    made = Network(folder)
    try:
        made.start()
        yield made
    finally:
        made.close()


@dataclass
class Account:
    """A real account, and what its owner does. Everything returns what the server answered."""

    network: Network
    did: str
    handle: str
    token: str

    def post(self, text: str, *tags: str, **more: object) -> str:
        """A post whose text ends with its hashtags, each with its facet; returns its address."""
        return self.create("app.bsky.feed.post", tagged(text, *tags) | more)

    def repost(self, uri: str) -> str:
        return self.create("app.bsky.feed.repost", {"subject": self.reference(uri)})

    def reference(self, uri: str) -> Json:
        """A strong reference: address and content id."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        found = self.get("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey)
        return {"uri": uri, "cid": found["cid"]}

    def create(self, collection: str, record: Json) -> str:
        record = {"$type": collection, "createdAt": _now()} | record
        body = {"repo": self.did, "collection": collection, "record": record}
        uri: str = self.call("com.atproto.repo.createRecord", body)["uri"]
        return uri

    def put(self, collection: str, rkey: str, record: Json) -> None:
        body = {"repo": self.did, "collection": collection, "rkey": rkey}
        self.call("com.atproto.repo.putRecord", body | {"record": {"$type": collection} | record})

    def delete(self, uri: str) -> None:
        _, collection, rkey = uri.removeprefix("at://").split("/")
        body = {"repo": self.did, "collection": collection, "rkey": rkey}
        self.call("com.atproto.repo.deleteRecord", body)

    def edit_profile(self, **profile: object) -> None:
        self.put("app.bsky.actor.profile", "self", profile)

    def upload(self, raw: bytes, kind: str = "image/png") -> Json:
        blob: Json = self.call("com.atproto.repo.uploadBlob", raw, kind)["blob"]
        return blob

    def deactivate(self) -> None:
        self.call("com.atproto.server.deactivateAccount", {})

    def activate(self) -> None:
        self.call("com.atproto.server.activateAccount", None)

    def vanish(self) -> None:
        """The account is deleted for good."""
        self.network.admin("com.atproto.admin.deleteAccount", {"did": self.did})

    def rename(self, handle: str) -> Self:
        self.call("com.atproto.identity.updateHandle", {"handle": handle})
        self.handle = handle
        return self

    def get(self, method: str, **params: str) -> Json:
        return _answer(httpx.get(f"{self.network.pds}/xrpc/{method}", params=params))

    def call(self, method: str, body: Json | bytes | None, kind: str = "") -> Json:
        headers = {"Authorization": f"Bearer {self.token}"} | (
            {"Content-Type": kind} if kind else {}
        )
        content: Json = {"content": body} if isinstance(body, bytes) else {}
        if isinstance(body, dict):
            content = {"json": body}
        address = f"{self.network.pds}/xrpc/{method}"
        return _answer(httpx.post(address, headers=headers, timeout=20, **content))


def tagged(text: str, *tags: str) -> Json:
    """The text, and facets for the hashtags that it ends with (byte offsets)."""
    facets = []
    for tag in tags:
        start = len(text.encode()) + 1
        text += f" #{tag}"
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
        index = {"byteStart": start, "byteEnd": len(text.encode())}
        facets.append({"index": index, "features": [feature]})
    return {"text": text, "facets": facets, "langs": ["en"]}


def _answer(response: httpx.Response) -> Json:
    if not response.is_success:
        raise Trouble(f"{response.url} answers {response.status_code}: {response.text[:500]}")
    found: Json = response.json() if response.content else {}
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
