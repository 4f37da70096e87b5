"""What Jetstream says, in its second form and its first: events, and where in the stream they stand. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from app.errors import UsageError
from app.sources.bluesky.text import as_did, as_rkey
from app.sources.shapes import Json, as_dict, as_str

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"
COLLECTIONS = (POST, REPOST)

V2_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
V1_PATH = "/subscribe"

HOSTS = (
    "wss://jetstream.us-east.bsky.network",
    "wss://jetstream.us-west.bsky.network",
    "wss://jetstream2.us-east.bsky.network/subscribe",
    "wss://jetstream1.us-west.bsky.network/subscribe",
)
"""The second form first, the first form to fall back on (bsky.network/docs, 2026)."""

REWIND_US = 5_000_000
"""A number in the stream counts on its own host only. Another one is asked by time, a little back."""

GONE = frozenset({"deleted", "takendown", "suspended", "deactivated"})
"""States of an account in which nothing of it may be shown; the others say how a host is synchronised."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the stream: `seq` counts on `host` only (0: it has none), `time_us` everywhere."""

    host: str
    seq: int
    time_us: int

    @property
    def at(self) -> datetime:
        """When the event was heard by the network."""
        return datetime.fromtimestamp(self.time_us / 1e6, UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `kind`: create, update, delete, identity, account, sync, info or error."""

    kind: str
    did: str = ""
    collection: str = ""
    rkey: str = ""
    cid: str = ""
    record: Json = field(default_factory=dict)
    gone: bool = False
    """For `account`: nothing of it may be shown. For all others, and its other states, False."""
    back: bool = False
    """For `account`: it is active."""
    word: str = ""
    """The name of an `info` or `error`."""
    position: Position | None = None

    @property
    def key(self) -> str:
        """The record's address."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"


_COMMITS = frozenset({"create", "update", "delete"})
_ABOUT_ACCOUNTS = frozenset({"identity", "account", "sync"})


def parse_event(raw: bytes, host: str = "") -> Event | None:
    """The event in a frame of either form; None for what is none."""
    try:
        frame = as_dict(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return None
    if frame.get("$type") == "error":
        return Event("error", word=as_str(frame.get("error")))
    if frame.get("$type") == "message":
        payload = as_dict(frame.get("payload"))
        kind = as_str(payload.get("$type")).rpartition("#")[2]
        position = _position(host, payload.get("seq"), _microseconds(payload.get("time")))
        return _event(kind, payload, payload, position)
    kind = as_str(frame.get("kind"))
    position = _position(host, None, frame.get("time_us"))
    return _event(kind, frame, as_dict(frame.get("commit")), position)


def _event(kind: str, frame: Json, commit: Json, position: Position | None) -> Event | None:
    did = as_did(frame.get("did"))
    if kind == "info":
        return Event(kind, word=as_str(frame.get("name")), position=position)
    if kind in _ABOUT_ACCOUNTS and did:
        account = as_dict(frame.get("account"))
        active = account.get("active")
        gone = active is False and account.get("status") in GONE
        back = kind == "account" and active is True
        return Event(kind, did, gone=gone, back=back, position=position)
    operation, rkey = as_str(commit.get("operation")), as_rkey(commit.get("rkey"))
    if kind != "commit" or operation not in _COMMITS or not did or not rkey:
        return None
    return Event(
        operation,
        did,
        as_str(commit.get("collection")),
        rkey,
        cid=as_str(commit.get("cid")),
        record=as_dict(commit.get("record")),
        position=position,
    )


def _position(host: str, seq: object, time_us: object) -> Position | None:
    if type(time_us) is not int or not 0 < time_us < 2**53:
        return None
    return Position(host, seq if type(seq) is int and 0 < seq < 2**63 else 0, time_us)


def _microseconds(value: object) -> int | None:
    try:
        moment = datetime.fromisoformat(as_str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // (datetime.resolution)
    except (ValueError, OverflowError):
        return None


# --- where to connect -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host of Jetstream, and which form it speaks there."""

    address: str
    second: bool
    """True for the second form (v2), False for the first."""

    @property
    def host(self) -> str:
        """As people are told of it, and as positions name it."""
        return urlsplit(self.address).netloc

    def url(self, position: Position | None, dictionary: int | None = None) -> str:
        """What to open to go on from `position`; None: from now. With a dictionary, frames come compressed.

        `kinds` is left out: with commits alone, deletions of accounts would not come.
        """
        names = ("collections" if self.second else "wantedCollections", "cursor")
        query = parse_qsl(urlsplit(self.address).query)
        query += [(names[0], one) for one in COLLECTIONS]
        if position is not None:
            query.append((names[1], str(self._cursor(position))))
        if dictionary is not None:
            query.append(("zstdDictionary", str(dictionary)))
        return f"{self.address.partition('?')[0]}?{urlencode(query)}"

    def _cursor(self, position: Position) -> int:
        same = self.second and position.seq and position.host == self.host
        return position.seq if same else max(position.time_us - REWIND_US, 1)


def endpoints(addresses: Sequence[str]) -> tuple[Endpoint, ...]:
    """From what operators write; raises UsageError. Without a path the second form is meant."""
    return tuple(_endpoint(one) for one in addresses or HOSTS)


def _endpoint(typed: str) -> Endpoint:
    address = typed.strip()
    address = address if "://" in address else f"wss://{address}"
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.username is None
        _ = parts.port  # raises on nonsense
    except ValueError:
        usable = False
    if not usable or any(one.isspace() for one in address):
        raise UsageError(
            f"{typed!r} is no address of a Jetstream host.", hint=f"It looks like this: {HOSTS[0]}"
        )
    if not parts.path.strip("/"):
        return Endpoint(f"{parts.scheme}://{parts.netloc.lower()}{V2_PATH}", second=True)
    return Endpoint(address, second=not parts.path.rstrip("/").endswith(V1_PATH))


# --- the cursor -----------------------------------------------------------------------------------


def read_cursor(cursor: str | None) -> Position | None:
    """Where to go on; a cursor that makes no sense counts as none."""
    try:
        data = as_dict(orjson.loads(cursor or "{}"))
    except orjson.JSONDecodeError:
        return None
    return _position(as_str(data.get("host")), data.get("seq"), data.get("time_us"))


def write_cursor(position: Position) -> str:
    """`{"host": "jetstream.us-east.bsky.network", "seq": 24664288881, "time_us": 1795253400123456}`"""
    written = {"host": position.host, "seq": position.seq, "time_us": position.time_us}
    return orjson.dumps(written).decode()
