"""Made-up Mastodon statuses in true shape and size: what the benchmarks feed to the wall."""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

import orjson

TAG = "pyfest26"
START_DAY = "2026-06-12"

_TALK = (
    "the talk on types was great and we should try this at home with a small team because "
    "tests made us faster coffee is ready upstairs slides are online soon thank you für alles "
    "schöne Grüße aus der Halle wer kommt mit zum Essen merci à toutes et tous 会場 最高 🐍 🎉"
)
_WORDS = _TALK.split()
_SERVERS = ("one.example", "two.example", "social.example", "town.example")
_FIRST = ("ada", "bo", "chidi", "dora", "emre", "fumiko", "gita", "hamid", "ines", "jun")


def pages(count: int, size: int, *, seed: int = 26, likes: int = 0) -> Iterator[bytes]:
    """`count` statuses as timeline pages of `size`, JSON bytes. `likes` raises the count of every tenth."""
    rng = Random(seed)
    for start in range(0, count, size):
        numbers = range(start, min(start + size, count))
        yield orjson.dumps([status(n, rng, likes=likes if n % 10 == 0 else 0) for n in numbers])


def words_only(number: int, rng: Random, created_at: datetime) -> dict[str, Any]:
    """A status of now without anything to fetch: no avatar, picture, emoji or card."""
    made = status(number, rng)
    account = made["account"] | {"avatar": None, "avatar_static": None, "emojis": []}
    bare = {"account": account, "media_attachments": [], "emojis": [], "card": None}
    return made | bare | {"created_at": created_at.isoformat()}


def status(number: int, rng: Random, *, likes: int = 0) -> dict[str, Any]:
    """A status as docs.joinmastodon.org/entities/Status has it; every `number` is another post."""
    person = _account(rng.randrange(2_000))
    url = f"{person['url']}/{1_000_000 + number}"
    has_picture, has_link = rng.random() < 0.35, rng.random() < 0.4
    return {
        "id": str(114_000_000_000_000_000 + number),
        "created_at": _moment(number),
        "in_reply_to_id": "1139" if rng.random() < 0.2 else None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": rng.choice(("en", "en", "de", "fr", "ja")),
        "uri": url.replace("@", "users/"),
        "url": url,
        "replies_count": rng.randrange(4),
        "reblogs_count": rng.randrange(9),
        "favourites_count": rng.randrange(30) + likes,
        "quotes_count": 0,
        "edited_at": None,
        "content": _content(rng, link=has_link),
        "reblog": None,
        "account": person,
        "media_attachments": [_picture(number)] if has_picture else [],
        "mentions": [_mention()] if rng.random() < 0.3 else [],
        "tags": [{"name": "PyFest26", "url": "https://one.example/tags/PyFest26"}],
        "emojis": [_emoji("blobcat")] if rng.random() < 0.2 else [],
        "card": _card() if has_link else None,
        "poll": None,
        "quote": None,
        "filtered": [],
    }


def _moment(number: int) -> str:
    minute, second = divmod(number, 60)
    hour, minute = divmod(minute, 60)
    return f"{START_DAY}T{hour % 24:02}:{minute:02}:{second:02}.{number % 1000:03}Z"


def _content(rng: Random, *, link: bool) -> str:
    words = rng.choices(_WORDS, k=rng.randrange(12, 48))
    middle = len(words) // 2
    text = f"<p>{' '.join(words[:middle])}</p><p>{' '.join(words[middle:])} :blobcat: "
    if link:
        text += (
            '<a href="https://pyfest.example/talks/42" rel="nofollow noopener" target="_blank">'
            '<span class="invisible">https://</span><span class="ellipsis">pyfest.example/talks'
            '</span><span class="invisible">/42</span></a> '
        )
    return text + (
        '<span class="h-card"><a href="https://two.example/@bo" class="u-url mention">@<span>bo'
        '</span></a></span> <a href="https://one.example/tags/PyFest26" class="mention hashtag" '
        'rel="tag">#<span>PyFest26</span></a></p>'
    )


def _account(number: int) -> dict[str, Any]:
    name, server = f"{_FIRST[number % 10]}{number}", _SERVERS[number % 4]
    return {
        "id": str(109_000 + number),
        "username": name,
        "acct": name if server == "one.example" else f"{name}@{server}",
        "display_name": f"{name.title()} :blobcat: 🐍",
        "locked": False,
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": "2022-11-05T00:00:00.000Z",
        "note": "<p>I write programs and bake bread. Likes trains, tea and tests.</p>" * 3,
        "url": f"https://{server}/@{name}",
        "uri": f"https://{server}/users/{name}",
        "avatar": f"https://files.{server}/accounts/avatars/{number}/original.png",
        "avatar_static": f"https://files.{server}/accounts/avatars/{number}/static.png",
        "header": f"https://files.{server}/accounts/headers/{number}/original.png",
        "followers_count": 321,
        "following_count": 123,
        "statuses_count": 4567,
        "emojis": [_emoji("blobcat")],
        "roles": [],
        "fields": [
            {"name": "Web", "value": '<a href="https://ada.example">ada.example</a>'},
            {"name": "Pronouns", "value": "they/them", "verified_at": None},
        ],
    }


def _picture(number: int) -> dict[str, Any]:
    address = f"https://files.one.example/media/{number}"
    return {
        "id": str(number),
        "type": "image",
        "url": f"{address}/original.jpg",
        "preview_url": f"{address}/small.jpg",
        "remote_url": None,
        "meta": {
            "original": {"width": 1600, "height": 1200, "size": "1600x1200", "aspect": 1.3333},
            "small": {"width": 554, "height": 416, "size": "554x416", "aspect": 1.3317},
            "focus": {"x": 0.1, "y": -0.2},
        },
        "description": "A speaker on a stage in front of a slide with a snake on it",
        "blurhash": "UEHV6nWB2yk8pyo0adR*.7kCMdnj",
    }


def _mention() -> dict[str, str]:
    url = "https://two.example/@bo"
    return {"id": "1", "username": "bo", "url": url, "acct": "bo@two.example"}


def _emoji(code: str) -> dict[str, Any]:
    address = f"https://files.one.example/emoji/{code}"
    return {
        "shortcode": code,
        "url": f"{address}.png",
        "static_url": f"{address}_static.png",
        "visible_in_picker": True,
    }


def _card() -> dict[str, Any]:
    return {
        "url": "https://pyfest.example/talks/42",
        "title": "Types for people who are in a hurry",
        "description": "A talk about what types give you on the first day, and on the hundredth.",
        "type": "link",
        "provider_name": "PyFest",
        "html": "",
        "width": 1200,
        "height": 630,
        "image": "https://files.one.example/cards/42.png",
    }
