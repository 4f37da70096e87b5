"""What moderation labels mean for a public wall (docs/sources/bluesky.md has the table). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.text import WARNING, safe_text
from app.sources.shapes import Json, as_dict, as_moment, as_str, dicts_in

NEVER = frozenset({"!hide", "!takedown"})
MEMBERS_ONLY = "!no-unauthenticated"
"""The author does not want to be shown where nobody is logged in: a hall is such a place."""
BOT = "bot"
NO_MEDIA = {
    "porn": "adult content",
    "sexual": "sexual content",
    "nudity": "nudity",
    "graphic-media": "graphic media",
    "gore": "graphic media",
}
"""Values of packages/api/definitions/labels.json of bluesky-social/atproto."""

_NAMED = 5
_MOST = 50
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the labels of a post or an account ask for."""

    never: bool = False
    members_only: bool = False
    bot: bool = False
    no_media: bool = False
    reasons: tuple[str, ...] = ()
    """Why a moderator should look first, in words or as the labels' own values; sorted."""


def rule(labels: object, *, at: datetime) -> Ruling:
    """The labels of a view (com.atproto.label.defs#label) or a record's own (#selfLabels)."""
    values = frozenset(_values(labels, at))
    rest = values - NEVER - {MEMBERS_ONLY, BOT}
    return Ruling(
        never=not values.isdisjoint(NEVER),
        members_only=MEMBERS_ONLY in values,
        bot=BOT in values,
        no_media=not values.isdisjoint(NO_MEDIA),
        reasons=tuple(sorted({_word(value) for value in rest})),
    )


def warning(*rulings: Ruling) -> str:
    """The sentence behind which a labelled post stands; empty when no label asks for one."""
    reasons = sorted({reason for one in rulings for reason in one.reasons})
    if not reasons:
        return ""
    more = "…" if len(reasons) > _NAMED else ""
    return safe_text(f"Labelled: {', '.join(reasons[:_NAMED])}{more}", limits=WARNING)


def _word(value: str) -> str:
    return "look with care" if value == "!warn" else NO_MEDIA.get(value, value)


def _values(labels: object, at: datetime) -> Iterator[str]:
    """Labels in force. The server removes what was negated; honoured here all the same."""
    found = dicts_in(labels) or dicts_in(as_dict(labels).get("values"))
    negated = {_identity(one) for one in found if one.get("neg") is True}
    for one in found[:_MOST]:
        value = as_str(one.get("val"))
        ends = as_moment(one.get("exp"), _EVER)
        if value and _identity(one) not in negated and (ends is None or ends > at):
            yield value[:128]


def _identity(label: Json) -> tuple[str, str, str]:
    return as_str(label.get("src")), as_str(label.get("uri")), as_str(label.get("val"))
