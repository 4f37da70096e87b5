"""What somebody writes on a wall's own page: checked, made fit for a public screen, turned into a post. Pure."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import regex  # type: ignore[import-untyped]

from app.domain.identity import item_id
from app.domain.moderation import FORM
from app.domain.post import Author, Media, Post, RichText, Span
from app.domain.text import Limits, safe_text, web_address
from app.domain.wall import Wall
from app.errors import InvalidError

NAME = Limits(graphemes=50, lines=1)
TEXT = Limits(graphemes=500, lines=12)
ALT = Limits(graphemes=500, lines=4)
SERVER = "form"
"""The server of its sightings: the wall itself."""
TRAP = "website"
"""An input that people do not see: what fills it is a machine."""

_WHOLE = Limits(graphemes=20_000, lines=20_000)
"""Cleaned, but not cut: what is too long is told, so that nobody finds half a sentence on the wall."""
_INK = regex.compile(r"[[\p{L}\p{N}\p{P}\p{S}]--[\u115f\u1160\u2800\u3164\uffa0]]", regex.V1)
"""What can be seen; the letters and the sign left out are blank by design (Unicode: fillers, braille blank)."""
_SEND = re.compile(r"[A-Za-z0-9_-]{22,64}")
_LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?…)]}'’»"


@dataclass(frozen=True, slots=True)
class Submission:
    """One sending of the form, checked. `send` is the random name that the page gave it: the same when it tries again."""

    send: str
    name: str
    text: str
    alt: str = ""
    photo: bytes = b""


def read_submission(fields: Mapping[str, bytes], *, photos: bool) -> Submission:
    """What the inputs of the form hold. InvalidError names the input that is not right."""
    if fields.get(TRAP):
        raise InvalidError(TRAP, "Leave the input “website” empty: it is there to catch machines.")
    send = fields.get("send", b"").decode("ascii", "replace")
    if _SEND.fullmatch(send) is None:
        raise InvalidError("send", "This page is out of date.", hint="Open it anew and send again.")
    photo = fields.get("photo", b"")
    if photo and not photos:
        raise InvalidError("photo", "This wall takes no photos.")
    name = _read(fields, "name", NAME)
    if not name:
        raise InvalidError("name", "Say who you are: a first name will do.")
    text = _read(fields, "text", TEXT)
    if not text and not photo:
        raise InvalidError("text", "Write something first.")
    return Submission(send, name, text, _read(fields, "alt", ALT) if photo else "", photo)


def new_secret(submission: Submission) -> str:
    """The secret of a browser that has none yet.

    It follows from the name of the sending, so a page that tries again because the answer was lost gets the same one.
    """
    return _digest("secret", submission.send)


def author_key(wall: str, secret: str) -> str:
    """Under which key a browser writes on one wall: nothing in it leads back to the secret, or to another wall."""
    return f"{FORM}:{_digest('author', wall, secret)}"


def post_key(wall: str, submission: Submission) -> str:
    """The same sending of the same words is the same post, however often it comes."""
    photo = hashlib.sha256(submission.photo).hexdigest()
    words = (submission.send, submission.name, submission.text, submission.alt)
    return f"{FORM}:{wall}:{_digest('post', *words, photo)}"


def local_id(key: str) -> str:
    """The id by which the form itself calls the post with this key."""
    return key.rpartition(":")[2]


def post_of(
    submission: Submission,
    wall: Wall,
    *,
    secret: str,
    live_url: str,
    photo: Media | None,
    at: datetime,
) -> Post:
    """The post. It is read and answered where the attendee view shows it."""
    key = post_key(wall.slug, submission)
    return Post(
        key=key,
        network=FORM,
        url=f"{live_url}#{item_id(key)}",
        author=Author(
            key=author_key(wall.slug, secret),
            network=FORM,
            handle=submission.name,
            name=RichText(text=submission.name),
        ),
        body=with_links(submission.text),
        hashtags=wall.hashtags[:1],
        created_at=at,
        media=(photo.model_copy(update={"alt": submission.alt}),) if photo else (),
    )


def checked(field: str, raw: str, limits: Limits) -> str:
    """What somebody typed, fit for a screen; "" when nothing of it can be seen. InvalidError when it is too long."""
    whole = safe_text(raw, limits=_WHOLE)
    text = " ".join(whole.split()) if limits.lines == 1 else whole
    if _INK.search(text) is None:
        return ""
    if safe_text(text, limits=limits) == text:
        return text
    if text.count("\n") >= limits.lines:
        raise InvalidError(field, f"That has more than {limits.lines} lines.")
    raise InvalidError(field, f"That has more than {limits.graphemes} characters.")


def with_links(text: str) -> RichText:
    """`text` with spans on its web addresses, http and https only."""
    return RichText(text=text, spans=tuple(_links(text)))


def _links(text: str) -> Iterator[Span]:
    for match in _LINK.finditer(text):
        written = match[0].rstrip(_AFTER_LINK)
        if address := web_address(written):
            end = match.start() + len(written)
            yield Span(start=match.start(), end=end, kind="link", href=address)


def _read(fields: Mapping[str, bytes], field: str, limits: Limits) -> str:
    return checked(field, fields.get(field, b"").decode("utf-8", "replace"), limits)


def _digest(kind: str, *words: str) -> str:
    """Lengths go before words, so that no two lists of words are written the same."""
    told = "".join(f"{len(word)}:{word}" for word in (kind, *words))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:40]
