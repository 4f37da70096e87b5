"""What a Nostr source knows of its wall: notes, people, what was taken back, and which relay still has what. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.domain.text import fold_tag
from app.sources.nostr.events import (
    DELETION,
    POSTS,
    PROFILE,
    VANISH,
    Event,
    is_hex,
)
from app.sources.nostr.parse import (
    NOBODY,
    Profile,
    hashtags_of,
    parse_profile,
    people_of,
    quoted_by,
    reposted_by,
)

K = TypeVar("K")
T = TypeVar("T")

ROOM = 5_000
"""Notes, people and reposts remembered; ten times what a wall shows."""

LOOKS = 2
"""A relay that so many looks in a row did not find a note on has it no more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an event means for the wall: notes to be shown anew, notes that left, reposts, people who left."""

    notes: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    reposts: tuple[str, ...] = ()
    unreposts: tuple[tuple[str, str], ...] = ()
    """The note's id and who took the repost back."""
    left: str = ""
    """A public key."""


NOTHING = Change()


class Memory:
    """It outlives a fault, not a restart. Only events that were verified may be told to it."""

    def __init__(self, tags: Iterable[str], relays: Sequence[str]) -> None:
        """`relays`: their names, all of which are asked for what nobody is known to have."""
        self._tags = frozenset(map(fold_tag, tags))
        self._relays = frozenset(relays)
        self.notes: dict[str, Event] = {}
        self.held: dict[str, None] = {}
        """Notes that the wall holds, also those that were not heard of since the start."""
        self.quoted: dict[str, Event] = {}
        self.people: dict[str, Profile] = {}
        self.reposts: dict[str, Event] = {}
        self._quotes: dict[str, str] = {}
        self._shows: dict[str, frozenset[str]] = {}
        """Of each note: the note that it quotes, and whom it shows. Reading them off a text takes its time."""
        self._deletions: dict[tuple[str, str], None] = {}
        self._vanished: dict[str, int] = {}
        self._having: dict[str, frozenset[str]] = {}
        self._missed: dict[str, dict[str, int]] = {}

    # --- what events say ---

    def hear(self, event: Event, now: int) -> Change:
        """One genuine event at `now` (seconds since 1970)."""
        if event.kind == PROFILE:
            return self._profile(event)
        if event.kind == DELETION:
            return self._deletion(event)
        if event.kind == VANISH:
            return self._vanish(event)
        if self._taken_back(event) or (event.expires_at() or now + 1) <= now:
            return Change(gone=(event.id,)) if event.id in self.held else NOTHING
        if target := reposted_by(event):
            return self._repost(event, target)
        return self._note(event) if event.kind in POSTS else NOTHING

    def knows(self, id_: str) -> bool:
        """Whether the very event was told."""
        return id_ in self.notes or id_ in self.quoted or id_ in self.reposts

    def _note(self, event: Event) -> Change:
        showing = self._quoting(event.id)
        if showing and event.id not in self.quoted:
            self._quote(event)
        if self._tags.isdisjoint(hashtags_of(event)) and event.id not in self.held:
            return Change(notes=showing)
        new = event.id not in self.notes
        _put(self.notes, event.id, event)
        _put(self._quotes, event.id, quoted_by(event))
        _put(self._shows, event.id, frozenset(people_of(event)))
        _put(self.held, event.id, None)
        return Change(notes=(event.id, *showing) if new else showing)

    def _profile(self, event: Event) -> Change:
        before = self.people.get(event.pubkey, NOBODY)
        profile = parse_profile(event)
        if self._taken_back(event) or profile.at <= before.at:
            return NOTHING
        _put(self.people, event.pubkey, profile)
        return Change(
            notes=tuple(id_ for id_ in self.notes if event.pubkey in self._involved(id_)),
            reposts=tuple(i for i, one in self.reposts.items() if one.pubkey == event.pubkey),
        )

    def _deletion(self, event: Event) -> Change:
        """NIP-09: authors delete their own; who else says so is not listened to."""
        gone: list[str] = []
        notes: list[str] = []
        unreposts: list[tuple[str, str]] = []
        for id_ in filter(is_hex, event.values("e")):
            _put(self._deletions, (id_, event.pubkey), None)
            note, quoted, repost = (x.get(id_) for x in (self.notes, self.quoted, self.reposts))
            if note and note.pubkey == event.pubkey:
                gone.append(id_)
            if quoted and quoted.pubkey == event.pubkey:
                del self.quoted[id_]
                notes += self._quoting(id_)
            if repost and repost.pubkey == event.pubkey:
                unreposts += self._unrepost(repost)
        return Change(notes=tuple(notes), gone=tuple(gone), unreposts=tuple(unreposts))

    def _vanish(self, event: Event) -> Change:
        """NIP-62: everything up to then. Whichever relay was asked: nobody asks so by mistake."""
        if event.at <= self._vanished.get(event.pubkey, -1):
            return NOTHING
        _put(self._vanished, event.pubkey, event.at)
        mine = [one for one in self.notes.values() if one.pubkey == event.pubkey]
        self.people.pop(event.pubkey, None)
        quoted = [one.id for one in self.quoted.values() if one.pubkey == event.pubkey]
        for id_ in quoted:
            del self.quoted[id_]
        notes = tuple(note for id_ in quoted for note in self._quoting(id_))
        return Change(notes=notes, gone=tuple(one.id for one in mine), left=event.pubkey)

    def _repost(self, event: Event, target: str) -> Change:
        if target not in self.held or event.id in self.reposts:
            return NOTHING
        _put(self.reposts, event.id, event)
        return Change(reposts=(event.id,))

    def _unrepost(self, repost: Event) -> list[tuple[str, str]]:
        """None while another repost by the same account stands."""
        self.reposts.pop(repost.id)
        target = reposted_by(repost)
        still = any(
            one.pubkey == repost.pubkey and reposted_by(one) == target
            for one in self.reposts.values()
        )
        return [] if still else [(target, repost.pubkey)]

    def _taken_back(self, event: Event) -> bool:
        deleted = (event.id, event.pubkey) in self._deletions
        return deleted or event.at <= self._vanished.get(event.pubkey, -1)

    def _quoting(self, id_: str) -> tuple[str, ...]:
        return tuple(note for note, quoted in self._quotes.items() if quoted == id_)

    def _quote(self, event: Event) -> None:
        _put(self.quoted, event.id, event)
        _put(self._shows, event.id, frozenset(people_of(event)))

    def _involved(self, id_: str) -> frozenset[str]:
        quoted = self.quote_of(id_)
        of_quoted = self._shows.get(quoted.id, frozenset()) if quoted else frozenset()
        return self._shows.get(id_, frozenset()) | of_quoted

    def quote_of(self, id_: str) -> Event | None:
        """The note that a note quotes, once it was heard of."""
        return self.quoted.get(self._quotes.get(id_, ""))

    # --- what is to be asked ---

    def hold(self, ids: Iterable[str]) -> None:
        """The wall holds these notes."""
        for id_ in ids:
            _put(self.held, id_, None)

    def strangers(self, notes: Iterable[str], reposts: Iterable[str]) -> set[str]:
        """The people in these notes and reposts of whom nothing is known."""
        involved = {key for id_ in notes for key in self._involved(id_)}
        involved |= {self.reposts[id_].pubkey for id_ in reposts if id_ in self.reposts}
        return involved - self.people.keys()

    def unread_quotes(self, notes: Iterable[str]) -> set[str]:
        """The notes that these quote and that were not heard of."""
        quoted = {self._quotes.get(id_, "") for id_ in notes}
        for id_ in (quoted & self.notes.keys()) - self.quoted.keys():
            self._quote(self.notes[id_])
        return quoted - self.quoted.keys() - {""}

    def quotes_in(self, notes: Iterable[str]) -> set[str]:
        """The notes that are shown within these."""
        return {self._quotes.get(id_, "") for id_ in notes} & self.quoted.keys()

    def everybody(self) -> set[str]:
        """Whose profiles are shown or asked for."""
        return {key for id_ in self.notes for key in self._involved(id_)}

    def expired(self, now: int) -> list[str]:
        """The notes that leave by themselves."""
        return [i for i, note in self.notes.items() if (note.expires_at() or now + 1) <= now]

    # --- who has what ---

    def found(self, relay: str, ids: Iterable[str]) -> None:
        """This relay has these notes."""
        for id_ in ids:
            _put(self._having, id_, self._having.get(id_, frozenset()) | {relay})
            self._missed.get(id_, {}).pop(relay, None)

    def missed(self, relay: str, ids: Iterable[str]) -> None:
        """This relay was asked for these notes and does not have them."""
        for id_ in ids:
            missed = self._missed.get(id_, {})
            _put(self._missed, id_, missed | {relay: missed.get(relay, 0) + 1})

    def expects(self, relay: str, id_: str) -> bool:
        """Whether this relay had a note, or may have had it."""
        return relay in self._having.get(id_, self._relays)

    def first_missed(self, relay: str, id_: str) -> bool:
        """Whether the last look at this relay was the first one that did not find a note."""
        return self._missed.get(id_, {}).get(relay) == 1

    def lost(self) -> list[str]:
        """Notes that no relay has any more of those that had them; of all relays, when it is not known which had."""
        return [id_ for id_, missed in self._missed.items() if self._nowhere(id_, missed)]

    def _nowhere(self, id_: str, missed: dict[str, int]) -> bool:
        without = {relay for relay, looks in missed.items() if looks >= LOOKS}
        return self._having.get(id_, self._relays) <= without

    def forget(self, id_: str) -> tuple[str, ...]:
        """A note is nowhere any more; the notes that quote it."""
        for room in (self.notes, self.held, self.quoted, self._quotes, self._having, self._missed):
            room.pop(id_, None)
        return self._quoting(id_)


def _put(room: dict[K, T], key: K, value: T) -> None:
    """Newest last; the oldest leave."""
    room.pop(key, None)
    room[key] = value
    while len(room) > ROOM:
        room.pop(next(iter(room)))
