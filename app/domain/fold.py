"""Which posts are shown within another: a function of the set of posts, so their order does not matter.

A note that one person has on several networks is a group. One of it leads; the others are copies, which the public
does not see: their addresses and the people who passed them on are shown with the lead.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from app.domain.identity import to_ms
from app.domain.record import Also, Record, passed_on
from app.domain.voice import is_bridged, kind_of, name_of, sentence, tie

CROWD = 12
"""So often at most does one person say the same words as a note; beyond that it is an announcement, and is left alone."""

FORBIDS_OTHERS = frozenset({"x"})
"""Networks that allow no other network's name in a post of theirs: they never lead (networks' display rules)."""


@dataclass(slots=True)
class Group:
    """The posts of one note."""

    members: list[Record]
    hidden_before: list[Record] = field(default_factory=list)
    """Posts of the same note that a moderator hid, and whose author deleted them since."""


def fold(records: Iterable[Record], crowded: Collection[int] = ()) -> list[Group]:
    """Let posts that were just settled stand together. `records` are all that share a voice; `crowded` ties nothing."""
    known = list(records)
    buckets = list(_buckets(known, crowded))
    groups = _groups(known, buckets)
    for group in groups:
        if buckets:
            group.hidden_before = _hidden_before(group.members, buckets)
        if len(group.members) > 1 or group.hidden_before:
            _stand(group)
    return groups


def _buckets(records: list[Record], crowded: Collection[int]) -> Iterator[list[Record]]:
    """Posts that share a digest."""
    found: dict[int, list[Record]] = {}
    for record in records:
        for digest in {d for d in record.voice if d is not None} - set(crowded):
            found.setdefault(digest, []).append(record)
    yield from (bucket for bucket in found.values() if 1 < len(bucket) <= CROWD)


def _groups(records: list[Record], buckets: list[list[Record]]) -> list[Group]:
    """Ties of bridges first, then what is nearest in time; no group has two posts of one kind."""
    group_of = {r.id: Group([r]) for r in records if r.post}
    for one, other in _ties(buckets):
        mine, theirs = group_of[one.id].members, group_of[other.id].members
        kinds = [kind_of(r.post) for r in (*mine, *theirs) if r.post]
        if mine is theirs or len(set(kinds)) < len(kinds):
            continue
        merged = Group([*mine, *theirs])
        group_of |= {r.id: merged for r in merged.members}
    return list({id(g): g for g in group_of.values()}.values())


def _ties(buckets: list[list[Record]]) -> list[tuple[Record, Record]]:
    found = {}
    for one, other in (pair for bucket in buckets for pair in combinations(bucket, 2)):
        why = tie(one.post, other.post) if one.post and other.post else None
        if why and not one.apart and not other.apart:
            gap = abs(_made_ms(one) - _made_ms(other))
            pair = (one, other) if one.id < other.id else (other, one)
            found[why != "bridged", gap, pair[0].id, pair[1].id] = pair
    return [found[key] for key in sorted(found)]


def _hidden_before(members: list[Record], buckets: list[list[Record]]) -> list[Record]:
    """A note that a moderator hid stays hidden on the other networks when its author deletes it on one."""
    ids = {r.id for r in members if not r.apart}
    near = (r for bucket in buckets if any(m.id in ids for m in bucket) for r in bucket)
    return list({r.id: r for r in near if r.post is None and r.decision == "hidden"}.values())


def _stand(group: Group) -> None:
    ranked = sorted((r for r in group.members if r.status != "gone"), key=_rank)
    if not ranked:
        return
    lead, copies = ranked[0], ranked[1:]
    for copy in copies:
        copy.copy_of, copy.passed = lead.id, passed_on(copy)
    lead.pinned = any(r.pin for r in ranked)
    if _hide(group, ranked):
        return
    shown = [copy for copy in copies if copy.status == "approved"]
    for copy in copies:
        copy.pinned = False
    for copy in shown:
        copy.status, copy.rule = "copy", _why(copy, lead)
    lead.also = tuple(_also(copy) for copy in shown)
    lead.passed = passed_on(lead, *shown)


def _hide(group: Group, ranked: list[Record]) -> bool:
    """What was hidden in one place is hidden in all: it is the same note."""
    hiders = [r for r in ranked if r.status == "hidden"]
    hiders += [r for r in group.members if r.status == "gone" and r.decision == "hidden"]
    if not hiders and not group.hidden_before:
        return False
    for record in ranked:
        if record.status != "hidden":
            record.status, record.rule = "hidden", _hidden_rule(hiders)
    return True


def _hidden_rule(hiders: list[Record]) -> str:
    if hiders and (post := hiders[0].post):
        return f"The same note is hidden on {name_of(post.network)}."
    return "The same note was hidden before; its author has deleted that post since."


def _rank(record: Record) -> tuple[bool, bool, bool, int, str]:
    """Who leads: what may be shown, then the original, then the earliest."""
    if record.post is None:
        raise AssertionError("only posts that are there are ranked")
    waits = record.status == "pending"
    forbids = record.post.network in FORBIDS_OTHERS
    return waits, forbids, is_bridged(record.post), _made_ms(record), record.id


def _why(copy: Record, lead: Record) -> str:
    return sentence(copy.post, lead.post) if copy.post and lead.post else ""


def _also(copy: Record) -> Also:
    if copy.post is None:
        raise AssertionError("a copy has content")
    return Also(copy.post.network, copy.post.url, copy.post.author.handle)


def _made_ms(record: Record) -> int:
    return to_ms(record.post.created_at) if record.post else 0
