"""What Nostr's events become: people and posts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from app.domain.post import Author, Post, Quote, RichText
from app.domain.text import NAME, TITLE, WARNING, fold_tag, valid_tag, web_address
from app.sources.html_text import plain_to_rich
from app.sources.nostr.codes import encode, short
from app.sources.nostr.events import COMMENT, NOTE, REPOSTS, Event, is_hex
from app.sources.nostr.media import media_of
from app.sources.nostr.text import Reader, emoji_of, notes_named, people_named, rich_text
from app.sources.shapes import Json, as_dict, as_language, as_str, shown, wants_out

NETWORK = "nostr"
SERVER = "nostr"
"""A note has no server of its own: all relays are one voice."""
PAGES = "https://njump.me"
"""Where people without a Nostr program can read notes."""

NO_NAME = RichText()

_MOST_TAGS = 100


@dataclass(frozen=True, slots=True)
class Profile:
    """What an account says of itself (NIP-01 kind 0, NIP-24). `nip05` is a claim that nobody checked: it is not shown."""

    at: int = 0
    name: RichText = NO_NAME
    picture: str | None = None
    bot: bool = False
    opted_out: bool = False


NOBODY = Profile()
People = Mapping[str, Profile]
"""By public key."""


def key_of(id_: str) -> str:
    """The global key of an event's post; also of an account, by its public key."""
    return f"nostr:{id_}"


def id_of(key: str) -> str:
    """The id or public key in a global key; empty when it is none of ours."""
    id_ = key.removeprefix("nostr:")
    return id_ if is_hex(id_) and id_ != key else ""


# --- accounts -------------------------------------------------------------------------------------


def parse_profile(event: Event) -> Profile:
    """Of a kind 0 event; what makes no sense counts as missing."""
    data = _json(event.content)
    names = (as_str(data.get(field)) for field in ("display_name", "name"))
    pictures = emoji_of(event)
    rich = [plain_to_rich(name, pictures, NAME) for name in names]
    return Profile(
        at=event.at,
        name=next((one for one in rich if _visible(one.text)), NO_NAME),
        picture=web_address(data.get("picture")),
        bot=data.get("bot") is True,
        opted_out=wants_out(as_str(data.get("about"))),
    )


def author_of(pubkey: str, profile: Profile, pages: str = PAGES) -> Author:
    """An account. Its handle is its key, shortened: every other name is free for anybody to take."""
    npub = encode("npub", pubkey)
    handle = short(npub)
    return Author(
        key=key_of(pubkey),
        network=NETWORK,
        handle=handle,
        name=profile.name if profile.name.text else RichText(text=handle),
        url=f"{pages}/{npub}",
        avatar=profile.picture,
        bot=profile.bot,
        opted_out=profile.opted_out,
    )


def _visible(text: str) -> bool:
    return any(one.isprintable() and not one.isspace() for one in text)


def _json(text: str) -> Json:
    try:
        return as_dict(orjson.loads(text))
    except orjson.JSONDecodeError:
        return {}


# --- notes ----------------------------------------------------------------------------------------


def hashtags_of(event: Event) -> tuple[str, ...]:
    """Folded, sorted, each once. A `#word` without its tag is none: relays do not find it either."""
    named = list(event.values("t"))[:_MOST_TAGS]
    return tuple(sorted({fold_tag(tag) for tag in named if valid_tag(tag)}))


def quoted_by(event: Event) -> str:
    """The id of the note that a note quotes: its `q` tag (NIP-18), or the note that its text names; else empty."""
    tagged = next(filter(is_hex, event.values("q")), "")
    return tagged or next(iter(notes_named(event.content)), "")


def people_of(event: Event) -> set[str]:
    """Whose profiles are needed to show an event."""
    return {event.pubkey, *people_named(event.content)}


def reposted_by(event: Event) -> str:
    """The id of the note that a repost passes on (NIP-18); empty when it is no repost."""
    targets = [one for one in event.values("e") if is_hex(one)]
    return targets[-1] if event.kind in REPOSTS and targets else ""


def post_of(
    event: Event, people: People, quoted: Event | None, *, seen_at: datetime, pages: str = PAGES
) -> Post:
    """The post that a note is, as far as `people` and `quoted` are known by now."""
    media = media_of(event)
    hidden = {one.url for one in media if one.url} | ({quoted.id} if quoted else set())
    return Post(
        key=key_of(event.id),
        network=NETWORK,
        url=page_of(event.id, pages),
        author=author_of(event.pubkey, people.get(event.pubkey, NOBODY), pages),
        body=_body(event, people, hidden, pages),
        hashtags=hashtags_of(event),
        created_at=moment_of(event.at, seen_at),
        language=_language(event),
        warning=shown(event.first("content-warning"), WARNING),
        sensitive=event.has("content-warning"),
        media=media,
        quote=_quote(quoted, people, seen_at, pages) if quoted else None,
        is_reply=_is_reply(event),
        bridged_from=_bridged_from(event),
    )


def page_of(id_: str, pages: str = PAGES) -> str:
    """Where people read a note."""
    return f"{pages}/{encode('note', id_)}"


def moment_of(at: int, seen_at: datetime) -> datetime:
    """An author's clock may be ahead: never later than `seen_at`."""
    return min(datetime.fromtimestamp(at, UTC), seen_at)


def _body(event: Event, people: People, hidden: set[str], pages: str) -> RichText:
    names = {key: people.get(key, NOBODY).name.text for key in people_named(event.content)}
    reader = Reader(names, emoji_of(event), hidden, pages)
    title = shown(event.first("title"), TITLE) if event.kind != NOTE else ""
    content = f"{title}\n\n{event.content}" if title else event.content
    return rich_text(content, reader.read)


def _quote(quoted: Event, people: People, seen_at: datetime, pages: str) -> Quote | None:
    """None when its author asks not to be shown, or when it is behind a warning of its own."""
    author = author_of(quoted.pubkey, people.get(quoted.pubkey, NOBODY), pages)
    if author.opted_out or "nowall" in hashtags_of(quoted) or quoted.has("content-warning"):
        return None
    return Quote(
        author=author,
        body=_body(quoted, people, set(), pages),
        key=key_of(quoted.id),
        url=page_of(quoted.id, pages),
        created_at=moment_of(quoted.at, seen_at),
    )


def _is_reply(event: Event) -> bool:
    """NIP-10: an `e` tag that is no mention; comments (NIP-22) always answer something."""
    marks = (tag[3] if len(tag) > 3 else "" for tag in event.tags if tag and tag[0] == "e")
    return event.kind == COMMENT or any(mark != "mention" for mark in marks)


def _language(event: Event) -> str | None:
    """NIP-32: `["l", "en", "ISO-639-1"]`."""
    labels = (tag for tag in event.tags if len(tag) > 2 and tag[0] == "l")
    return next((as_language(tag[1]) for tag in labels if tag[2].upper() == "ISO-639-1"), None)


def _bridged_from(event: Event) -> str | None:
    """NIP-48: the original's address, where a bridge names it."""
    named = event.first("proxy")
    fits = web_address(named) is not None or (named.startswith("at://") and len(named) < 2048)
    return named if fits and named.isprintable() else None
