"""The text of a note: links, people, hashtags and custom emoji become spans; what is shown elsewhere goes. Pure."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Literal, NamedTuple

from app.domain.post import RichText, Span
from app.domain.text import POST, Limits, safe_rich, valid_tag, web_address
from app.sources.nostr.codes import decode, encode, short
from app.sources.nostr.events import Event

_CODE = r"(?:npub|note|nprofile|nevent|naddr)1[02-9ac-hj-np-z]{20,990}"
_TOKEN = re.compile(
    rf"(?P<url>https?://[^\s<>\"]+)"
    rf"|(?<![\w/])(?:nostr:|@)?(?P<code>{_CODE})"
    r"|(?<![\w&/#])#(?P<tag>\w{1,100})"
    r"|:(?P<emoji>\w{1,64}):",
    re.IGNORECASE,
)
"""NIP-21 and -27 write `nostr:` before a code; many programs still write `@`, or nothing."""

_AFTER_A_LINK = re.compile(r"[.,;:!?'\"»”’]+\Z")
_READ = 20_000
"""Characters of a note that are looked at: far more than is shown."""


class Piece(NamedTuple):
    """What stands for a token; `kind` None for what is plain text."""

    text: str
    kind: Literal["link", "mention", "hashtag", "emoji"] | None = None
    href: str | None = None


Read = Callable[[re.Match[str]], Piece]


class Reader:
    """Reads the tokens of one note. `names`: what people are called; `hidden`: addresses and ids shown elsewhere."""

    def __init__(
        self, names: Mapping[str, str], emoji: Mapping[str, str], hidden: Container[str], pages: str
    ) -> None:
        self._names, self._emoji = names, emoji
        self._hidden, self._pages = hidden, pages

    def read(self, token: re.Match[str]) -> Piece:
        """What becomes of it."""
        if token["url"]:
            return self._link(token["url"])
        if token["code"]:
            return self._code(token[0], token["code"].lower())
        if token["tag"]:
            return Piece(token[0], "hashtag" if valid_tag(token["tag"]) else None)
        picture = self._emoji.get(token["emoji"])
        return Piece(token[0], "emoji", picture) if picture else Piece(token[0])

    def _link(self, address: str) -> Piece:
        if address in self._hidden:
            return Piece("")
        href = web_address(address)
        return Piece(address, "link", href) if href else Piece(address)

    def _code(self, written: str, code: str) -> Piece:
        named = decode(code)
        if named is None:
            return Piece(written)
        if named.thing in ("npub", "nprofile"):
            npub = encode("npub", named.hex)
            name = self._names.get(named.hex) or short(npub)
            return Piece(f"@{name}", "mention", f"{self._pages}/{npub}")
        if named.hex in self._hidden:
            return Piece("")
        return Piece(short(code), "link", web_address(f"{self._pages}/{code}"))


def rich_text(content: str, read: Read, limits: Limits = POST) -> RichText:
    """The text of a note, fit for a screen."""
    pieces: list[str] = []
    spans: list[Span] = []
    done = length = 0
    for token, end in _tokens(content[:_READ]):
        before, piece = content[done : token.start()], read(token)
        start = length + len(before)
        length, done = start + len(piece.text), end
        pieces += (before, piece.text)
        if piece.kind and piece.text:
            spans.append(Span(start=start, end=length, kind=piece.kind, href=piece.href))
    pieces.append(content[done:_READ])
    return safe_rich(RichText(text="".join(pieces), spans=tuple(spans)), limits)


def _tokens(content: str) -> list[tuple[re.Match[str], int]]:
    """Tokens and where each ends; what follows a link and belongs to the sentence is no part of it."""
    found: list[tuple[re.Match[str], int]] = []
    at = 0
    while (token := _TOKEN.search(content, at)) is not None:
        end = token.end()
        if token["url"] and (trimmed := trim(token["url"])) != token["url"]:
            end = token.start() + len(trimmed)
            token = _TOKEN.match(content[:end], token.start()) or token
        found.append((token, end))
        at = max(end, token.start() + 1)
    return found


def trim(address: str) -> str:
    """Without the end of the sentence, and without a bracket that was opened before it."""
    before = None
    while before != address:
        before, address = address, _AFTER_A_LINK.sub("", address)
        if address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
    return address


def addresses_in(content: str) -> list[str]:
    """The web addresses that are written in a note."""
    return [trim(token["url"]) for token, _ in _tokens(content[:_READ]) if token["url"]]


def people_named(content: str) -> list[str]:
    """The keys of the people who are named in a note."""
    codes = (token["code"] for token, _ in _tokens(content[:_READ]) if token["code"])
    named = (decode(code.lower()) for code in codes)
    return [one.hex for one in named if one and one.thing in ("npub", "nprofile")]


def notes_named(content: str) -> list[str]:
    """The ids of the notes that are named in a note."""
    codes = (token["code"] for token, _ in _tokens(content[:_READ]) if token["code"])
    named = (decode(code.lower()) for code in codes)
    return [one.hex for one in named if one and one.thing in ("note", "nevent")]


def emoji_of(event: Event) -> dict[str, str]:
    """Shortcode to the picture's address (NIP-30)."""
    found = (
        (tag[1], web_address(tag[2])) for tag in event.tags if len(tag) > 2 and tag[0] == "emoji"
    )
    return {code: address for code, address in found if address}
