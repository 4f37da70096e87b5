"""The WebSocket handshake (RFC 6455, 4.2), server's side: a request's bytes read, our answers as bytes; no I/O."""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus

GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Part of every accept key (RFC 6455, 1.3)."""
MOST_HEAD: Final = 16_384
"""Bytes of a request head: browsers send 1 KB; what joins repeated headers must not be given millions."""
KEY: Final = re.compile(r"[A-Za-z0-9+/]{22}==")
"""16 bytes in base64."""
WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""A token (RFC 9110, 5.6.2)."""
OFFER: Final = re.compile(rf'{WORD}([ \t]*;[ \t]*{WORD}([ \t]*=[ \t]*({WORD}|"{WORD}"))?)*')
"""An extension with its parameters; a quoted value is a token too (RFC 6455, 9.1)."""
WINDOW: Final = frozenset(map(str, range(8, 16)))
"""What a parameter about window bits may say (RFC 7692, 7.1.2)."""
MOST_WINDOW: Final = "15"


@dataclass(slots=True)
class Upgrade:
    """A proper request for a WebSocket.

    `path` is percent-decoded; of a query name that comes twice the first value counts, and the
    others are left out; `headers` have lower-case names, repeated ones are joined by ", ";
    `offers` is what Sec-WebSocket-Extensions says, or "".
    """

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    key: str
    offers: str


def parse_upgrade(request: bytes) -> Upgrade | None:
    """A whole request head, to its empty line, with lower-case header names.

    None when it is no upgrade of version 13 by GET (RFC 6455, 4.2.1), or over 16 KiB.
    """
    if len(request) > MOST_HEAD:
        return None
    first, *lines = request.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    headers = _headers(lines)
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    key = headers.get("sec-websocket-key", "")
    proper = (
        method == "GET"
        and version == "HTTP/1.1"
        and target.startswith("/")
        and target.isascii()
        and headers.get("sec-websocket-version") == "13"
        and "host" in headers
        and _names(headers.get("upgrade", ""), "websocket")
        and _names(headers.get("connection", ""), "upgrade")
        and KEY.fullmatch(key)
    )
    if not proper:
        return None
    path, _, query = target.partition("?")
    offers = headers.get("sec-websocket-extensions", "")
    return Upgrade(unquote(path), _query(query), headers, key, offers)


def accept_key(key: str) -> str:
    """The proof that we read `key` (RFC 6455, 4.2.2)."""
    digest = hashlib.sha1(key.encode() + GUID, usedforsecurity=False).digest()
    return b64encode(digest).decode()


def response(key: str, extension: str | None) -> bytes:
    """The 101 that opens the socket; `extension` as `negotiate` gave it."""
    extra = f"Sec-WebSocket-Extensions: {extension}\r\n" if extension else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n{extra}\r\n"
    ).encode()


def refusal(status: int, reason_phrase: str, body: str, retry_after_s: int | None) -> bytes:
    """A whole answer in place of the 101, after which the connection ends. `body` is for people."""
    text = body.encode()
    retry = "" if retry_after_s is None else f"Retry-After: {retry_after_s}\r\n"
    head = (
        f"HTTP/1.1 {status} {reason_phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n{retry}\r\n"
    )
    return head.encode() + text


def negotiate(offers: str) -> str | None:
    """Our answer to the extensions that a client offers (RFC 7692, 7.1); None: no extension.

    We send one stream to all, with a window of 32 KB and context takeover: an offer that wants
    less of the server is not for us. Clients are told to start each message anew.
    """
    each = [offer.strip(" \t") for offer in offers.split(",")]
    if not all(OFFER.fullmatch(offer) for offer in each if offer):
        return None
    return next((answer for offer in each if (answer := _answer(offer)) is not None), None)


def _answer(offer: str) -> str | None:
    name, *rest = (part.strip(" \t") for part in offer.split(";"))
    pairs = [
        (n.rstrip(" \t"), v.strip(' \t"')) for n, _, v in (part.partition("=") for part in rest)
    ]
    wants = dict(pairs)
    if name != "permessage-deflate" or len(wants) < len(pairs) or not all(map(_fits, pairs)):
        return None
    # RFC 7692, 7.1.2.1: whoever accepts an offer with this parameter names it in the answer
    window = "; server_max_window_bits=15" if "server_max_window_bits" in wants else ""
    return f"permessage-deflate; client_no_context_takeover{window}"


def _fits(parameter: tuple[str, str]) -> bool:
    name, value = parameter
    if name == "server_max_window_bits":
        return value == MOST_WINDOW
    if name == "client_max_window_bits":
        return value == "" or value in WINDOW
    return name == "client_no_context_takeover" and value == ""


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _names(value: str, token: str) -> bool:
    """Whether a list of tokens names this one, in upper or lower case."""
    return token in (part.strip(" \t") for part in value.lower().split(","))


def _query(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        values.setdefault(unquote_plus(name), unquote_plus(value))
    return values
