"""What a Mastodon streaming socket says, and how far it is to be trusted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import orjson

STREAM_PATH = "/api/v1/streaming"

NEW = frozenset({"update"})
CHANGED = frozenset({"status.update", "status_update"})
"""Mastodon since 3.5; the second is how some servers spell it."""

ROOM = 1000
"""Keys of streamed posts remembered between polls."""

ONLY_DELETES = 3
"""So many deletes without one post mean that the feed is switched off (streaming/index.js)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event. `payload` is a status, a bare local id, or the text of an error."""

    event: str
    payload: object = None


def parse_frame(text: str) -> Frame | None:
    """The event in a text frame; None for what is no event.

    The payload is JSON within a string; a delete's is a bare id (Mastodon documentation,
    methods/streaming.md). Servers that nest it as an object are understood too.
    """
    message = _json(text)
    if not isinstance(message, dict):
        return None
    event, payload = message.get("event"), message.get("payload")
    if not isinstance(event, str):
        return Frame("error", str(message["error"])) if "error" in message else None
    if event == "delete":
        return Frame(event, str(payload)) if isinstance(payload, (str, int)) else None
    return Frame(event, _json(payload) if isinstance(payload, str) else payload)


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def subscription(tag: str) -> str:
    """The frame that asks for one more hashtag on an open socket."""
    return orjson.dumps({"type": "subscribe", "stream": "hashtag", "tag": tag}).decode()


def socket_address(base: str, announced: str | None, tag: str) -> str | None:
    """Where to open the socket, its first hashtag included: some servers know no subscriptions.

    `announced` is the server's word (`wss://streaming.fedi.example`), else its own address.
    None when the token would have to travel unencrypted although the server itself is encrypted.
    """
    parts = urlsplit(announced or base)
    secure = parts.scheme in ("https", "wss")
    if not parts.netloc or (base.startswith("https:") and not secure):
        return None
    path = parts.path.rstrip("/")
    path = path if path.endswith(STREAM_PATH) else path + STREAM_PATH
    scheme = "wss" if secure else "ws"
    return f"{scheme}://{parts.netloc}{path}?stream=hashtag&tag={quote(tag, safe='')}"


@dataclass(slots=True)
class Trust:
    """Whether the stream may spare us polling. A socket that opens and stays silent never may.

    It has proven itself once a post came both ways. It loses that when it closes, and when a poll
    finds a post that it left out.
    """

    open: bool = False
    proven: bool = False
    note: str = ""
    """A sentence for the moderator when something about the stream is odd."""
    _streamed: set[str] = field(default_factory=set)
    _awaited: set[str] = field(default_factory=set)
    _polled: set[str] = field(default_factory=set)
    _deletes: int = 0
    _fresh: bool = True

    def opened(self) -> None:
        """A socket is open. The next poll brings what came before it: that proves nothing."""
        self.open, self._fresh = True, True
        self._streamed, self._awaited, self._polled = set(), set(), set()
        self._deletes = 0

    def closed(self) -> None:
        """The socket is gone, and with it the trust."""
        self.open = self.proven = False

    def streamed(self, key: str) -> None:
        """The stream brought a post."""
        self._streamed.add(key)
        self._deletes = 0
        self.note = ""
        self.proven = self.proven or (self.open and key in self._polled)

    def deleted(self) -> None:
        """The stream brought a delete."""
        self._deletes += 1
        if self._deletes >= ONLY_DELETES and not self._streamed:
            self.note = (
                "Its stream brings deletes only:"
                " the server's administrator may have switched hashtag feeds off."
            )

    def polled(self, page: Sequence[str], new: Sequence[str]) -> None:
        """A poll showed the keys in `page`; those in `new` it had not shown before."""
        if not self.open:
            return
        left_out = self._awaited - self._streamed
        self.proven = (self.proven or not self._streamed.isdisjoint(page)) and not left_out
        if left_out:
            self.note = (
                "Its stream leaves posts out:"
                " the token's account may have chosen languages, blocks or filters."
            )
        # Between two polls a post may come the other way a moment later; only then is it missing.
        self._awaited = set() if self._fresh else set(new) - self._streamed
        self._fresh = False
        self._polled = set(page)
        if len(self._streamed) > ROOM:
            self._streamed &= self._polled
