"""What relays are asked for: the filters of NIP-01, and where one goes on after a stop. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from app.domain.text import fold_tag
from app.sources.nostr.events import DELETION, POSTS, PROFILE, REPOSTS, VANISH
from app.sources.shapes import as_dict
from app.sources.spelling import spelled

Filter = Mapping[str, Any]

PAGE = 500
"""Events asked for at once; relays give fewer where they like."""

MOST = 500
"""Ids or keys in one question: some 34 KB, and relays take at least 64 KB."""

ABOUT = (DELETION, *REPOSTS)


def spellings(hashtags: Iterable[str]) -> list[str]:
    """A hashtag as it may stand in a `t` tag: small letters by NIP-24, but not all programs keep to it."""
    found: dict[str, None] = {}
    for tag in hashtags:
        low, written = spelled(tag), tag.strip().lstrip("#＃")
        found |= dict.fromkeys((low, written, fold_tag(tag), low.upper(), low.capitalize()))
    return list(found)


def tagged(tags: Sequence[str], since: int, *, until: int | None = None) -> Filter:
    """Notes with these hashtags, from `since` (seconds since 1970) on."""
    asked = {"kinds": list(POSTS), "#t": list(tags), "since": since, "limit": PAGE}
    return asked if until is None else asked | {"until": until}


def these(ids: Sequence[str]) -> Filter:
    """These very events."""
    return {"ids": list(ids), "limit": len(ids)}


def about(notes: Sequence[str], people: Sequence[str], *, since: int | None = None) -> list[Filter]:
    """What is said of these events (deletions, reposts), and by these people of themselves."""
    asked: list[dict[str, Any]] = []
    if notes:
        asked.append({"kinds": list(ABOUT), "#e": list(notes[-MOST:])})
    if people:
        asked.append({"kinds": [PROFILE, VANISH], "authors": list(people[-MOST:])})
    return [one if since is None else one | {"since": since} for one in asked]


def read_cursor(cursor: str | None) -> dict[str, int]:
    """By relay: the moment (seconds since 1970) before which everything was said. Nonsense is none."""
    try:
        data = as_dict(orjson.loads(cursor or "{}"))
    except orjson.JSONDecodeError:
        return {}
    return {relay: at for relay, at in data.items() if type(at) is int and at >= 0}


def write_cursor(places: Mapping[str, int]) -> str:
    """The inverse."""
    return orjson.dumps(dict(places), option=orjson.OPT_SORT_KEYS).decode()
