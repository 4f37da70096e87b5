"""Tolerant readings of foreign JSON: what is of the wrong kind counts as missing."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from app.domain.text import Limits, safe_text, web_address

Json = Mapping[str, Any]
_ID_LENGTH = 2048
_MOST = 2**31 - 1


def as_dict(value: object) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def dicts_in(value: object) -> list[Json]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_str(value: object) -> str:
    """The string as it came, or an empty one."""
    return value if isinstance(value, str) else ""


def shown(value: object, limits: Limits) -> str:
    """The string, fit for a screen."""
    return safe_text(value, limits=limits) if isinstance(value, str) and value else ""


def as_id(value: object) -> str:
    """An id is opaque text without control characters; some servers send numbers."""
    if type(value) is int and 0 <= value < 2**64:
        return str(value)
    fits = isinstance(value, str) and len(value) <= _ID_LENGTH and value.isprintable()
    return str(value) if fits else ""


def as_count(value: object) -> int:
    """A number of things; what no 32-bit column holds is as much as it holds."""
    return min(value, _MOST) if type(value) is int and value > 0 else 0


def as_known_count(value: object) -> int | None:
    """A number of things; None where a server does not tell, or tells what cannot be (Mastodon: -1 for hidden)."""
    return as_count(value) if type(value) is int and value >= 0 else None


def as_moment(value: object, seen_at: datetime) -> datetime | None:
    """A moment in UTC, never later than `seen_at`; None when it is no date."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(moment, seen_at)


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}")


def as_language(value: object) -> str | None:
    """A language tag in lower case (`en`, `pt-br`); None for `und` and what is no tag."""
    language = as_str(value).strip().replace("_", "-").lower()
    return language if _LANGUAGE.fullmatch(language) and language[:3] != "und" else None


_OPT_OUT = re.compile(r"(?<![\w&/#])[#\uff03](?:nobots?|nowall)(?!\w)", re.IGNORECASE)


def wants_out(profile: str) -> bool:
    """Whether the text of a profile says #nobot, #nobots or #nowall: its owner is shown nowhere."""
    return _OPT_OUT.search(profile) is not None


def pictures_in(value: object) -> dict[str, str]:
    """Shortcode to address; the still picture rather than the moving one."""
    found: dict[str, str] = {}
    for emoji in dicts_in(value):
        address = web_address(emoji.get("static_url")) or web_address(emoji.get("url"))
        if address and (code := as_str(emoji.get("shortcode"))):
            found[code] = address
    return found


@lru_cache(maxsize=4_096)
def host_of(address: str | None) -> str:
    """Host and port of a web address, lower case."""
    return urlsplit(address).netloc.lower() if address else ""
